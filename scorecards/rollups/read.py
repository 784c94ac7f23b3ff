"""Rollups -> summaries. Pages and API read here; the cost of a read grows with the window, never with the history."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple, Protocol, TypeVar

from django.conf import settings
from django.db import models

from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import Period
from ingest.models import Delivery, Deployment, Incident, Service, Team
from ingest.models.catalogue import UNASSIGNED, Tier
from ingest.window import Interval, Window
from scorecards.definitions.held import Held, holidays
from scorecards.models import DayRollup, ScopeVersion, StoredSummary
from scorecards.rollups.bucket import Bucket, pooled
from scorecards.rollups.plain import from_plain, spark_of, to_plain
from scorecards.rollups.summary import Known, Metric, Summary, summarise, working_days_begun

ACTIVE_DAYS = timedelta(days=90)
Row = TypeVar("Row", bound=models.Model)
Spark = dict[Metric, list[float | None]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures: the organisation (id 0), a team or a service; of one tier, or of all where ``tier`` is empty."""

    kind: Literal["org", "team", "service"]
    id: int = 0
    tier: str = ""

    @property
    def key(self) -> str:
        return "org" if self.kind == "org" else f"{self.kind}:{self.id}"


ORGANISATION = Scope("org")


class Listed(NamedTuple):
    """A scope in a list: its figures, and each metric by week for a sparkline."""

    summary: Summary
    spark: Spark


def summary(scope: Scope, environment_class: str, window: Window, today: date) -> Summary:
    """The figures of one scope over the whole window."""
    return summaries([scope], environment_class, window, today)[scope]


def summaries(scopes: Iterable[Scope], environment_class: str, window: Window, today: date) -> dict[Scope, Summary]:
    """The figures of many scopes over the whole window."""
    return {scope: listed.summary for scope, listed in listing(scopes, environment_class, window, today).items()}


def listing(
    scopes: Iterable[Scope], environment_class: str, window: Window, today: date, held: Held | None = None
) -> dict[Scope, Listed]:
    """Many scopes with figures and sparklines: a few queries where all is stored and current.

    ``held``: the definitions, where they were read already.
    """
    found = _stored(list(scopes), environment_class, window, today, "all", held)
    return {scope: Listed(parts[0], spark) for scope, (parts, spark) in found.items()}


def series(
    scope: Scope, environment_class: str, window: Window, today: date, interval: Interval, *, bots: bool = True
) -> list[Summary]:
    """The figures of each day, week or month of the window; empty ones too. ``bots`` false leaves bots' changes out."""
    if bots:
        return _stored([scope], environment_class, window, today, interval)[scope][0]
    return Computation([scope], environment_class, window, today).split(scope, window.split(interval), bots=False)


def _stored(
    scopes: Sequence[Scope],
    environment_class: str,
    window: Window,
    today: date,
    interval: Interval,
    held: Held | None = None,
) -> dict[Scope, tuple[list[Summary], Spark]]:
    """Stored figures where they are current; the others are computed, and stored for the next reader."""
    connected = incidents_connected()
    as_of = min(today, window.end)
    by_key = {(scope.key, scope.tier): scope for scope in scopes}
    rows = _of_scopes(StoredSummary, by_key, environment_class).filter(
        interval=interval, starts_on=window.start, ends_on=window.end
    )
    versions = _versions(by_key, environment_class)
    calendar, parts_of_window = Calendar(scopes, held), window.split(interval)
    found: dict[Scope, tuple[list[Summary], Spark]] = {}
    kept = rows.filter(as_of=as_of, connected=connected).values_list("scope", "tier", "version", "figures")
    for key, tier, version, figures in kept:
        scope = by_key.get((key, tier))
        if scope is not None and version == versions.get((key, tier), 0):
            parts, spark = from_plain(figures)
            if [part.working_days for part in parts] == calendar.working_days(scope, parts_of_window, today):
                # no version tells that the setting changed
                found[scope] = parts, spark
    missing = [scope for scope in scopes if scope not in found]
    if missing:
        fresh = compute(missing, environment_class, window, today, interval, calendar.held)
        found |= fresh
        StoredSummary.objects.bulk_create(
            [
                StoredSummary(
                    scope=scope.key,
                    tier=scope.tier,
                    environment_class=environment_class,
                    interval=interval,
                    starts_on=window.start,
                    ends_on=window.end,
                    as_of=as_of,
                    connected=connected,
                    version=versions.get((scope.key, scope.tier), 0),
                    figures=to_plain(*parts),
                )
                for scope, parts in fresh.items()
                if _may_be_kept(parts)
            ],
            update_conflicts=True,
            unique_fields=["scope", "tier", "environment_class", "interval", "starts_on", "ends_on"],
            update_fields=["as_of", "connected", "version", "figures"],
        )
    return found


