"""The demo's scans become verdicts, days and waivers, in order of time."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from dashboard.demo.people import add_people, real_people
from dashboard.demo.repositories.care import DAYS_AGO
from dashboard.demo.scans import scan_repositories
from ingest.models import Repository, Service, Team
from scorecards.models import Finding, Scan, Waiver
from scorecards.scans.read import standing
from scorecards.waivers import in_force_on
from tests.dashboard.demo.conftest import NOW

SOME = ("ledger", "mobile-gateway", "shipping-labels", "warehouse", "checkout-api")
TODAY = NOW.date()


def service(slug: str) -> Service:
    return Service.objects.get(slug=slug)


@pytest.fixture
def few(db: None) -> list[str]:
    """What the demo told of five repositories, scanned."""
    for slug in ("checkout", "payments", "fulfilment", "mobile", "platform"):
        Team.objects.create(slug=slug, name=slug)
    for slug in SOME:
        Service.objects.create(slug=slug, name=slug, repository=Repository.objects.create(name=f"acme/{slug}"))
    said: list[str] = []
    scan_repositories(1, NOW, said.append)
    return said


def test_it_scans_what_changed_and_sums_up_each_day(few: list[str]) -> None:
    assert few
    assert set(Scan.objects.values_list("trigger", flat=True)) == {"demo"}
    assert not Scan.objects.exclude(receipt=None).exists()
    assert Scan.objects.filter(repository__name="acme/checkout-api").count() == 1
    for days_ago in (*DAYS_AGO, 0):
        found = standing("DOP", TODAY - timedelta(days=days_ago))
        assert found is not None
        assert found.services == len(SOME)


def test_it_holds_who_meets_all_and_who_meets_little(few: list[str]) -> None:
    best, worst = (standing("DOP", TODAY, service=service(slug)) for slug in ("checkout-api", "warehouse"))
    assert best is not None and worst is not None
    assert best.met == 1
    assert (worst.score.proven or 0) < 0.6 < (best.score.proven or 0)


def test_it_has_a_waiver_of_each_standing(few: list[str]) -> None:
    assert in_force_on(service("ledger"), TODAY).count() == 1
    ending = in_force_on(service("shipping-labels"), TODAY).get()
    assert ending.expires_on <= TODAY + timedelta(days=7)
    assert Waiver.objects.get(service=service("warehouse")).state == Waiver.State.REQUESTED
    ended = Waiver.objects.get(service=service("mobile-gateway"))
    assert (ended.state, ended.expires_on < TODAY) == (Waiver.State.APPROVED, True)
    assert set(Finding.objects.exclude(waiver=None).values_list("service__slug", flat=True)) == {
        "ledger",
        "shipping-labels",
    }


def test_nobody_of_the_demo_can_sign_in(few: list[str]) -> None:
    assert User.objects.exists()
    assert not real_people().exists()
    assert not User.objects.filter(is_active=True).exists()
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_it_adds_people_once(few: list[str]) -> None:
    before = User.objects.count()
    add_people()
    assert User.objects.count() == before
