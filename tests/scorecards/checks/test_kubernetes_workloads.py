"""Rollouts, labels, identity and metrics of workloads. Definition: DOP-3.1-05, -07, -08."""

from typing import Any

import pytest

from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import judge, verdict
from tests.scorecards.checks.kubernetes_objects import container, obj, service, text, workload

FAIL, PARTIAL, PASS, NOT = Outcome.FAIL, Outcome.PARTIAL, Outcome.PASS, Outcome.NOT_APPLICABLE


def judged(check: str, *objects: dict[str, Any], **about: Any) -> list[Finding]:
    return judge(check, {"app.yaml": text(*objects)}, **about)


# ---------------------------------------------------------------- DOP-3.1-05

SPREAD = {"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]}


def rollout(*others: dict[str, Any], pod: Any = None, kind: str = "Deployment", **spec: Any) -> list[Finding]:
    return judged("workload-rolls-out-without-downtime", workload(kind, pod=pod, spec=spec), service(), *others)


def budget(**spec: Any) -> dict[str, Any]:
    return obj("PodDisruptionBudget", "app", {"selector": {"matchLabels": {"app": "app"}}, **spec}, "policy/v1")


def autoscaler(**spec: Any) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"}
    return obj("HorizontalPodAutoscaler", "app", {"scaleTargetRef": target, **spec}, "autoscaling/v2")


def test_replicas_strategy_budget_and_spread_pass() -> None:
    assert verdict(rollout(budget(maxUnavailable=1), pod=SPREAD, replicas=3)) is PASS


def test_without_budget_or_spread_it_is_partial() -> None:
    assert verdict(rollout(replicas=3)) is PARTIAL
    assert verdict(rollout(budget(maxUnavailable=1), replicas=3)) is PARTIAL
    assert verdict(rollout(pod=SPREAD, replicas=3)) is PARTIAL


@pytest.mark.parametrize("spec", [{"minAvailable": 3}, {"minAvailable": "100%"}, {"maxUnavailable": 0}])
def test_a_budget_that_allows_no_disruption_is_partial(spec: dict[str, Any]) -> None:
    assert verdict(rollout(budget(**spec), pod=SPREAD, replicas=3)) is PARTIAL


def test_a_single_replica_fails_and_is_the_default() -> None:
    assert verdict(rollout(replicas=1)) is FAIL
    assert verdict(rollout()) is FAIL


def test_recreate_fails() -> None:
    assert verdict(rollout(replicas=3, strategy={"type": "Recreate"})) is FAIL


@pytest.mark.parametrize(
    ("unavailable", "expected"), [("100%", FAIL), (3, FAIL), ("50%", PARTIAL), (1, PASS), (0, PASS), ("25%", PASS)]
)
def test_what_may_be_unavailable_decides(unavailable: Any, expected: Outcome) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": unavailable}}
    assert verdict(rollout(budget(minAvailable=1), pod=SPREAD, replicas=3, strategy=strategy)) is expected


def test_an_autoscalers_minimum_counts_and_replicas_beside_it_are_noted() -> None:
    assert verdict(rollout(autoscaler(minReplicas=2), budget(minAvailable=1), pod=SPREAD)) is PASS
    assert verdict(rollout(autoscaler(maxReplicas=9), replicas=3)) is FAIL
    assert rollout(autoscaler(minReplicas=2), replicas=3)[0].notes


def test_what_nothing_leads_to_is_not_asked() -> None:
    other = service(selector={"app": "other"})
    assert verdict(judged("workload-rolls-out-without-downtime", workload(), other)) is NOT


def test_what_is_scaled_to_zero_is_not_asked() -> None:
    assert verdict(rollout(replicas=0)) is NOT


def test_a_stateful_set_replaces_one_pod_after_the_other() -> None:
    assert verdict(rollout(budget(maxUnavailable=1), pod=SPREAD, kind="StatefulSet", replicas=3)) is PASS
    on_delete = {"type": "OnDelete"}
    assert verdict(rollout(kind="StatefulSet", replicas=3, updateStrategy=on_delete)) is PARTIAL


def test_the_production_overlay_is_judged_where_there_is_one() -> None:
    def overlay(replicas: int) -> str:
        return f"resources: [../../base]\nreplicas: [{{name: app, count: {replicas}}}]\n"

    found = judge(
        "workload-rolls-out-without-downtime",
        {
            "base/app.yaml": text(workload(), service()),
            "base/kustomization.yaml": "resources: [app.yaml]\n",
            "overlays/dev/kustomization.yaml": overlay(1),
            "overlays/production/kustomization.yaml": overlay(3),
        },
    )
    assert {one.unit.rpartition("/")[2]: one.outcome for one in found} == {"dev": NOT, "production": PARTIAL}


# ---------------------------------------------------------------- DOP-3.1-07

LABELS = {"app.kubernetes.io/name": "shop", "app.kubernetes.io/component": "backend"}


def labelled(*objects: dict[str, Any], **about: Any) -> list[Finding]:
    return judged("kubernetes-objects-labelled", *objects, **about)


def test_complete_labels_and_a_namespace_pass() -> None:
    own = {"metadata": {"name": "app", "namespace": "shop", "labels": LABELS}}
    assert [one.outcome for one in labelled(workload() | own, service() | own)] == [PASS, PASS]


def metadata(**told: Any) -> dict[str, Any]:
    return service() | {"metadata": {"name": "app", **told}}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"labels": LABELS, "namespace": "shop"}, PASS),
        ({"labels": LABELS}, PARTIAL),
        ({"labels": {"app.kubernetes.io/name": "shop"}, "namespace": "shop"}, PARTIAL),
        ({"labels": {"app": "shop"}, "namespace": "shop"}, FAIL),
        ({"labels": LABELS, "namespace": "default"}, FAIL),
    ],
)
def test_a_service_is_judged_by_labels_and_namespace(told: dict[str, Any], expected: Outcome) -> None:
    assert verdict(labelled(metadata(**told))) is expected


