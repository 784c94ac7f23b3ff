"""Scopes read for a page: each with its figures now and in the period before, and its sparklines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone

from dashboard.filters import Filters
from ingest.window import Window
from scorecards.definitions.held import Held
from scorecards.rollups import read
from scorecards.rollups.plain import spark_of
from scorecards.rollups.read import Listed, Scope, Spark
from scorecards.rollups.summary import Summary


@dataclass(frozen=True, slots=True)
class Periods:
    """What one scope came to: in the period, in the one before, and each metric by week of the period."""

    now: Summary
    before: Summary
    spark: Spark


def org_scope(filters: Filters) -> Scope:
    return Scope("org", 0, filters.tier)


def team_scope(team_id: int, filters: Filters) -> Scope:
    return Scope("team", team_id, filters.tier)


def service_scope(service_id: int) -> Scope:
    return Scope("service", service_id)


def periods_of(scopes: Sequence[Scope], filters: Filters) -> Mapping[Scope, Periods]:
    """The figures of every scope, in as many queries whatever their number."""
    held = Held.load()
    now = _listing(scopes, filters, filters.window, held)
    before = _listing(scopes, filters, filters.window.before(), held)
    return {scope: Periods(now[scope].summary, before[scope].summary, now[scope].spark) for scope in scopes}


def weeks_of(scope: Scope, filters: Filters) -> list[Summary]:
    """One scope week by week, for charts."""
    return read.series(scope, filters.environment_class, filters.window, today(), "week", bots=filters.bots)


def summary_of(scope: Scope, filters: Filters) -> Summary:
    """One scope over the period."""
    [found] = read.series(scope, filters.environment_class, filters.window, today(), "all", bots=filters.bots)
    return found


def _listing(scopes: Sequence[Scope], filters: Filters, window: Window, held: Held) -> Mapping[Scope, Listed]:
    """Stored figures; without bots, which few ask for, they are computed each time."""
    if filters.bots:
        return read.listing(scopes, filters.environment_class, window, today(), held)
    found = read.Computation(scopes, filters.environment_class, window, today(), held=held)
    weeks = window.split("week")
    return {
        scope: Listed(found.summary(scope, window, bots=False), spark_of(found.split(scope, weeks, bots=False)))
        for scope in scopes
    }


def today() -> date:
    """Today in the organisation's zone."""
    return timezone.localdate(timezone=settings.ORGANISATION_ZONE)
