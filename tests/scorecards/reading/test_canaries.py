"""What an analysis measures, and whether its bounds can say anything."""

import pytest

from ingest.repository.memory import tree_of
from ingest.repository.node import Place
from scorecards.reading.canaries import Measure, canaries, flaw, kind_of, rollouts
from scorecards.reading.canaries.acceptance import can_fail, wrong_address
from scorecards.reading.canaries.measures import misfit
from scorecards.reading.canaries.templates import query_error
from tests.scorecards.checks.delivery import CANARY, ROLLOUT, TEMPLATE

HERE = Place("canary.yaml", 1)
ERRORS = 'sum(rate(http_duration_seconds_count{status=~"5.."}[1m])) / sum(rate(http_duration_seconds_count[1m]))'


@pytest.mark.parametrize(
    ("name", "query", "kind"),
    [
        ("request-success-rate", "", "errors"),
        ("request-duration", "", "latency"),
        ("p99", "", "latency"),
        ("pod-restarts", "", "crashes"),
        ("queue-depth", "", "other"),
        ("anything", ERRORS, "errors"),  # the query tells more than the name, and counts are no latencies
        ("errors", "histogram_quantile(0.99, sum(rate(x_bucket[1m])) by (le))", "latency"),
        ("x", "sum(increase(kube_pod_container_status_restarts_total[5m]))", "crashes"),
    ],
)
def test_it_tells_what_is_measured(name: str, query: str, kind: str) -> None:
    assert kind_of(name, query) == kind


@pytest.mark.parametrize(
    ("measure", "is_flawed"),
    [
        (Measure("a", "errors", HERE, low=99, builtin=True), False),
        (Measure("a", "errors", HERE, low=1, builtin=True), True),
        (Measure("a", "errors", HERE, high=1, query=ERRORS), True),  # a share from 0 to 1
        (Measure("a", "errors", HERE, high=1, query=f"100 * {ERRORS}"), False),
        (Measure("a", "errors", HERE, high=100), True),
        (Measure("a", "latency", HERE, low=5), True),
        (Measure("a", "latency", HERE, high=500, query="rate(x_seconds_sum[1m])"), True),
        (Measure("a", "latency", HERE, high=500, query="1000 * rate(x_seconds_sum[1m])"), False),
        (Measure("a", "latency", HERE, high=500), False),  # nobody knows the unit
        (Measure("a", "errors", HERE), True),
        (Measure("a", "errors", HERE, condition="result[0] < 1"), False),
        (Measure("a", "errors", HERE, opaque=True), False),
    ],
)
def test_it_tells_a_bound_that_can_never_fail(measure: Measure, is_flawed: bool) -> None:
    assert bool(flaw(measure)) is is_flawed


def test_it_tells_a_bound_that_always_fails() -> None:
    assert misfit(Measure("a", "latency", HERE, high=0.5, builtin=True))
    assert misfit(Measure("a", "errors", HERE, low=99, query=ERRORS))
    assert not misfit(Measure("a", "errors", HERE, low=0.99, query=ERRORS))


def test_it_reads_bounds_as_flagger_does() -> None:
    text = CANARY.replace("thresholdRange: {min: 99}", "threshold: 99").replace(
        "thresholdRange: {max: 500}", "threshold: 500"
    )
    (canary,) = canaries(tree_of({"canary.yaml": text}))
    assert [(one.low, one.high) for one in canary.measures] == [(99, None), (None, 500)]
    assert (canary.apex, canary.port, canary.weighted) == ("pay", "80", True)


def test_it_reads_the_name_of_analysis_that_flagger_had_before() -> None:
    (canary,) = canaries(tree_of({"canary.yaml": CANARY.replace("analysis:", "canaryAnalysis:")}))
    assert len(canary.metrics) == 2


def test_it_follows_templates_that_name_each_other_in_a_circle() -> None:
    text = TEMPLATE.replace("spec:\n  metrics:", "spec:\n  templates: [{templateName: quality}]\n  metrics:")
    (rollout,) = rollouts(tree_of({"a.yaml": ROLLOUT, "b.yaml": text}))
    assert [one.kind for one in rollout.measures] == ["errors", "latency"]
    assert len(rollout.tasks) == 2


@pytest.mark.parametrize(
    ("command", "fails"),
    [
        ("curl -s http://x/", False),
        ("curl -sf http://x/", True),
        ("curl --fail http://x/", True),
        ("curl -s http://x/ | grep ok", True),
        ("helm test pay", True),
        ("helm test pay || true", False),
    ],
)
def test_it_tells_a_command_that_can_fail(command: str, fails: bool) -> None:
    text = CANARY.replace("curl -sf http://pay-canary.shop/health", command)
    (canary,) = canaries(tree_of({"canary.yaml": text}))
    assert can_fail(canary.hooks[0]) is fails


@pytest.mark.parametrize(
    ("address", "is_wrong"),
    [
        ("http://pay-canary.shop/", False),
        ("http://pay-canary.shop:80/", False),
        ("http://pay-canary.shop:8080/", True),
        ("http://pay-primary.shop/", True),
        ("http://ship-canary.shop/", True),
        ("http://pay.example.com/", False),  # through the gateway
        ("http://${HOST}-canary:9/", False),
        ("http://[broken/", False),
    ],
)
def test_it_tells_an_address_that_is_not_the_canary(address: str, is_wrong: bool) -> None:
    (canary,) = canaries(tree_of({"canary.yaml": CANARY.replace("http://pay-canary.shop/health", address)}))
    assert bool(wrong_address(canary, canary.hooks[0])) is is_wrong


def test_it_parses_a_query_with_variables_of_flagger() -> None:
    assert query_error('sum(rate(x{namespace="{{ namespace }}", pod=~"{{ target }}-.*"}[{{ interval }}]))') == ("", "")
    assert query_error("  ") == ("it is empty", "")
    error, undecided = query_error("sum(rate(x[1m])")
    assert error and not undecided
