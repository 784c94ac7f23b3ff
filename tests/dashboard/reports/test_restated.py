"""Which figures are restated, and what is said of them: once, and only where a reader sees the change."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.reports.restated import Mailed, is_other, kept, read, restated, told
from dashboard.reports.weekly import Figure, Report, Restated

MONDAY = date(2026, 11, 16)
WEEK = timedelta(days=7)
values = st.none() | st.floats(0, 1e7)


def report(*course: float | None, monday: date = MONDAY) -> Report:
    """Lead times of weeks up to ``monday``, in seconds."""
    return Report("team:pay", "Payments", monday, "/", [Figure("lead_time", "Lead time", "1 h", course=course)])


def mailed(weeks_ago: int, value: float | None, *said: Restated) -> Mailed:
    return Mailed(MONDAY - WEEK * weeks_ago, {"lead_time": value}, said)


@pytest.mark.parametrize(
    ("before", "after", "other"),
    [
        (3600, 3780, False),  # 5 % exactly
        (3600, 3800, True),
        (3600, 3400, True),
        (None, 3600, True),
        (3600, None, True),
        (None, None, False),
        (0, 1, True),
        (0, 0, False),
        (0.1, 0.2, False),  # both are shown as 0 s
    ],
)
def test_it_is_restated_where_it_changed_by_more_than_5_percent_or_data_came_or_went(before, after, other):
    assert is_other("lead_time", before, after) is other


def test_it_names_the_figure_the_week_and_both_values_and_leads_to_the_explanation():
    found = restated(report(7200.0, 3600.0), [mailed(1, 3600.0)])
    assert found == [Restated("lead_time", MONDAY - WEEK, 3600.0, 7200.0)]
    [one] = told(report(), found, lambda one: f"/explain/{one.metric}/{one.monday}/").restated
    assert one.line.name == "Lead time, 2026-W46"
    assert one.line.text == "was mailed as 1.0\u00a0h, is 2.0\u00a0h"
    assert one.line.href == "/explain/lead_time/2026-11-09/"


def test_what_was_told_once_is_not_told_again_until_it_changes_anew():
    first = Restated("lead_time", MONDAY - WEEK * 2, 3600.0, 7200.0)
    before = [mailed(2, 3600.0), mailed(1, 100.0, first)]
    assert restated(report(7200.0, 100.0, 1.0), before) == []
    [again] = restated(report(9000.0, 100.0, 1.0), before)
    assert (again.mailed, again.now) == (7200.0, 9000.0)


def test_it_looks_at_the_last_four_weeks_that_were_mailed_and_no_others():
    weeks = [mailed(number, 3600.0) for number in (1, 3, 4, 6, 7)]
    found = restated(report(*[7200.0] * 12), weeks)
    assert [(MONDAY - one.monday) // WEEK for one in found] == [1, 3, 4, 6]


def test_it_does_not_look_at_its_own_week_nor_at_later_ones():
    assert restated(report(7200.0, 7200.0), [mailed(0, 1.0), mailed(-1, 1.0)]) == []


def test_a_figure_that_no_week_of_which_is_known_went():
    [one] = restated(report(), [mailed(1, 3600.0)])
    assert (one.mailed, one.now) == (3600.0, None)


def test_a_figure_that_was_not_mailed_is_not_restated():
    assert restated(report(1.0, 1.0), [Mailed(MONDAY - WEEK, {})]) == []


@given(st.lists(values, min_size=12, max_size=12), st.lists(values, min_size=12, max_size=12))
def test_each_restatement_is_said_in_one_mail(then, now):
    """Mails of four weeks, after which the past is another: the next says it, those after it nothing more."""
    weeks = [mailed(number, then[-1 - number]) for number in range(4, 0, -1)]
    first = restated(report(*now), weeks)
    said = Mailed(MONDAY, {"lead_time": now[-1]}, first)
    assert restated(report(*now, None, monday=MONDAY + WEEK), [*weeks, said]) == []
    assert all(is_other("lead_time", one.mailed, one.now) for one in first)


@given(values, values)
def test_it_is_kept_as_it_is(before, after):
    found = [Restated("lead_time", MONDAY, before, after)]
    assert read(kept(found)) == found
