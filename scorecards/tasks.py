"""Background work on figures. Each task is safe to run twice."""

from celery import shared_task
from django.utils import timezone

from scorecards.rollups import build


@shared_task
def build_rollups() -> int:
    """Recompute what is marked."""
    return build.build_rollups()


@shared_task
def recheck() -> int:
    """Recompute what changes by the clock alone: incidents that became overdue."""
    return build.mark_overdue(timezone.now()) and build.build_rollups()
