"""Why a figure is null, and what it leaves out."""

from datetime import UTC, date, datetime

import pytest

from ingest.window import Window
from scorecards.rollups.read import ORGANISATION, summary
from tests.native_events import event, ingest

pytestmark = pytest.mark.django_db

WEEK = Window(date(2026, 3, 2), date(2026, 3, 9))
NOON = "2026-03-03T12:00:00Z"


def opened(severity: str, **said: object) -> bytes:
    return event(
        f"{severity} opened", "incident.opened", NOON, service="pay", incident=severity, severity=severity, **said
    )


def acknowledged(severity: str, at: str) -> bytes:
    return event(f"{severity} seen", "incident.acknowledged", at, service="pay", incident=severity)


def read():
    return summary(ORGANISATION, "production", WEEK, date(2026, 3, 20))


def test_it_does_not_say_that_there_was_no_incident_where_none_was_acknowledged():
    ingest([opened("sev1")])
    found = read()
    assert found.response.within_limit == 0
    assert found.reasons["response.mean_time_to_acknowledge"] == found.reasons["response"] == "nothing_acknowledged"


def test_it_does_not_say_that_there_was_no_incident_where_none_has_a_limit():
    ingest([opened("sev4"), acknowledged("sev4", "2026-03-03T13:00:00Z")])
    found = read()
    assert found.response.mean_time_to_acknowledge == 3600
    assert found.reasons["response.within_limit"] == "no_limit_to_judge"


def test_it_counts_a_failed_deployment_of_an_open_incident_as_not_restored():
    said = {"service": "pay", "environment": "production", "deployment": "d1", "status": "success", "version": "1"}
    ingest([event("d1", "deployment.finished", NOON, **said), opened("sev1", caused_by="d1")])
    found = read()
    left = {one.reason: one.count for one in found.left_out["failed_deployment_recovery_time"]}
    assert (found.failed_deployments, left) == (1, {"still_failed": 1})
    resolved = datetime(2026, 3, 3, 13, tzinfo=UTC).isoformat()
    ingest([event("over", "incident.resolved", resolved, service="pay", incident="sev1")])
    assert (read().left_out["failed_deployment_recovery_time"], read().recovered_count) == ((), 1)
