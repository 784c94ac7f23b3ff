"""A synthetic organisation through a reorganisation, a new team, a service retired and a signal that stops: every
figure of each of 180 days equals the one by hand."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command
from django.test import Client

from ingest.catalogue.manage import retire_service
from ingest.models import Repository, Service
from scorecards.adoption import build, evidence
from scorecards.adoption.capabilities import Origin, load
from scorecards.models import AdoptionDay
from scorecards.rollups.build import build_rollups
from tests.native_events import ingest_file
from tests.scorecards.adoption.by_hand import Day
from tests.scorecards.adoption.equal import compare_api, compare_days
from tests.scorecards.adoption.facts import CATALOGUE, CHART, SCANNER, look_again, scan_files
from tests.scorecards.adoption.raw import sheet
from tests.shared import SHARED

pytestmark = pytest.mark.django_db
RECORDED = Path(__file__).resolve().parents[2] / "data" / "adoption" / "organisation.ndjson.gz"
FIRST, DAYS = date(2025, 1, 1), 240
END = datetime(2025, 8, 28, 22, tzinfo=UTC)
LAST_180 = [END.date() - timedelta(days=number) for number in range(179, -1, -1)]
SCANNED = [signal.id for signal in load().of(Origin.SCAN)]
FILES = {
    "catalogue-entity": {"catalog-info.yaml": CATALOGUE},
    "helm-chart": {"charts/a/Chart.yaml": CHART},
    "scanner-step": {".github/workflows/scan.yml": SCANNER},
    "template-answers": {".copier-answers.yml": "_commit: v1\n"},
    "resource-claim": {"db.yaml": "apiVersion: a.example/v1\nkind: DatabaseClaim\nmetadata: {name: a}\n"},
}


@pytest.fixture(autouse=True)
def at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: END)


class Scans:
    """Scans as they are made, and on paper: which signals of which services they saw on which day."""

    def __init__(self) -> None:
        self.seen: set[tuple[int, str, date]] = set()
        self.looked: set[tuple[int, str, date]] = set()
        self.there: dict[int, list[str]] = {}

    def scan(self, service: Service, names: list[str], at: datetime) -> None:
        files: dict[str, str] = {"README.md": "x"}
        for name in names:
            files |= FILES[name]
        scan_files(self._repository(service), files, at)
        self.there[service.pk] = names
        self._note(service, at)

    def look_again(self, service: Service, at: datetime) -> None:
        look_again(self._repository(service), at)
        evidence.look_again()
        self._note(service, at)

    def _repository(self, service: Service) -> Repository:
        assert service.repository is not None
        return service.repository

    def _note(self, service: Service, at: datetime) -> None:
        self.seen |= {(service.pk, name, at.date()) for name in self.there[service.pk]}
        self.looked |= {(service.pk, name, at.date()) for name in SCANNED}


def at(day: int) -> datetime:
    return datetime(2025, 1, 1, 10, tzinfo=UTC) + timedelta(days=day)


def told(path: Path, *events: dict[str, Any]) -> None:
    lines = [{"event": f"own-{number}-{path.name}", **one} for number, one in enumerate(events)]
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    ingest_file(path, END)


def live_through(tmp_path: Path) -> Scans:
    """What happens besides: scans in order of time, then what people say of the past."""
    scans, services, names = Scans(), list(Service.objects.order_by("slug")), list(FILES)
    acts: list[tuple[int, Service, list[str] | None]] = []
    for number, service in enumerate(services):
        acts.append((20 + number, service, names[: number % (len(names) + 1)]))
        acts += [(day, service, None) for day in range(40 + number, 230, 19 + 2 * number)]
    acts.append((100, services[3], ["catalogue-entity"]))  # signals that stop with a commit
    acts.append((231, services[4], ["helm-chart", "scanner-step"]))
    for day, service, own in sorted(acts, key=lambda act: act[0]):
        if own is None:
            scans.look_again(service, at(day))
        else:
            scans.scan(service, own, at(day))
    moved, new = services[0].slug, services[1].slug
    told(
        tmp_path / "reorganisation.ndjson",
        {"type": "service.declared", "at": at(90).isoformat(), "service": moved, "team": "team-002"},
        {"type": "team.declared", "at": at(130).isoformat(), "team": "team-new"},
        {"type": "service.declared", "at": at(131).isoformat(), "service": new, "team": "team-new"},
        {"type": "service.declared", "at": at(200).isoformat(), "service": moved, "team": "team-new"},
    )
    retire_service(services[2].slug, at(170).date())
    build_rollups()
    return scans


def compare(client: Client, scans: Scans) -> dict[date, Day]:
    build.keep(END)
    found = compare_days(sheet(END.date(), scans.seen, scans.looked), LAST_180)
    compare_api(client, found)
    return found


@pytest.fixture
def lived(tmp_path: Path) -> Scans:
    ingest_file(RECORDED, END)
    return live_through(tmp_path)


def test_every_figure_of_180_days_equals_the_one_by_hand(client: Client, lived: Scans) -> None:
    found = compare(client, lived)
    organisation = [found[day].organisation for day in LAST_180]
    assert {figures["teams"] for figures in organisation} == {3, 4}  # a new team
    assert len({figures["teams_using"] for figures in organisation}) > 1
    retired = Service.objects.exclude(retired_on=None).get()
    before, on = (found[at(day).date()].services[retired.pk]["state"] for day in (169, 170))
    assert before != "inactive" and on == "inactive"
    assert {("used", "not"), ("used", "unknown")} <= set(_turns(found))  # a signal that stops, and nobody who looks


def _turns(found: dict[date, Day]) -> Iterator[tuple[str, str]]:
    """How the state of a service's infrastructure changed from one day to the next."""
    for before, on in zip(LAST_180, LAST_180[1:], strict=False):
        for pk, told in found[on].services.items():
            was = found[before].services[pk]
            if "states" in told and "states" in was:
                yield was["states"]["infrastructure"], told["states"]["infrastructure"]


def test_a_rebuild_changes_none_of_them(lived: Scans) -> None:
    def rows() -> list[Any]:
        return list(
            AdoptionDay.objects.order_by("day", "team", "service").values_list("service", "team", "day", "figures")
        )

    build.keep(END)
    before = rows()
    call_command("rebuild_rollups", stdout=StringIO(), stderr=StringIO())
    assert rows() == before


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("seed", [2])
def test_so_do_those_of_larger_ones(client: Client, tmp_path: Path, seed: int) -> None:
    tool = SHARED / "tools" / "make_org.py"
    if not tool.exists():
        pytest.skip("the program that makes organisations is not here")
    made = tmp_path / "made.ndjson"
    size = {"--teams": 6, "--services": 4, "--days": DAYS, "--start": FIRST, "--seed": seed, "--out": made}
    arguments = [str(part) for pair in size.items() for part in pair]
    subprocess.run(
        [sys.executable, str(tool), *arguments, "--no-commits"], check=True, capture_output=True, timeout=300
    )
    ingest_file(made, END)
    compare(client, live_through(tmp_path))
