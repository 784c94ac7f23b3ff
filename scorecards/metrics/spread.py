"""The spread of a set of durations."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, mean, 75th and 90th percentile in seconds, and how many values they stand on (at least one)."""

    median: float
    mean: float
    p75: float
    p90: float
    count: int


def quantile(ordered: Sequence[float], q: float) -> float:
    """The ``q`` quantile (0 to 1) of sorted values, by linear interpolation between closest ranks.

    Source: metrics.md, "Lead time for changes"; the same as numpy's default and PostgreSQL's ``percentile_cont``.
    """
    place = q * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def spread(values: Iterable[float]) -> Spread | None:
    """The spread of ``values`` (seconds), or ``None`` of none: no data is not zero."""
    ordered = sorted(values)
    if not ordered:
        return None
    return Spread(
        median=quantile(ordered, 0.5),
        mean=math.fsum(ordered) / len(ordered),
        p75=quantile(ordered, 0.75),
        p90=quantile(ordered, 0.9),
        count=len(ordered),
    )
