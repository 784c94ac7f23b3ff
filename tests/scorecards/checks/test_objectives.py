"""Checks of objectives and their queries."""

import pytest

from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.subject import Fleet
from tests.scorecards.checks.judging import judge, verdict

FAIL, PARTIAL, UNKNOWN, PASS, NOT_APPLICABLE = Outcome

COMPONENT = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop}
spec: {type: service, lifecycle: production, owner: team-a}
"""
BAD = 'sum(rate(http_requests_total{job="shop",code=~"5.."}[{{.window}}]))'
ALL = 'sum(rate(http_requests_total{job="shop"}[{{.window}}]))'
SLOW = (
    'sum(rate(http_request_duration_seconds_count{job="shop"}[{{.window}}]))'
    ' - sum(rate(http_request_duration_seconds_bucket{job="shop",le="0.3"}[{{.window}}]))'
)
REQUESTS = 'sum(rate(http_request_duration_seconds_count{job="shop"}[{{.window}}]))'
ALERTING = """
    alerting:
      name: ShopErrors
      labels: {team: a}
      annotations: {runbook: docs/runbooks/shop.md}
      pageAlert: {labels: {severity: critical}}
      ticketAlert: {labels: {severity: warning}}"""


def slo(name: str, error: str, total: str, *, objective: str = "99.9", more: str = ALERTING, told: str = "told") -> str:
    return f"""
  - name: {name}
    objective: {objective}
    description: {told}
    sli:
      events:
        errorQuery: {error}
        totalQuery: {total}{more}"""


def sloth(*slos: str, labels: str = "{team: a}") -> str:
    return f"""apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {{name: shop, namespace: monitoring}}
spec:
  service: shop
  labels: {labels}
  slos:{"".join(slos)}
"""


BOTH = sloth(slo("availability", BAD, ALL), slo("latency", SLOW, REQUESTS))


def one(findings: list[Finding]) -> Finding:
    assert len(findings) == 1
    return findings[0]


# ---------------------------------------------------------------- DOP-5.1-01


def covered(*documents: str, **about: object) -> Outcome:
    files = {f"slo/{index}.yaml": text for index, text in enumerate(documents)}
    return verdict(judge("service-has-objectives", {"catalog-info.yaml": COMPONENT, **files}, **about))


def test_a_service_with_both_objectives_and_an_owner_passes() -> None:
    assert covered(BOTH) is PASS


def test_a_service_with_one_kind_of_objective_is_partial() -> None:
    assert covered(sloth(slo("availability", BAD, ALL))) is PARTIAL


def test_a_service_whose_objectives_name_no_owner_is_partial() -> None:
    assert covered(sloth(slo("availability", BAD, ALL), slo("latency", SLOW, REQUESTS), labels="{}")) is PARTIAL


@pytest.mark.parametrize("objective", ["0", "100", "101", "-1", "most"])
def test_an_objective_that_is_no_share_does_not_count(objective: str) -> None:
    assert covered(sloth(slo("availability", BAD, ALL, objective=objective))) is FAIL


def test_a_service_without_any_objective_fails_once_all_repositories_are_known() -> None:
    assert covered(fleet=Fleet()) is FAIL
    assert covered() is UNKNOWN


def test_objectives_of_another_repository_count() -> None:
    assert covered(fleet=Fleet(slo_services={"shop": ("availability", "latency")})) is PASS
    assert covered(fleet=Fleet(slo_services={"shop": ("latency",)})) is PARTIAL


def test_a_service_that_is_not_in_production_is_not_asked() -> None:
    component = COMPONENT.replace("production", "experimental")
    assert verdict(judge("service-has-objectives", {"catalog-info.yaml": component})) is NOT_APPLICABLE


def test_it_notes_a_description_that_tells_another_number() -> None:
    text = sloth(slo("availability", BAD, ALL, told="99.5% of requests"), slo("latency", SLOW, REQUESTS))
    finding = one(judge("service-has-objectives", {"catalog-info.yaml": COMPONENT, "slo.yaml": text}))
    assert finding.outcome is PASS
    assert any("99.5" in note for note in finding.notes)


# ---------------------------------------------------------------- DOP-5.1-02


def counted(error: str, total: str = ALL, **about: str) -> Outcome:
    return verdict(judge("slo-counts-bad-events", {"slo.yaml": sloth(slo("x", error, total, **about))}))


@pytest.mark.parametrize(
    "error",
    [
        BAD,
        'sum(rate(http_requests_total{job="shop",code!~"2.."}[{{.window}}]))',
        'sum(rate(http_requests_total{job="shop",code=~"(5..|429)"}[{{.window}}])) or vector(0)',
        'sum(rate(http_errors_total{job="shop"}[{{.window}}]))',
        'sum(rate(grpc_server_handled_total{grpc_code=~"Unavailable|Internal"}[{{.window}}]))',
    ],
)
def test_a_query_of_failures_passes(error: str) -> None:
    assert counted(error) is PASS


def test_a_latency_query_that_subtracts_the_fast_ones_passes() -> None:
    assert counted(SLOW, REQUESTS) is PASS


@pytest.mark.parametrize(
    ("error", "total"),
    [
        (ALL, ALL),
        ('sum(rate(http_requests_total{job="shop",code=~"2.."}[{{.window}}]))', ALL),
        ("sum(rate(http_requests_total[{{.window}}]))", ALL),
        (BAD.replace("{{.window}}", "5m"), ALL.replace("{{.window}}", "1h")),
        ('sum(rate(http_request_duration_seconds_bucket{job="shop",le="0.3"}[{{.window}}]))', REQUESTS),
    ],
)
def test_a_query_of_good_events_or_of_all_fails(error: str, total: str) -> None:
    assert counted(error, total) is FAIL


def test_a_query_whose_direction_can_not_be_proved_is_partial() -> None:
    assert counted('sum(rate(http_requests_total{job="shop",zone="b"}[{{.window}}]))') is PARTIAL


def test_a_bucket_that_is_not_the_latency_told_is_partial() -> None:
    assert counted(SLOW, REQUESTS, told="faster than 500ms") is PARTIAL
    assert counted(SLOW, REQUESTS, told="faster than 300 ms") is PASS


def test_another_dialect_can_not_be_judged() -> None:
    assert counted("range_median(a[{{.window}}])") is UNKNOWN


def test_an_objective_of_a_plugin_is_partial() -> None:
    text = BOTH.replace("events:", "plugin:\n        id: x\n      other:")
    assert verdict(judge("slo-counts-bad-events", {"slo.yaml": text})) is PARTIAL


PYRRA = """apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: shop, namespace: a, labels: {pyrra.dev/team: a}, annotations: {pyrra.dev/runbook: docs/x.md}}
spec:
  target: "99"
  window: 4w
  indicator: %s
