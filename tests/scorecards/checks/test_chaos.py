"""Checks of fault experiments and gamedays."""

import json
from typing import Any

import pytest

from scorecards.checks.finding import Outcome
from tests.scorecards.checks.judging import judge, verdict

FAIL, PARTIAL, UNKNOWN, PASS, NOT_APPLICABLE = Outcome

COMPONENT = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop, labels: {tier: critical}}
spec: {type: service, lifecycle: production, owner: team-a}
"""
NETWORK = """apiVersion: chaos-mesh.org/v1alpha1
kind: NetworkChaos
metadata: {name: delay, namespace: chaos}
spec:
  action: delay
  mode: one
  duration: 5m
  selector:
    namespaces: [staging]
    labelSelectors: {app: shop}
  delay: {latency: 100ms}
"""
POD_KILL = """  type: PodChaos
  podChaos:
    action: pod-kill
    mode: one
    selector: {namespaces: [production], labelSelectors: {app: shop}}
"""
SCHEDULE = """apiVersion: chaos-mesh.org/v1alpha1
kind: Schedule
metadata: {name: %s, namespace: chaos%s}
spec:
  schedule: "%s"
  concurrencyPolicy: Forbid
"""
DAILY = SCHEDULE % ("kill", "", "0 10 * * 1-5") + POD_KILL
NETWORK_DAILY = SCHEDULE % ("delay", "", "0 11 * * 1-5") + (
    "  type: NetworkChaos\n  networkChaos: {action: delay, mode: one, duration: 5m, delay: {latency: 1s},"
    " selector: {namespaces: [production], labelSelectors: {app: shop}}}\n"
)


# ---------------------------------------------------------------- DOP-5.3-01


def scheduled(*documents: str, **more: str) -> Outcome:
    files = {f"chaos/{index}.yaml": text for index, text in enumerate(documents)}
    return verdict(judge("fault-experiments-scheduled", {"catalog-info.yaml": COMPONENT, **files, **more}))


def test_two_scheduled_kinds_pass() -> None:
    assert scheduled(DAILY, NETWORK_DAILY) is PASS


def test_one_kind_or_one_schedule_is_partial() -> None:
    assert scheduled(DAILY) is PARTIAL
    assert scheduled(DAILY, NETWORK) is PARTIAL
    assert scheduled(NETWORK) is PARTIAL


def test_a_schedule_of_the_first_generation_does_not_count() -> None:
    assert scheduled(DAILY, NETWORK + "  scheduler: {cron: '@hourly'}\n") is PARTIAL


def test_a_pipeline_that_applies_an_experiment_schedules_it() -> None:
    steps = "[{run: kubectl apply -f chaos/1.yaml}]"
    workflow = f"on: {{schedule: [{{cron: '0 9 * * *'}}]}}\njobs: {{a: {{runs-on: x, steps: {steps}}}}}\n"
    assert scheduled(DAILY, NETWORK, **{".github/workflows/chaos.yml": workflow}) is PASS


def test_a_critical_service_without_experiments_fails() -> None:
    assert scheduled() is FAIL
    assert scheduled(DAILY.replace("app: shop", "app: other")) is FAIL


def test_a_service_that_is_not_critical_is_not_asked() -> None:
    assert judge("fault-experiments-scheduled", {"catalog-info.yaml": COMPONENT.replace("critical", "low")}) == []


def test_litmus_schedules_count() -> None:
    assert scheduled(LITMUS_SCHEDULE, NETWORK_DAILY) is PASS


# ---------------------------------------------------------------- DOP-5.3-02


def valid(text: str, path: str = "chaos/x.yaml") -> Outcome:
    return verdict(judge("fault-experiments-match-schema", {path: text}))


def test_keys_that_the_controller_serves_pass() -> None:
    assert valid(NETWORK) is PASS
    assert valid(DAILY) is PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  duration: 5m\n", "  duration: 5m\n  scheduler: {cron: '@hourly'}\n"),
        ("  mode: one\n", ""),
        ("mode: one", "mode: some"),
        ("mode: one", "mode: fixed"),
        ("name: delay, ", ""),
        ("NetworkChaos", "NetChaos"),
        ("  delay: {latency: 100ms}", "  delay: {latencies: 100ms}"),
        ("labelSelectors: {app: shop}", "labelSelectors: x"),
    ],
)
def test_unknown_and_missing_keys_fail(old: str, new: str) -> None:
    assert old in NETWORK
    assert valid(NETWORK.replace(old, new)) is FAIL


def test_keys_without_effect_are_partial() -> None:
    assert valid(DAILY.replace("    mode: one\n", "    mode: one\n    duration: 60s\n")) is PARTIAL
    assert valid(NETWORK.replace("mode: one", "mode: one\n  value: '2'")) is PARTIAL
    assert valid(NETWORK.replace(", namespace: chaos", "")) is PARTIAL


LITMUS = """apiVersion: litmuschaos.io/v1alpha1
kind: ChaosEngine
metadata: {name: kill, namespace: staging}
spec:
  engineState: active
  appinfo: {appns: staging, applabel: app=shop, appkind: deployment}
  experiments:
  - name: pod-delete
    spec:
      components: {env: [{name: TOTAL_CHAOS_DURATION, value: '30'}]}
      probe:
      - {name: alive, type: httpProbe, mode: Continuous, runProperties: {probeTimeout: 5s}}
