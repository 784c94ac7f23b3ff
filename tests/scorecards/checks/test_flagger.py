"""DOP-6.2: what Flagger's Canary objects name exists and fits."""

import pytest

from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Fleet
from tests.scorecards.checks.delivery import CANARY, DEPLOYMENT, PROVIDER, ROLLOUT, changed
from tests.scorecards.checks.judging import judge, verdict

TARGET, METRICS, HOOKS, ALERTS = (
    "canary-target-resolves", "canary-metrics-resolve", "canary-webhooks-fit-their-type", "canary-alerts-reach-people",
)  # fmt: skip
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: NAME}\nspec: {selector: {app: pay}}\n"
MATCH = "port: 80, targetPort: 8080, match: [{headers: {x-canary: {exact: 'true'}}}]"
SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: pay, namespace: shop}
spec: {scaleTargetRef: {kind: Deployment, name: pay}}
"""
METRIC_TEMPLATE = """\
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: errors, namespace: shop}
spec:
  provider: {type: prometheus, address: "http://prometheus:9090"}
  query: |
    100 * sum(rate(http_requests_total{namespace="{{ namespace }}", app="{{ target }}", status=~"5.."}[{{ interval }}]))
    / sum(rate(http_requests_total{namespace="{{ namespace }}", app="{{ target }}"}[{{ interval }}]))