def _may_be_kept(parts: tuple[list[Summary], Spark]) -> bool:
    """That no source is connected changes with the first delivery, which raises no scope's version."""
    return all("no_source_connected" not in found.reasons.values() for found in parts[0])


def compute(
    scopes: Sequence[Scope],
    environment_class: str,
    window: Window,
    today: date,
    interval: Interval,
    held: Held | None = None,
) -> dict[Scope, tuple[list[Summary], Spark]]:
    """The figures from the buckets; of the whole window, with the weeks' as sparklines."""
    computation = Computation(scopes, environment_class, window, today, held=held)
    if interval != "all":
        windows = window.split(interval)
        return {scope: (computation.split(scope, windows), {}) for scope in scopes}
    weeks = window.split("week")
    return {scope: (computation.split(scope, [window]), spark_of(computation.split(scope, weeks))) for scope in scopes}


class Computation:
    """What is read once to compute the figures of some scopes within one window."""

    def __init__(
        self,
        scopes: Sequence[Scope],
        environment_class: str,
        window: Window,
        today: date,
        *,
        rollups: "Rollups | None" = None,
        held: Held | None = None,
    ) -> None:
        rollups = rollups or Stored()
        self.today = today
        self.connected = incidents_connected()
        self.sources_connected = Delivery.objects.exists() or Deployment.objects.exists()
        self.activity = Activity(scopes, environment_class, window, rollups)
        self.calendar = Calendar(scopes, held)
        wanted = {(scope.key, scope.tier): scope for scope in scopes}
        wanted |= {(scope.key, Tier.CRITICAL.value): scope for scope in scopes if scope.kind != "service"}
        self.buckets: dict[tuple[str, str], dict[date, Bucket]] = defaultdict(dict)
        for key, tier, day, data in rollups.buckets(wanted, environment_class, window):
            if (key, tier) in wanted:
                self.buckets[key, tier][day] = Bucket.unpack(data)
        self.deployed = rollups.deployed(wanted, environment_class)

    def split(self, scope: Scope, windows: Sequence[Window], *, bots: bool = True) -> list[Summary]:
        return [self.summary(scope, window, bots=bots) for window in windows]

    def summary(self, scope: Scope, window: Window, *, bots: bool = True) -> Summary:
        active = self.activity.of(scope, window)
        known = Known(
            deployments_by_service=active,
            critical=self._pooled(self._critical(scope), window),
            ever_deployed=(scope.key, scope.tier) in self.deployed,
            incidents_connected=self.connected,
            sources_connected=self.sources_connected,
            holidays=self.calendar.holidays(scope),
            working_days_by_service=self.calendar.of_services(active, window, self.today),
        )
        return summarise(self._pooled((scope.key, scope.tier), window), window, self.today, known, bots=bots)

    def _critical(self, scope: Scope) -> tuple[str, str]:
        """Where the critical services of a scope are rolled up; a service is one or is none."""
        if scope.kind != "service":
            return (scope.key, Tier.CRITICAL if scope.tier in ("", Tier.CRITICAL) else "none")
        return (scope.key, "" if scope.id in self.activity.critical else "none")

    def _pooled(self, key: tuple[str, str], window: Window) -> Bucket:
        days = self.buckets.get(key)
        if not days:
            return Bucket()
        if len(days) < window.day_count:
            return pooled(days[day] for day in sorted(days) if window.start <= day < window.end)
        return pooled(days[day] for day in window.days() if day in days)