"""
LITMUS_SCHEDULE = """apiVersion: litmuschaos.io/v1alpha1
kind: ChaosSchedule
metadata: {name: kill, namespace: staging}
spec:
  schedule: {repeat: {properties: {minChaosInterval: {hour: {everyNthHour: 24}}}}}
  engineTemplateSpec:
    engineState: active
    appinfo: {appns: staging, applabel: app=shop, appkind: deployment}
    experiments: [{name: pod-delete}]
"""


def test_it_reads_litmus() -> None:
    assert valid(LITMUS) is PASS
    assert valid(LITMUS_SCHEDULE) is PASS
    assert valid(LITMUS.replace("mode: Continuous", "mode: Always")) is FAIL
    assert valid(LITMUS.replace("  experiments:", "  tests:")) is FAIL


FIS = """
resource "aws_fis_experiment_template" "stop" {
  description = "stop"
  role_arn    = aws_iam_role.fis.arn
  stop_condition {
    source = "aws:cloudwatch:alarm"
    value  = aws_cloudwatch_metric_alarm.errors.arn
  }
  action {
    name      = "stop"
    action_id = "aws:ec2:stop-instances"
  }
  target {
    name           = "some"
    resource_type  = "aws:ec2:instance"
    selection_mode = "COUNT(1)"
    resource_tag {
      key   = "service"
      value = "shop"
    }
  }
}
"""


def test_it_reads_aws_fis() -> None:
    assert valid(FIS, "fis.tf") is PASS
    assert valid(FIS.replace('  description = "stop"\n', ""), "fis.tf") is FAIL
    assert contained(FIS, "fis.tf") is PASS
    assert contained(FIS.replace("aws:cloudwatch:alarm", "none"), "fis.tf") is PARTIAL


@pytest.mark.parametrize("check", ["fault-experiments-match-schema", "fault-experiments-contained"])
def test_nothing_is_asked_without_an_experiment(check: str) -> None:
    assert judge(check, {"catalog-info.yaml": COMPONENT}) == []


# ---------------------------------------------------------------- DOP-5.3-03


def contained(text: str, path: str = "chaos/x.yaml") -> Outcome:
    return verdict(judge("fault-experiments-contained", {path: text}))


GUARD = ", annotations: {slo-guard: shop-availability}"


def test_a_narrow_short_fault_that_aborts_passes() -> None:
    assert contained(NETWORK.replace(", namespace: chaos", f", namespace: chaos{GUARD}")) is PASS
    assert contained(LITMUS) is PASS
    assert contained(SCHEDULE % ("kill", GUARD, "0 10 * * 1-5") + POD_KILL) is PASS


def test_without_an_abort_condition_it_is_partial() -> None:
    assert contained(NETWORK) is PARTIAL
    assert contained(DAILY) is PARTIAL


@pytest.mark.parametrize("when", ["0 */4 * * 1-5", "0 3 * * 1-5", "0 10 * * *"])
def test_a_fault_in_production_at_other_times_is_partial(when: str) -> None:
    assert contained(SCHEDULE % ("kill", GUARD, when) + POD_KILL) is PARTIAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  duration: 5m\n", ""),
        ("duration: 5m", "duration: 1h"),
        ("    labelSelectors: {app: shop}\n", ""),
        ("    namespaces: [staging]\n", ""),
        ("mode: one", "mode: all"),
    ],
)
def test_a_fault_that_is_wide_or_endless_fails(old: str, new: str) -> None:
    assert (
        contained(NETWORK.replace("staging", "production").replace(old.replace("staging", "production"), new)) is FAIL
    )


def test_all_targets_outside_production_are_no_failure() -> None:
    assert contained(NETWORK.replace("mode: one", "mode: all")) is PARTIAL


def test_a_workflow_aborts_by_its_status_check() -> None:
    text = """apiVersion: chaos-mesh.org/v1alpha1
