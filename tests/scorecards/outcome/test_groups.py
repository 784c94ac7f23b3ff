"""``scorecards.outcome.groups``: who does, who doesn't, and their figures."""

from datetime import date, timedelta

import pytest

from dashboard.celery import app
from ingest.models import ChangedService, Service
from scorecards import tasks
from scorecards.models import AdoptionDay, ControlVerdict
from scorecards.outcome.groups import figures_of, of_capabilities, of_control, side_by_side, warm
from scorecards.rollups.build import build_rollups
from tests.factories import NOON, make_deployment, make_incident, make_service

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 31)
DOP, LOCKED = "DOP", "DOP-1.1-03"


def judged(slug, verdict, control=LOCKED):
    service = Service.objects.filter(slug=slug).first() or make_service(slug)
    ControlVerdict.objects.create(
        service=service, standard=DOP, control=control, section="1.1", level="REQUIRED", phase="Foundation",
        verdict=verdict, since=NOON,
    )  # fmt: skip
    return service.pk


def adopted(slug, day=TODAY, state="uses", **states):
    service = Service.objects.filter(slug=slug).first() or make_service(slug)
    AdoptionDay.objects.create(service=service, day=day, figures={"state": state, "states": states})
    return service.pk


def control(services=None):
    return of_control(DOP, LOCKED, Service.objects.all() if services is None else services, TODAY)


def deployed(service, *days_ago, status="succeeded"):
    for days in days_ago:
        make_deployment(service, NOON.replace(day=31) - timedelta(days=days), status=status)
    ChangedService.objects.create(service=service)


def test_it_takes_failing_and_partial_for_not_meeting_a_control():
    passes, fails, partly = judged("a", "pass"), judged("b", "fail"), judged("c", "partial")
    found = control()
    assert (found.those, found.others) == ({passes}, {fails, partly})
    assert found.left == {}


def test_it_leaves_out_what_is_unknown_waived_or_does_not_apply_and_counts_it():
    for slug, verdict in {"a": "unknown", "b": "waived", "c": "not_applicable", "d": "not_connected"}.items():
        judged(slug, verdict)
    make_service("never-scanned")
    found = control()
    assert not found.those | found.others
    assert found.left == {"not_applicable": 1, "not_connected": 1, "not_judged": 1, "unknown": 1, "waived": 1}


def test_it_leaves_out_services_that_are_retired_or_not_asked_for():
    judged("a", "pass")
    Service.objects.filter(slug="a").update(retired_on=TODAY)
    judged("b", "pass")
    judged("c", "pass", control="DOP-1.1-04")
    assert control(Service.objects.exclude(slug="b")).those == set()


def test_it_takes_each_capability_by_the_newest_day_of_each_service():
    uses = adopted("a", day=date(2026, 1, 5), ci_cd="not", security="used")
    adopted("a", ci_cd="used", security="unknown")
    lacks = adopted("b", day=date(2026, 2, 1), ci_cd="not", security="used")
    adopted("c", day=date(2026, 4, 1), ci_cd="not", security="used")  # not yet
    found = of_capabilities(Service.objects.all(), TODAY)
    assert (found["ci_cd"].those, found["ci_cd"].others) == ({uses}, {lacks})
    assert (found["security"].those, found["security"].others) == ({lacks}, set())
    assert found["security"].left == {"inactive": 1, "unknown": 1}


def test_it_leaves_out_services_that_are_not_active():
    adopted("a", state="inactive")
    adopted("b", ci_cd="used")
    make_service("never")
    assert of_capabilities(Service.objects.all(), TODAY)["ci_cd"].left == {"inactive": 2}


def test_it_has_the_figures_of_a_service_over_the_last_90_days():
    service = make_service("pay")
    deployed(service, 0, 10, 89)
    deployed(service, 90)
    deployed(service, 5, status="failed")
    make_incident(service, NOON - timedelta(days=1), resolved_at=NOON - timedelta(days=1) + timedelta(minutes=30))
    build_rollups()
    found = figures_of([service.pk], TODAY)[service.pk]
    assert found["deployments_per_day"] == pytest.approx(3 / 90)
    assert found["change_failure_rate"] == pytest.approx(1 / 4)
    assert found["lead_time"] is None
    # The incident took 30 minutes; the attempt of five days ago was made good by the deployment of today.
    assert found["mttr"] == pytest.approx((1800 + 5 * 86400) / 2)


def test_it_compares_the_services_of_both_groups():
    for number in range(16):
        service = judged(f"s{number}", "pass" if number % 2 else "fail")
        deployed(Service.objects.get(pk=service), *range(1 + number % 2))
    build_rollups()
    found = next(one for one in side_by_side(control(), TODAY) if one.figure == "deployments_per_day")
    assert (found.those.count, found.others.count) == (8, 8)
    assert found.difference.estimate == pytest.approx(1 / 90)


def test_it_reads_stored_figures_in_as_many_queries_whatever_their_number(django_assert_max_num_queries):
    services = [judged(f"s{number}", "pass") for number in range(20)]
    for pk in services:
        deployed(Service.objects.get(pk=pk), 1)
    build_rollups()
    warm(NOON.replace(day=31))
    with django_assert_max_num_queries(8):
        figures_of(services, TODAY)


def test_it_is_warmed_each_hour():
    tasks.warm_outcomes()
    assert app.conf.beat_schedule["warm outcomes"]["task"] == "scorecards.tasks.warm_outcomes"
