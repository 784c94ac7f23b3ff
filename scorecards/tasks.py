"""Background work on figures and scans. Each task is safe to run twice."""

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from ingest.catalogue import owners
from scorecards import reliability
from scorecards.adoption import build as adoption
from scorecards.campaigns import keeping as campaigns
from scorecards.outcome import groups as outcomes
from scorecards.rollups import build
from scorecards.scans import schedule
from scorecards.scans.sources import source_in_settings
from scorecards.what_if import jobs

logger = logging.getLogger(__name__)


@shared_task
def build_rollups() -> int:
    """Recompute what is marked."""
    return build.build_rollups()


@shared_task
def recheck() -> int:
    """Recompute what changes by the clock alone: incidents that became overdue, owners as of a day to come."""
    owners.settle()
    return build.mark_overdue(timezone.now()) and build.build_rollups()


@shared_task
def build_adoption() -> int:
    """Compute the days of adoption that changed."""
    return adoption.build(timezone.now())


@shared_task
def keep_adoption() -> int:
    """Gather what an hour may have brought as evidence, and compute what follows."""
    return adoption.keep(timezone.now())


@shared_task
def warm_outcomes() -> None:
    """Compute the figures of services that comparisons read."""
    outcomes.warm(timezone.now())


@shared_task
def keep_campaigns() -> int:
    """Keep how far campaigns are, and end what is reached or over."""
    return campaigns.keep(timezone.now())


@shared_task
def try_definitions() -> None:
    """Compute what definitions that somebody asked about would change."""
    jobs.forget(timezone.now())
    while jobs.run_next(timezone.now()):
        pass


@shared_task
def keep_reliability() -> None:
    """Work out how objectives stand, the error budgets of services, and what the policy asks for."""
    reliability.keep(timezone.now())


@shared_task
def keep_scans() -> None:
    """Ask for scans that the clock or the conditions call for, and judge anew what time alone changes."""
    schedule.keep(timezone.now())


@shared_task
def scan_next() -> None:
    """Scan the repository that is next, then ask for the one after it, so that other work gets its turn."""
    source = source_in_settings()
    if source is not None and schedule.scan_next(source, timezone.now(), at_once=settings.SCANS_AT_ONCE):
        try:
            scan_next.apply_async(retry=False, ignore_result=True)
        except Exception as error:
            logger.warning("The broker can't be reached (%s): the schedule asks for the next scan", error)
