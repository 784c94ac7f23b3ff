"""(pure) Attainment, error budget and burn rates, from slots of five minutes.

Definition: metrics.md, "Service level objectives"; terms as in the SRE workbook, "Alerting on SLOs".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ingest.prometheus.slots import SECONDS, SLOTS, Slots, Sums, spans

NOTHING = Sums()
HOUR = 3_600
SECONDS_BY_WINDOW: Mapping[str, int] = {
    "5m": 300, "30m": 1_800, "1h": HOUR, "2h": 2 * HOUR, "6h": 6 * HOUR, "1d": 24 * HOUR, "3d": 72 * HOUR,
    "30d": 720 * HOUR,
}  # fmt: skip
SHOWN = ("1h", "6h", "3d", "30d")


def attainment(bad: float, total: float) -> float | None:
    """The share of good events; ``None`` where there were no events: nothing is not perfect."""
    return 1 - bad / total if total > 0 else None


def budget_left(bad: float, total: float, objective: float) -> float | None:
    """``1 - bad / (total x (1 - objective))``: 1 untouched, 0 spent, below 0 overspent.

    ``None`` without events, and for an objective of 100 %, which leaves no budget.
    """
    rate = burn_rate(bad, total, objective)
    return None if rate is None else 1 - rate


def burn_rate(bad: float, total: float, objective: float) -> float | None:
    """How many times as fast as allowed the budget is spent: at 1 it lasts exactly the objective's window."""
    allowed = 1 - objective
    return bad / total / allowed if total > 0 and allowed > 0 else None


def exhausted_after(rate: float, window: float) -> float | None:
    """Seconds in which a burn rate spends a whole budget; ``None``: never."""
    return window / rate if rate > 0 else None


def spent(rate: float, seconds: float, window: float) -> float:
    """The share of the budget that a burn rate spends in a time."""
    return rate * seconds / window


@dataclass(frozen=True, slots=True)
class Days:
    """What an objective counted, by day: sums of whole days, and slots of those days whose parts are asked for."""

    sums: Mapping[date, Sums]
    slots: Mapping[date, Slots]

    @classmethod
    def of(cls, slots: Mapping[date, Slots]) -> "Days":
        return cls({day: each.sums() for day, each in slots.items()}, slots)

    def over(self, start: datetime, end: datetime) -> Sums:
        """Between two borders of slots."""
        found = NOTHING
        for day, first, last in spans(start, end):
            found = found.plus(self._part(day, first, last))
        return found

    def _part(self, day: date, first: int, last: int) -> Sums:
        if last - first == SLOTS:
            return self.sums.get(day, NOTHING)
        return self.slots[day].sums(first, last) if day in self.slots else NOTHING

    def last(self, seconds: float, end: datetime) -> Sums:
        return self.over(end - timedelta(seconds=seconds), end)


def parts_of(end: datetime, windows: Mapping[str, int] | None = None, *, window: int = 0) -> set[date]:
    """The days of which sums over these windows, all ending at ``end``, need the slots."""
    needed: set[date] = set()
    for seconds in [*(windows or SECONDS_BY_WINDOW).values(), window]:
        needed |= {day for day, first, last in spans(end - timedelta(seconds=seconds), end) if last - first < SLOTS}
    return needed


def burn_rates(days: Days, end: datetime, objective: float) -> dict[str, float | None]:
    """By each window of ``SECONDS_BY_WINDOW``."""
    found: dict[str, float | None] = {}
    for name, seconds in SECONDS_BY_WINDOW.items():
        sums = days.last(seconds, end)
        found[name] = burn_rate(sums.bad, sums.total, objective)
    return found


class Point(NamedTuple):
    """Of a burn-down: the budget left at ``at``; ``None`` where no data came in the step before it."""

    at: datetime
    left: float | None


def burn_down(
    slots: Mapping[date, Slots], end: datetime, window: int, objective: float, step: int = HOUR
) -> list[Point]:
    """How the budget of the window that ends at ``end`` was spent: it begins at 1 and comes to what is left now.

    The budget is that of all events of the window. Empty where there is none.
    """
    days = Days.of(slots)
    whole = days.last(window, end)
    if budget_left(whole.bad, whole.total, objective) is None:
        return []
    allowed = whole.total * (1 - objective)
    start = end - timedelta(seconds=window)
    bad, points = 0.0, [Point(start, 1.0)]
    for begins, ends in _steps(start, end, step):
        part = days.over(begins, ends)
        bad += part.bad
        points.append(Point(ends, 1 - bad / allowed if part.measured else None))
    return points


def _steps(start: datetime, end: datetime, step: int) -> Iterator[tuple[datetime, datetime]]:
    width = timedelta(seconds=max(SECONDS, step // SECONDS * SECONDS))
    while start < end:
        yield start, min(start + width, end)
        start += width
