"""What the standard's four queries would read, by the worked example of metrics.md and at the edges."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.models import Service
from scorecards.reliability.readings import Reading, readings, rollbacks
from tests.native_events import event, ingest, worked_example

pytestmark = pytest.mark.django_db

# The service pay: d4 failed Thursday 09:00, d5 succeeded at 09:20; d3 rolled d2 back on Tuesday after 2,280 s.
THURSDAY = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def pay() -> list[int]:
    return [Service.objects.get(slug="pay").pk]


def test_it_reads_attempts_by_the_status_that_was_told():
    ingest(worked_example())
    found = readings(pay(), THURSDAY)
    assert found.frequency == Reading(2 / 3600)
    assert found.success_rate == Reading(0.5)
    assert found.failure_rate == Reading(1 / 5)  # ours is 2 / 5: d2 was rolled back
    assert found.recovery == Reading(2_280)


def test_all_services_together_are_the_organisation():
    ingest([
        *worked_example(),
        event("s1", "deployment.finished", "2026-03-05T09:10:00Z", deployment="s1", service="search", version="1",
              environment="production", status="success"),
    ])  # fmt: skip
    found = readings(None, THURSDAY)
    assert (found.frequency.value, found.success_rate.value) == (3 / 3600, 2 / 3)
    assert readings([Service.objects.get(slug="search").pk], THURSDAY).failure_rate == Reading(0.0)


def test_only_production_counts():
    ingest([event("s1", "deployment.finished", "2026-03-05T09:10:00Z", deployment="s1", service="pay", version="1",
                  environment="staging", status="success")])  # fmt: skip
    assert readings(pay(), THURSDAY).frequency == Reading(None, "no_attempt")


def test_nothing_at_all_reads_nothing_and_says_why():
    found = readings(None, THURSDAY)
    assert [reading.value for reading in found] == [None] * 4
    assert [reading.reason for reading in found] == ["no_attempt", "no_attempt", "no_rollback", "no_attempt"]


def test_no_attempt_lately_is_no_rate_of_zero():
    ingest(worked_example())
    found = readings(pay(), THURSDAY + 30 * DAY)
    assert found.frequency == Reading(0.0)  # a count: there were none
    assert found.success_rate == Reading(None, "no_attempt_in_hour")
    assert found.failure_rate == Reading(None, "no_attempt_in_week")


def test_an_hour_ends_now_and_begins_after_its_first_moment():
    ingest(worked_example())
    at = datetime(2026, 3, 5, 10, tzinfo=UTC)  # an hour after d4
    assert readings(pay(), at).frequency.value == 1 / 3600
    assert readings(pay(), at - SECOND).frequency.value == 2 / 3600
    assert readings(pay(), at - timedelta(hours=1) - SECOND).frequency.value == 0


def test_a_rollback_is_read_for_ninety_days_from_its_restoration():
    ingest(worked_example())
    restored_at = datetime(2026, 3, 3, 12, 38, tzinfo=UTC)
    [(service, found)] = rollbacks(None, restored_at + 90 * DAY - SECOND).items()
    assert (service, found.seconds, found.until) == (pay()[0], 2_280, restored_at + 90 * DAY)
    assert rollbacks(None, found.until) == {}
    assert readings(pay(), found.until).recovery == Reading(None, "no_rollback")


def test_each_service_has_its_own_mean_and_together_they_are_the_mean_of_those():
    ingest([
        *worked_example(),
        event("s1", "deployment.finished", "2026-03-04T09:00:00Z", deployment="s1", service="search", version="1",
              environment="production", status="success"),
        event("s2", "deployment.finished", "2026-03-04T09:10:00Z", deployment="s2", service="search", version="0",
              environment="production", status="success", kind="rollback", rollback_of="s1"),
    ])  # fmt: skip
    assert readings(None, THURSDAY).recovery.value == (2_280 + 600) / 2
