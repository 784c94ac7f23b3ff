"""May it deploy: the steps of the standard's policy (DOP 5.1), what else denies, and what is never denied."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.reliability.gate import (
    Budget,
    Control,
    Decision,
    Exempted,
    Freeze,
    Known,
    OpenIncident,
    Trigger,
    decide,
)
from scorecards.reliability.policy import Action, Policy, Step, standard

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
POLICY = standard()


def budget(left: float | None, **fields) -> Budget:
    return Budget(left, POLICY.step(left), **({"data_until": NOW, "computed_at": NOW} | fields))


def known(left: float | None = 0.9, **fields) -> Known:
    said = {"enforced": True, "budget": budget(left), "day_ends_at": MIDNIGHT} | fields
    return Known(NOW, POLICY, **said)


def codes(answer) -> list[str]:
    return [one.code for one in answer.reasons]


def test_it_allows_what_nothing_speaks_against():
    answer = decide(known())
    assert (answer.decision, answer.would_be, answer.mode, answer.reasons) == ("allow", "allow", "enforce", ())
    assert answer.would_change == []


@pytest.mark.parametrize(
    ("left", "deployed", "decision", "code"),
    [
        (0.751, 0, "allow", None),
        (0.75, 0, "warn", "budget_step"),
        (0.501, 9, "warn", "budget_step"),
        (0.5, 0, "warn", "budget_slow_rollout"),
        (0.5, 1, "deny", "budget_slow_rollout_used"),
        (0.26, 3, "deny", "budget_slow_rollout_used"),
        (0.25, 0, "deny", "budget_freeze"),
        (0.001, 0, "deny", "budget_freeze"),
        (0.0, 0, "deny", "budget_halt"),
        (-3.2, 0, "deny", "budget_halt"),
    ],
)
def test_it_follows_the_steps_of_the_policy(left, deployed, decision, code):
    answer = decide(known(left, deployed_today=deployed))
    assert answer.decision == decision
    assert codes(answer) == ([code] if code else [])


def test_it_tells_what_is_left_and_what_would_change_it():
    answer = decide(known(0.1249))
    assert answer.reasons[0].text == "12.4 % of the error budget is left: features are frozen."
    assert answer.would_change == [
        "The error budget has to come back above 25 %; it is 12.4 % now. Or ask for an exemption: security patch "
        "(approved by security team), data corruption fix (approved by engineering director)."
    ]


def test_what_is_left_never_reads_as_more_than_the_step():
    assert "it is 24.9 % now" in decide(known(0.24999)).would_change[0]


def test_below_nothing_the_budget_has_to_come_back_above_every_step_that_denies():
    assert "back above 25 %; it is -20 % now" in decide(known(-0.2)).would_change[0]


def test_a_used_up_day_says_when_the_next_begins():
    [text] = decide(known(0.4, deployed_today=1)).would_change
    assert text.startswith("On Tue 3 Mar 2026, 00:00 UTC the next day begins. The error budget has to come back above")


def test_a_policy_that_leaves_none_a_day_promises_no_next_day():
    policy = Policy((Step(50.0, (Action("slow_rollout", "", 0),)),))
    answer = decide(replace(known(), policy=policy, budget=Budget(0.1, policy.steps[0], "", 0, NOW, NOW)))
    assert answer.decision == "deny"
    assert "next day" not in answer.would_change[0]


def test_a_step_keeps_what_the_steps_above_it_asked_for():
    policy = Policy((Step(50.0, (Action("freeze"),)), Step(0.0, (Action("dedicated_response"),))))
    answer = decide(replace(known(), policy=policy, budget=Budget(-1.0, policy.steps[1], "", 0, NOW, NOW)))
    assert (answer.decision, codes(answer)) == ("deny", ["budget_freeze"])


@pytest.mark.parametrize(
    ("said", "code", "text", "lifts"),
    [
        (
            {"controls": (Control("DOP-2"), Control("DOP-1", "Dependencies are locked"))},
            "required_controls",
            "2 REQUIRED controls fail: DOP-1 Dependencies are locked; DOP-2.",
            "Mend what DOP-1, DOP-2 ask for, or have it waived.",
        ),
        (
            {"incidents": (OpenIncident("Checkout answers 502", NOW),)},
            "open_sev1",
            "A sev1 incident is open, since Mon 2 Mar 2026, 12:00 UTC: Checkout answers 502.",
            "Resolve the incident: Checkout answers 502.",
        ),
        (
            {"freezes": (Freeze("Black Friday", MIDNIGHT, "peak load"),)},
            "freeze_window",
            "The freeze window Black Friday is in force until Tue 3 Mar 2026, 00:00 UTC (peak load).",
            "The freeze window Black Friday ends on Tue 3 Mar 2026, 00:00 UTC.",
        ),
    ],
)
def test_it_denies_for_each_of_these_alone(said, code, text, lifts):
    answer = decide(known(**said))
    assert answer.decision == "deny"
    assert [(one.code, one.text, one.lifts) for one in answer.reasons] == [(code, text, lifts)]


def test_it_lists_ten_controls_and_counts_the_others():
    [reason] = decide(known(controls=tuple(Control(f"C-{number:02}") for number in range(13)))).reasons
    assert reason.text.startswith("13 REQUIRED controls fail: C-00; ")
    assert reason.text.endswith("C-09; and 3 more.")


def test_a_fired_trigger_warns():
    answer = decide(known(triggers=(Trigger("error_rate", NOW, "rollback"),)))
    assert (answer.decision, codes(answer)) == ("warn", ["rollback_trigger"])
    assert "error rate has held since Mon 2 Mar 2026, 12:00 UTC, which asks for rollback" in answer.reasons[0].text


def test_outside_production_budget_incident_and_controls_only_warn():
    answer = decide(known(-1.0, environment_class="staging", controls=(Control("C"),), incidents=(OpenIncident("I"),)))
    assert (answer.decision, len(answer.reasons)) == ("warn", 3)


def test_a_freeze_window_of_the_class_denies_outside_production_too():
    assert decide(known(environment_class="staging", freezes=(Freeze("F", MIDNIGHT),))).decision == "deny"


def test_dry_run_warns_where_it_would_have_denied_and_says_so():
    answer = decide(known(0.1, enforced=False))
    assert (answer.decision, answer.would_be, answer.mode) == ("warn", "deny", "dry-run")


def test_an_exemption_lifts_the_denial_of_the_budget_and_of_nothing_else():
    exempted = (Exempted("security_patch", MIDNIGHT),)
    answer = decide(known(-0.5, exemptions=exempted))
    assert answer.decision == "warn"
    assert answer.reasons[0].text.endswith("Exempted until Tue 3 Mar 2026, 00:00 UTC: security patch.")
    assert decide(known(0.4, deployed_today=4, exemptions=exempted)).decision == "warn"
    assert decide(known(-0.5, exemptions=exempted, freezes=(Freeze("F", MIDNIGHT),))).decision == "deny"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"budget": None}, "unknown_no_objective"),
        ({"budget": budget(None)}, "unknown_budget"),
        ({"budget": budget(0.9, data_until=NOW - timedelta(minutes=16))}, "unknown_stale_budget"),
        ({"budget": budget(0.9, computed_at=NOW - timedelta(minutes=16))}, "unknown_stale_budget"),
        ({"budget": budget(0.9, unmeasured=2)}, "unknown_objectives"),
        ({"scanned": False}, "unknown_no_scan"),
    ],
)
def test_what_is_unknown_warns_and_denies_only_where_that_was_asked_for(said, code):
    answer = decide(known(**said))
    assert (answer.decision, codes(answer)) == ("warn", [code])
    assert decide(known(deny_unknown=True, **said)).decision == "deny"
    assert decide(known(deny_unknown=True, environment_class="testing", **said)).decision == "warn"


def test_a_stale_budget_is_unknown_and_neither_good_nor_spent():
    said = budget(-1.0, data_until=NOW - timedelta(hours=2))
    [reason] = decide(known(budget=said)).reasons
    assert reason.text == "The error budget is not known since Mon 2 Mar 2026, 10:00 UTC; -100 % was left then."
    assert reason.decision == "warn"


def test_fifteen_minutes_old_is_not_stale_yet():
    assert decide(known(budget=budget(0.9, data_until=NOW - timedelta(minutes=15)))).decision == "allow"


def test_what_others_wrote_comes_in_one_line_without_control_characters():
    title = "down\n::error::pwned\x1b[2J" + "x" * 500
    [reason] = decide(known(incidents=(OpenIncident(title),))).reasons
    assert reason.text.isprintable() and reason.lifts.isprintable()
    assert len(reason.text) < 200


# ---------------------------------------------------------------- whatever is known

moments = st.integers(-5, 5).map(lambda hours: NOW + timedelta(hours=hours))
names = st.sampled_from(["a", "b", "c"])
lefts = st.none() | st.floats(-2, 1.0)
budgets = st.none() | st.builds(
    lambda left, unmeasured, at: budget(left, unmeasured=unmeasured, data_until=at),
    lefts, st.integers(0, 2), st.sampled_from([NOW, NOW - timedelta(days=1)]),
)  # fmt: skip
MANY = {
    "controls": st.builds(Control, names),
    "incidents": st.builds(OpenIncident, names, st.none() | moments),
    "freezes": st.builds(Freeze, names, moments),
    "triggers": st.builds(Trigger, names, moments),
    "exemptions": st.builds(Exempted, names, moments),
}
everything = st.builds(
    Known,
    now=st.just(NOW),
    policy=st.just(POLICY),
    environment_class=st.sampled_from(["production", "staging", "testing", "development"]),
    enforced=st.booleans(),
    deny_unknown=st.booleans(),
    budget=budgets,
    scanned=st.booleans(),
    deployed_today=st.integers(0, 2),
    day_ends_at=st.just(MIDNIGHT),
    **{name: st.lists(one, max_size=3).map(tuple) for name, one in MANY.items()},
)
stricter = st.sampled_from([name for name in MANY if name != "exemptions"])


@given(everything)
def test_dry_run_never_denies(found):
    assert decide(replace(found, enforced=False)).decision != "deny"


@given(everything)
def test_the_mode_changes_the_decision_and_never_what_it_would_be(found):
    dry, enforced = decide(replace(found, enforced=False)), decide(replace(found, enforced=True))
    assert (dry.would_be, dry.reasons) == (enforced.would_be, enforced.reasons)
    assert enforced.decision == enforced.would_be


@given(budgets.filter(lambda one: one is None or one.left is None or one.stale(NOW)), st.booleans())
def test_the_unknown_alone_never_denies_unless_told(found, scanned):
    assert decide(Known(NOW, POLICY, enforced=True, budget=found, scanned=scanned)).decision == "warn"


@given(everything, stricter, st.data())
def test_one_more_reason_never_makes_it_milder(found, name, data):
    more = replace(found, **{name: (*getattr(found, name), data.draw(MANY[name]))})
    assert decide(more).would_be.strictness >= decide(found).would_be.strictness
    assert decide(more).decision.strictness >= decide(found).decision.strictness


@given(everything, MANY["exemptions"])
def test_an_exemption_never_makes_it_stricter(found, exempted):
    more = replace(found, exemptions=(*found.exemptions, exempted))
    assert decide(more).decision.strictness <= decide(found).decision.strictness


@given(everything, st.floats(0, 1))
def test_less_budget_never_makes_it_milder(found, less):
    if found.budget is None or found.budget.left is None:
        return
    lower = found.budget.left - less
    poorer = replace(found, budget=replace(found.budget, left=lower, step=POLICY.step(lower)))
    assert decide(poorer).would_be.strictness >= decide(found).would_be.strictness


@given(everything, st.data())
def test_the_order_of_what_is_known_does_not_matter(found, data):
    shuffled = {name: tuple(data.draw(st.permutations(getattr(found, name)))) for name in MANY}
    assert decide(replace(found, **shuffled)) == decide(found)


@given(everything)
def test_every_reason_says_what_would_lift_it(found):
    answer = decide(found)
    assert all(one.text.endswith(".") and one.lifts.endswith(".") for one in answer.reasons)
    assert answer.would_be == max(
        (one.decision for one in answer.reasons), key=lambda one: one.strictness, default=Decision.ALLOW
    )
