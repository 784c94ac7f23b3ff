"""Error budget policies: read as the standard writes them, and which step a budget has come to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.reliability.policy import Exemption, InvalidPolicy, read_policies, standard

# The example of the standard (DOP 5.1), word for word.
STANDARDS_OWN = """
# sre/policies/error-budget.yaml
error_budget_policy:
  payment_service:
    slo_target: 99.9
    measurement_window: 30d

    thresholds:
      - remaining_budget: 75%
        actions:
          - type: notification
            target: team-slack
            message: "Error budget at 75% - review recent changes"

      - remaining_budget: 50%
        actions:
          - type: review
            description: "Mandatory review of recent deployments"
          - type: slow_rollout
            description: "Reduce deployment velocity to 1/day"

      - remaining_budget: 25%
        actions:
          - type: freeze
            description: "Feature freeze - only critical fixes"
          - type: incident_review
            description: "Conduct thorough incident analysis"

      - remaining_budget: 0%
        actions:
          - type: halt_deployments
            description: "Stop all non-emergency deployments"
          - type: dedicated_response
            description: "Assign dedicated team to reliability"

    exemptions:
      - type: security_patch
        approval: security_team
      - type: data_corruption_fix
        approval: engineering_director
"""


def policy_of(text, name="pay"):
    return read_policies("policies.yaml", text).of(name)


def test_the_standards_example_says_what_ours_does():
    theirs = policy_of(STANDARDS_OWN, "payment-service")
    assert theirs.steps == standard().steps
    assert theirs.exemptions == standard().exemptions
    assert theirs.source == "policies.yaml:4"


def test_the_standards_steps_ask_for_what_it_writes():
    assert [(step.label, [action.type for action in step.actions]) for step in standard().steps] == [
        ("75", ["notification"]),
        ("50", ["review", "slow_rollout"]),
        ("25", ["freeze", "incident_review"]),
        ("0", ["halt_deployments", "dedicated_response"]),
    ]
    assert [(step.slows, step.freezes, step.halts) for step in standard().steps] == [
        (None, False, False),
        (1, False, False),
        (None, True, False),
        (None, False, True),
    ]
    assert standard().exemptions == (
        Exemption("security_patch", "security_team"),
        Exemption("data_corruption_fix", "engineering_director"),
    )


@pytest.mark.parametrize(
    ("left", "label", "following"),
    [
        (1.0, None, "75"),
        (0.7501, None, "75"),
        (0.75, "75", "50"),
        (0.5, "50", "25"),
        (0.26, "50", "25"),
        (0.25, "25", "0"),
        (0.0001, "25", "0"),
        (0.0, "0", None),
        (-3.0, "0", None),
    ],
)
def test_the_lowest_threshold_that_the_budget_has_come_down_to_counts(left, label, following):
    found, after = standard().step(left), standard().next_step(left)
    assert (found.label if found else None) == label
    assert (after.label if after else None) == following


def test_without_data_there_is_no_step():
    assert standard().step(None) is None
    assert standard().next_step(None) is None


@given(st.floats(-10, 1), st.floats(-10, 1))
def test_less_budget_never_means_a_higher_step(one, two):
    low, high = sorted((one, two))
    below, above = standard().step(low), standard().step(high)
    if above is not None:
        assert below is not None
        assert below.remaining <= above.remaining


def test_a_rounding_error_moves_no_step():
    assert standard().step(1 - 250 / (1_000_000 * (1 - 0.999))).label == "75"


def test_a_service_is_found_however_its_name_is_spelled():
    policies = read_policies("p.yaml", STANDARDS_OWN)
    assert policies.of("payment-service") is policies.of("Payment_Service") is policies.of("x", "payment.service")
    assert policies.of("ship") is None


def test_the_default_of_a_file_holds_for_the_others():
    text = "error_budget_policy: {default: {thresholds: [{remaining_budget: 10, actions: [freeze]}]}}"
    assert policy_of(text, "anything").step(0.1).freezes


def test_how_many_a_day_are_left_is_read_from_words_or_told():
    text = """
error_budget_policy:
  pay:
    thresholds:
      - {remaining_budget: 60, actions: [{type: slow_rollout, per_day: 5}]}
      - {remaining_budget: 40.5, actions: [{type: slow_rollout, description: at most 3 per day}]}
      - {remaining_budget: 20%, actions: [{type: slow_rollout}]}
"""
    assert [(step.label, step.slows) for step in policy_of(text).steps] == [("60", 5), ("40.5", 3), ("20", 1)]


def test_a_file_without_policies_has_none():
    assert policy_of("servers: []") is None
    assert policy_of("") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("error_budget_policy: 5", "p.yaml:1: error_budget_policy must hold policies by the name of their service."),
        ("error_budget_policy:\n  pay: {}", "p.yaml:2: The policy of pay has no thresholds."),
        (
            "error_budget_policy:\n  pay:\n    thresholds:\n      - actions: [freeze]",
            "p.yaml:4: A threshold of pay needs remaining_budget, a percentage from 0 to 100.",
        ),
        (
            "error_budget_policy: {pay: {thresholds: [{remaining_budget: 175%}]}}",
            "A threshold of pay needs remaining_budget",
        ),
        (
            "error_budget_policy: {pay: {thresholds: [{remaining_budget: 5}, {remaining_budget: 5%}]}}",
            "pay has two thresholds at 5 %.",
        ),
        (
            "error_budget_policy: {pay: {thresholds: [{remaining_budget: 5, actions: [{description: x}]}]}}",
            "An action of pay needs a type",
        ),
        (
            "error_budget_policy:\n  pay:\n    thresholds:\n"
            "      - {remaining_budget: 5, actions: [{type: slow_rollout, per_day: x}]}",
            "per_day of pay must be a whole number",
        ),
        (
            "error_budget_policy: {pay: {thresholds: [{remaining_budget: 5}], exemptions: [{type: security_patch}]}}",
            "An exemption of pay needs a type and who gives the approval.",
        ),
        ("error_budget_policy: {", "p.yaml:1: "),
    ],
)
def test_nonsense_is_refused_with_place_and_sentence(text, sentence):
    with pytest.raises(InvalidPolicy) as refused:
        read_policies("p.yaml", text)
    assert sentence in str(refused.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(InvalidPolicy) as refused:
        read_policies("p.yaml", "error_budget_policy: {pay: {}, ship: {}}")
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize(
    ("word", "halts", "freezes"),
    [
        ("halt_deployments", True, False),
        ("freeze_deployments", True, False),
        ("freeze", False, True),
        ("notify", False, False),
    ],
)
def test_words_that_stop_deployments(word, halts, freezes):
    text = f"error_budget_policy: {{pay: {{thresholds: [{{remaining_budget: 10, actions: [{word}]}}]}}}}"
    step = policy_of(text).step(0.1)
    assert (step.halts, step.freezes) == (halts, freezes)