"""


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        ("{ratio: {errors: {metric: 'x_total{code=~\"5..\"}'}, total: {metric: x_total}}}", PASS),
        ("{ratio: {errors: {metric: x_total}, total: {metric: x_total}}}", FAIL),
        ("{latency: {success: {metric: 'x_bucket{le=\"1\"}'}, total: {metric: x_count}}}", PASS),
        ("{latency: {success: {metric: 'x_count{code=~\"5..\"}'}, total: {metric: x_count}}}", FAIL),
        ("{latencyNative: {latency: 100ms, total: {metric: x}}}", PASS),
        ("{bool_gauge: {metric: up}}", NOT_APPLICABLE),
    ],
)
def test_it_reads_pyrra(indicator: str, expected: Outcome) -> None:
    assert verdict(judge("slo-counts-bad-events", {"slo.yaml": PYRRA % indicator})) is expected


OPENSLO = """apiVersion: openslo/v1
kind: SLO
metadata: {name: shop}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives: [{target: 0.99}]
  indicator: {spec: {ratioMetric: {counter: true, %s: %s, total: %s}}}
%s"""
SOURCE = "{metricSource: {type: Prometheus, spec: {query: 'sum(rate(x_total{%s}[5m]))'}}}"


@pytest.mark.parametrize(
    ("key", "matcher", "expected"),
    [("good", 'code=~"2.."', PASS), ("bad", 'code=~"5.."', PASS), ("good", 'code=~"5.."', FAIL), ("bad", "", FAIL)],
)
def test_it_reads_openslo(key: str, matcher: str, expected: Outcome) -> None:
    text = OPENSLO % (key, SOURCE % matcher, SOURCE % "", "")
    assert verdict(judge("slo-counts-bad-events", {"slo.yaml": text})) is expected


# ---------------------------------------------------------------- DOP-5.1-03


def shaped(text: str, path: str = "slo.yaml") -> Outcome:
    return verdict(judge("slo-document-matches-schema", {path: text}))


def test_keys_of_the_format_and_the_window_pass() -> None:
    assert shaped(BOTH) is PASS


def test_keys_of_the_other_format_fail() -> None:
    assert shaped(BOTH.replace("errorQuery", "error_query")) is FAIL
    assert shaped(BOTH.replace("pageAlert", "page_alert")) is FAIL


def test_a_fixed_range_fails_and_shows_its_line() -> None:
    text = sloth(slo("x", f"|\n          {BAD.replace('{{.window}}', '5m')}", ALL))
    finding = one(judge("slo-document-matches-schema", {"slo.yaml": text}))
    assert finding.outcome is FAIL
    assert "[5m]" in text.splitlines()[finding.places[0].line - 1]


def test_the_file_format_has_its_own_keys() -> None:
    text = (
        "version: prometheus/v1\nservice: shop\nslos:\n- name: a\n  objective: 99\n  sli:\n    events:\n"
        f"      error_query: {BAD}\n      total_query: {ALL}\n  alerting: {{name: x, page_alert: {{}}}}\n"
    )
    assert shaped(text) is PASS
    assert shaped(text.replace("error_query", "errorQuery")) is FAIL


def test_a_plugin_is_partial() -> None:
    events = f"events:\n        errorQuery: {BAD}\n        totalQuery: {ALL}"
    text = sloth(slo("x", BAD, ALL)).replace(events, "plugin: {id: shop/availability}")
    assert shaped(text) is PARTIAL


def test_other_tools_need_no_window_of_sloth() -> None:
    assert shaped(PYRRA % "{ratio: {errors: {metric: a_total}, total: {metric: b_total}}}") is PASS
    assert shaped(PYRRA % "{ratio: {error: {metric: a_total}, total: {metric: b_total}}}") is FAIL
    assert shaped(OPENSLO % ("good", SOURCE % "", SOURCE % "", "")) is PASS


@pytest.mark.parametrize("check", ["slo-document-matches-schema", "slo-counts-bad-events", "slo-alerts-on-burn-rate"])
def test_nothing_is_asked_where_there_is_no_objective(check: str) -> None:
    assert judge(check, {"README.md": "x"}) == []


# ---------------------------------------------------------------- DOP-5.1-04


def alerted(text: str, **more: str) -> Outcome:
    return verdict(judge("slo-alerts-on-burn-rate", {"slo.yaml": text, **more}))


def test_both_severities_with_a_team_and_a_runbook_pass() -> None:
    assert alerted(BOTH) is PASS


@pytest.mark.parametrize(
    "gone",
    [
        "\n      ticketAlert: {labels: {severity: warning}}",
        "\n      labels: {team: a}",
        "\n      annotations: {runbook: docs/runbooks/shop.md}",
    ],
)
def test_alerts_that_lack_something_are_partial(gone: str) -> None:
    assert alerted(sloth(slo("x", BAD, ALL, more=ALERTING.replace(gone, "")))) is PARTIAL


def test_no_alerting_and_disabled_alerts_fail() -> None:
    assert alerted(sloth(slo("x", BAD, ALL, more=""))) is FAIL
    assert alerted(BOTH.replace("pageAlert: {", "pageAlert: {disable: true, ")) is FAIL


def test_either_spelling_of_the_alerts_is_read() -> None:
    assert alerted(BOTH.replace("pageAlert", "page_alert").replace("ticketAlert", "ticket_alert")) is PASS


def test_pyrra_makes_both_severities_unless_it_is_told_not_to() -> None:
    text = PYRRA % "{bool_gauge: {metric: up}}"
    assert alerted(text) is PASS
    assert alerted(text + "  alerting: {disabled: true}\n") is FAIL


def test_openslo_alerts_by_policies() -> None:
    policy = "  alertPolicies: [{kind: AlertPolicy, spec: {conditions: [%s], notificationTargets: [a]}}]"
    condition = "{kind: AlertCondition, spec: {severity: %s}}"
    base = OPENSLO.replace("metadata: {name: shop}", "metadata: {name: shop, annotations: {runbook: x}}")
    parts = ("good", SOURCE % "", SOURCE % "")
    assert alerted(base % (*parts, policy % f"{condition % 'page'}, {condition % 'ticket'}")) is PASS
    assert alerted(base % (*parts, policy % (condition % "page"))) is PARTIAL
    assert alerted(base % (*parts, "  alertPolicies: [elsewhere]")) is UNKNOWN
    assert alerted(base % (*parts, "")) is FAIL


RULES = """groups:
- name: shop
  rules:
  - record: shop:errors:ratio_rate5m
    expr: sum(rate(x_total{code=~"5.."}[5m])) / sum(rate(x_total[5m]))
  - alert: ErrorBudgetBurn
    expr: shop:errors:ratio_rate5m > (14.4 * 0.001) and shop:errors:ratio_rate1h > (14.4 * 0.001)
    labels: {severity: page, team: a}
    annotations: {runbook_url: docs/runbooks/shop.md}
  - alert: ErrorBudgetBurn
    expr: shop:errors:ratio_rate2h > (3 * 0.001) and shop:errors:ratio_rate1d > (3 * 0.001)
    labels: {severity: ticket, team: a}
