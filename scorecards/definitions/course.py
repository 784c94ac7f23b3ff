"""(pure) What was said of definitions, and when -> which hold on which days, for the organisation, a team, a service.

What was said last holds, from its day on. A team's values lie over the organisation's, and these over the standard's
own. Definition: docs/definitions.md, "Definitions that people set".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from ingest.catalogue.ownership import Period
from scorecards.definitions.values import Values, definitions_of, laid_over
from scorecards.metrics.records import Definitions


class Stated(NamedTuple):
    """Said at ``at`` that these values hold from ``since`` on: of a team, or of the organisation (``None``)."""

    at: datetime
    id: int
    team_id: int | None
    since: date
    values: Values


class Span(NamedTuple):
    """These definitions hold on the days ``[start, end)``; ``None``: since ever, until further notice."""

    start: date | None
    end: date | None
    definitions: Definitions

    def holds(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


def course(stated: Iterable[Stated], team_id: int | None) -> list[Span]:
    """What holds when, of a team or (``None``) of the organisation, in order of time; days that differ in nothing are
    one span."""
    own = sorted(one for one in stated if one.team_id in (None, team_id))
    days: list[date | None] = [None, *sorted({one.since for one in own})]
    parts = [Span(day, None, definitions_of(in_force(own, team_id, day))) for day in days]
    return joined(part._replace(end=end) for part, end in zip(parts, [*days[1:], None], strict=True))


def in_force(stated: Iterable[Stated], team_id: int | None, day: date | None) -> dict[str, object]:
    """The values that hold on a day: the organisation's, with the team's over them. ``None``: before all days."""
    organisation: dict[str, object] = {}
    team: dict[str, object] = {}
    for one in sorted(stated):
        if day is None or one.since > day:
            continue
        if one.team_id is None:
            organisation = laid_over(organisation, one.values)
        elif one.team_id == team_id:
            team = laid_over(team, one.values)
    return organisation | team


def joined(spans: Iterable[Span]) -> list[Span]:
    """Neighbours that say the same as one."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].definitions == span.definitions:
            found[-1] = found[-1]._replace(end=span.end)
        else:
            found.append(span)
    return found


def of_owners(periods: Sequence[Period], course_of: Callable[[int], Sequence[Span]]) -> list[Span]:
    """What holds when for a service: on each day the definitions of the team that owned it then."""
    return joined(
        Span(start, end, span.definitions)
        for period in periods
        for span in course_of(period.team_id)
        for start, end in _overlap(period, span)
    )


def for_judging(spans: Iterable[Span]) -> list[Span]:
    """The spans as far as they judge facts: holidays judge none."""
    return joined(span._replace(definitions=replace(span.definitions, holidays=None)) for span in spans)


def on_day(spans: Sequence[Span], day: date) -> Definitions:
    """What holds on a day."""
    return next(span.definitions for span in spans if span.holds(day))


def _overlap(period: Period, span: Span) -> Iterable[tuple[date | None, date | None]]:
    start = max((day for day in (period.start, span.start) if day is not None), default=None)
    end = min((day for day in (period.end, span.end) if day is not None), default=None)
    if start is None or end is None or start < end:
        yield start, end
