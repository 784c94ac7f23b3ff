"""(pure) Intervals of medians by the bootstrap: what they would be, had chance picked other services alike.

The median of a resample of ``n`` values is found without drawing ``n`` of them: the middle of ``n`` uniform draws has
a beta distribution, and tells which rank of the sorted values it is. So the cost does not grow with ``n``, the order
of the values says nothing, and the same values always have the same interval.
"""

from array import array
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import NamedTuple

SEED = 20_261
DRAWS = 2_000  # of each stream; half of them are drawn, the others are these, mirrored
TAIL = 0.025  # at either end: an interval of 95 %


class Interval(NamedTuple):
    """From where to where, the ends included."""

    low: float
    high: float


def median(ordered: Sequence[float]) -> float:
    """The middle of sorted values, or half way between the two middle ones; of at least one."""
    middle = len(ordered) - 1
    return (ordered[middle // 2] + ordered[(middle + 1) // 2]) / 2


def of_median(values: Sequence[float]) -> Interval:
    """The interval of the median of ``values``, of which there is at least one."""
    return _percentiles(_medians(sorted(values), stream=0))


def of_difference(those: Sequence[float], others: Sequence[float]) -> Interval:
    """The interval of the median of ``those`` less that of ``others``; neither is empty.

    Each group is drawn by both streams, one by the other's, so that groups that change places change the signs alone.
    """
    first, second = sorted(those), sorted(others)
    found = []
    for one, other in ((0, 1), (1, 0)):
        pairs = zip(_medians(first, one), _medians(second, other), strict=True)
        found += [mine - theirs for mine, theirs in pairs]
    return _percentiles(found)


def _medians(ordered: Sequence[float], stream: int) -> list[float]:
    lows, highs = _middles(len(ordered), stream)
    return [(ordered[low] + ordered[high]) / 2 for low, high in zip(lows, highs, strict=True)]


def _percentiles(found: list[float]) -> Interval:
    found.sort()
    cut = int(TAIL * len(found))
    return Interval(found[cut], found[-1 - cut])


@lru_cache(maxsize=64)
def _middles(count: int, stream: int) -> tuple[Sequence[int], Sequence[int]]:
    """Which two ranks (from 0) of ``count`` sorted values are the middle ones of each resample; one where it is odd.

    As it is mirrored, it favours neither end: values with the other sign have the interval with the other sign.
    """
    rng = Random(f"{SEED}/{count}/{stream}")  # noqa: S311 - an estimate, not a secret
    middle, last = (count + 1) // 2, count - 1
    lows, highs = array("I"), array("I")
    for _ in range(DRAWS // 2):
        place = rng.betavariate(middle, count - middle + 1)
        low = high = min(last, int(place * count))
        if count % 2 == 0:  # the next of the sorted draws: the least of those above
            above = 1 - (1 - place) * rng.random() ** (1 / (count - middle))
            high = min(last, max(low, int(above * count)))
        lows.extend((low, last - high))
        highs.extend((high, last - low))
    return lows, highs
