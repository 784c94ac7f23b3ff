"""The counters of /metrics: what they count, once, and never back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.exposed import LATE, exposed
from ingest.models import Deployment, Service
from scorecards.rollups.build import build_rollups, drop_rollups, mark_all
from tests import native_events
from tests.factories import make_source
from tests.native_events import event

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG_AFTER = datetime(2027, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def ingest(lines: list[bytes]) -> None:
    totals = native_events.ingest(lines, LONG_AFTER)
    assert totals.quarantined == 0


def deployed(name: str, at: datetime, status: str = "success", service: str = "pay", **said: object) -> bytes:
    told = {"environment": "production", "version": name, "service": service} | said
    text = at.isoformat().replace("+00:00", "Z")
    return event(f"{name} {text} {status} {said}", "deployment.finished", text, deployment=name, status=status, **told)


def counts(at: datetime, slug: str = "pay") -> tuple[int, int]:
    """What is shown: succeeded and failed."""
    own = exposed(at)[Service.objects.get(slug=slug).pk]
    return own.succeeded, own.failed


@pytest.fixture
def begun():
    """A service with a history, exposed for the first time at START."""
    ingest([deployed("old 1", START - DAY), deployed("old 2", START - HOUR, "failure")])
    exposed(START)


def test_it_counts_from_zero_and_not_what_was_before(begun):
    assert counts(START + 10 * MINUTE) == (0, 0)
    ingest([deployed("d1", START + 11 * MINUTE), deployed("d2", START + 12 * MINUTE, "failure")])
    assert counts(START + 15 * MINUTE) == (1, 1)
    ingest([deployed("d3", START + HOUR)])
    assert counts(START + 2 * HOUR) == (2, 1)
    assert counts(START + 3 * HOUR) == (2, 1)


def test_it_leaves_out_what_is_not_over_or_not_in_production(begun):
    ingest([
        deployed("d1", START + HOUR, "cancelled"),
        deployed("d2", START + HOUR, environment="staging"),
        event("s", "deployment.started", "2026-03-02T13:00:00Z", deployment="d3", service="pay",
              environment="production"),
    ])  # fmt: skip
    assert counts(START + 2 * HOUR) == (0, 0)


def test_it_counts_redeploys_and_attempts_that_metrics_leave_out(begun):
    ingest([deployed("d1", START + HOUR, version="7"), deployed("d2", START + HOUR + MINUTE, version="7")])
    assert counts(START + 2 * HOUR) == (2, 0)


def test_it_goes_by_the_status_that_was_observed_not_by_what_was_judged(begun):
    ingest([deployed("d1", START + HOUR), deployed("d2", START + 2 * HOUR, kind="rollback", rollback_of="d1")])
    assert counts(START + 3 * HOUR) == (2, 0)


def test_it_counts_one_deployment_that_two_sources_report_once(begun):
    shared = {"sha": "a" * 40, "same_as": ["run/1"]}
    ingest([deployed("d1", START + HOUR, **shared), deployed("other d1", START + HOUR, **shared)])
    assert Deployment.objects.exclude(duplicate_of=None).count() == 1
    assert counts(START + 2 * HOUR) == (1, 0)


def test_what_counters_of_a_prometheus_told_is_not_told_to_one_again(begun):
    ingest([deployed("d1", START + HOUR)])
    Deployment.objects.filter(external_id="d1").update(source=make_source("prometheus"))
    assert counts(START + 2 * HOUR) == (0, 0)


def test_a_service_that_comes_later_shows_zero_first_and_then_what_it_counted(begun):
    late = START + DAY
    ingest([deployed("n1", late - 2 * MINUTE, service="new"), deployed("n2", late - MINUTE, "failure", service="new")])
    assert counts(late, "new") == (0, 0)
    assert counts(late + 4 * MINUTE, "new") == (0, 0)
    assert counts(late + 5 * MINUTE, "new") == (1, 1)


def test_the_history_of_a_service_that_comes_later_is_not_counted(begun):
    late = START + 100 * DAY
    ingest([deployed(f"n{day}", late - day * DAY, service="new") for day in range(1, 90)])
    exposed(late)
    assert counts(late + HOUR, "new") == (LATE.days, 0)  # only what finished on the seven days before


def test_nothing_before_the_very_first_exposition_is_counted_for_a_later_service_either(begun):
    ingest([deployed("n1", START - HOUR, service="new"), deployed("n2", START + HOUR, service="new")])
    exposed(START + 2 * HOUR)
    assert counts(START + 3 * HOUR, "new") == (1, 0)


def test_it_stays_where_facts_are_taken_back_and_counts_what_comes_after(begun):
    ingest([deployed("d1", START + HOUR), deployed("d2", START + 2 * HOUR)])
    assert counts(START + 3 * HOUR) == (2, 0)
    ingest([deployed("d1", START + 3 * HOUR, "cancelled")])
    assert counts(START + 4 * HOUR) == (2, 0)
    ingest([deployed("d3", START + 4 * HOUR)])
    assert counts(START + 5 * HOUR) == (3, 0)


def test_another_status_counts_beside_the_first(begun):
    ingest([deployed("d1", START + HOUR)])
    assert counts(START + 2 * HOUR) == (1, 0)
    ingest([deployed("d1", START + 2 * HOUR, "failure")])
    assert counts(START + 3 * HOUR) == (1, 1)


def test_it_counts_nothing_twice_after_rollups_were_built_anew(begun):
    ingest([deployed(f"d{number}", START + number * MINUTE) for number in range(1, 9)])
    assert counts(START + HOUR) == (8, 0)
    drop_rollups(None)
    exposed(START + 2 * HOUR)
    mark_all()
    build_rollups()
    assert counts(START + 3 * HOUR) == (8, 0)


def test_it_goes_on_counting_while_the_days_that_are_looked_at_move_on(begun):
    total = 0
    for day in range(1, 60, 3):
        ingest([deployed(f"d{day} {number}", START + day * DAY + number * MINUTE) for number in range(day % 4)])
        total += day % 4
        assert counts(START + day * DAY + HOUR) == (total, 0)


def test_what_is_reported_within_a_week_counts_when_it_is_known(begun):
    ingest([deployed("now", START + 6 * DAY)])
    assert counts(START + 6 * DAY + HOUR) == (1, 0)
    ingest([deployed("late", START + DAY)])
    assert counts(START + 6 * DAY + 2 * HOUR) == (2, 0)


def test_a_history_that_is_read_in_later_is_not_counted(begun):
    ingest([deployed(f"then {day}", START + day * DAY) for day in range(1, 30)])
    assert counts(START + 50 * DAY) == (0, 0)
    ingest([deployed("now", START + 50 * DAY)])
    assert counts(START + 50 * DAY + HOUR) == (1, 0)


def test_it_writes_nothing_where_nothing_changed(begun):
    ingest([deployed("d1", START + HOUR)])
    exposed(START + 2 * HOUR)
    with CaptureQueriesContext(connection) as captured:
        exposed(START + 3 * HOUR)
    assert [one["sql"] for one in captured if not one["sql"].startswith("SELECT")] == []
    assert len(captured) == 3


def test_it_asks_as_often_for_many_services_as_for_one(begun):
    def asked(at: datetime) -> int:
        with CaptureQueriesContext(connection) as captured:
            exposed(at)
        return len(captured)

    ingest([deployed("d1", START + HOUR)])
    one = asked(START + 2 * HOUR)
    services = [f"s{number}" for number in range(20)]
    ingest([deployed(f"first of {slug}", START + 2 * HOUR, service=slug) for slug in services])
    exposed(START + 3 * HOUR)
    ingest([deployed(f"second of {slug}", START + 3 * HOUR, service=slug) for slug in services])
    assert asked(START + 4 * HOUR) <= one


# ---------------------------------------------------------------- the mean time of rollbacks


def rollback(at: datetime = START + 2 * HOUR) -> list[bytes]:
    """d1, rolled back by d2 after 40 minutes."""
    return [
        deployed("d0", at - DAY, version="1"),
        deployed("d1", at - 40 * MINUTE, version="2"),
        deployed("d2", at, version="1", kind="rollback", rollback_of="d1"),
    ]


def seconds(at: datetime) -> float | None:
    return exposed(at)[Service.objects.get(slug="pay").pk].rollback_seconds


def test_it_tells_how_long_a_rollback_took(begun):
    assert seconds(START) is None
    ingest(rollback())
    assert seconds(START + 3 * HOUR) == 2_400


def test_a_failed_attempt_that_the_next_deployment_restored_is_no_rollback(begun):
    ingest([deployed("d1", START + HOUR, "failure"), deployed("d2", START + 2 * HOUR)])
    assert seconds(START + 3 * HOUR) is None


def test_a_rollback_counts_for_ninety_days_though_no_fact_changes(begun):
    ingest(rollback())
    assert seconds(START + 2 * HOUR + 90 * DAY - MINUTE) == 2_400
    assert seconds(START + 2 * HOUR + 90 * DAY) is None


def test_several_are_a_mean(begun):
    ingest(rollback())
    ingest([
        deployed("e1", START + 5 * HOUR, version="3"),
        deployed("e2", START + 5 * HOUR + 20 * MINUTE, version="1", kind="rollback", rollback_of="e1"),
    ])  # fmt: skip
    assert seconds(START + 6 * HOUR) == (2_400 + 1_200) / 2