class Rollups(Protocol):
    """Where a computation takes its buckets from: what is stored, or what is only tried."""

    def buckets(
        self, wanted: Mapping[tuple[str, str], Scope], environment_class: str, window: Window
    ) -> Iterable[tuple[str, str, date, bytes]]:
        """Scope, tier, day and packed bucket of the window's days, of these scopes and tiers, maybe of more."""

    def activity(
        self, scopes: Sequence[Scope], environment_class: str, window: Window
    ) -> Iterable[tuple[int, date, int]]:
        """Services with the days on which they deployed, and how often: of the window and the 90 days before, in order
        of the days."""

    def deployed(self, wanted: Mapping[tuple[str, str], Scope], environment_class: str) -> set[tuple[str, str]]:
        """The scopes and tiers that had a deployment, succeeded or failed, at any time."""


class Stored:
    """The rollups in the database."""

    def buckets(
        self, wanted: Mapping[tuple[str, str], Scope], environment_class: str, window: Window
    ) -> Iterable[tuple[str, str, date, bytes]]:
        rows = _of_scopes(DayRollup, wanted, environment_class).filter(day__gte=window.start, day__lt=window.end)
        for key, tier, day, data in rows.values_list("scope", "tier", "day", "bucket"):
            yield key, tier, day, bytes(data)

    def activity(
        self, scopes: Sequence[Scope], environment_class: str, window: Window
    ) -> Iterable[tuple[int, date, int]]:
        rows = DayRollup.objects.filter(
            tier="",
            environment_class=environment_class,
            day__gte=window.start - ACTIVE_DAYS,
            day__lt=window.end,
            deployments__gt=0,
        ).exclude(scope="org")
        if all(scope.kind == "service" for scope in scopes):
            rows = rows.filter(scope__in=[scope.key for scope in scopes])
        else:
            rows = rows.filter(scope__startswith="service:")
        for key, day, count in rows.order_by("day").values_list("scope", "day", "deployments"):
            yield int(key[8:]), day, count

    def deployed(self, wanted: Mapping[tuple[str, str], Scope], environment_class: str) -> set[tuple[str, str]]:
        rows = _of_scopes(ScopeVersion, wanted, environment_class)
        return {
            (key, tier) for key, tier, day in rows.values_list("scope", "tier", "first_deployed_on") if day is not None
        }


class Calendar:
    """The holidays of scopes: the setting's, or those that definitions tell."""

    def __init__(self, scopes: Iterable[Scope], held: Held | None = None) -> None:
        self.held = held or Held.load()
        self.owners: Mapping[int, list[Period]] = {}
        if self.held.holidays_differ():
            services = [scope.id for scope in scopes if scope.kind == "service"]
            every = len(services) < len(list(scopes))
            self.owners = periods_by_service(None if every else services)

    def holidays(self, scope: Scope) -> frozenset[date]:
        if scope.kind == "service":
            return self._of_service(scope.id)
        return holidays(self.held.course(scope.id if scope.kind == "team" else None), settings.HOLIDAYS)

    def working_days(self, scope: Scope, windows: Iterable[Window], today: date) -> list[int]:
        """The working days of each window that have begun."""
        own = self.holidays(scope)
        return [working_days_begun(window, today, own) for window in windows]

    def of_services(self, services: Iterable[int], window: Window, today: date) -> dict[int, int]:
        """The working days of services, where they may differ from those of who looks."""
        if not self.held.holidays_differ():
            return {}
        return {pk: working_days_begun(window, today, self._of_service(pk)) for pk in services}

    def _of_service(self, pk: int) -> frozenset[date]:
        if not self.held.holidays_differ():
            return holidays(self.held.course(None), settings.HOLIDAYS)
        return holidays(self.held.of_service(self.owners.get(pk, ())), settings.HOLIDAYS)