def test_an_owner_label_is_asked_for_only_where_the_settings_do() -> None:
    one = metadata(labels=LABELS, namespace="shop")
    asked = Options(owner_labels=("team", "owner"))
    assert verdict(labelled(one)) is PASS
    assert verdict(labelled(one, options=asked)) is PARTIAL
    assert verdict(labelled(metadata(labels={**LABELS, "team": "pay"}, namespace="shop"), options=asked)) is PASS


def test_a_selector_that_misses_its_own_pods_fails() -> None:
    app = workload()
    app["spec"]["selector"]["matchLabels"]["version"] = "2"
    app["metadata"] = {"name": "app", "namespace": "shop", "labels": LABELS}
    assert labelled(app)[0].message == "The selector does not match the labels of its own pod template."


def test_a_chart_takes_its_namespace_from_the_release() -> None:
    found = judge(
        "kubernetes-objects-labelled",
        {"c/Chart.yaml": "name: c\nversion: 1.0.0\n", "c/templates/a.yaml": text(metadata(labels=LABELS))},
    )
    assert verdict(found) is PASS


def test_a_service_of_another_group_is_none() -> None:
    assert labelled(obj("Service", "app", {}, "serving.knative.dev/v1")) == []


# ---------------------------------------------------------------- DOP-3.1-08

ACCOUNT = {"serviceAccountName": "app", "automountServiceAccountToken": False}
SCRAPED = {"prometheus.io/scrape": "true"}
KEYED = {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}


def identity(
    *others: dict[str, Any], env: Any = (), pod: Any = None, annotations: Any = None, kind: str = "Deployment"
) -> list[Finding]:
    app = workload(kind, containers=[container(env=list(env))], pod=pod, annotations=annotations)
    return judged("workload-identity-and-metrics-set", app, *others)


