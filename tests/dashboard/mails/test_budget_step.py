"""What the mail on a step says: the steps of the standard's policy (DOP 5.1)."""

import pytest

from dashboard.mails.budget_step import told
from scorecards.reliability.policy import Policy, standard

POLICY = standard()


def say(before: str, after: str, left: float, service: str = "payments-api", actions=None):
    step = POLICY.labelled(after)
    plain = [{"type": one.type, "text": one.text} for one in step.actions] if step else []
    return told(service, "availability", before, after, left, plain if actions is None else actions, POLICY)


@pytest.mark.parametrize(
    ("before", "after", "left", "subject"),
    [
        ("", "75", 0.74, "payments-api: error budget at 75 %, notice"),
        ("75", "50", 0.5, "payments-api: error budget at 50 %, slow rollout"),
        ("50", "25", 0.2, "payments-api: error budget at 25 %, feature freeze"),
        ("", "0", -0.1, "payments-api: error budget spent, deployments stopped"),
        ("25", "50", 0.3, "payments-api: error budget recovered above 25 %"),
        ("0", "25", 0.1, "payments-api: error budget recovered above 0 %"),
        ("75", "", 0.8, "payments-api: error budget recovered above 75 %"),
    ],
)
def test_its_subject_says_who_where_and_what_follows(before, after, left, subject):
    assert say(before, after, left).subject == subject


def test_it_says_what_is_left_what_is_asked_and_what_comes_next():
    said = say("50", "25", 0.1249)
    assert said.says == "12.4 % of the error budget of payments-api is left of its objective availability."
    assert said.asks == [
        "Feature freeze: Feature freeze - only critical fixes",
        "Incident analysis: Conduct thorough incident analysis",
    ]
    assert said.next.startswith("At 0 % comes the next step. Deployments stopped: Stop all non-emergency deployments; ")


def test_at_the_last_step_nothing_comes_next():
    assert say("25", "0", -2.0).next == "The policy has no further step."
    assert told("x", "", "", "10", 0.1, [], Policy(())).next == "The policy has no further step."


def test_it_says_so_when_it_is_above_again():
    assert say("25", "50", 0.3).says.endswith("It is above 25 % again.")


def test_it_spells_out_actions_of_ones_own():
    assert say("", "75", 0.7, actions=[{"type": "ring_the_bell"}]).subject.endswith(", ring the bell")
    assert say("", "75", 0.7, actions=[{"type": "ring_the_bell"}]).asks == ["Ring the bell"]
    assert say("", "75", 0.7, actions=[]).subject == "payments-api: error budget at 75 %"


def test_a_name_begins_no_other_header():
    said = say("", "75", 0.7, service="pay\r\nBcc: everyone@example.com" + "x" * 300)
    assert "\n" not in said.subject and "\r" not in said.subject
    assert len(said.subject) < 200
