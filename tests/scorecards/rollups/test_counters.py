"""Figures of services that counters tell of, counted by hand.

Service `cart`, production, UTC, the week from Monday 2026-03-02:

| Counted | at        | status    |
|---------|-----------|-----------|
| c1      | Mon 10:00 | succeeded |
| c2      | Tue 12:00 | failed    |
| c3      | Tue 12:30 | succeeded |
| c4      | Thu 09:00 | failed    |
| c5      | Thu 09:10 | succeeded |
| c6      | Fri 16:00 | succeeded |

Events of a pipeline, where there are any: e1 Thu 09:05 of version 7, e2 Thu 18:00 of version 7 again, e3 Sat 08:00 of
version 8. A gauge tells of rollbacks: 300 s at Tue 12:31, 240 s at Thu 09:11, 60 s at Fri 10:00.
"""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ingest.catalogue.manage import merge_services
from ingest.models import ChangedService, Deployment, Service, Signal, SignalSample
from ingest.window import Window
from scorecards.models import JudgedDeployment, JudgedRollback
from scorecards.rollups.build import build_rollups
from scorecards.rollups.read import Scope, summary
from scorecards.rollups.summary import Left, Summary
from tests.factories import (
    NOON,
    make_deployment,
    make_environment,
    make_incident,
    make_pull_request,
    make_repository,
    make_service,
)
from tests.ingest.prometheus.world import server_at

pytestmark = pytest.mark.django_db

WEEK = Window(date(2026, 3, 2), date(2026, 3, 9))
TODAY = date(2026, 3, 20)
MONDAY = NOON.replace(hour=0)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


COUNTED = (
    (at(0, 10), "succeeded"),
    (at(1, 12), "failed"),
    (at(1, 12, 30), "succeeded"),
    (at(3, 9), "failed"),
    (at(3, 9, 10), "succeeded"),
    (at(4, 16), "succeeded"),
)
EVENTS = ((at(3, 9, 5), "7"), (at(3, 18), "7"), (at(5, 8), "8"))
ROLLBACKS = ((at(1, 12, 31), 300.0), (at(3, 9, 11), 240.0), (at(4, 10), 60.0))


@pytest.fixture
def cart() -> Service:
    return make_service("cart", tier="critical")


@pytest.fixture
def server():
    return server_at("http://127.0.0.1:9")


def count(service: Service, server: Any, **fields: Any) -> list[Deployment]:
    said = {"source": server.source, "version": "", "started_at": None} | fields
    return [make_deployment(service, moment, status=status, **said) for moment, status in COUNTED]


def tell_rollbacks(service: Service, server: Any) -> None:
    signal = Signal.objects.create(server=server, kind="rollback_duration", name="rollbacks", query="x")
    for moment, seconds in ROLLBACKS:
        SignalSample.objects.create(
            signal=signal, service=service, environment="production", series="x", value=seconds, at=moment
        )


def deploy(service: Service) -> list[Deployment]:
    return [make_deployment(service, moment, version=version) for moment, version in EVENTS]


def figures(service: Service) -> Summary:
    ChangedService.objects.create(service=service)
    build_rollups()
    return summary(Scope("service", service.pk), "production", WEEK, TODAY)


def left_out(found: Summary, metric: str) -> dict[str, int]:
    return {left.reason: left.count for left in found.left_out[metric]}


def test_a_service_known_by_counters_alone_has_frequency_failures_and_recovery(cart, server):
    count(cart, server)
    found = figures(cart)
    assert (found.deployments, found.deployments_per_day) == (4, 4 / 7)
    assert (found.finished_deployments, found.failed_deployments) == (6, 2)
    assert found.change_failure_rate == pytest.approx(1 / 3)
    assert found.failed_by == {"status_failed": 2}
    assert (found.mttr, found.restored_count, found.critical_mttr) == ((1800 + 600) / 2, 2, 1200)
    assert found.failed_deployment_recovery_time == 1200
    assert found.rework_rate == 0
    assert found.targets["deployment_frequency"] == "missed"


