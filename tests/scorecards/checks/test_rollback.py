"""DOP-8.2: triggers that something evaluates, ways that lead through, procedures that are safe and known."""

import pytest

from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Fleet
from tests.scorecards.checks.delivery import APPLICATION, CANARY, COMPONENT, changed
from tests.scorecards.checks.judging import judge, verdict

TRIGGERS, WIRED, KNOWN, SAFE, RECORDED = (
    "rollback-triggers-evaluated", "rollback-wired-end-to-end", "rollback-procedure-documented",
    "rollback-scripts-safe", "manual-rollback-verified-and-recorded",
)  # fmt: skip
RESTARTS = """\
      - name: restarts
        query: sum(increase(kube_pod_container_status_restarts_total{pod=~"pay.*"}[1m]))
        thresholdRange: {max: 1}
    webhooks:
"""
COMPLETE = changed(CANARY, ("    webhooks:\n", RESTARTS))
POLICY = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: rollback-policy, namespace: shop}
data:
  policy.yaml: |
    rollback_triggers:
      - name: errors
        condition: error_rate > 5%
        duration: 5m
        action: immediate
    rollback_procedures:
      immediate: [revert_in_git, notify_oncall, create_incident]
"""
PROVIDER = """\
apiVersion: flagger.app/v1beta1
kind: AlertProvider
metadata: {name: rollback, namespace: shop}
spec: {type: slack, address: https://hooks.acme.dev/rollback}
"""
SCRIPT = """\
#!/usr/bin/env bash
set -euo pipefail

service="${1:?usage: rollback.sh SERVICE VERSION}"
version="${2:?usage: rollback.sh SERVICE VERSION}"

crane manifest "registry.acme.dev/${service}:${version}" > /dev/null
velero backup create "before-${service}"
git revert --no-edit HEAD
git push origin main
kubectl rollout status "deployment/${service}" --timeout=10m
curl --fail "https://${service}.acme.dev/health"
incident-cli update --status mitigated
slack-notify "rolled ${service} back to ${version}"
"""
DIRECT = SCRIPT.replace("git revert --no-edit HEAD\ngit push origin main\n", 'helm rollback "${service}"\n')
PAGE = "# Runbook\n\nRoll a bad release back with `scripts/rollback.sh SERVICE VERSION`.\n"
WORKFLOW = """\
name: Rollback
on:
  workflow_dispatch:
    inputs:
      service: {type: string, required: true}
jobs:
  back:
    runs-on: ubuntu-24.04
    steps:
      - run: helm rollback pay
"""


def told(check: str, about: dict[str, str], *, fleet: Fleet | None = None, name: str = "") -> Outcome:
    return verdict(judge(check, {"catalog-info.yaml": COMPONENT, **about}, fleet=fleet, name=name))


# ---------------------------------------------------------------- DOP-8.2-01


@pytest.mark.parametrize("check", [TRIGGERS, KNOWN])
def test_it_does_not_ask_a_service_that_is_not_in_production(check: str) -> None:
    (finding,) = judge(check, {"catalog-info.yaml": COMPONENT.replace("production", "experimental")})
    assert finding.outcome == Outcome.NOT_APPLICABLE


def test_it_passes_where_errors_latency_and_crashes_are_evaluated() -> None:
    assert told(TRIGGERS, {"canary.yaml": COMPLETE}) == Outcome.PASS


@pytest.mark.parametrize(
    "about",
    [
        {"canary.yaml": CANARY},
        {"policy.yaml": POLICY},
        {"deploy.sh": "#!/bin/bash\nhelm upgrade --install --atomic pay charts/pay\n"},
    ],
)
def test_it_is_partial_for_some_triggers_and_for_an_intent_that_nothing_evaluates(about: dict[str, str]) -> None:
    assert told(TRIGGERS, about) == Outcome.PARTIAL


def test_it_fails_where_nothing_takes_a_release_back() -> None:
    assert told(TRIGGERS, {}) == Outcome.FAIL
    assert told(TRIGGERS, {"canary.yaml": changed(CANARY, ("provider: istio", "skipAnalysis: true"))}) == Outcome.FAIL


def test_it_tells_the_triggers_of_one_service_from_those_of_another() -> None:
    other = COMPONENT.replace("name: pay", "name: ship")
    files = {"pay/catalog-info.yaml": COMPONENT, "ship/catalog-info.yaml": other, "deploy/canary.yaml": COMPLETE}
    found = {finding.unit: finding.outcome for finding in judge(TRIGGERS, files)}
    assert found == {"service pay": Outcome.PASS, "service ship": Outcome.FAIL}


def test_it_takes_an_alert_for_a_trigger_where_a_receiver_starts_the_rollback() -> None:
    alert = '{alert: PayErrors, expr: "sum(rate(errors[5m])) > 1", labels: {action: rollback}}'
    rule = f"groups: [{{name: pay, rules: [{alert}]}}]"
    receiver = "receivers: [{name: rollback, webhook_configs: [{url: 'https://rollback.acme.dev/'}]}]"
    (finding,) = judge(TRIGGERS, {"catalog-info.yaml": COMPONENT, "rules.yaml": rule})
    assert finding.value == "intent"
    files = {"catalog-info.yaml": COMPONENT, "rules.yaml": rule, "alertmanager.yaml": receiver}
    (finding,) = judge(TRIGGERS, files)
    assert (finding.outcome, finding.value) == (Outcome.PARTIAL, "errors")


# ---------------------------------------------------------------- DOP-8.2-02


def test_it_says_nothing_of_ways_without_a_trigger() -> None:
    assert judge(WIRED, {"catalog-info.yaml": COMPONENT, "provider.yaml": PROVIDER}) == []


def test_it_passes_what_evaluates_and_acts_itself() -> None:
    assert told(WIRED, {"canary.yaml": CANARY}) == Outcome.PASS


def test_it_is_partial_where_an_address_leads_to_nothing_that_is_known() -> None:
    about = {"canary.yaml": CANARY, "provider.yaml": PROVIDER}
    assert told(WIRED, about) == Outcome.PARTIAL
    assert told(WIRED, about, fleet=Fleet(services=frozenset({"hooks.acme"}))) == Outcome.PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type: slack", "type: webhook"),
        ("address: https", "address: http"),
        ("type: slack,", "type: slack, secret: {name: x},"),
    ],
)
def test_it_fails_a_provider_that_is_not_supported_or_not_secured(old: str, new: str) -> None:
    assert told(WIRED, {"canary.yaml": CANARY, "provider.yaml": changed(PROVIDER, (old, new))}) == Outcome.FAIL


def test_it_fails_a_policy_whose_action_has_no_procedure() -> None:
    assert told(WIRED, {"policy.yaml": changed(POLICY, ("action: immediate", "action: later"))}) == Outcome.FAIL


def test_it_passes_a_policy_that_is_read_and_whose_procedure_tells_people() -> None:
    reader = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: back, namespace: shop}\n"
        "spec: {template: {spec: {containers: [{name: a}], volumes: [{configMap: {name: rollback-policy}}]}}}\n"
    )
    assert told(WIRED, {"policy.yaml": POLICY}) == Outcome.PARTIAL
    assert told(WIRED, {"policy.yaml": POLICY, "reader.yaml": reader}) == Outcome.PASS
    silent = changed(POLICY, ("notify_oncall, ", ""))
    assert told(WIRED, {"policy.yaml": silent, "reader.yaml": reader}) == Outcome.PARTIAL
    forgetful = changed(POLICY, ("revert_in_git", "restore"))
    assert told(WIRED, {"policy.yaml": forgetful, "reader.yaml": reader, "app.yaml": APPLICATION}) == Outcome.PARTIAL


# ---------------------------------------------------------------- DOP-8.2-04


def test_it_passes_a_script_that_a_page_names() -> None:
    (finding,) = judge(KNOWN, {"catalog-info.yaml": COMPONENT, "scripts/rollback.sh": SCRIPT, "docs/run.md": PAGE})
    assert finding.outcome == Outcome.PASS
    assert [(place.path, place.line) for place in finding.places] == [("scripts/rollback.sh", 1), ("docs/run.md", 3)]


def test_it_passes_a_workflow_with_inputs_that_a_page_names() -> None:
    page = "Start the rollback workflow `back.yml`.\n"
    assert told(KNOWN, {".github/workflows/back.yml": WORKFLOW, "README.md": page}) == Outcome.PASS


def test_it_passes_a_script_of_the_organisation_that_a_page_refers_to() -> None:
    page = "See https://git.acme.dev/platform/scripts/rollback.sh for the rollback.\n"
    assert told(KNOWN, {"README.md": page}) == Outcome.PASS


@pytest.mark.parametrize(
    "about",
    [
        {"scripts/rollback.sh": SCRIPT},
        {"scripts/rollback.sh": "#!/bin/bash\nset -e\nkubectl rollout undo deploy/pay\n", "docs/run.md": PAGE},
        {"Makefile": "rollback:\n\thelm rollback pay\n", "README.md": "To undo a release: `make rollback`.\n"},
        {"README.md": "Rollback: `kubectl rollout undo deploy/pay`.\n"},
    ],
)
def test_it_is_partial_without_page_parameters_or_entry_point(about: dict[str, str]) -> None:
    assert told(KNOWN, about) == Outcome.PARTIAL


def test_it_fails_where_nobody_says_how() -> None:
    assert told(KNOWN, {"scripts/db-rollback.sh": SCRIPT, "README.md": "# pay\n"}) == Outcome.FAIL


# ---------------------------------------------------------------- DOP-8.2-05


def script(text: str, **more: str) -> Outcome:
    return verdict(
        judge(SAFE, {"scripts/back.sh": text, **{f"scripts/{name}.sh": body for name, body in more.items()}})
    )


def test_it_does_not_ask_scripts_that_call_none_of_the_tools() -> None:
    assert judge(SAFE, {"scripts/back.sh": "echo $x\n"}) == []


def test_it_passes_a_script_in_strict_mode_without_issue() -> None:
    assert script(SCRIPT) == Outcome.PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("set -euo pipefail", "set -e"),
        ('"deployment/${service}"', "deployment/${service}"),
        ("--timeout=10m", "--timeout=10m --record"),
        ("> /dev/null", "> /tmp/manifest.json"),
        ("> /dev/null", "| cut -d: -f2 # image"),
    ],
)
def test_it_is_partial_for_smaller_issues(old: str, new: str) -> None:
    assert script(changed(SCRIPT, (old, new)).replace("crane manifest", "crane image manifest")) == Outcome.PARTIAL


def test_it_is_partial_where_asking_for_help_ends_with_an_error() -> None:
    usage = 'usage() {\n  echo "usage"\n  exit 1\n}\ncase "$1" in\n  -h) usage ;;\nesac\n'
    assert script(SCRIPT + usage) == Outcome.PARTIAL
    assert script(SCRIPT + usage.replace("exit 1", "exit 0")) == Outcome.PASS


def test_it_fails_without_strict_mode_and_for_a_variable_that_nobody_sets() -> None:
    assert script(changed(SCRIPT, ("set -euo pipefail\n", ""))) == Outcome.FAIL
    (finding,) = judge(SAFE, {"scripts/back.sh": changed(SCRIPT, ("registry.acme.dev", "${REGISTRY}"))})
    assert finding.outcome == Outcome.FAIL
    assert finding.message == "Variable REGISTRY is never set."
    assert finding.places[0].line == 7


@pytest.mark.parametrize(
    "more",
    [
        {"env": "REGISTRY=registry.acme.dev\n"},
        {"other": "#!/bin/bash\nset -euo pipefail\nexport REGISTRY=x\n"},
        {"other": "#!/bin/bash\nset -euo pipefail\nREGISTRY=x ./scripts/back.sh pay 1\n"},
    ],
)
def test_it_follows_files_that_are_read_in_and_what_others_export(more: dict[str, str]) -> None:
    text = changed(
        SCRIPT, ("registry.acme.dev", "${REGISTRY}"), ("\nservice=", '\nsource "$(dirname "$0")/env.sh"\nservice=')
    )
    assert script(text, **more) == Outcome.PASS


def test_it_does_not_ask_a_library_for_a_mode_of_its_own() -> None:
    user = SCRIPT + 'source "./lib.sh"\n'
    findings = judge(SAFE, {"scripts/back.sh": user, "scripts/lib.sh": "pods() { kubectl get pods; }\n"})
    assert [finding.outcome for finding in findings] == [Outcome.PASS, Outcome.NOT_APPLICABLE]


# ---------------------------------------------------------------- DOP-8.2-06


def recorded(text: str, **more: str) -> Outcome:
    return told(RECORDED, {"scripts/rollback.sh": text, **{f"{name}.yaml": body for name, body in more.items()}})


def test_it_says_nothing_without_a_procedure() -> None:
    assert judge(RECORDED, {"catalog-info.yaml": COMPONENT}) == []


def test_it_passes_a_procedure_that_bears_the_marks() -> None:
    assert recorded(SCRIPT) == Outcome.PASS
    assert recorded(SCRIPT, app=APPLICATION) == Outcome.PASS
    assert recorded(DIRECT) == Outcome.PASS


def test_it_is_partial_for_four_or_five_marks_and_fails_fewer() -> None:
    lines = DIRECT.splitlines(keepends=True)
    fewer = "".join(line for line in lines if not line.startswith(("incident", "slack")))
    assert recorded(fewer) == Outcome.PARTIAL
    assert recorded("".join(line for line in fewer.splitlines(keepends=True) if "velero" not in line)) == Outcome.FAIL


def test_it_fails_a_procedure_that_fights_the_reconciler() -> None:
    assert recorded(DIRECT, app=APPLICATION) == Outcome.FAIL
    fleet = Fleet(reconciled=frozenset({"acme/pay"}))
    about = {"scripts/rollback.sh": DIRECT}
    assert told(RECORDED, about, fleet=fleet, name="acme/pay") == Outcome.FAIL


def test_it_does_not_count_a_smoke_test_that_is_skipped_where_its_tool_is_missing() -> None:
    optional = changed(DIRECT, ('curl --fail "https://${service}.acme.dev/health"',
                                'if command -v smoke-test; then smoke-test "$service"; fi'))  # fmt: skip
    (finding,) = judge(RECORDED, {"catalog-info.yaml": COMPONENT, "scripts/rollback.sh": optional})
    assert "health check" not in finding.value


def test_it_notes_a_backup_that_can_not_be_applied_again() -> None:
    weak = changed(SCRIPT, ('velero backup create "before-${service}"', 'kubectl get deployment "$service" -o yaml'))
    (finding,) = judge(RECORDED, {"catalog-info.yaml": COMPONENT, "scripts/rollback.sh": weak})
    assert finding.notes == ("Its only backup is an export of what runs.",)
