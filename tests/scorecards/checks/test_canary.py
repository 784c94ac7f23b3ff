"""DOP-2.2-03 to DOP-2.2-05: canaries are analysed, take small steps, and are tested under load."""

import pytest

from scorecards.checks.finding import Outcome
from tests.scorecards.checks.delivery import CANARY, ROLLOUT, TEMPLATE, changed
from tests.scorecards.checks.judging import judge, verdict

ANALYSED, STEPS, TESTED = "canary-analysed-by-thresholds", "canary-steps-are-small", "canary-tested-under-load"


def outcome(check: str, *pairs: tuple[str, str]) -> Outcome:
    return verdict(judge(check, {"canary.yaml": changed(CANARY, *pairs)}))


@pytest.mark.parametrize("check", [ANALYSED, STEPS, TESTED])
def test_it_says_nothing_without_a_canary(check: str) -> None:
    assert judge(check, {"README.md": "# pay"}) == []


# ---------------------------------------------------------------- DOP-2.2-03


def test_it_passes_where_errors_and_latency_are_bounded() -> None:
    assert outcome(ANALYSED) == Outcome.PASS


def test_it_points_to_each_metric() -> None:
    (finding,) = judge(ANALYSED, {"canary.yaml": CANARY})
    assert [place.line for place in finding.places] == [15, 18]
    assert finding.unit == "Canary shop/pay"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: request-duration", "name: queue-depth"),  # nothing bounds latency
        ("threshold: 5\n", "threshold: 15\n"),  # too many failed checks
        ("    threshold: 5\n", ""),
        ("max: 500", "max: 0.5"),  # milliseconds: no answer is that fast
    ],
)
def test_it_is_partial_where_one_bound_is_missing_or_tolerant(old: str, new: str) -> None:
    assert outcome(ANALYSED, (old, new)) == Outcome.PARTIAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("thresholdRange: {min: 99}", "thresholdRange: {min: 0}"),
        ("thresholdRange: {min: 99}", "thresholdRange: {min: 0.99}"),  # the rate is in per cent
        ("thresholdRange: {max: 500}", "thresholdRange: {max: 90000}"),
        ("thresholdRange: {max: 500}", "thresholdRange: {}"),
        ("    metrics:\n", "    other:\n"),
        ("  analysis:\n", "  analyses:\n"),
    ],
)
def test_it_fails_where_nothing_can_stop_the_release(old: str, new: str) -> None:
    assert outcome(ANALYSED, (old, new)) == Outcome.FAIL


def test_it_judges_a_metric_by_name_and_notes_a_template_that_is_elsewhere() -> None:
    text = changed(CANARY, ("name: request-success-rate\n", "name: error-rate\n        templateRef: {name: errors}\n"),
                   ("{min: 99}", "{max: 1}"))  # fmt: skip
    (finding,) = judge(ANALYSED, {"canary.yaml": text})
    assert finding.outcome == Outcome.PASS
    assert finding.notes == ("the template of error-rate is not in this repository",)


def test_it_does_not_know_what_a_placeholder_bounds() -> None:
    assert outcome(ANALYSED, ("{min: 99}", '{min: "${MIN}"}')) == Outcome.UNKNOWN


def test_it_follows_the_analysis_of_a_rollout() -> None:
    files = {"rollout.yaml": ROLLOUT, "template.yaml": TEMPLATE}
    assert verdict(judge(ANALYSED, files)) == Outcome.PASS
    assert verdict(judge(ANALYSED, {"rollout.yaml": ROLLOUT})) == Outcome.UNKNOWN


def test_it_fails_a_rollout_whose_metric_has_no_condition() -> None:
    text = changed(TEMPLATE, ("      failureCondition: result[0] > 0.05\n", ""))
    assert verdict(judge(ANALYSED, {"a.yaml": ROLLOUT, "b.yaml": text})) == Outcome.FAIL


