"""(pure) What was read of a counter of deployments: by how much each series grew, and when.

We write these bodies ourselves (``ingest.prometheus.deployments``); a replay reads them again.
"""

from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.observation import DeploymentSeen

STATUSES = ("succeeded", "failed")
MAX_COUNT = 10_000  # deployments that one increase may stand for
MAX_NAME = 200


def parse(payload: Any, received_at: datetime, key: str) -> list[DeploymentSeen]:
    """One deployment for each that was counted, all of an increase at its moment. Raises ``MalformedPayload``."""
    if not isinstance(payload, dict):
        raise MalformedPayload("The body is no object.", "bad_field")
    fields = Fields(payload, tolerated(received_at))
    environment = fields.text("environment", MAX_NAME)
    return [seen for one in fields.children("increases") for seen in _deployments(one, environment, key)]


def _deployments(one: Fields, environment: str, key: str) -> list[DeploymentSeen]:
    at = one.maybe_milliseconds("at")
    if at is None:
        one.refuse("at", "whole milliseconds since 1970", "bad_time")
    status = one.text("status")
    if status not in STATUSES:
        one.refuse("status", "succeeded or failed")
    where = one.maybe_text("environment", MAX_NAME) or environment
    service, series, moment = one.text("service", MAX_NAME), one.text("series", 64), one.number("at")
    return [
        DeploymentSeen(at, key, f"{series}/{moment}/{place}", service, None, where, None, {"terminal": status})
        for place in range(one.number("count", MAX_COUNT + 1))
    ]
