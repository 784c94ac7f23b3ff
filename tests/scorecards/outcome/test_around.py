"""``scorecards.outcome.around``: who came to it, and the figures on both sides of that day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ingest.models import ChangedService, Service
from scorecards.models import AdoptionDay, VerdictChange
from scorecards.outcome.around import around, capability_turns, control_turns
from scorecards.outcome.changes import Turn
from scorecards.rollups.build import build_rollups
from tests.factories import make_deployment, make_service

pytestmark = pytest.mark.django_db
TODAY = date(2026, 12, 1)
LOCKED = "DOP-1.1-03"


def ago(days):
    return TODAY - timedelta(days=days)


def turned(service, days, before, after, cause="repository"):
    at = datetime.combine(ago(days), datetime.min.time(), UTC) + timedelta(hours=9)
    VerdictChange.objects.create(
        service=service, standard="DOP", control=LOCKED, before=before, after=after, cause=cause, at=at
    )


def adopted(service, days, state="uses", **states):
    AdoptionDay.objects.create(service=service, day=ago(days), figures={"state": state, "states": states})


def turns():
    return control_turns("DOP", LOCKED, Service.objects.all())


def test_it_reads_when_a_control_came_to_pass():
    service = make_service("pay")
    turned(service, 300, "", "fail")
    turned(service, 200, "fail", "partial")
    turned(service, 150, "partial", "pass")
    turned(service, 100, "pass", "waived")
    assert turns() == [
        Turn(service.pk, ago(200), False, False),
        Turn(service.pk, ago(150), False, True),
        Turn(service.pk, ago(100), True, None),
    ]


@pytest.mark.parametrize("cause", ["control", "scope", "scanner", "waiver"])
def test_it_takes_no_other_reading_for_something_that_the_service_did(cause):
    turned(make_service("pay"), 150, "fail", "pass", cause)
    assert turns()[0].before is None


def test_it_reads_when_a_capability_came_to_be_used():
    service = make_service("pay")
    adopted(service, 400, ci_cd="unknown")
    adopted(service, 300, ci_cd="used")
    adopted(service, 250, ci_cd="not")
    adopted(service, 150, ci_cd="used")
    adopted(service, 50, ci_cd="unknown")
    assert capability_turns("ci_cd", Service.objects.all(), TODAY) == [
        Turn(service.pk, ago(300), None, True),
        Turn(service.pk, ago(250), True, False),
        Turn(service.pk, ago(150), False, True),
        Turn(service.pk, ago(50), True, None),
    ]


def test_it_does_not_know_the_days_before_on_which_nobody_could_look():
    service = make_service("pay")
    adopted(service, 400, ci_cd="unknown")
    adopted(service, 210, ci_cd="not")
    adopted(service, 200, ci_cd="used")
    found = capability_turns("ci_cd", Service.objects.all(), TODAY)
    assert found == [Turn(service.pk, ago(210), None, False), Turn(service.pk, ago(200), False, True)]
    assert around(found, TODAY).chosen.left == {"changed_again": 1}


def deploy(service, first, last, every):
    """At noon, from so many days ago to so many days ago."""
    for days in range(first, last - 1, -every):
        make_deployment(service, datetime.combine(ago(days), datetime.min.time(), UTC) + timedelta(hours=12))
    ChangedService.objects.create(service=service)


def test_it_tells_the_90_days_before_and_the_90_after_the_day_of_the_change():
    for number in range(8):
        service = make_service(f"s{number}")
        deploy(service, 300, 200, 10)  # 9 of them fall into the 90 days before the change, which is 200 days ago
        deploy(service, 199, 110, 5)  # 18 into the 90 after
        deploy(service, 109, 100, 1)
        turned(service, 200, "fail", "pass")
    build_rollups()
    found = around(turns(), TODAY)
    rate = next(one for one in found.figures if one.figure == "deployments_per_day")
    assert (rate.count, rate.before, rate.after) == (8, pytest.approx(9 / 90), pytest.approx(18 / 90))
    assert rate.difference.estimate == pytest.approx(9 / 90)
    assert set(found.chosen.days.values()) == {ago(200)}


def test_it_tells_each_service_around_its_own_day_and_who_is_left_out():
    for number in range(9):
        service = make_service(f"s{number}")
        change = 120 + 30 * number
        deploy(service, change + 100, change - 90, 10)
        turned(service, change, "fail", "pass")
    late = make_service("late")
    deploy(late, 300, 1, 50)
    turned(late, 20, "fail", "pass")
    build_rollups()
    found = around(turns(), TODAY)
    rate = next(one for one in found.figures if one.figure == "deployments_per_day")
    assert (rate.before, rate.after) == (pytest.approx(9 / 90), pytest.approx(9 / 90))
    assert found.chosen.left == {"too_recent": 1}


def test_it_takes_no_service_that_was_retired_in_the_days_after():
    gone, kept = make_service("gone", retired_on=ago(110)), make_service("kept", retired_on=ago(109))
    for service in (gone, kept):
        deploy(service, 300, 120, 10)
        turned(service, 200, "fail", "pass")
    build_rollups()
    found = around(turns(), TODAY).chosen
    assert (found.days, found.left) == ({kept.pk: ago(200)}, {"retired": 1})


def test_it_takes_the_newest_of_very_many(monkeypatch):
    monkeypatch.setattr("scorecards.outcome.around.MOST", 8)
    for number in range(10):
        service = make_service(f"s{number}")
        deploy(service, 400, 380, 20)
        turned(service, 150 + number, "fail", "pass")
    build_rollups()
    found = around(turns(), TODAY)
    assert found.figures[0].services == 8
    assert len(found.chosen.days) == 10


def test_it_tells_nothing_where_nobody_changed(django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        found = around([], TODAY)
    assert {one.reason for one in found.figures} == {"too_few_services"}
