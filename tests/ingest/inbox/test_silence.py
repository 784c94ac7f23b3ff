"""When a silence is too long: learned from what was heard before."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.inbox.silence import ENOUGH, percentile, silence, stopped
from tests.factories import NOON

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOMENTS = st.lists(st.integers(0, 60 * 24 * 200), max_size=40).map(
    lambda minutes: [NOON - MINUTE * minute for minute in minutes]
)


def test_it_says_nothing_of_a_source_that_was_never_heard():
    assert silence([], DAY, NOON) is None


def test_it_finds_a_source_overdue_that_is_silent_longer_than_ever():
    heard = [NOON - 6 * HOUR - 20 * MINUTE * n for n in range(20)]
    found = silence(heard, 2 * HOUR, NOON)
    assert (found.usual, found.since, found.overdue) == (20 * MINUTE, 6 * HOUR, True)


def test_it_knows_of_nights_and_weekends():
    heard = [NOON - 6 * HOUR - 20 * MINUTE * n for n in range(20)]
    assert not silence(heard, 62 * HOUR, NOON).overdue


def test_it_learns_nothing_from_few():
    heard = [NOON - 400 * DAY - MINUTE * n for n in range(ENOUGH)]
    assert silence(heard, timedelta(0), NOON).overdue is False
    assert silence(heard, timedelta(0), NOON).usual is None


def test_it_takes_deliveries_of_one_moment_as_one():
    assert silence([NOON - DAY] * 50, timedelta(0), NOON).usual is None


@given(MOMENTS, st.integers(0, 1000))
def test_it_is_the_same_in_any_order_and_never_overdue_within_the_longest(moments, hours):
    found = silence(moments, hours * HOUR, NOON)
    assert found == silence(list(reversed(moments)), hours * HOUR, NOON)
    assert found is None or not found.overdue or found.since > hours * HOUR


@pytest.mark.parametrize(
    ("days_ago", "silent"),
    [
        ([15, 16, 17, 18, 19], 15),  # daily, then nothing for 15 days
        ([14, 15, 16, 17, 18], None),  # not longer than 14 days
        ([30, 31, 32, 33], None),  # four are not regular
        ([40, 54, 68, 82, 96], None),  # every 14 days: silent for less than 42
        ([43, 57, 71, 85, 99], 43),
        ([200, 201, 202, 203, 204], 200),
        ([], None),
    ],
)
def test_it_finds_a_service_that_stopped(days_ago, silent):
    found = stopped([NOON - DAY * days for days in days_ago], NOON)
    assert found == (None if silent is None else DAY * silent)


@given(MOMENTS)
def test_it_never_stopped_within_14_days(moments):
    found = stopped(moments, NOON)
    assert found is None or found > 14 * DAY


@given(st.lists(st.integers(0, 1000), min_size=1), st.floats(0, 1))
def test_a_percentile_lies_between_the_ends(values, share):
    ordered = sorted(MINUTE * value for value in values)
    assert ordered[0] <= percentile(ordered, share) <= ordered[-1]
