"""Spells say as much as the days that they were made of."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scorecards.adoption.spells import (
    ACTIVE,
    WINDOW,
    Spell,
    counting,
    cut,
    first_difference,
    intersection,
    joined,
    later,
    others,
    spells_of,
    union,
)

FIRST = date(2026, 1, 1)
SPAN = 400
days = st.sets(st.integers(0, SPAN).map(lambda number: FIRST + timedelta(days=number)), max_size=30)
windows = st.sampled_from([WINDOW, ACTIVE])


def plain(intervals):
    """The intervals as days, within the time that is looked at."""
    start = FIRST.toordinal() - 100
    return {day for day in range(start, start + SPAN + 400) if any(first <= day < end for first, end in intervals)}


@given(days, windows)
def test_a_day_counts_where_something_was_seen_on_it_or_within_the_window_before(seen, window):
    spells = spells_of(seen, window)
    wanted = {day.toordinal() + after for day in seen for after in range(window)}
    assert plain(counting(spells, window)) == wanted


@given(days, windows)
def test_spells_stand_more_than_a_window_apart(seen, window):
    spells = spells_of(seen, window)
    assert all((after.first - before.last).days > window for before, after in zip(spells, spells[1:], strict=False))
    assert {spell.first for spell in spells} | {spell.last for spell in spells} <= seen


@given(days, days)
def test_days_may_come_in_parts_and_in_any_order(some, more):
    whole = spells_of(some | more)
    assert joined([*spells_of(some), *spells_of(more)]) == whole
    assert joined([*spells_of(more), *spells_of(some)]) == whole


@given(days, days)
def test_intervals_join_meet_and_leave_the_rest(some, more):
    one, other = counting(spells_of(some)), counting(spells_of(more))
    assert plain(union(one, other)) == plain(one) | plain(other)
    assert plain(intersection(one, other)) == plain(one) & plain(other)
    assert plain(others(one)) == plain(others(())) - plain(one)
    assert plain(later(one, 28)) >= {day + 28 for day in plain(one) if day + 28 in plain(others(()))}


@given(days, days)
def test_it_tells_the_first_day_that_differs(before, after):
    one, other = spells_of(before), spells_of(after)
    found = first_difference(one, other)
    differing = plain(counting(one)) ^ plain(counting(other))
    assert (found is None) == (one == other)
    if differing:
        assert found is not None and found.toordinal() <= min(differing)


def test_28_days_apart_is_one_spell_and_29_are_two():
    assert spells_of([FIRST, FIRST + timedelta(days=28)]) == [Spell(FIRST, FIRST + timedelta(days=28))]
    assert len(spells_of([FIRST, FIRST + timedelta(days=29)])) == 2


def test_what_is_cut_ends_on_the_eve():
    spell = Spell(FIRST, FIRST + timedelta(days=9))
    assert cut([spell], FIRST + timedelta(days=5)) == [Spell(FIRST, FIRST + timedelta(days=4))]
    assert cut([spell], FIRST) == []
    assert cut([spell], None) == [spell]
