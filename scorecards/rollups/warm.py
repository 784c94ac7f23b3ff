"""Recomputes stored summaries that changed rollups made stale, so that the next reader need not."""

from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

from ingest.models import Team
from ingest.window import Window
from scorecards.models import StoredSummary
from scorecards.rollups.read import ORGANISATION, Scope, listing

DEFAULT_DAYS = 90
KEPT_DAYS = 2


def warm_summaries(today: date | None = None) -> None:
    """Bring up to date what the overview shows by default: organisation and teams, 90 days and the 90 before."""
    day = today or timezone.localdate(timezone=settings.ORGANISATION_ZONE)
    window = Window.last(DEFAULT_DAYS, day, settings.ORGANISATION_ZONE)
    scopes = [ORGANISATION, *(Scope("team", pk) for pk in Team.objects.values_list("pk", flat=True))]
    for shown in (window, window.before()):
        listing(scopes, "production", shown, day)
    StoredSummary.objects.filter(as_of__lt=day - timedelta(days=KEPT_DAYS)).delete()
