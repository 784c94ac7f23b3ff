"""DOP-2.2-01 and DOP-2.2-02: colours of one shape, and a switch behind a gate."""

import pytest

from scorecards.checks.finding import Outcome
from tests.scorecards.checks.judging import judge, verdict

MATCH, GATED = "blue-green-colours-match", "blue-green-switch-gated"
COLOUR = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay-COLOUR}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: pay, version: COLOUR}}
    spec:
      securityContext: {runAsNonRoot: true}
      containers:
        - name: app
          image: pay:1
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /ready, port: 8080}}
          livenessProbe: {httpGet: {path: /live, port: 8080}}
          resources: {requests: {cpu: 100m, memory: 1Gi}, limits: {memory: 1Gi}}
"""
BLUE, GREEN = COLOUR.replace("COLOUR", "blue"), COLOUR.replace("COLOUR", "green")
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: pay}
spec:
  selector: {app: pay, version: green}
"""
PREVIEW = SERVICE.replace("name: pay}", "name: pay-preview}").replace("green", "blue")
SWITCH = """\
#!/bin/bash
set -euo pipefail
kubectl rollout status deployment/pay-green --timeout=5m
kubectl patch service pay -p '{"spec":{"selector":{"version":"green"}}}'
"""
ROLLOUT = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: pay}
spec:
  template:
    metadata: {labels: {app: pay, version: green}}
    spec:
      containers:
        - name: app
          readinessProbe: {httpGet: {path: /ready, port: 8080}}
          livenessProbe: {httpGet: {path: /live, port: 8080}}
          resources: {requests: {cpu: 100m, memory: 1Gi}, limits: {memory: 1Gi}}
          securityContext: {runAsNonRoot: true}
  strategy:
    blueGreen:
      activeService: pay
      previewService: pay-preview
      autoPromotionEnabled: false
      scaleDownDelaySeconds: 600