kind: Workflow
metadata: {name: w, namespace: chaos}
spec:
  entry: all
  templates:
  - {name: all, templateType: Parallel, deadline: 5m, children: [check, delay]}
  - name: check
    templateType: StatusCheck
    abortWithStatusCheck: true
    statusCheck: {type: HTTP, http: {url: http://shop/health, criteria: {statusCode: '200'}}}
  - name: delay
    templateType: NetworkChaos
    deadline: 4m
    networkChaos:
      action: delay
      mode: all
      selector: {namespaces: [production], labelSelectors: {app: shop}}
      delay: {latency: 1s}
"""
    assert contained(text) is PASS
    assert contained(text.replace("abortWithStatusCheck: true", "abortWithStatusCheck: false")) is FAIL
    assert valid(text) is PASS


def test_what_causes_no_fault_is_not_asked() -> None:
    text = NETWORK.partition("spec:")[0].replace("NetworkChaos", "StatusCheck") + "spec: {type: HTTP}\n"
    assert contained(text) is NOT_APPLICABLE


# ---------------------------------------------------------------- DOP-5.3-04


def scenario(**changed: Any) -> dict[str, Any]:
    found = {
        "title": "t",
        "description": "d",
        "steady-state-hypothesis": {
            "title": "healthy",
            "probes": [
                {"type": "probe", "name": "up", "tolerance": 200, "provider": {"type": "http", "url": "http://shop"}}
            ],
        },
        "method": [
            {
                "type": "action",
                "name": "delete-pod",
                "provider": {"type": "python", "func": "delete_pods", "arguments": {"label_selector": "app=shop"}},
            }
        ],
        "rollbacks": [{"type": "action", "name": "scale up"}],
    }
    return {key: value for key, value in {**found, **changed}.items() if value is not None}


def executable(document: dict[str, Any]) -> Outcome:
    return verdict(judge("gameday-scenarios-executable", {"gameday/x.json": json.dumps(document)}))


def test_a_complete_scenario_passes() -> None:
    assert executable(scenario()) is PASS


def test_empty_rollbacks_of_a_fault_that_heals_are_partial() -> None:
    assert executable(scenario(rollbacks=[])) is PARTIAL


STOP = {"type": "action", "name": "stop", "provider": {"type": "python", "func": "stop_instances", "arguments": {}}}
NAMED = {**STOP, "provider": {"type": "python", "func": "x", "arguments": {"ids": ["i-1234567890abcdef0"]}}}


@pytest.mark.parametrize(
    "changed",
    [
        {"steady-state-hypothesis": {"title": "x", "probes": [{"type": "probe", "name": "up"}]}},
        {"steady-state-hypothesis": {"title": "x"}},
        {"method": []},
        {"title": None},
        {"method": [STOP], "rollbacks": []},
        {"method": [NAMED]},
    ],
)
def test_a_scenario_that_can_not_run_fails(changed: dict[str, Any]) -> None:
    assert executable(scenario(**changed)) is FAIL


CODE = """from chaoslib.experiment import run_experiment


def main(name):
    experiment = %s
    return run_experiment(experiment)
"""


def in_code(text: str) -> Outcome:
    return verdict(judge("gameday-scenarios-executable", {"chaos/gameday/scenarios.py": text}))


def test_a_literal_in_code_is_a_scenario() -> None:
    literal = repr(scenario())
    assert in_code(CODE % literal) is PASS
    assert in_code(CODE % literal.replace("'d'", "f'{name}'")) is PASS
    assert in_code((CODE % literal).replace("chaoslib.experiment", "chaos_toolkit")) is FAIL
    assert in_code((CODE % literal).replace("return run", "return go")) is FAIL
    assert in_code(CODE % literal.replace("'tolerance': 200, ", "")) is FAIL


def test_code_that_builds_no_experiment_is_not_asked() -> None:
    assert judge("gameday-scenarios-executable", {"chaos/x.py": "x = {'method': []}\n"}) == []


@pytest.mark.parametrize("spec", ["1", "[]", "{schedule: [a], type: {a: b}}", "{type: PodChaos, podChaos: x}"])
def test_odd_shapes_are_no_error(spec: str) -> None:
    text = f"apiVersion: chaos-mesh.org/v1alpha1\nkind: Schedule\nmetadata: 3\nspec: {spec}\n"
    assert valid(text) is FAIL
    assert contained(text) in (FAIL, NOT_APPLICABLE)
    assert scheduled(text) in (FAIL, PARTIAL)