"""
REFERRING = changed(
    CANARY, ("name: request-success-rate\n        thresholdRange: {min: 99}",
             "name: error-rate\n        templateRef: {name: errors}\n        thresholdRange: {max: 1}"),
)  # fmt: skip


@pytest.mark.parametrize("check", [TARGET, METRICS, HOOKS, ALERTS])
def test_it_says_nothing_without_a_canary(check: str) -> None:
    assert judge(check, {"deployment.yaml": DEPLOYMENT}) == []


# ---------------------------------------------------------------- DOP-6.2-01


def targets(*pairs: tuple[str, str], more: str = "") -> Outcome:
    files = {"canary.yaml": changed(CANARY, *pairs), "deployment.yaml": DEPLOYMENT, "more.yaml": more}
    return verdict(judge(TARGET, files))


def test_it_passes_where_target_and_port_exist() -> None:
    assert targets() == Outcome.PASS
    assert targets(("targetPort: 8080", "targetPort: http")) == Outcome.PASS


def test_it_is_partial_where_the_target_is_elsewhere_unless_the_fleet_holds_it() -> None:
    files = {"canary.yaml": CANARY}
    assert verdict(judge(TARGET, files)) == Outcome.PARTIAL
    assert verdict(judge(TARGET, files, fleet=Fleet(workloads=frozenset({"shop/pay"})))) == Outcome.PASS


def test_it_is_partial_where_the_autoscaler_is_not_named() -> None:
    assert targets(more=SCALER) == Outcome.PARTIAL
    named = ("  service:", "  autoscalerRef: {kind: HorizontalPodAutoscaler, name: pay}\n  service:")
    assert targets(named, more=SCALER) == Outcome.PASS


def test_it_is_partial_where_somebody_maintains_a_route_of_the_same_host() -> None:
    route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: x}\nspec: {hosts: [pay]}\n"
    assert targets(more=route) == Outcome.PARTIAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("port: 80, targetPort: 8080", MATCH),
        ("targetPort: 8080", "targetPort: 9090"),
        ("port: 80, targetPort: 8080", "port: 80, targetPort: 8080, trafficPolicy: {tls: {mode: SIMPLE}}"),
        ("provider: istio", "provider: envoy"),
    ],
)
def test_it_fails_where_routes_do_not_fit(old: str, new: str) -> None:
    assert targets((old, new)) == Outcome.FAIL


@pytest.mark.parametrize(
    "pairs",
    [
        [("port: 80, targetPort: 8080", MATCH), ("maxWeight: 50\n    stepWeight: 10", "iterations: 10")],
        [("    threshold: 5\n", "    threshold: 5\n    match: [{headers: {x-canary: {exact: 'true'}}}]\n")],
    ],
)
def test_it_is_partial_where_a_condition_stands_in_the_wrong_place(pairs: list[tuple[str, str]]) -> None:
    assert targets(*pairs) == Outcome.PARTIAL


def test_it_accepts_a_route_that_takes_everything_else_and_tls_to_a_port_that_speaks_it() -> None:
    both = MATCH.replace("]", ", {uri: {prefix: /}}]")
    assert targets(("port: 80, targetPort: 8080", both)) == Outcome.PASS
    secure = ("port: 80, targetPort: 8080", "port: 443, portName: https, trafficPolicy: {tls: {mode: SIMPLE}}")
    files = {"canary.yaml": changed(CANARY, secure), "d.yaml": DEPLOYMENT.replace("8080", "443")}
    assert verdict(judge(TARGET, files)) == Outcome.PASS


def test_it_asks_for_both_services_of_a_rollout() -> None:
    files = {"rollout.yaml": ROLLOUT, "a.yaml": SERVICE.replace("NAME", "pay")}
    assert verdict(judge(TARGET, files)) == Outcome.PARTIAL
    files["b.yaml"] = SERVICE.replace("NAME", "pay-next")
    assert verdict(judge(TARGET, files)) == Outcome.PASS


# ---------------------------------------------------------------- DOP-6.2-02


def metrics(canary: str, template: str = METRIC_TEMPLATE) -> Outcome:
    return verdict(judge(METRICS, {"canary.yaml": canary, "template.yaml": template}))


def test_it_passes_built_in_metrics_and_templates_that_resolve() -> None:
    assert metrics(CANARY) == Outcome.PASS
    assert metrics(REFERRING) == Outcome.PASS


def test_it_fails_where_the_own_namespace_lacks_the_template() -> None:
    assert metrics(REFERRING, "") == Outcome.FAIL


def test_it_is_partial_where_the_template_lives_in_another_namespace() -> None:
    text = REFERRING.replace("templateRef: {name: errors}", "templateRef: {name: errors, namespace: flagger}")
    assert metrics(text, "") == Outcome.PARTIAL
    assert metrics(text, METRIC_TEMPLATE.replace("namespace: shop", "namespace: flagger")) == Outcome.PASS


def test_it_fails_a_query_that_does_not_parse() -> None:
    assert metrics(REFERRING, METRIC_TEMPLATE.replace("sum(rate(", "sum((rate(")) == Outcome.FAIL


def test_it_fails_a_metric_that_nobody_measures() -> None:
    assert metrics(CANARY.replace("name: request-duration", "name: my-duration")) == Outcome.FAIL


def test_it_is_partial_where_every_service_gets_the_same_answer() -> None:
    same = METRIC_TEMPLATE.replace('namespace="{{ namespace }}", app="{{ target }}"', 'job="pay"')
    assert metrics(REFERRING, same) == Outcome.PARTIAL


def test_it_is_partial_where_the_scale_does_not_fit() -> None:
    ratio = METRIC_TEMPLATE.replace("100 * ", "")
    assert metrics(REFERRING, ratio) == Outcome.PARTIAL


def test_it_notes_a_metric_that_says_the_same_as_another() -> None:
    text = changed(REFERRING, ("name: request-duration\n        thresholdRange: {max: 500}",
                               "name: request-success-rate\n        thresholdRange: {min: 99}"))  # fmt: skip
    findings = judge(METRICS, {"canary.yaml": text, "template.yaml": METRIC_TEMPLATE})
    assert [note for finding in findings for note in finding.notes] == [
        "request-success-rate says the same as error-rate."
    ]


# ---------------------------------------------------------------- DOP-6.2-03


def hooks(*pairs: tuple[str, str]) -> Outcome:
    return verdict(judge(HOOKS, {"canary.yaml": changed(CANARY, *pairs)}))


def test_it_passes_hooks_that_do_what_their_type_is_for() -> None:
    assert hooks() == Outcome.PASS


def test_it_does_not_ask_a_canary_without_hooks() -> None:
    (finding,) = judge(HOOKS, {"canary.yaml": changed(CANARY, ("    webhooks:\n", "    hooks:\n"))})
    assert finding.outcome == Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type: pre-rollout", "type: post-rollout"),
        ("type: rollout", "type: event"),
        ("curl -sf", "curl -s"),
        ("curl -sf http://pay-canary.shop/health", "helm test pay || true"),
        ("type: bash", "type: smoke"),
    ],
)
def test_it_is_partial_where_a_hook_is_missing_or_can_not_fail(old: str, new: str) -> None:
    assert hooks((old, new)) == Outcome.PARTIAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: load\n        type: rollout", "name: notify-people\n        type: rollback"),
        ("type: pre-rollout", "type: before-rollout"),
    ],
)
def test_it_fails_a_hook_that_is_misused(old: str, new: str) -> None:
    assert hooks((old, new)) == Outcome.FAIL


# ---------------------------------------------------------------- DOP-6.2-04


def alerts(*pairs: tuple[str, str], provider: str = PROVIDER) -> Outcome:
    return verdict(judge(ALERTS, {"canary.yaml": changed(CANARY, *pairs), "provider.yaml": provider}))


def test_it_passes_an_error_alert_to_a_provider_that_works() -> None:
    assert alerts() == Outcome.PASS


def test_it_is_partial_for_info_alone_and_for_a_provider_that_is_not_here() -> None:
    assert alerts(("severity: error", "severity: info")) == Outcome.PARTIAL
    assert alerts(provider="") == Outcome.PARTIAL


def test_it_fails_without_alerts_and_where_nobody_reads_them() -> None:
    assert alerts(("    alerts:\n", "    alarms:\n")) == Outcome.FAIL
    assert alerts(("    alerts:\n", "  alerts:\n")) == Outcome.FAIL


@pytest.mark.parametrize(
    "provider",
    [
        changed(PROVIDER, ("type: slack", "type: webhook")),
        changed(PROVIDER, ("  secretRef: {name: chat-url}\n", "")),
    ],
)
def test_it_fails_a_provider_that_carries_nothing_named_or_not(provider: str) -> None:
    assert alerts(provider=provider) == Outcome.FAIL
    assert verdict(judge(ALERTS, {"provider.yaml": provider})) == Outcome.FAIL
