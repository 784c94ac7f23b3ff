"""Capability by team, and which teams are nearest to using the platform."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import QuerySet

from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import owner_on
from ingest.models import Service, Team
from scorecards.adoption.capabilities import Capability
from scorecards.adoption.read import ServiceDay, TeamDay, last_day, states_on, team_day
from scorecards.adoption.settings import capabilities, rules
from scorecards.models import AdoptionDay


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team in the matrix."""

    team: Team
    day: TeamDay


@dataclass(frozen=True, slots=True)
class Matrix:
    """``capabilities``: the columns, in their order; ``rows``: teams with an active service, by name; a cell is
    ``row.day.capabilities[capability.id]``."""

    day: date
    capabilities: tuple[Capability, ...]
    rows: tuple[TeamRow, ...]


def matrix(teams: QuerySet[Team], day: date | None = None) -> Matrix | None:
    """Capability by team on a day, by default the newest; ``None`` where nothing was computed. Two queries."""
    day = day or last_day()
    if day is None:
        return None
    rows = AdoptionDay.objects.filter(team__in=teams, day=day).select_related("team").order_by("team__name", "team")
    found = tuple(TeamRow(row.team, team_day(day, row.figures)) for row in rows if row.team is not None)
    return Matrix(day, capabilities().capabilities, found)


@dataclass(frozen=True, slots=True)
class Lacking:
    """A service that is not on the platform: ``missing`` more capabilities would bring it there; those that lie nearest
    come first in ``lacks``: configured already, then those that nobody could look at, then the others."""

    service: Service
    day: ServiceDay
    missing: int
    lacks: tuple[Capability, ...]


@dataclass(frozen=True, slots=True)
class NextTeam:
    """A team that does not use the platform. ``services_missing``: so many of its services, the nearest first in
    ``services``, must come onto it; ``steps``: capabilities that they need to use for that, all together."""

    team: Team
    day: TeamDay
    services_missing: int
    steps: int
    services: tuple[Lacking, ...]


def next_teams(
    teams: QuerySet[Team], day: date | None = None, limit: int = 20, found: Matrix | None = None
) -> list[NextTeam]:
    """The teams that do not use the platform, who has least to do first. Five queries, whatever their number; three
    where the matrix of the day was ``found`` before."""
    found = found or matrix(teams, day)
    if found is None:
        return []
    known = rules()
    waiting = {row.team.pk: row for row in found.rows if row.day.state != "uses"}
    days = {pk: told for pk, told in states_on(found.day).items() if told.is_active and told.state != "uses"}
    owners = periods_by_service(days)
    services = Service.objects.in_bulk([pk for pk in days if owner_on(owners.get(pk, ()), found.day) in waiting])
    by_team: dict[int, list[Lacking]] = defaultdict(list)
    for pk, service in services.items():
        told = days[pk]
        lacking = Lacking(service, told, known.at_least - told.used, _nearest(told, found.capabilities))
        by_team[owner_on(owners[pk], found.day) or 0].append(lacking)
    rows = [_next(row, by_team[pk], known.share) for pk, row in waiting.items()]
    return sorted(rows, key=lambda row: (row.steps, row.services_missing, row.team.name))[:limit]


def _nearest(told: ServiceDay, known: Iterable[Capability]) -> tuple[Capability, ...]:
    lacking = [one for one in known if told.states.get(one.id) != "used" and one.used_by]
    return tuple(sorted(lacking, key=lambda one: (one.id not in told.configured, told.states.get(one.id) != "unknown")))


def _next(row: TeamRow, lacking: Sequence[Lacking], share: Fraction) -> NextTeam:
    wanted = -(-share.numerator * row.day.services.all // share.denominator)  # rounded up
    missing = max(0, wanted - row.day.services.using)
    services = tuple(sorted(lacking, key=lambda one: (one.missing, one.service.name)))
    return NextTeam(row.team, row.day, missing, sum(one.missing for one in services[:missing]), services)
