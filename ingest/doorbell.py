"""Wakes a worker after a delivery was stored, where there is a broker. A broker that is away is only counted."""

import logging
from typing import Any

from django.conf import settings

from ingest.signals import delivered

logger = logging.getLogger(__name__)


def ring(sender: Any, delivery_id: int, **_: Any) -> None:
    """Ask for the delivery to be worked off at once; the sweep finds it otherwise."""
    from ingest.tasks import process_delivery

    try:
        process_delivery.apply_async((delivery_id,), retry=False, ignore_result=True)
    except Exception as error:
        logger.warning("The broker can't be reached (%s): the sweep will find delivery %s", error, delivery_id)


def connect() -> None:
    if settings.BROKER_URL:
        delivered.connect(ring, dispatch_uid="doorbell")
