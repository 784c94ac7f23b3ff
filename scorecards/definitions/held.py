"""The definitions in the database: what holds for whom and when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from ingest.catalogue.ownership import Period
from ingest.models import Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.definitions import course
from scorecards.definitions.course import Span, Stated
from scorecards.metrics.records import Definitions
from scorecards.models import DefinitionChange

STANDARD = Span(None, None, Definitions())


@dataclass(slots=True)
class Held:
    """All that was said and not withdrawn. Where nothing was, nothing more is read."""

    stated: Sequence[Stated]
    unassigned: int = 0
    _courses: dict[int | None, list[Span]] = field(default_factory=dict)

    @classmethod
    def load(cls, more: Iterable[Stated] = ()) -> Self:
        """What is in the database, with ``more`` that is not."""
        rows = DefinitionChange.objects.filter(withdrawn_at=None).values_list("at", "pk", "team", "since", "values")
        stated = [*(Stated(*row) for row in rows), *more]
        if not any(one.team_id is not None for one in stated):
            return cls(stated)
        return cls(stated, Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first() or 0)

    @property
    def by_team(self) -> bool:
        """Whether any team has definitions of its own; else who owns a service makes no difference."""
        return any(one.team_id is not None for one in self.stated)

    def holidays_differ(self) -> bool:
        """Whether any team has, or had, holidays of its own."""
        return any(one.team_id is not None and "holidays" in one.values for one in self.stated)

    def course(self, team_id: int | None) -> list[Span]:
        """What holds when, of a team or (``None``) of the organisation."""
        if not self.stated:
            return [STANDARD]
        if team_id not in self._courses:
            self._courses[team_id] = course.course(self.stated, team_id)
        return self._courses[team_id]

    def of_service(self, periods: Sequence[Period]) -> list[Span]:
        """What holds when for a service of these owners; of none: as of the team ``unassigned``."""
        if not self.by_team:
            return self.course(None)
        if not periods:
            return self.course(self.unassigned)
        return course.of_owners(periods, self.course)

    def judging(self, service_ids: Iterable[int], owners: Mapping[int, Sequence[Period]]) -> dict[int, list[Span]]:
        """What the facts of each service are judged by."""
        return {pk: course.for_judging(self.of_service(owners.get(pk, ()))) for pk in service_ids}


def holidays(spans: Iterable[Span], usual: frozenset[date]) -> frozenset[date]:
    """The days that are holidays by what holds on them; ``usual`` where nothing is said."""
    return frozenset(
        day
        for span in spans
        for day in (usual if span.definitions.holidays is None else span.definitions.holidays)
        if span.holds(day)
    )
