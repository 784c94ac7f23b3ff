"""The rows of each day are what the evidence says, however they came about."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from ingest.catalogue.manage import retire_service
from ingest.models import ChangedService, Service, Team
from scorecards.adoption import build, evidence, store
from scorecards.adoption.capabilities import Origin, load
from scorecards.adoption.store import Note
from scorecards.models import AdoptionDay, AdoptionDue, CapabilitySpell, LookSpell
from scorecards.rollups.build import build_rollups
from tests.factories import make_deployment, make_repository, make_service, make_source, make_team, own
from tests.scorecards.adoption.facts import CHART, days_later, scan_files
from tests.scorecards.scans.scanning import NOON

pytestmark = pytest.mark.django_db
DAY = NOON.date()
Rows = dict[tuple[int | None, int | None, date], Any]


def rows() -> Rows:
    return {(row.service_id, row.team_id, row.day): row.figures for row in AdoptionDay.objects.all()}


def changed(service: Service, *, regroup: bool = False) -> None:
    ChangedService.objects.create(service=service, regroup=regroup)
    build_rollups()


# ---------------------------------------------------------------- whatever happens


class Life:
    """What befalls an organisation, by chance, on days that go on."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.teams = [make_team(f"team-{number}") for number in range(3)]
        self.services = [make_service(f"service-{number}") for number in range(5)]
        self.sources = [make_source("github"), make_source("git")]
        self.today = 0

    def go_on(self) -> None:
        self.today += self.chance.choice([0, 1, 1, 5, 40])
        service = self.chance.choice(self.services)
        act = self.chance.choice([self.deploy, self.deploy, self.deploy, self.own, self.see, self.look, self.retire])
        act(service)
        if self.chance.random() < 0.3:
            evidence.keep(days_later(self.today))

    def day(self) -> int:
        return self.today - self.chance.choice([0, 0, 1, 20, 100])

    def deploy(self, service: Service) -> None:
        make_deployment(service, days_later(self.day()), source=self.chance.choice(self.sources))
        changed(service)

    def own(self, service: Service) -> None:
        own(self.chance.choice(self.teams), service, at=days_later(self.day()), key=str(self.chance.random()))
        changed(service, regroup=True)

    def see(self, service: Service) -> None:
        name = self.chance.choice([signal.id for signal in load().of(Origin.SCAN)])
        note = {(service.pk, name): Note((days_later(self.day())).date())}
        evidence.due(store.add(CapabilitySpell, note))
        evidence.due(store.add(LookSpell, note))

    def look(self, service: Service) -> None:
        on = days_later(self.day()).date()
        names = [signal.id for signal in load().of(Origin.SCAN)]
        evidence.due(store.add(LookSpell, {(service.pk, name): Note(on) for name in names}))

    def retire(self, service: Service) -> None:
        on = None if service.retired_on else days_later(self.day()).date()
        service.retired_on = retire_service(service.slug, on).retired_on
        build_rollups()


@pytest.mark.parametrize("seed", range(6))
def test_days_kept_as_things_happen_equal_those_computed_at_once(seed: int) -> None:
    life = Life(seed)
    for _ in range(25):
        life.go_on()
        if life.chance.random() < 0.7:
            build.build(days_later(life.today))
    build.build(days_later(life.today))
    kept = rows()
    AdoptionDay.objects.all().delete()
    evidence.due(None)
    build.build(days_later(life.today))
    assert rows() == kept
    assert kept


@pytest.mark.parametrize("seed", [1, 2])
def test_a_rebuild_from_what_there_is_changes_nothing(seed: int) -> None:
    life = Life(seed)
    for _ in range(20):
        life.go_on()
    build.keep(days_later(life.today))
    kept = rows()
    build.rebuild(days_later(life.today))
    assert rows() == kept


# ---------------------------------------------------------------- one by one


@pytest.fixture
def service(pay: Team) -> Service:
    service = make_service("checkout", pay)
    make_deployment(service, NOON)
    changed(service)
    return service


def test_every_day_from_the_first_deployment_to_today_has_rows(service: Service, pay: Team) -> None:
    build.build(days_later(4))
    days = [DAY + timedelta(days=number) for number in range(5)]
    assert sorted(day for pk, team, day in rows() if pk is None and team is None) == days
    assert sorted(day for pk, team, day in rows() if team == pay.pk) == days
    assert [day for pk, team, day in rows() if pk == service.pk] == [DAY]


def test_nothing_is_written_twice_and_nothing_without_need(service: Service) -> None:
    assert build.build(days_later(4)) == 11
    assert build.build(days_later(4)) == 0
    assert build.build(days_later(5)) == 2
    assert not AdoptionDue.objects.exists()


def test_without_a_deployment_there_is_nothing_to_tell(pay: Team) -> None:
    make_service("idle", pay)
    assert build.keep(NOON) == 0
    assert rows() == {}


def test_when_the_last_deployment_is_taken_back_nothing_stays(service: Service) -> None:
    build.build(days_later(4))
    service.deployments.all().delete()
    changed(service)
    build.build(days_later(4))
    assert rows() == {}
    assert build.build(days_later(4)) == 0


def test_an_earlier_deployment_brings_earlier_days(service: Service) -> None:
    build.build(days_later(1))
    make_deployment(service, days_later(-3))
    changed(service)
    build.build(days_later(1))
    assert min(day for *_, day in rows()) == DAY - timedelta(days=3)
    assert build.build(days_later(1)) == 0


def test_other_rules_compute_all_days_anew(service: Service, settings: Any) -> None:
    build.build(days_later(2))
    settings.ADOPTION_CAPABILITIES = 2
    assert build.build(days_later(2)) > 0
    assert {figures["services_using"] for (pk, team, _), figures in rows().items() if pk is None} == {1}


def test_a_scan_shows_on_its_day(service: Service) -> None:
    scan_files(make_repository("acme/checkout", service), {"Chart.yaml": CHART}, days_later(2))
    build.build(days_later(3))
    found = rows()
    assert [day for pk, _, day in sorted(found, key=lambda key: key[2]) if pk == service.pk] == [
        DAY,
        DAY + timedelta(days=2),
    ]
    assert found[service.pk, None, DAY]["states"]["infrastructure"] == "unknown"
    assert found[service.pk, None, DAY + timedelta(days=2)]["state"] == "uses"


def test_who_was_overtaken_by_another_builder_begins_anew(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    computed, begun = build.computed, []

    def overtaken(*args: Any) -> Any:
        found = computed(*args)
        if not begun:
            begun.append(True)
            AdoptionDue.objects.all().delete()  # another one worked them off
            evidence.due(None)
        return found

    monkeypatch.setattr(build, "computed", overtaken)
    assert build.build(days_later(1)) == 5
    assert not AdoptionDue.objects.exists()


def test_services_of_nobody_are_of_the_organisation_alone(db: None) -> None:
    service = make_service("cart")
    make_deployment(service, NOON)
    make_team("unassigned")
    changed(service)
    build.build(NOON)
    assert {(pk, team) for pk, team, _ in rows()} == {(None, None), (service.pk, None)}
    assert rows()[None, None, DAY]["teams"] == 0
