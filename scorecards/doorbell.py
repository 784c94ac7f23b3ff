"""Wakes a builder after facts were recorded, where there is a broker; the schedule finds the marks otherwise."""

import logging
from typing import Any

from django.conf import settings

from ingest.signals import recorded

logger = logging.getLogger(__name__)


def ring(sender: Any, **_: Any) -> None:
    from scorecards.tasks import build_rollups

    try:
        build_rollups.apply_async(retry=False, ignore_result=True)
    except Exception as error:
        logger.warning("The broker can't be reached (%s): the schedule will find what changed", error)


def connect() -> None:
    if settings.BROKER_URL:
        recorded.connect(ring, dispatch_uid="rollups")