"""
ROLLOUT_SERVICES = {"a.yaml": SERVICE, "b.yaml": PREVIEW.replace("blue", "green")}


def matching(**files: str) -> Outcome:
    return verdict(judge(MATCH, {f"{name}.yaml": text for name, text in files.items()}))


@pytest.mark.parametrize("check", [MATCH, GATED])
def test_it_says_nothing_of_workloads_without_a_second_colour(check: str) -> None:
    assert judge(check, {"blue.yaml": BLUE, "service.yaml": SERVICE}) == []


def test_it_passes_two_colours_of_one_shape_with_a_preview() -> None:
    assert matching(blue=BLUE, green=GREEN, service=SERVICE, preview=PREVIEW) == Outcome.PASS


def test_it_is_partial_without_a_preview_and_where_replicas_differ() -> None:
    assert matching(blue=BLUE, green=GREEN, service=SERVICE) == Outcome.PARTIAL
    fewer = BLUE.replace("replicas: 3", "replicas: 1")
    assert matching(blue=fewer, green=GREEN, service=SERVICE, preview=PREVIEW) == Outcome.PARTIAL


@pytest.mark.parametrize(
    "service",
    [
        SERVICE.replace(", version: green", ""),  # both colours
        SERVICE.replace("green", "red"),  # neither
        "",
    ],
)
def test_it_fails_a_service_that_does_not_select_one_colour(service: str) -> None:
    assert matching(blue=BLUE, green=GREEN, service=service) == Outcome.FAIL


@pytest.mark.parametrize(
    ("old", "new"), [("path: /ready", "path: /"), ("memory: 1Gi}}", "memory: 2Gi}}"), ("8080}]", "9090}]")]
)
def test_it_fails_colours_that_differ_in_more_than_image_and_name(old: str, new: str) -> None:
    assert matching(blue=BLUE.replace(old, new), green=GREEN, service=SERVICE, preview=PREVIEW) == Outcome.FAIL


def test_it_finds_colours_by_their_label_where_names_do_not_tell() -> None:
    blue, green = BLUE.replace("pay-blue", "pay-1"), GREEN.replace("pay-green", "pay-2")
    assert matching(blue=blue, green=green, service=SERVICE, preview=PREVIEW) == Outcome.PASS


def test_it_does_not_know_which_colour_a_mesh_chooses() -> None:
    rule = (
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: pay}\n"
        "spec: {host: pay, subsets: [{name: b, labels: {version: blue}}, {name: g, labels: {version: green}}]}\n"
    )
    both = SERVICE.replace(", version: green", "")
    assert matching(blue=BLUE, green=GREEN, service=both, rule=rule) == Outcome.UNKNOWN


def test_it_judges_the_services_of_a_rollout() -> None:
    files = {"rollout.yaml": ROLLOUT, **ROLLOUT_SERVICES}
    assert verdict(judge(MATCH, files)) == Outcome.PASS
    assert (
        verdict(judge(MATCH, {**files, "rollout.yaml": ROLLOUT.replace("previewService", "other")})) == Outcome.PARTIAL
    )
    assert verdict(judge(MATCH, {**files, "a.yaml": SERVICE.replace("green", "red")})) == Outcome.FAIL
    assert verdict(judge(MATCH, {"rollout.yaml": ROLLOUT})) == Outcome.UNKNOWN


# ---------------------------------------------------------------- DOP-2.2-02


def gated(blue: str = BLUE, **more: str) -> Outcome:
    files = {"blue.yaml": blue, "green.yaml": GREEN, "service.yaml": SERVICE}
    return verdict(judge(GATED, {**files, **{f"{name}.sh": text for name, text in more.items()}}))


def test_it_passes_ready_colours_behind_a_gated_switch() -> None:
    assert gated(switch=SWITCH) == Outcome.PASS


def test_it_is_partial_where_people_switch_by_hand() -> None:
    assert gated() == Outcome.PARTIAL


def test_it_is_partial_where_the_baseline_has_gaps() -> None:
    assert gated(BLUE.replace("livenessProbe", "otherProbe"), switch=SWITCH) == Outcome.PARTIAL


def test_it_is_partial_where_the_switch_does_not_wait_or_drops_the_old_colour_at_once() -> None:
    blind = "\n".join(line for line in SWITCH.splitlines() if "status" not in line)
    assert gated(switch=blind) == Outcome.PARTIAL
    assert gated(switch=SWITCH + "kubectl scale deployment/pay-blue --replicas=0\n") == Outcome.PARTIAL
    assert gated(switch=SWITCH + "sleep 600\nkubectl scale deployment/pay-blue --replicas=0\n") == Outcome.PASS


def test_it_fails_a_colour_without_readiness_probe() -> None:
    assert gated(BLUE.replace("readinessProbe", "otherProbe"), switch=SWITCH) == Outcome.FAIL


def test_it_judges_the_workload_that_a_rollout_refers_to() -> None:
    head, _, strategy = ROLLOUT.partition("  template:\n")
    text = f"{head}  workloadRef: {{kind: Deployment, name: pay-blue}}\n{strategy[strategy.index('  strategy:') :]}"
    assert verdict(judge(GATED, {"rollout.yaml": text, "blue.yaml": BLUE, **ROLLOUT_SERVICES})) == Outcome.PASS
    bare = BLUE.replace("readinessProbe", "otherProbe")
    assert verdict(judge(GATED, {"rollout.yaml": text, "blue.yaml": bare, **ROLLOUT_SERVICES})) == Outcome.FAIL


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("autoPromotionEnabled: false", "autoPromotionEnabled: true", Outcome.PARTIAL),
        ("scaleDownDelaySeconds: 600", "scaleDownDelaySeconds: 0", Outcome.PARTIAL),
        ("readinessProbe", "otherProbe", Outcome.FAIL),
        ("pay-preview", "pay-preview", Outcome.PASS),
    ],
)
def test_it_judges_the_switch_of_a_rollout(old: str, new: str, expected: Outcome) -> None:
    files = {"rollout.yaml": ROLLOUT.replace(old, new), **ROLLOUT_SERVICES}
    assert verdict(judge(GATED, files)) == expected
