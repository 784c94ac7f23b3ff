"""Checks of runbooks: links of alerts, and scripts."""

import pytest

from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.subject import Fleet, Options
from tests.scorecards.checks.judging import judge, verdict
from tests.scorecards.checks.test_objectives import BOTH

FAIL, PARTIAL, UNKNOWN, PASS, NOT_APPLICABLE = Outcome

PAGE = "# Shop errors\n\n## Symptoms\n\n## Diagnosis\n\n## Mitigation\n\n## Escalation\n"
WORKFLOW = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - run: %s\n"


def rules(*alerts: str) -> str:
    return "groups:\n- name: g\n  rules:\n" + "".join(alerts)


def alert(target: str, severity: str = "critical") -> str:
    return (
        f"  - alert: A\n    expr: up == 0\n    labels: {{severity: {severity}}}\n"
        f"    annotations: {{runbook_url: '{target}'}}\n"
    )


def linked(text: str, pages: dict[str, str] | None = None, **about: object) -> Outcome:
    files = {"rules/shop.yaml": text, "docs/runbooks/shop.md": PAGE, **(pages or {})}
    return verdict(judge("paging-alerts-have-runbooks", files, **{"name": "acme/shop", **about}))


@pytest.mark.parametrize(
    "target",
    [
        "docs/runbooks/shop.md",
        "docs/runbooks/shop.md#diagnosis",
        "../docs/runbooks/shop.md",
        "https://github.com/acme/shop/blob/main/docs/runbooks/shop.md#symptoms",
        "https://runbooks.acme.io/{{ $labels.alertname }}",
    ],
)
def test_an_alert_whose_runbook_is_there_passes(target: str) -> None:
    assert linked(rules(alert(target))) is PASS


@pytest.mark.parametrize(
    "target",
    [
        "",
        "TODO",
        "docs/runbooks/other.md",
        "docs/runbooks/shop.md#nothing",
        "https://github.com/acme/shop/blob/main/docs/other.md",
        "http://[broken",
    ],
)
def test_an_alert_whose_runbook_is_not_there_fails(target: str) -> None:
    assert linked(rules(alert(target))) is FAIL


def test_most_alerts_with_a_runbook_are_partial() -> None:
    good = alert("docs/runbooks/shop.md")
    assert linked(rules(good, good, good, good, alert(""))) is PARTIAL
    assert linked(rules(good, good, good, alert(""))) is FAIL


def test_a_page_without_its_sections_is_partial() -> None:
    pages = {"docs/runbooks/shop.md": "# Shop\n\nRestart it.\n"}
    assert linked(rules(alert("docs/runbooks/shop.md")), pages) is PARTIAL


def test_alerts_that_do_not_page_are_not_asked() -> None:
    assert linked(rules(alert("", "warning"))) is NOT_APPLICABLE
    assert judge("paging-alerts-have-runbooks", {"README.md": "x"}) == []


def test_a_host_must_be_one_that_is_allowed() -> None:
    text = rules(alert("https://wiki.acme.io/x"))
    assert linked(text, options=Options(runbook_hosts=("acme.io",))) is PASS
    assert linked(text, options=Options(runbook_hosts=("other.io",))) is FAIL


def test_a_page_of_another_repository_is_looked_up_in_the_fleet() -> None:
    text = rules(alert("https://github.com/acme/runbooks/blob/main/shop.md"))
    fleet = Fleet(repositories=frozenset({"acme/runbooks"}), runbooks=frozenset({"acme/runbooks/shop.md"}))
    assert linked(text, fleet=fleet) is PASS
    assert linked(text, fleet=Fleet(repositories=frozenset({"acme/runbooks"}))) is FAIL


def test_what_only_rendering_tells_is_unknown() -> None:
    assert linked(rules(alert("docs/{{ $labels.alertname }}.md"))) is UNKNOWN


def test_objectives_page_by_nature() -> None:
    assert linked(BOTH) is PASS
    assert linked(BOTH.replace("runbook: docs/runbooks/shop.md", "summary: x")) is FAIL


# ---------------------------------------------------------------- DOP-5.2-05

SCRIPT = '''"""Restart."""
import os
import sys


class Runbook:
    def run(self):
        self.restart(os.environ["NAME"])

    def restart(self, name):
        print(name, file=sys.stderr)
'''


def runnable(text: str, path: str = "ops/runbooks/restart.py", **more: str) -> Outcome:
    return verdict(judge("runbook-scripts-runnable", {path: text, **more}))


def test_a_script_that_resolves_and_is_exercised_passes() -> None:
    assert (
        runnable(SCRIPT, **{".github/workflows/ci.yml": WORKFLOW % "python ops/runbooks/restart.py --dry-run"}) is PASS
    )
    assert runnable(SCRIPT, **{"tests/test_restart.py": "from ops.runbooks import restart\n"}) is PASS


def test_a_script_that_nothing_exercises_is_partial() -> None:
    assert runnable(SCRIPT) is PARTIAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import os\n", ""),
        ("def restart(self", "def start(self"),
        ("class Runbook:", "class Runbook"),
        ("print(", "tell("),
    ],
)
def test_a_script_that_does_not_resolve_fails(old: str, new: str) -> None:
    assert runnable(SCRIPT.replace(old, new)) is FAIL


