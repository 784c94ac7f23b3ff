"""Absence elsewhere proves something only once everything else was looked at."""

import pytest

from scorecards.scans.fleet import around
from tests.factories import make_deployment, make_repository, make_service, make_team
from tests.scorecards.scans.scanning import scan_of

pytestmark = pytest.mark.django_db


def test_a_single_repository_has_no_fleet() -> None:
    repository = make_repository("acme/one", make_service("one"))
    assert around(repository) == (None, False)


def test_there_is_a_fleet_once_every_other_repository_was_scanned() -> None:
    one, two, three = (make_repository(f"acme/{name}", make_service(name)) for name in ("one", "two", "three"))
    scan_of(two)
    assert around(one)[0] is None
    scan_of(three, refused="Too large.")
    assert around(one)[0] is None
    scan_of(three, commit="b" * 40)
    fleet, _ = around(one)
    assert fleet is not None
    assert fleet.repositories == {"acme/two", "acme/three"}


def test_it_tells_whether_deployments_are_received() -> None:
    service = make_service("one", make_team("pay"))
    repository = make_repository("acme/one", service)
    make_deployment(service)
    assert around(repository)[1] is True
