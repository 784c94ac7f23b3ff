"""What all other repositories hold."""

from datetime import timedelta

import pytest

from scorecards.models import Scan
from scorecards.scans.fleet import fleet_without
from tests.factories import make_repository
from tests.scorecards.scans.scanning import NOON

pytestmark = pytest.mark.django_db


def scanned(name: str, inventory: dict, days: int = 0, **fields) -> Scan:
    told = {"commit": f"{days:040d}", "key": "k", "state": "complete", "trigger": "command"}
    repository = fields.pop("repository", None) or make_repository(name)
    return Scan.objects.create(
        repository=repository, inventory=inventory, scanned_at=NOON + timedelta(days), **(told | fields)
    )


def test_it_joins_the_inventories_of_all_others():
    own = scanned("acme/Pay", {"services": ["pay.shop"]}).repository
    scanned("acme/Shop", {"services": ["shop.shop"], "projects": {"p": ["sources"]}, "runbooks": ["docs/A.md"]})
    scanned("acme/Ops", {"projects": {"p": ["destinations"]}, "incident_process": True})
    fleet = fleet_without(own)
    assert fleet.repositories == {"acme/shop", "acme/ops"}
    assert fleet.services == {"shop.shop"}
    assert fleet.projects == {"p": ("destinations", "sources")}
    assert fleet.runbooks == {"acme/shop/docs/a.md"}
    assert fleet.incident_process
    assert not fleet.metric_dashboard


def test_it_takes_the_latest_scan_that_could_read_something():
    own = scanned("acme/pay", {}).repository
    other = scanned("acme/shop", {"tools": ["vault"]}).repository
    scanned("", {"tools": ["opa"]}, 1, repository=other)
    scanned("", {}, 2, repository=other, state="refused")
    assert fleet_without(own).tools == {"opa"}


def test_it_reads_inventories_once_until_another_scan_is_kept(django_assert_num_queries):
    own = scanned("acme/pay", {}).repository
    other = scanned("acme/shop", {"tools": ["vault"]})
    fleet_without(own)
    with django_assert_num_queries(1):
        assert fleet_without(other.repository).tools == frozenset()
    Scan.objects.filter(pk=other.pk).update(inventory={"tools": ["opa"]}, scanned_at=NOON + timedelta(9))
    assert fleet_without(own).tools == {"opa"}


def test_it_knows_no_name_of_a_placeholder_and_nothing_of_deleted_repositories():
    own = scanned("acme/pay", {}).repository
    scanned("", {"tools": ["vault"]}, repository=make_repository("later", placeholder=True))
    scanned("", {"tools": ["opa"]}, repository=make_repository("acme/gone", deleted_at=NOON))
    assert fleet_without(own).repositories == frozenset()
    assert fleet_without(own).tools == {"vault"}