def test_counted_deployments_bring_nothing_which_is_told_apart_from_a_lack_of_mapping(cart, server):
    count(cart, server)
    found = figures(cart)
    assert (found.lead_time, found.reasons["lead_time"]) == (None, "only_counters")
    assert found.coverage["lead_time"] == 0
    assert found.left_out["lead_time"] == (Left("counter_alone", 4),)
    assert set(JudgedDeployment.objects.filter(status="succeeded").values_list("content", flat=True)) == {"counter"}
    assert not JudgedDeployment.objects.filter(redeploy=True).exists()


def test_durations_of_rollbacks_stand_for_what_had_failed(cart, server):
    count(cart, server)
    tell_rollbacks(cart, server)
    found = figures(cart)
    assert (found.mttr, found.restored_count) == ((300 + 240 + 60) / 3, 3)
    assert found.failed_deployment_recovery_time == 1200
    assert JudgedRollback.objects.count() == 3
    assert set(JudgedDeployment.objects.values_list("replaced", flat=True)) == {True}


def test_an_incident_counts_beside_them_and_fails_what_it_is_linked_to(cart, server):
    count(cart, server)
    tell_rollbacks(cart, server)
    make_incident(cart, at(4, 16, 5), resolved_at=at(4, 16, 25))
    found = figures(cart)
    assert found.change_failure_rate == 3 / 6
    assert (found.mttr, found.restored_count) == ((300 + 240 + 60 + 1200) / 4, 4)


def test_from_the_first_event_on_events_alone_count(cart, server):
    count(cart, server)
    deploy(cart)
    found = figures(cart)
    assert (found.deployments, found.finished_deployments, found.failed_deployments) == (4, 6, 2)
    assert left_out(found, "deployment_frequency") == {"failed_attempt": 2, "redeploy": 1, "counted_besides": 2}
    assert left_out(found, "change_failure_rate") == {"redeploy": 1, "counted_besides": 2}
    assert (found.mttr, found.restored_count) == ((1800 + 300) / 2, 2)


def test_durations_count_up_to_the_first_event_too(cart, server):
    count(cart, server)
    tell_rollbacks(cart, server)
    deploy(cart)
    found = figures(cart)
    assert (found.mttr, found.restored_count, found.open_count) == (300, 1, 0)


def test_a_service_known_by_events_keeps_to_them(cart, server):
    deploy(cart)
    before = figures(cart)
    tell_rollbacks(cart, server)
    assert figures(cart) == before
    count(cart, server, environment=make_environment("staging", "staging"))
    assert figures(cart) == before


def test_an_event_that_comes_late_moves_the_border_back(cart, server):
    count(cart, server)
    deploy(cart)
    figures(cart)
    late = make_deployment(cart, at(0, 9), version="6")
    found = figures(cart)
    assert (found.deployments, found.finished_deployments, found.failed_deployments) == (3, 3, 0)
    assert left_out(found, "change_failure_rate") == {"redeploy": 1, "counted_besides": 6}
    late.delete()
    assert figures(cart).finished_deployments == 6


def test_merged_pull_requests_are_not_brought_by_what_was_counted(cart, server):
    make_pull_request(make_repository(service=cart), at(0, 9), base_branch="main")
    count(cart, server)
    found = figures(cart)
    assert (found.lead_time, found.coverage["lead_time"]) == (None, 0)
    assert not JudgedDeployment.objects.filter(content__in=("merge_time", "baseline")).exists()


def test_merging_two_services_keeps_what_gauges_told(cart, server):
    other = make_service("basket")
    count(cart, server)
    tell_rollbacks(other, server)
    merge_services("basket", "cart")
    assert figures(cart).mttr == 200


def test_a_moment_told_for_a_duration_is_none(cart, server):
    count(cart, server)
    tell_rollbacks(cart, server)
    SignalSample.objects.filter(value=60.0).update(value=1.8e9)
    assert figures(cart).mttr == 270
