"""Counters and events on the data page: services that both tell of, and by how much they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import HttpRequest

from dashboard import access, formats
from dashboard.pages.figures import Status
from ingest.models import Service
from ingest.window import DAY, Window
from scorecards.reliability.counted import Compared, compared

DAYS = 28
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Row:
    """``span``: the days of which both tell. ``difference``: of counters against events, in words."""

    service: Service
    told: Compared
    span: str
    status: Status
    difference: str


@dataclass(frozen=True, slots=True)
class Counters:
    """``more``: rows beyond those shown; ``agreeing``: of all of them."""

    rows: Sequence[Row]
    more: int
    agreeing: int


def state(request: HttpRequest, today: date) -> Counters:
    """Of the last 28 days; the largest difference first."""
    window = Window.last(DAYS, today, settings.ORGANISATION_ZONE)
    found = compared(None, window, today)
    services = access.visible_services(request.user).in_bulk({one.service_id for one in found})
    seen = [one for one in found if one.service_id in services]
    rows = [_row(one, services[one.service_id]) for one in seen[:SHOWN]]
    return Counters(rows, len(seen) - len(rows), sum(one.agree for one in seen))


def _row(one: Compared, service: Service) -> Row:
    last = one.end - DAY
    span = f"{one.start:%-d %b} to {last:%-d %b}" if last > one.start else f"{one.start:%-d %b}"
    status = Status("good", "agree") if one.agree else Status("warn", "differ")
    return Row(service, one, span, status, _difference(one))


def _difference(one: Compared) -> str:
    """Such as ``2 more by counters``."""
    if one.agree:
        return ""
    if one.difference == 0:
        return "as many, and another number failed"
    side = "counters" if one.difference > 0 else "events"
    return f"{formats.number(abs(one.difference))} more by {side}"
