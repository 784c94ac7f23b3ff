"""Compliance from the verdicts that are kept equals that from the findings."""

import pytest

from ingest.models import Service
from scorecards.scans.kept import compliances_of
from scorecards.scans.verdicts import compliance_of
from tests.factories import make_repository, make_service
from tests.scorecards.scans.scanning import finding, scan_of, standard

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Service:
    return make_service("checkout")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"one": "fail", "two": "unknown", "three": "not_applicable"},
        {"one": [finding("pass", "a", count=3), finding("fail", "b")], "two": []},
        {"one": "not_applicable", "two": "not_applicable", "three": []},
    ],
)
def test_it_is_that_of_the_findings(service: Service, told: dict) -> None:  # type: ignore[type-arg]
    scan_of(make_repository("acme/checkout", service), **told)
    assert compliances_of([service.pk], standard())[service.pk] == compliance_of(service, standard())


def test_it_tells_nothing_of_a_service_that_was_never_judged(service: Service) -> None:
    assert compliances_of([service.pk], standard()) == {}


def test_it_asks_once_for_many_services(service: Service, django_assert_num_queries: object) -> None:
    other = make_service("other")
    for one in (service, other):
        scan_of(make_repository(f"acme/{one.slug}", one))
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert set(compliances_of(Service.objects.all(), standard())) == {service.pk, other.pk}
