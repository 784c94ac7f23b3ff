"""(pure) Which team owned a service on a day, from all that was said of it.

Definition: metrics.md, "Ownership". The first ownership reaches into the past.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple

HINT = "hint"


class Statement(NamedTuple):
    """Somebody said at ``at`` that a team owns the service from then on. A ``hint`` is a team on another event."""

    at: datetime
    key: str
    basis: str
    team_id: int


class Period(NamedTuple):
    """A team owned the service on the days ``[start, end)``; ``None``: since ever, until further notice."""

    team_id: int
    start: date | None
    end: date | None


def timeline(statements: Iterable[Statement], zone: tzinfo = UTC) -> list[Period]:
    """The owners in order of time, in whatever order the statements come.

    Of two statements on one day of ``zone`` the later holds for that day. Hints hold only while nothing else was said,
    and then the earliest alone.
    """
    ordered = sorted(statements)
    told = [statement for statement in ordered if statement.basis != HINT] or ordered[:1]
    starts: dict[date, int] = {}
    for statement in told:
        starts[statement.at.astimezone(zone).date()] = statement.team_id
    periods: list[Period] = []
    for day, team_id in starts.items():
        if not periods:
            periods.append(Period(team_id, None, None))
        elif periods[-1].team_id != team_id:
            periods[-1] = periods[-1]._replace(end=day)
            periods.append(Period(team_id, day, None))
    return periods


def owner_on(periods: Sequence[Period], day: date) -> int | None:
    """The team's id, or ``None`` where nobody ever said who owns the service."""
    for period in periods:
        if period.end is None or day < period.end:
            return period.team_id
    return None
