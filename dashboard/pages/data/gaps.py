"""What stopped: services that deployed regularly and no longer do, and deliveries that a sender says it sent."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Max, QuerySet
from django.http import HttpRequest

from dashboard import access
from ingest.inbox.silence import DAYS_BEFORE, SHORTEST_STOP, stopped
from ingest.models import Service, SourceGap
from scorecards.models import DayRollup

LOOKED_BACK = timedelta(days=365)
SHOWN = 50
PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A service in use that deployed regularly to production. ``edits``: the reader may retire it."""

    service: Service
    last_on: date
    silent_days: int
    before: int
    edits: bool


def stopped_services(request: HttpRequest, today: date) -> Sequence[Stopped]:
    """The longest silent first, told by days, so that rollups are read. One that has been silent for over a year is not
    looked for."""
    services = access.visible_services(request.user).filter(retired_on=None)
    silent = _silent(today)
    days = _days(silent)
    found = []
    for service in services.filter(pk__in=silent):
        own = days[service.pk]
        gap = stopped(own, _noon(today))
        if gap is not None:
            found.append((gap, service, own[-1].date(), len(own)))
    found.sort(key=lambda row: (-row[0], row[1].name))
    return [
        Stopped(service, last_on, gap.days, count, access.may_edit_catalogue(request.user, service))
        for gap, service, last_on, count in found[:SHOWN]
    ]


def _deployed() -> QuerySet[DayRollup]:
    return DayRollup.objects.filter(
        scope__startswith="service:", tier="", environment_class=PRODUCTION, deployments__gt=0
    )


def _silent(today: date) -> dict[int, date]:
    """Services with a last deployment longer ago than the shortest stop, within the last year."""
    rows = _deployed().filter(day__gt=today - LOOKED_BACK).values("scope").annotate(last=Max("day"))
    return {int(row["scope"][8:]): row["last"] for row in rows if today - row["last"] > SHORTEST_STOP}


def _days(last_on: dict[int, date]) -> dict[int, list[datetime]]:
    """A moment for each deployment of the 90 days up to the last."""
    found: dict[int, list[datetime]] = defaultdict(list)
    if not last_on:
        return found
    first = min(last_on.values()) - timedelta(days=DAYS_BEFORE)
    rows = _deployed().filter(scope__in=[f"service:{pk}" for pk in last_on], day__gt=first).order_by("day")
    for scope, day, count in rows.values_list("scope", "day", "deployments"):
        pk = int(scope[8:])
        if day > last_on[pk] - timedelta(days=DAYS_BEFORE):
            found[pk] += [_noon(day)] * count
    return found


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def source_gaps(limit: int = SHOWN) -> Sequence[SourceGap]:
    """The newest first."""
    return list(SourceGap.objects.select_related("source").order_by("-from_at", "-pk")[:limit])