class Activity:
    """On which days the services of some scopes deployed, and who owned them."""

    def __init__(
        self, scopes: Sequence[Scope], environment_class: str, window: Window, rollups: "Rollups | None" = None
    ) -> None:
        services = self._services(scopes)
        self.critical = {pk for pk, (tier, _) in services.items() if tier == Tier.CRITICAL}
        self.tier_by_service = {pk: tier for pk, (tier, _) in services.items()}
        self.retired_on = {pk: retired_on for pk, (_, retired_on) in services.items()}
        self.owners: Mapping[int, list[Period]] = {}
        self.unassigned = 0
        if any(scope.kind == "team" for scope in scopes):
            self.owners = periods_by_service()
            self.unassigned = Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first() or 0
        self.services_by_team: dict[int, list[int]] = defaultdict(list)
        for pk in services:
            for team_id in {period.team_id for period in self.owners.get(pk, ())} or {self.unassigned}:
                self.services_by_team[team_id].append(pk)
        self.days: dict[int, list[date]] = defaultdict(list)
        self.counts: dict[int, list[int]] = defaultdict(list)
        for pk, day, count in (rollups or Stored()).activity(scopes, environment_class, window):
            if pk in services:
                self.days[pk].append(day)
                self.counts[pk].append(count)

    @staticmethod
    def _services(scopes: Sequence[Scope]) -> dict[int, tuple[str, date | None]]:
        rows = Service.objects.all()
        if all(scope.kind == "service" for scope in scopes):
            rows = rows.filter(pk__in=[scope.id for scope in scopes])
        return {pk: (tier, retired_on) for pk, tier, retired_on in rows.values_list("pk", "tier", "retired_on")}

    def of(self, scope: Scope, window: Window) -> dict[int, int]:
        """The scope's active services in ``window``, each with its deployments in it.

        Active: a succeeded deployment in the window or in the 90 days before it, and not retired. Whether a service
        meets the target is the service's own: a team that owned it for a part of the window is not told otherwise than
        the service's page, though the team's counts hold the deployments of that part alone.
        """
        active: dict[int, int] = {}
        for pk in self._members(scope):
            days = self.days.get(pk)
            if not days or (scope.tier and self.tier_by_service[pk] != scope.tier):
                continue
            retired_on = self.retired_on[pk]
            if retired_on is not None and retired_on < window.end:
                continue
            first = bisect_left(days, window.start - ACTIVE_DAYS)
            start, end = bisect_left(days, window.start), bisect_left(days, window.end)
            if first == end:
                continue
            if scope.kind != "team" or self._owned(pk, scope.id, window):
                active[pk] = sum(self.counts[pk][start:end])
        return active

    def _members(self, scope: Scope) -> Iterable[int]:
        if scope.kind == "org":
            return self.tier_by_service
        return [scope.id] if scope.kind == "service" else self.services_by_team.get(scope.id, ())

    def _owned(self, pk: int, team_id: int, window: Window) -> bool:
        """Whether the team owned the service on a day of the window."""
        periods = self.owners.get(pk)
        if not periods:
            return team_id == self.unassigned
        return any(
            (period.start or window.start) < window.end and (period.end or window.end) > window.start
            for period in periods
            if period.team_id == team_id
        )


def incidents_connected() -> bool:
    """Whether any source ever told of an incident."""
    return Incident.objects.exists()


def _versions(keys: Mapping[tuple[str, str], Scope], environment_class: str) -> dict[tuple[str, str], int]:
    rows = _of_scopes(ScopeVersion, keys, environment_class).values_list("scope", "tier", "version")
    return {(key, tier): version for key, tier, version in rows}


def _of_scopes(model: type[Row], keys: Iterable[tuple[str, str]], environment_class: str) -> "models.QuerySet[Row]":
    """The rows of these scopes and tiers (and maybe of other combinations of them)."""
    return model._default_manager.filter(
        scope__in={key for key, _ in keys}, tier__in={tier for _, tier in keys}, environment_class=environment_class
    )
