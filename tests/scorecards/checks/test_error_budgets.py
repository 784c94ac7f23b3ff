"""Checks of error budget policies."""

import pytest

from scorecards.checks.finding import Outcome
from tests.scorecards.checks.judging import judge, verdict
from tests.scorecards.checks.test_objectives import ALL, BAD, BOTH, REQUESTS, SLOW, slo, sloth

FAIL, PARTIAL, UNKNOWN, PASS, NOT_APPLICABLE = Outcome

POLICY = """error_budget_policy:
  shop:
    slo_target: 99.9
    measurement_window: 30d
    covers: [availability, latency]
    thresholds:
    - {remaining_budget: 50%, actions: [{type: review}]}
    - {remaining_budget: 25%, actions: [{type: freeze}]}
    - {remaining_budget: 0%, actions: [{type: halt_deployments}]}
    exemptions: [{type: security_patch, approval: security}]
"""


def written(policy: str | None, path: str = "sre/policies/error-budget.yaml") -> Outcome:
    files = {"slo.yaml": BOTH, **({path: policy} if policy else {})}
    return verdict(judge("error-budget-policy-written", files))


def test_a_complete_policy_passes() -> None:
    assert written(POLICY) is PASS


def test_names_are_folded() -> None:
    document = BOTH.replace("service: shop", "service: web-shop")
    findings = judge(
        "error-budget-policy-written", {"slo.yaml": document, "b.yaml": POLICY.replace("  shop:", "  web_shop:")}
    )
    assert verdict(findings) is PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    exemptions: [{type: security_patch, approval: security}]\n", ""),
        (", approval: security", ""),
        ("    - {remaining_budget: 50%, actions: [{type: review}]}\n", ""),
        ("remaining_budget: 50%", "remaining_budget: 20%"),
        ("remaining_budget: 0%", "remaining_budget: 5%"),
        ("[{type: review}]", "[]"),
    ],
)
def test_a_policy_that_lacks_something_is_partial(old: str, new: str) -> None:
    assert written(POLICY.replace(old, new)) is PARTIAL


def test_no_policy_and_one_that_stops_nothing_fail() -> None:
    assert written(None) is FAIL
    assert written(POLICY.replace("freeze", "review").replace("halt_deployments", "review")) is FAIL
    assert written(POLICY.replace("  shop:", "  other:")) is FAIL


def test_prose_counts_by_its_numbers() -> None:
    text = (
        "# Error budget policy of shop\n\n| Budget left | Action |\n|---|---|\n| 50% | review |\n| 25% | freeze |\n"
        "| 0% | halt all deployments |\n\n## Exemptions\n\nSecurity patches, approved by the director.\n"
    )
    assert written(text, "docs/error-budget-policy.md") is PASS
    assert written(text.partition("| Budget")[0] + "We freeze.\n", "docs/error-budget-policy.md") is FAIL


@pytest.mark.parametrize("check", ["error-budget-policy-written", "error-budget-policy-consistent"])
def test_nothing_is_asked_without_an_objective(check: str) -> None:
    assert judge(check, {"policy.yaml": POLICY}) == []


# ---------------------------------------------------------------- DOP-5.1-07


def consistent(policy: str, document: str = BOTH) -> Outcome:
    return verdict(judge("error-budget-policy-consistent", {"slo.yaml": document, "policy.yaml": policy}))


def test_equal_targets_and_windows_with_all_covered_pass() -> None:
    assert consistent(POLICY) is PASS


def test_an_objective_may_be_excluded_by_name() -> None:
    assert consistent(POLICY.replace("covers: [availability, latency]", "excluded: [latency]")) is PASS


def test_an_objective_that_is_not_covered_is_partial() -> None:
    assert consistent(POLICY.replace("    covers: [availability, latency]\n", "")) is PARTIAL


@pytest.mark.parametrize(("old", "new"), [("99.9", "99.5"), ("30d", "28d")])
def test_another_target_or_window_fails(old: str, new: str) -> None:
    assert consistent(POLICY.replace(old, new)) is FAIL


def test_targets_may_be_told_for_each_objective() -> None:
    document = sloth(slo("availability", BAD, ALL), slo("latency", SLOW, REQUESTS, objective="99"))
    each = POLICY.replace("slo_target: 99.9", "slo_target: {availability: 99.9, latency: 99}")
    assert consistent(each, document) is PASS
    assert consistent(each.replace("latency: 99}", "latency: 95}"), document) is FAIL


def test_a_policy_of_another_service_can_not_be_compared() -> None:
    assert consistent(POLICY.replace("  shop:", "  other:")) is UNKNOWN


def test_a_policy_that_fails_is_not_compared() -> None:
    findings = judge(
        "error-budget-policy-consistent",
        {"slo.yaml": BOTH, "p.yaml": POLICY.replace("freeze", "look").replace("halt_deployments", "look")},
    )
    assert findings == []


@pytest.mark.parametrize("odd", ["1", "[]", "{a: 1}", "{shop: {thresholds: 3}}", "[{thresholds: [1, [2]]}]"])
def test_odd_policies_are_no_error(odd: str) -> None:
    assert written(f"error_budget_policy: {odd}\n") is FAIL
