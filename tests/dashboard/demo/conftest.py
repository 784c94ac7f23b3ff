"""One year of the demo organisation, made once for all tests that look at it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.demo.organisation import events

NOW = datetime(2026, 6, 17, 16, 30, 12, 345678, tzinfo=UTC)  # a Wednesday afternoon

Events = list[dict[str, Any]]


@pytest.fixture(scope="session")
def year() -> Events:
    return list(events(1, NOW))


@pytest.fixture(scope="session")
def deployments(year: Events) -> Events:
    """Production deployments by their last event, in order of time."""
    last = {event["deployment"]: event for event in year if event.get("environment") == "production" and _told(event)}
    return list(last.values())


@pytest.fixture(scope="session")
def incidents(year: Events) -> dict[str, Events]:
    """What was told of each incident."""
    found: dict[str, Events] = {}
    for event in year:
        if event["type"].startswith("incident."):
            found.setdefault(event["incident"], []).append(event)
    return found


def _told(event: dict[str, Any]) -> bool:
    return event["type"].startswith("deployment.")
