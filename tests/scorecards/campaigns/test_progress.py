"""``scorecards.campaigns.progress``: states, counts, when it is reached, and when it would be."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.campaigns.progress import (
    Progress,
    Stand,
    State,
    Step,
    by_capability,
    by_controls,
    progress,
    projected_end,
    step_of,
)
from scorecards.standards.verdict import Verdict

TODAY = date(2026, 3, 31)


def ago(days):
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ({"a": "pass", "b": "pass"}, State.DONE),
        ({"a": "pass", "b": "not_applicable"}, State.DONE),
        ({"a": "pass", "b": "not_connected"}, State.DONE),
        ({"a": "pass", "b": "fail"}, State.LEFT),
        ({"a": "partial", "b": "unknown"}, State.LEFT),
        ({"a": "fail", "b": "waived"}, State.LEFT),
        ({"a": "pass", "b": "unknown"}, State.UNKNOWN),
        ({"a": "waived", "b": "unknown"}, State.UNKNOWN),
        ({"a": "pass"}, State.UNKNOWN),  # nobody judged b yet
        ({}, State.UNKNOWN),
        ({"a": "pass", "b": "waived"}, State.WAIVED),
        ({"a": "not_applicable", "b": "waived"}, State.WAIVED),
    ],
)
def test_it_tells_where_a_service_stands_by_its_verdicts(verdicts, state):
    assert by_controls(verdicts, ["a", "b"]).state is state


def test_it_tells_what_a_service_lacks_and_what_is_not_known():
    found = by_controls({"a": "fail", "b": "unknown", "c": "waived", "d": "partial", "e": "pass"}, list("abcde"))
    assert (found.lacks, found.unknown, found.waived) == (("a", "d"), ("b",), ("c",))


def test_it_asks_nothing_of_a_service_to_which_nothing_applies():
    assert by_controls({"a": "not_applicable", "b": "not_connected"}, ["a", "b"]) is None
    assert by_controls({"a": "fail"}, []) is None


def test_it_looks_at_no_control_that_is_not_asked_for():
    assert by_controls({"a": "pass", "z": "fail"}, ["a"]).state is State.DONE


def test_it_tells_where_a_service_stands_with_a_capability():
    assert by_capability("used", "ci_cd").state is State.DONE
    assert by_capability("not", "ci_cd") == Stand(State.LEFT, ("ci_cd",))
    assert by_capability("unknown", "ci_cd") == Stand(State.UNKNOWN, unknown=("ci_cd",))


@given(st.lists(st.sampled_from(State)))
def test_it_counts_every_service_once(states):
    found = progress(Stand(state) for state in states)
    assert found.in_scope == len(states) == found.done + found.left + found.unknown + found.waived
    assert found.left == states.count(State.LEFT)


@given(st.dictionaries(st.sampled_from("abcd"), st.sampled_from([str(one) for one in Verdict])))
def test_it_is_done_with_a_service_only_where_all_that_applies_is_met(verdicts):
    found = by_controls(verdicts, list("abcd"))
    told = {verdicts.get(control, "unknown") for control in "abcd"} - {"not_applicable", "not_connected"}
    assert (found is not None and found.state is State.DONE) == (told == {"pass"})


def test_it_is_reached_when_the_share_of_those_asked_is_done():
    assert Progress(10, 10).reaches(100)
    assert not Progress(10, 9).reaches(100)
    assert Progress(10, 9).reaches(90)
    assert not Progress(10, 8, unknown=2).reaches(90)


def test_it_asks_nothing_of_what_is_waived_and_takes_it_for_no_success():
    assert Progress(10, 8, waived=2).reaches(100)
    assert Progress(10, 8, waived=2).share == 1
    assert not Progress(10, 0, waived=10).reaches(1)
    assert Progress(10, 0, waived=10).share is None


def test_it_is_not_reached_by_nobody():
    assert not Progress().reaches(1)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 100))
def test_it_is_reached_exactly_from_its_goal_on(done, left, target):
    found = Progress(done + left, done)
    assert found.reaches(target) == (done + left > 0 and done >= found.goal(target))


@pytest.mark.parametrize(
    ("starts_on", "deadline", "ended_on", "step"),
    [
        (None, ago(-9), None, Step.DRAFT),
        (None, ago(9), None, Step.DRAFT),
        (ago(-1), ago(-9), None, Step.SCHEDULED),
        (ago(0), ago(0), None, Step.RUNNING),
        (ago(9), ago(0), None, Step.RUNNING),
        (ago(9), ago(1), None, Step.ENDED),  # nobody ended it yet
        (ago(9), ago(-9), ago(1), Step.ENDED),
    ],
)
def test_it_runs_from_its_start_to_its_last_day(starts_on, deadline, ended_on, step):
    assert step_of(starts_on, deadline, ended_on, TODAY) is step


def course(*done, every=7, in_scope=20):
    """So many done, each so many days after the one before, the last today."""
    days = [ago(every * (len(done) - 1 - number)) for number in range(len(done))]
    return [(day, Progress(in_scope, count)) for day, count in zip(days, done, strict=True)]


def test_it_projects_the_pace_of_the_last_28_days():
    # 8 in 28 days: 8 more take 28 days.
    assert projected_end(course(4, 6, 8, 10, 12), 100, TODAY) == TODAY + timedelta(days=28)
    # What was before does not count: only 4 in 28 days, so that 8 more take 56.
    assert projected_end(course(0, 7, 8, 9, 10, 11, 12)[1:], 100, TODAY) == TODAY + timedelta(days=56)


def test_it_projects_to_the_target_not_to_all():
    assert projected_end(course(4, 6, 8, 10, 12), 80, TODAY) == TODAY + timedelta(days=14)


def test_it_projects_nothing_from_too_few_days_or_no_step_ahead():
    assert projected_end([], 100, TODAY) is None
    assert projected_end(course(5), 100, TODAY) is None
    assert projected_end(course(4, 6, every=6), 100, TODAY) is None
    assert projected_end(course(6, 6), 100, TODAY) is None
    assert projected_end(course(8, 6), 100, TODAY) is None
    assert projected_end(course(18, 20), 100, TODAY) is None  # it is reached
    assert projected_end(course(0, 0, 0, 1, in_scope=1000), 100, TODAY) is None  # not within two years
