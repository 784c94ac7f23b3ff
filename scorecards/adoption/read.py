"""Adoption by day, as pages and the API tell it, from the rows of days.

``course``, ``team_course`` and ``service_course`` tell figures over days; ``states_on``, ``users_of``, ``changes_of``
which services use what, for whoever compares them. Capability by team, and who is next: ``scorecards.adoption.teams``.
One service's capabilities with their evidence: ``scorecards.adoption.standing``.

Shares are intervals, from what is proven to what is possible; ``None`` with a ``reason`` where there is nobody.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from ingest.models import Service, Team
from scorecards.models import AdoptionDay

TARGET = 0.9  # the standard's: over 90 % of teams
# Why there is no share.
NOBODY = "no_active_service"
UNOWNED = "no_team_with_active_service"
INACTIVE = "not_active"
NO_TEAM = "owned_by_nobody"  # of the services of no team

State = Literal["used", "not", "unknown", "inactive"]


@dataclass(frozen=True, slots=True)
class Share:
    """``using`` of ``all``, and how many more possibly are, since of them something could not be looked at."""

    using: int = 0
    possible: int = 0
    all: int = 0

    @property
    def share(self) -> float | None:
        return self.using / self.all if self.all else None

    @property
    def possible_share(self) -> float | None:
        return self.possible / self.all if self.all else None


@dataclass(frozen=True, slots=True)
class Funnel:
    """Of one capability: ``eligible`` active services, of them configured, used, and used for months; each within the
    one before. ``unknown``: not used, and not all could be looked at."""

    eligible: int = 0
    configured: int = 0
    used: int = 0
    retained: int = 0
    unknown: int = 0

    @property
    def share(self) -> float | None:
        return self.used / self.eligible if self.eligible else None

    @property
    def possible_share(self) -> float | None:
        return (self.used + self.unknown) / self.eligible if self.eligible else None


@dataclass(frozen=True, slots=True)
class ScopeDay:
    """The organisation or a team on a day. ``services``: active ones on the platform; ``deployments``: those of the
    last 28 days, of services on it. ``capabilities``: by id."""

    day: date
    services: Share = Share()
    deployments: Share = Share()
    capabilities: Mapping[str, Funnel] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why there is no share; empty where there is one."""
        return "" if self.services.all else NOBODY


@dataclass(frozen=True, slots=True)
class OrganisationDay(ScopeDay):
    """``teams``: those that use the platform, of those with an active service; ``teams_partly``: some services do."""

    teams: Share = Share()
    teams_partly: int = 0

    @property
    def reason(self) -> str:
        return "" if self.teams.all else UNOWNED if self.services.all else NOBODY

    @property
    def meets(self) -> bool | None:
        """Whether over 90 % of the teams use it; ``None``: not known, or nobody is there."""
        share, possible = self.teams.share, self.teams.possible_share
        if share is None or possible is None:
            return None
        return True if share > TARGET else None if possible > TARGET else False


@dataclass(frozen=True, slots=True)
class TeamDay(ScopeDay):
    """``state``: ``uses``, ``partly``, ``not``; empty without an active service. ``possible``: it may use it."""

    state: str = ""
    possible: bool = False


@dataclass(frozen=True, slots=True)
class ServiceDay:
    """``state``: ``uses``, ``possibly``, ``not``, or ``inactive``: no production deployment in the last 90 days, or
    retired. ``states``: of each capability, by id; empty where inactive."""

    day: date
    state: str = "inactive"
    states: Mapping[str, State] = field(default_factory=dict)
    configured: frozenset[str] = frozenset()
    retained: frozenset[str] = frozenset()

    @property
    def is_active(self) -> bool:
        return self.state != "inactive"

    @property
    def used(self) -> int:
        return sum(state == "used" for state in self.states.values())

    @property
    def unknown(self) -> int:
        return sum(state == "unknown" for state in self.states.values())


# ---------------------------------------------------------------- over days


def last_day() -> date | None:
    """The newest day that was computed."""
    return AdoptionDay.objects.filter(service=None, team=None).order_by("-day").values_list("day", flat=True).first()


def first_day() -> date | None:
    """The first day with an active service."""
    return AdoptionDay.objects.filter(service=None, team=None).order_by("day").values_list("day", flat=True).first()


def told(days: Sequence[date]) -> list[date]:
    """Those of the days of which something can be told: none after the newest that was computed. Where nobody ever
    deployed to production there is nothing to compute, and all are told."""
    newest = last_day()
    return [day for day in days if newest is None or day <= newest]


def course(days: Sequence[date]) -> list[OrganisationDay]:
    """The organisation on each of these days; before its first deployment it has no active service."""
    rows = _by_day(AdoptionDay.objects.filter(service=None, team=None), days)
    return [_organisation(day, rows.get(day, {})) for day in days]