def test_it_fails_a_rollout_without_analysis() -> None:
    text = changed(ROLLOUT, ("      analysis:\n        templates: [{templateName: quality}]\n", ""))
    assert verdict(judge(ANALYSED, {"a.yaml": text})) == Outcome.FAIL


# ---------------------------------------------------------------- DOP-2.2-04


def test_it_passes_small_steps() -> None:
    assert outcome(STEPS) == Outcome.PASS
    assert verdict(judge(STEPS, {"a.yaml": ROLLOUT})) == Outcome.PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("progressDeadlineSeconds: 600", "progressDeadlineSeconds: 60"),
        ("thresholdRange: {max: 500}\n        interval: 1m", "thresholdRange: {max: 500}\n        interval: 15s"),
        ("stepWeight: 10", "stepWeight: 25"),
        ("maxWeight: 50\n    stepWeight: 10", "stepWeights: [1, 10, 80]"),
        ("maxWeight: 50\n    stepWeight: 10", "iterations: 1"),
    ],
)
def test_it_is_partial_where_steps_are_coarse_or_deadlines_tight(old: str, new: str) -> None:
    assert outcome(STEPS, (old, new)) == Outcome.PARTIAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("provider: istio", "skipAnalysis: true"),
        ("maxWeight: 50\n    stepWeight: 10", "stepWeight: 100"),
        ("    maxWeight: 50\n    stepWeight: 10\n", ""),
        ("maxWeight: 50\n    stepWeight: 10", "stepWeights: [100]"),
    ],
)
def test_it_fails_where_all_traffic_moves_at_once(old: str, new: str) -> None:
    assert outcome(STEPS, (old, new)) == Outcome.FAIL


def test_it_takes_repeated_checks_for_steps_where_no_weights_are_shifted() -> None:
    assert outcome(STEPS, ("maxWeight: 50\n    stepWeight: 10", "iterations: 10")) == Outcome.PASS


def test_it_fails_a_rollout_without_steps_and_doubts_one_without_pauses() -> None:
    no_pause = changed(ROLLOUT, ("        - pause: {duration: 5m}\n", ""))
    assert verdict(judge(STEPS, {"a.yaml": no_pause})) == Outcome.PARTIAL
    no_step = no_pause.replace("        - setWeight: 10\n        - setWeight: 50\n", "").replace("steps:", "steps: []")
    assert verdict(judge(STEPS, {"a.yaml": no_step})) == Outcome.FAIL


# ---------------------------------------------------------------- DOP-2.2-05


def test_it_passes_a_canary_that_is_tested_before_and_loaded_during_the_rollout() -> None:
    assert outcome(TESTED) == Outcome.PASS
    assert verdict(judge(TESTED, {"a.yaml": ROLLOUT, "b.yaml": TEMPLATE})) == Outcome.PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type: pre-rollout", "type: post-rollout"),
        ("curl -sf", "curl -s"),  # an HTTP error counts as a success
        ("type: bash", "type: smoke"),  # the load tester refuses it
        ("hey -z 1m -q 5", "echo"),
        ("http://pay-canary.shop/health", "http://pay-primary.shop/health"),
        ("http://pay-canary.shop/health", "http://pay-canary.shop:9090/health"),
    ],
)
def test_it_is_partial_where_one_of_the_two_does_nothing(old: str, new: str) -> None:
    assert outcome(TESTED, (old, new)) == Outcome.PARTIAL


def test_it_fails_without_test_and_load_unless_live_traffic_is_said_to_be_enough() -> None:
    text = changed(CANARY, ("    webhooks:\n", "    hooks:\n"))
    assert verdict(judge(TESTED, {"a.yaml": text})) == Outcome.FAIL
    stated = changed(text, ("  analysis:\n", "  # there is enough live traffic at any hour\n  analysis:\n"))
    assert verdict(judge(TESTED, {"a.yaml": stated})) == Outcome.PARTIAL
