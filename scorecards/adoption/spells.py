"""(pure) Days of evidence as spells, and the days on which it counts as intervals.

What was seen on a day counts on it and on the days after, ``WINDOW`` in all. Two days at most that far apart leave no
day between on which nothing counts, so they are one spell, and a spell of many days says as much as the days.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

WINDOW = 28  # days that a capability counts as used after it was seen, the day itself among them
ACTIVE = 91  # as metrics.md has it: deployed on the day, or in the 90 days before it

Interval: TypeAlias = tuple[int, int]  # ordinals of days, the second not included
Intervals: TypeAlias = Sequence[Interval]  # in order, none touching another

EARLIEST, LATEST = date.min.toordinal(), date.max.toordinal()
ALWAYS: Intervals = ((EARLIEST, LATEST),)
NEVER: Intervals = ()


class Spell(NamedTuple):
    """Evidence on ``first``, on ``last``, and never further apart in between than the window is long."""

    first: date
    last: date


def spells_of(days: Iterable[date], window: int = WINDOW) -> list[Spell]:
    """The days as spells, in order."""
    return joined((Spell(day, day) for day in days), window)


def joined(spells: Iterable[Spell], window: int = WINDOW) -> list[Spell]:
    """The spells, those that overlap or are at most a window apart as one."""
    found: list[Spell] = []
    for spell in sorted(spells):
        if found and (spell.first - found[-1].last).days <= window:
            found[-1] = Spell(found[-1].first, max(found[-1].last, spell.last))
        else:
            found.append(spell)
    return found


def cut(spells: Iterable[Spell], until: date | None) -> list[Spell]:
    """What lies before ``until``; all where it is ``None``."""
    if until is None:
        return list(spells)
    eve = until - timedelta(days=1)
    return [Spell(spell.first, min(spell.last, eve)) for spell in spells if spell.first < until]


def first_difference(before: Sequence[Spell], after: Sequence[Spell]) -> date | None:
    """The first day on which the evidence differs; ``None`` where it does not."""
    for one, other in zip(before, after, strict=False):
        if one != other:
            if one.first != other.first:
                return min(one.first, other.first)
            return min(one.last, other.last) + timedelta(days=1)
    longer = max(before, after, key=len)
    shorter = min(len(before), len(after))
    return longer[shorter].first if len(longer) > shorter else None


# ---------------------------------------------------------------- intervals


def counting(spells: Iterable[Spell], window: int = WINDOW) -> Intervals:
    """The days on which the evidence of spells counts."""
    return union([(spell.first.toordinal(), spell.last.toordinal() + window) for spell in spells])


def union(*parts: Intervals) -> Intervals:
    """The days of any."""
    if len(parts) == 1 and len(parts[0]) < 2:
        return parts[0]
    found: list[Interval] = []
    for start, end in sorted(interval for part in parts for interval in part):
        if found and start <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        elif start < end:
            found.append((start, end))
    return found


def intersection(one: Intervals, other: Intervals) -> Intervals:
    """The days of both."""
    found: list[Interval] = []
    at = beside = 0
    while at < len(one) and beside < len(other):
        start, end = max(one[at][0], other[beside][0]), min(one[at][1], other[beside][1])
        if start < end:
            found.append((start, end))
        if one[at][1] < other[beside][1]:
            at += 1
        else:
            beside += 1
    return found


def others(days: Intervals) -> Intervals:
    """The days that are not among ``days``."""
    found: list[Interval] = []
    start = EARLIEST
    for first, end in days:
        if start < first:
            found.append((start, first))
        start = end
    return [*found, (start, LATEST)] if start < LATEST else found


def later(days: Intervals, by: int) -> Intervals:
    """Each day, ``by`` days later."""
    return [(start + by, end + by) for start, end in days]
