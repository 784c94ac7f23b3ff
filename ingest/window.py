"""A half-open range of days in the organisation's time zone, and the instants that it holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

Interval = Literal["day", "week", "month", "all"]
DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant (UTC) at which ``day`` begins in ``zone``."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """Days ``[start, end)`` of ``zone``: the first day is in it, the last is not.

    Definition: metrics.md, opening paragraph.
    """

    start: date
    end: date
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"the window ends ({self.end}) before it starts ({self.start})")

    @classmethod
    def last(cls, days: int, today: date, zone: tzinfo = UTC) -> "Window":
        """The ``days`` days up to and with ``today``."""
        return cls(today + DAY - timedelta(days=days), today + DAY, zone)

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.starts_at <= at < self.ends_at

    @property
    def starts_at(self) -> datetime:
        return midnight(self.start, self.zone)

    @property
    def ends_at(self) -> datetime:
        return midnight(self.end, self.zone)

    @property
    def day_count(self) -> int:
        return (self.end - self.start).days

    def days(self) -> Iterator[date]:
        for offset in range(self.day_count):
            yield self.start + timedelta(days=offset)

    def days_begun(self, today: date) -> int:
        """How many of the window's days have begun: rates per day divide by these."""
        return max(0, (min(self.end, today + DAY) - self.start).days)

    def working_days(self, holidays: frozenset[date] = frozenset()) -> int:
        """Mondays to Fridays in the window, less the organisation's holidays."""
        weeks, rest = divmod(self.day_count, 7)
        first = self.start.weekday()
        more = sum((first + offset) % 7 < 5 for offset in range(rest))
        off = sum(day.weekday() < 5 for day in holidays if self.start <= day < self.end)
        return 5 * weeks + more - off

    def before(self) -> "Window":
        """The window of the same length just before this one."""
        return Window(self.start - (self.end - self.start), self.start, self.zone)

    def split(self, interval: Interval) -> list["Window"]:
        """The window cut into days, weeks (from Monday), months or left whole; the ends are cut at the window."""
        if interval == "all":
            return [self]
        cuts = [self.start]
        while (following := _next_cut(cuts[-1], interval)) < self.end:
            cuts.append(following)
        if self.start == self.end:
            return []
        return [Window(start, end, self.zone) for start, end in zip(cuts, [*cuts[1:], self.end], strict=True)]


def _next_cut(day: date, interval: Interval) -> date:
    match interval:
        case "day":
            return day + DAY
        case "week":
            return day + timedelta(days=7 - day.weekday())
        case _:
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