"""


def test_burn_rates_written_by_hand_are_read() -> None:
    assert alerted(RULES) is PASS
    assert alerted(RULES.replace("severity: ticket", "severity: none")) is PARTIAL
    assert verdict(judge("slo-counts-bad-events", {"r.yaml": RULES})) is PASS
    assert verdict(judge("slo-counts-bad-events", {"r.yaml": RULES.replace('{code=~"5.."}', "")})) is FAIL


def test_a_single_window_is_no_burn_rate_alert() -> None:
    one_window = RULES.replace(" and shop:errors:ratio_rate1h > (14.4 * 0.001)", "")
    assert alerted(one_window.replace(" and shop:errors:ratio_rate1d > (3 * 0.001)", "")) is FAIL


# ---------------------------------------------------------------- DOP-5.1-05


def asked(expression: str) -> Outcome:
    text = f"groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      {expression}\n"
    return verdict(judge("promql-queries-valid", {"rules.yaml": text}))


@pytest.mark.parametrize(
    "expression",
    [
        "sum(rate(x_total[5m])) > 1",
        "histogram_quantile(0.9, sum by (le, job) (rate(x_seconds_bucket[5m])))",
        "histogram_quantile(0.9, sum(rate(x_seconds[5m])))",
        "x_total - x_total offset 10m > 1",
        "count(x_total) by (job)",
        "absent(x_total)",
        "job:x_total:sum > 1",
        "kube_members_count < 3",
    ],
)
def test_a_sound_expression_passes(expression: str) -> None:
    assert asked(expression) is PASS


@pytest.mark.parametrize(
    "expression",
    [
        "x_total > 5",
        "sum(http_request_duration_seconds_count)",
        "histogram_quantile(0.9, sum by (job) (rate(x_seconds_bucket[5m])))",
        "histogram_quantile(0.9, sum(rate(x_seconds_bucket[5m])))",
        "histogram_quantile(0.9, sum without (le) (rate(x_seconds_bucket[5m])))",
    ],
)
def test_a_misuse_is_partial(expression: str) -> None:
    assert asked(expression) is PARTIAL


@pytest.mark.parametrize("expression", ["sum(rate(x_total[5m])", "rate(x_total)", "rte(x_total[5m])"])
def test_an_expression_that_does_not_parse_fails(expression: str) -> None:
    assert asked(expression) is FAIL


@pytest.mark.parametrize(
    ("expression", "expected"),
    [('{app="x"} |= "error"', NOT_APPLICABLE), ("a default 0", UNKNOWN), ("(" * 500 + "a" + ")" * 500, UNKNOWN)],
)
def test_another_language_is_not_judged(expression: str, expected: Outcome) -> None:
    assert asked(expression) is expected


def test_it_reads_dashboards_by_their_data_source() -> None:
    board = '{"title":"x","panels":[{"title":"p","datasource":{"type":"%s"},"targets":[{"expr":"sum("}]}]}'
    assert verdict(judge("promql-queries-valid", {"d.json": board % "prometheus"})) is FAIL
    assert judge("promql-queries-valid", {"d.json": board % "loki"}) == []


def test_it_reads_templates_of_canaries() -> None:
    text = (
        "apiVersion: flagger.app/v1beta1\nkind: MetricTemplate\nmetadata: {name: x, namespace: y}\n"
        'spec:\n  provider: {type: %s}\n  query: |\n    sum(rate(x_total{app="{{ target }}"}[{{ interval }}]))\n'
    )
    assert verdict(judge("promql-queries-valid", {"m.yaml": text % "prometheus"})) is PASS
    assert judge("promql-queries-valid", {"m.yaml": text % "datadog"}) == []


def test_it_notes_a_metric_that_nothing_makes() -> None:
    text = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: up == 0}\n"
    finding = one(judge("promql-queries-valid", {"r.yaml": text}, fleet=Fleet(metrics=frozenset({"down"}))))
    assert finding.outcome is PASS
    assert finding.notes
