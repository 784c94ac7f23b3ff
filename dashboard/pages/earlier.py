"""Where to look where a period holds no deployment: what was read in may lie in the past."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.conf import settings

from dashboard.filters import EARLIEST, Filters
from dashboard.pages import drill
from dashboard.pages.drill import Subject
from ingest.window import DAY

SPAN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The day of the latest deployment before a period, and the choices that show the 90 days up to it."""

    day: date
    query: str


def latest_before(subject: Subject, filters: Filters, **kept: str) -> Earlier | None:
    """Of a scope, with the same filters and what is ``kept``; ``None`` where it never deployed before. One query."""
    if filters.window.start <= EARLIEST:
        return None
    past = replace(filters, window=replace(filters.window, start=EARLIEST, end=filters.window.start))
    found = drill.deployments(subject, past).order_by("-finished_at")
    at = found.values_list("finished_at", flat=True).first()
    if at is None:
        return None
    day = at.astimezone(settings.ORGANISATION_ZONE).date()
    days = {"from": (day + DAY - SPAN).isoformat(), "to": (day + DAY).isoformat()}
    return Earlier(day, filters.query(period="", **days, **kept))