def test_a_foreign_base_may_have_any_method() -> None:
    text = SCRIPT.replace("class Runbook:", "from lib import Base\nclass Runbook(Base):").replace(
        "def restart", "def x"
    )
    assert runnable(text) is PARTIAL


def test_an_undeclared_package_is_partial() -> None:
    text = "import requests\n" + SCRIPT.replace("print(", "requests.get(")
    ci = {".github/workflows/ci.yml": WORKFLOW % "python ops/runbooks/restart.py"}
    assert runnable(text, **ci, **{"requirements.txt": "boto3==1\n"}) is PARTIAL
    assert runnable(text, **ci, **{"requirements.txt": "requests>=2\n"}) is PASS


def test_it_notes_garbled_text_stubs_and_a_late_shebang() -> None:
    text = (
        "# runbook\n#!/usr/bin/env python3\n"
        + SCRIPT
        + '\n    def later(self):\n        pass\n\n\nX = "â\u0153\u2026 done"\n'
    )
    findings = judge("runbook-scripts-runnable", {"sre/x.py": text})
    notes = " ".join(findings[0].notes)
    assert "line 2" in notes
    assert "later" in notes
    assert "twice" in notes


def test_a_shell_script_is_checked_for_its_syntax_only() -> None:
    text = "#!/bin/bash\nset -e\nkubectl get pods\n"
    assert runnable(text, "ops/x.sh") is PARTIAL
    assert runnable(text, "ops/x.sh", **{".github/workflows/ci.yml": WORKFLOW % "bash -n ops/x.sh"}) is PASS
    assert runnable("package main\n", "ops/x.go") is UNKNOWN


@pytest.mark.parametrize("path", ["src/x.py", "ops/test_x.py", "ops/notes.md"])
def test_what_is_no_script_of_a_runbook_is_not_asked(path: str) -> None:
    assert judge("runbook-scripts-runnable", {path: "x = y\n"}) == []


@pytest.mark.parametrize("text", ["(" * 5000, "-" * 90_000 + "1", "x = " + "f'{a}'" * 30_000, "a" * 300_000])
def test_a_script_beyond_the_limits_is_unknown(text: str) -> None:
    assert runnable(text) is UNKNOWN
    assert verdict(judge("runbook-scripts-guarded", {"ops/x.py": text})) is UNKNOWN


# ---------------------------------------------------------------- DOP-5.2-06

GUARDED = """import argparse


def main(client, slack, dry_run):
    state = client.describe_instances()
    slack.post_message("rebooting")
    if not dry_run:
        client.reboot_instances(InstanceIds=["x"])
        client.get_waiter("ok").wait(WaiterConfig={"MaxAttempts": 5})
        verify_health(state)
        escalate("sre")
"""


def guarded(text: str, path: str = "ops/reboot.py") -> Outcome:
    return verdict(judge("runbook-scripts-guarded", {path: text}))


def test_a_guarded_script_passes() -> None:
    assert guarded(GUARDED) is PASS


def test_a_script_without_a_switch_is_partial() -> None:
    assert guarded(GUARDED.replace("dry_run", "ready")) is PARTIAL


def test_a_script_with_few_marks_fails() -> None:
    assert guarded("def main(client):\n    client.terminate_instances()\n") is FAIL


def test_a_handler_that_swallows_fails() -> None:
    text = (
        GUARDED
        + "\n\ndef more(client):\n    try:\n        client.delete_cluster()\n    except Exception:\n        %s\n"
    )
    assert guarded(text % "pass") is FAIL
    assert guarded(text % "raise") is PASS
    assert guarded(text % "escalate('x')") is PASS


def test_a_script_that_changes_nothing_is_not_asked() -> None:
    assert judge("runbook-scripts-guarded", {"ops/x.py": "print('hello')\n"}) == []


SHELL = """#!/bin/bash
read -p "Are you sure? " answer
kubectl get deployment shop
kubectl rollout restart deployment/shop
kubectl rollout status deployment/shop --timeout=5m
echo done
"""


def test_shell_is_read_by_its_commands() -> None:
    assert guarded(SHELL, "ops/restart.sh") is PASS
    assert guarded("#!/bin/bash\nkubectl delete pod x\n", "ops/x.sh") is FAIL
    assert guarded(SHELL + "kubectl delete pod x || true\n", "ops/restart.sh") is FAIL
    assert judge("runbook-scripts-guarded", {"ops/x.sh": "echo kubectl delete pod\n"}) == []


def test_go_is_read_by_the_names_of_its_calls() -> None:
    text = "package main\n\nfunc main() {\n\tclient.TerminateInstances(ctx)\n}\n"
    assert guarded(text, "ops/x.go") is FAIL


def test_the_evidence_is_the_line_of_the_call() -> None:
    finding: Finding = judge("runbook-scripts-guarded", {"ops/reboot.py": GUARDED})[0]
    assert "reboot_instances" in GUARDED.splitlines()[finding.places[0].line - 1]
