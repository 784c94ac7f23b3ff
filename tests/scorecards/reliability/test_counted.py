"""Counters beside events, over the days of which both tell."""

from datetime import date, timedelta

import pytest

from ingest.models import Source
from ingest.window import Window
from scorecards.reliability.counted import Told, compared
from tests.factories import NOON, make_deployment, make_environment, make_service

pytestmark = pytest.mark.django_db

WINDOW = Window(date(2026, 3, 1), date(2026, 3, 15))
TODAY = date(2026, 3, 31)


@pytest.fixture
def pay():
    return make_service("pay")


@pytest.fixture
def prometheus():
    return Source.objects.create(kind="prometheus", name="main", public_id="prometheus-main")


def deploy(service, days, **said):
    return [make_deployment(service, NOON + timedelta(days=day), **said) for day in days]


def found(services=None, today=TODAY):
    return compared(services, WINDOW, today)


def test_it_compares_both_over_the_days_from_which_and_to_which_both_tell(pay, prometheus):
    deploy(pay, (0, 2, 3, 5))
    deploy(pay, (4,), status="failed")
    deploy(pay, (1, 2, 3, 3, 4, 9), source=prometheus)
    (one,) = found()
    assert (one.service_id, one.environment_class) == (pay.pk, "production")
    assert (one.start, one.end) == (date(2026, 3, 3), date(2026, 3, 8))
    assert (one.events, one.counters) == (Told(4, 1), Told(5, 0))
    assert (one.difference, one.agree) == (1, False)


def test_a_day_between_on_which_one_tells_nothing_is_a_difference(pay, prometheus):
    deploy(pay, (0, 1, 2))
    deploy(pay, (0, 2), source=prometheus)
    (one,) = found()
    assert (one.events, one.counters, one.difference) == (Told(3, 0), Told(2, 0), -1)


def test_it_says_nothing_of_what_only_one_of_them_tells(pay, prometheus):
    deploy(pay, (0, 1))
    deploy(make_service("search"), (0, 1), source=prometheus)
    deploy(pay, (0,), source=prometheus, environment=make_environment("staging", "staging"))
    assert found() == []


def test_it_says_nothing_where_one_ended_before_the_other_began(pay, prometheus):
    deploy(pay, (5, 6))
    deploy(pay, (1, 2), source=prometheus)
    assert found() == []


def test_unfinished_and_repeated_reports_and_what_is_outside_the_window_do_not_count(pay, prometheus):
    (first,) = deploy(pay, (0,))
    deploy(pay, (0,), duplicate_of=first)
    make_deployment(pay, None, status="running")
    deploy(pay, (0,), status="cancelled")
    deploy(pay, (-1, 13), source=prometheus)
    deploy(pay, (-2, 0, 40), source=prometheus)
    (one,) = found()
    assert (one.events, one.counters) == (Told(1, 0), Told(1, 0))


def test_it_looks_at_the_services_that_it_is_asked_for(pay, prometheus):
    other = make_service("search")
    for service in (pay, other):
        deploy(service, (0,))
        deploy(service, (0,), source=prometheus)
    assert [one.service_id for one in found([other.pk])] == [other.pk]
    assert [one.service_id for one in found()] == [pay.pk, other.pk]


def test_it_asks_little(pay, prometheus, django_assert_num_queries):
    deploy(pay, (0, 1, 2))
    deploy(pay, (0, 1), source=prometheus)
    with django_assert_num_queries(3):
        found()
