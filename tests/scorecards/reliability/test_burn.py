"""Budgets and burn rates, by the examples of the SRE workbook (chapter 5) and by what must always hold."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.prometheus.slots import SLOTS, Slots, spans
from scorecards.reliability.burn import (
    SECONDS_BY_WINDOW,
    Days,
    attainment,
    budget_left,
    burn_down,
    burn_rate,
    burn_rates,
    exhausted_after,
    parts_of,
    spent,
)

MONTH = 30 * 86_400
END = datetime(2026, 3, 31, 10, 35, tzinfo=UTC)
totals = st.floats(1, 1e9)
ratios = st.floats(0, 1)
objectives = st.floats(0.5, 0.99999)


def filled(count, end=END):
    """Slots of 5 minutes up to ``end``: ``count(i)`` tells bad and total of the i-th before it; ``None``: no data."""
    days, number = {}, 0
    borders = list(spans(end - timedelta(seconds=MONTH), end))
    for day, first, last in reversed(borders):
        slots = days.setdefault(day, Slots())
        for index in range(last - 1, first - 1, -1):
            if (pair := count(number)) is not None:
                slots.put(index, *pair)
            number += 1
    return days


# ---------------------------------------------------------------- the workbook's figures


@pytest.mark.parametrize(
    ("rate", "error_rate", "exhausted"),
    [(1, 0.001, 30 * 86_400), (2, 0.002, 15 * 86_400), (10, 0.01, 3 * 86_400), (1000, 1.0, 43.2 * 60)],
)
def test_burn_rates_spend_the_budget_of_99_9_percent_as_the_workbook_says(rate, error_rate, exhausted):
    assert burn_rate(error_rate * 1_000_000, 1_000_000, 0.999) == pytest.approx(rate)
    assert exhausted_after(rate, MONTH) == pytest.approx(exhausted)


@pytest.mark.parametrize(("rate", "hours", "share"), [(14.4, 1, 0.02), (6, 6, 0.05), (1, 72, 0.10), (1, 720, 1)])
def test_what_is_spent_over_a_window_is_as_in_the_workbook(rate, hours, share):
    assert spent(rate, hours * 3600, MONTH) == pytest.approx(share)


def test_a_million_requests_at_99_9_percent_leave_a_thousand_to_fail():
    assert budget_left(0, 1_000_000, 0.999) == 1
    assert budget_left(250, 1_000_000, 0.999) == pytest.approx(0.75)
    assert budget_left(1_000, 1_000_000, 0.999) == pytest.approx(0)
    assert budget_left(2_000, 1_000_000, 0.999) == pytest.approx(-1)
    assert attainment(250, 1_000_000) == pytest.approx(0.99975)


# ---------------------------------------------------------------- no data


def test_without_events_there_is_no_figure():
    assert attainment(0, 0) is None
    assert budget_left(0, 0, 0.999) is None
    assert burn_rate(0, 0, 0.999) is None


def test_all_that_is_good_leaves_no_budget_to_speak_of():
    assert budget_left(0, 100, 1) is None
    assert burn_rate(1, 100, 1) is None


def test_a_rate_of_nothing_never_spends_it():
    assert exhausted_after(0, MONTH) is None


# ---------------------------------------------------------------- what must always hold


@given(totals, ratios, objectives)
def test_budget_left_is_one_less_the_burn_rate_of_the_whole_window(total, ratio, objective):
    bad = total * ratio
    assert budget_left(bad, total, objective) == pytest.approx(1 - burn_rate(bad, total, objective))
    assert budget_left(bad, total, objective) <= 1
    assert 0 <= attainment(bad, total) <= 1


@given(totals, ratios, objectives)
def test_a_budget_is_spent_exactly_where_the_objective_is_missed(total, ratio, objective):
    found = attainment(total * ratio, total)
    if not math.isclose(found, objective, rel_tol=1e-9):
        assert (budget_left(total * ratio, total, objective) > 0) == (found > objective)


@given(totals, st.floats(0, 0.1), st.floats(0, 0.1), objectives)
def test_more_failures_never_leave_more(total, one, more, objective):
    assert budget_left(total * one, total, objective) >= budget_left(total * (one + more), total, objective)


@given(totals, ratios, objectives, st.floats(0.1, 1000))
def test_budgets_do_not_depend_on_the_unit_of_events(total, ratio, objective, factor):
    once = budget_left(total * ratio, total, objective)
    assert budget_left(total * ratio * factor, total * factor, objective) == pytest.approx(once, rel=1e-6, abs=1e-6)


# ---------------------------------------------------------------- over slots


def test_a_steady_burn_shows_the_same_rate_over_every_window():
    days = Days.of(filled(lambda _: (2, 1000)))
    assert burn_rates(days, END, 0.999) == pytest.approx(dict.fromkeys(SECONDS_BY_WINDOW, 2.0))


def test_an_outage_of_one_hour_spends_what_the_workbook_says():
    """All fail for an hour at 99.9 %: 1000 times 1/720 of the budget."""
    days = Days.of(filled(lambda n: (1000, 1000) if n < 12 else (0, 1000)))
    whole = days.last(MONTH, END)
    assert budget_left(whole.bad, whole.total, 0.999) == pytest.approx(1 - 1000 / 720)
    rates = burn_rates(days, END, 0.999)
    assert rates["5m"] == pytest.approx(1000)
    assert rates["1h"] == pytest.approx(1000)
    assert rates["6h"] == pytest.approx(1000 / 6)
    assert rates["3d"] == pytest.approx(1000 / 72)


def test_a_window_without_data_has_no_rate():
    days = Days.of(filled(lambda n: None if n < 6 else (1, 1000)))
    rates = burn_rates(days, END, 0.999)
    assert rates["5m"] is None
    assert rates["30m"] is None
    assert rates["1h"] == pytest.approx(1)


def test_sums_of_whole_days_stand_in_for_their_slots():
    slots = filled(lambda n: (n % 3, 100 + n % 7))
    needed = parts_of(END, window=MONTH)
    few = Days({day: each.sums() for day, each in slots.items()}, {day: slots[day] for day in needed if day in slots})
    assert burn_rates(few, END, 0.99) == pytest.approx(burn_rates(Days.of(slots), END, 0.99))
    assert len(needed) <= 5


@given(st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 5), st.integers(5, 100))), min_size=1, max_size=60))
def test_a_burn_down_begins_whole_and_comes_to_what_is_left(counts):
    slots = filled(lambda n: counts[n % len(counts)])
    whole = Days.of(slots).last(MONTH, END)
    points = burn_down(slots, END, MONTH, 0.9, step=6 * 3600)
    left = budget_left(whole.bad, whole.total, 0.9)
    if left is None:
        assert points == []
        return
    assert points[0].left == 1
    assert points[0].at == END - timedelta(seconds=MONTH)
    assert points[-1].at == END
    known = [point.left for point in points if point.left is not None]
    assert known[-1] == pytest.approx(left)
    assert known == sorted(known, reverse=True)


def test_a_burn_down_tells_where_there_is_no_data():
    points = burn_down(filled(lambda n: None if 12 <= n < 36 else (1, 1000)), END, MONTH, 0.999)
    assert [point.left is None for point in points[-4:]] == [False, True, True, False]
    assert len(points) == 721


def test_a_day_has_288_slots():
    assert len(Slots().total) == SLOTS == 288