def test_account_references_and_metrics_pass() -> None:
    assert verdict(identity(env=[KEYED], pod=ACCOUNT, annotations=SCRAPED)) is PASS


def test_two_marks_are_partial_and_one_fails() -> None:
    assert verdict(identity(pod=ACCOUNT)) is PARTIAL
    assert verdict(identity(pod={"serviceAccountName": "app"}, annotations=SCRAPED)) is PARTIAL
    assert verdict(identity()) is FAIL
    assert verdict(identity(pod={"serviceAccountName": "default", "automountServiceAccountToken": False})) is FAIL


def test_a_literal_secret_fails_whatever_else_there_is() -> None:
    literal = {"name": "DB_PASSWORD", "value": "hunter2-correct"}
    found = identity(env=[literal], pod=ACCOUNT, annotations=SCRAPED)
    assert (verdict(found), found[0].value) == (FAIL, "DB_PASSWORD")
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("value", ["changeme", "$(OTHER)", "", "true", "/run/secrets/db"])
def test_what_is_no_secret_does_not_fail(value: str) -> None:
    assert (
        verdict(identity(env=[{"name": "DB_PASSWORD", "value": value}], pod=ACCOUNT, annotations=SCRAPED)) is not FAIL
    )


def test_a_token_may_be_mounted_where_a_binding_needs_it() -> None:
    subject = {"kind": "ServiceAccount", "name": "app", "namespace": "shop"}
    binding = obj("RoleBinding", "app", api="rbac.authorization.k8s.io/v1", subjects=[subject])
    assert verdict(identity(binding, pod={"serviceAccountName": "app"}, annotations=SCRAPED)) is PASS


def test_the_account_itself_may_turn_the_token_off() -> None:
    account = obj("ServiceAccount", "app", automountServiceAccountToken=False)
    assert verdict(identity(account, pod={"serviceAccountName": "app"}, annotations=SCRAPED)) is PASS


def test_monitors_count_where_their_selector_matches() -> None:
    def monitor(kind: str, **labels: str) -> dict[str, Any]:
        return obj(kind, "app", {"selector": {"matchLabels": labels}}, "monitoring.coreos.com/v1")

    named = service() | {"metadata": {"name": "app", "labels": {"tier": "web"}}}
    assert verdict(identity(monitor("PodMonitor", app="app"), pod=ACCOUNT)) is PASS
    assert verdict(identity(monitor("ServiceMonitor", tier="web"), named, pod=ACCOUNT)) is PASS
    assert verdict(identity(monitor("ServiceMonitor", tier="db"), named, pod=ACCOUNT)) is PARTIAL


def test_what_ends_by_itself_is_not_scraped() -> None:
    assert verdict(identity(pod=ACCOUNT, kind="CronJob")) is PASS


# ---------------------------------------------------------------- all


@pytest.mark.parametrize(
    "check",
    ["workload-rolls-out-without-downtime", "kubernetes-objects-labelled", "workload-identity-and-metrics-set"],
)
def test_odd_shapes_raise_nothing(check: str) -> None:
    odd = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: [x], labels: text, annotations: [1]}
spec:
  replicas: many
  strategy: {type: [x], rollingUpdate: {maxUnavailable: [1]}}
  selector: {matchLabels: [a], matchExpressions: {a: 1}}
  template:
    metadata: text
    spec: {containers: {a: 1}, topologySpreadConstraints: text, terminationGracePeriodSeconds: x}
---
{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {app: [1]}}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, spec: {selector: text, minAvailable: {a: 1}}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, spec: {scaleTargetRef: [1], minReplicas: x}}
---
{apiVersion: rbac/v1, kind: RoleBinding, subjects: [1, {kind: [x]}]}
---
{apiVersion: m/v1, kind: PodMonitor, spec: {selector: [], namespaceSelector: text}}
"""
    assert all(one.message for one in judge(check, {"odd.yaml": odd}))