def teams_course(days: Sequence[date]) -> list[tuple[date, Share]]:
    """On each of these days, the teams that use the platform: what ``course`` tells of them, for long courses."""
    names = ("day", "figures__teams_using", "figures__teams_possible", "figures__teams")
    rows = AdoptionDay.objects.filter(service=None, team=None)
    told = {day: Share(*counts) for day, *counts in rows.filter(day__in=days).values_list(*names)}
    return [(day, told.get(day, Share())) for day in days]


def team_course(team: Team | int, days: Sequence[date]) -> list[TeamDay]:
    rows = _by_day(AdoptionDay.objects.filter(team=team), days)
    return [team_day(day, rows.get(day, {})) for day in days]


def service_course(service: Service | int, days: Sequence[date]) -> list[ServiceDay]:
    """The service on each of these days. A row holds until the next."""
    if not days:
        return []
    rows = list(
        AdoptionDay.objects.filter(service=service, day__lte=max(days)).order_by("day").values_list("day", "figures")
    )
    found = {}
    at, held = 0, {}
    for day in sorted(days):
        while at < len(rows) and rows[at][0] <= day:
            held = rows[at][1]
            at += 1
        found[day] = _service(day, held)
    return [found[day] for day in days]


def _by_day(rows: QuerySet[AdoptionDay], days: Sequence[date]) -> dict[date, dict[str, Any]]:
    if not days:
        return {}
    return dict(rows.filter(day__gte=min(days), day__lte=max(days)).values_list("day", "figures"))


def _organisation(day: date, told: Mapping[str, Any]) -> OrganisationDay:
    teams = Share(told.get("teams_using", 0), told.get("teams_possible", 0), told.get("teams", 0))
    return OrganisationDay(day, *_parts(told), teams=teams, teams_partly=told.get("teams_partly", 0))


def team_day(day: date, told: Mapping[str, Any]) -> TeamDay:
    """A team's day from its figures as they are kept."""
    return TeamDay(day, *_parts(told), state=told.get("state", ""), possible=told.get("possible", False))


def _parts(told: Mapping[str, Any]) -> tuple[Share, Share, dict[str, Funnel]]:
    services = Share(told.get("services_using", 0), told.get("services_possible", 0), told.get("services", 0))
    deployments = Share(
        told.get("deployments_using", 0), told.get("deployments_possible", 0), told.get("deployments", 0)
    )
    funnels = {name: Funnel(services.all, **counts) for name, counts in told.get("capabilities", {}).items()}
    return services, deployments, funnels


def _service(day: date, told: Mapping[str, Any]) -> ServiceDay:
    return ServiceDay(
        day,
        told.get("state", "inactive"),
        told.get("states", {}),
        frozenset(told.get("configured", ())),
        frozenset(told.get("retained", ())),
    )


# ---------------------------------------------------------------- for whoever compares


def states_on(
    day: date, services: Collection[int] | None = None, *, states: Collection[str] = ()
) -> dict[int, ServiceDay]:
    """Each service that was ever active up to a day, on that day, by its id; of ``states``, those in one. One query."""
    newest = AdoptionDay.objects.filter(service=OuterRef("pk"), day__lte=day).order_by("-day").values("pk")[:1]
    known = Service.objects.all() if services is None else Service.objects.filter(pk__in=list(services))
    ids = known.annotate(newest=Subquery(newest)).filter(newest__isnull=False).values("newest")
    rows = AdoptionDay.objects.filter(pk__in=ids)
    if states:
        rows = rows.filter(figures__state__in=list(states))
    return {pk: _service(day, figures) for pk, figures in rows.values_list("service_id", "figures") if pk is not None}


def users_of(capability: str, day: date, services: Collection[int] | None = None) -> dict[int, State]:
    """Of each active service, whether it uses a capability on a day: ``used``, ``not``, ``unknown``."""
    return {
        pk: told.states.get(capability, "unknown") for pk, told in states_on(day, services).items() if told.is_active
    }


class Change(NamedTuple):
    """The state of a capability in a service changed on a day."""

    service_id: int
    day: date
    before: State
    after: State


def changes_of(capability: str, since: date, until: date) -> list[Change]:
    """When the state of a capability changed in active services, on the days ``[since, until)``, in order of the days.

    A service that only became active, or ceased to be, changed nothing."""
    rows = AdoptionDay.objects.filter(service__isnull=False, day__lt=until).order_by("service", "day")
    found: list[Change] = []
    before: tuple[int | None, State | None] = (None, None)
    for pk, day, figures in rows.values_list("service_id", "day", "figures"):
        state = figures.get("states", {}).get(capability)
        held = before[1] if before[0] == pk else None
        if day >= since and held and state and held != state and pk is not None:
            found.append(Change(pk, day, held, state))
        before = (pk, state)
    return sorted(found, key=lambda change: (change.day, change.service_id))
