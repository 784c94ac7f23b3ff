"""Capability by team, and which teams are nearest to using the platform."""

from collections import defaultdict
from collections.abc import Iterable
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
    days = states_on(found.day, states=("not", "possibly"))
    owners = periods_by_service(days)
    by_team: dict[int, list[int]] = defaultdict(list)
    for pk in days:
        team = owner_on(owners.get(pk, ()), found.day)
        if team in waiting:
            by_team[team].append(pk)
    wanted = {pk: _wanted(row, known.share) for pk, row in waiting.items()}
    missing = {pk: sorted(known.at_least - days[one].used for one in by_team[pk])[: wanted[pk]] for pk in waiting}
    ordered = sorted(waiting, key=lambda pk: (sum(missing[pk]), wanted[pk], waiting[pk].team.name))[:limit]
    services = Service.objects.in_bulk([one for pk in ordered for one in by_team[pk]])
    return [
        NextTeam(
            waiting[pk].team,
            waiting[pk].day,
            wanted[pk],
            sum(missing[pk]),
            tuple(_lacking(((services[one], days[one]) for one in by_team[pk]), known.at_least, found.capabilities)),
        )
        for pk in ordered
    ]


def _wanted(row: TeamRow, share: Fraction) -> int:
    """So many more services must come onto the platform."""
    wanted = -(-share.numerator * row.day.services.all // share.denominator)  # rounded up
    return max(0, wanted - row.day.services.using)


def _lacking(
    services: Iterable[tuple[Service, ServiceDay]], at_least: int, known: Iterable[Capability]
) -> list[Lacking]:
    """The services, the nearest first."""
    found = [Lacking(one, told, at_least - told.used, _nearest(told, known)) for one, told in services]
    return sorted(found, key=lambda one: (one.missing, one.service.name))


def _nearest(told: ServiceDay, known: Iterable[Capability]) -> tuple[Capability, ...]:
    lacking = [one for one in known if told.states.get(one.id) != "used" and one.used_by]
    return tuple(sorted(lacking, key=lambda one: (one.id not in told.configured, told.states.get(one.id) != "unknown")))
