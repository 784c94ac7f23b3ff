"""Scopes read for a page: each with its figures now and in the period before, and its sparklines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone

from dashboard.filters import Filters
from scorecards.rollups import read
from scorecards.rollups.read import Scope, Spark
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
    on, environment = today(), filters.environment_class
    now = read.listing(scopes, environment, filters.window, on)
    before = read.summaries(scopes, environment, filters.window.before(), on)
    return {scope: Periods(now[scope].summary, before[scope], now[scope].spark) for scope in scopes}


def weeks_of(scope: Scope, filters: Filters) -> list[Summary]:
    """One scope week by week, for charts."""
    return read.series(scope, filters.environment_class, filters.window, today(), "week")


def today() -> date:
    """Today in the organisation's zone."""
    return timezone.localdate(timezone=settings.ORGANISATION_ZONE)
