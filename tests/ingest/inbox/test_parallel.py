"""Bulk loads by several processes: who takes which line, and that nothing is lost or told twice."""

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection

from ingest.inbox import parallel
from ingest.inbox.load import Batch, Totals
from ingest.inbox.parallel import LoadBroken, load_in_parallel, route
from ingest.inbox.sources import native
from ingest.models import Change, ChangedService, Delivery, Deployment, Service
from scorecards.models import DayRollup
from scorecards.rollups.build import build_rollups

NOW = datetime(2026, 3, 9, tzinfo=UTC)
SERVICES = ("pay", "shop", "search", "mail", "login")
LINES = [
    line
    for number in range(40)
    for service in SERVICES
    for line in (
        f'{{"event":"c-{service}-{number}","type":"commit.pushed","at":"2026-03-02T08:00:00Z",'
        f'"sha":"{number:07x}","service":"{service}","team":"{service}-team"}}',
        f'{{"event":"d-{service}-{number}","type":"deployment.finished","at":"2026-03-02T09:00:{number:02}Z",'
        f'"status":"success","deployment":"{service}-{number}","service":"{service}","environment":"production",'
        f'"shas":["{number:07x}"]}}',
    )
]


def load(lines: list[str], workers: int, afterwards: Callable[[], object] = lambda: None) -> Totals:
    stream = io.BytesIO("\n".join(lines).encode())
    batch = Batch(native(), NOW, "test")
    return load_in_parallel(batch, stream, lambda totals, known: None, workers, afterwards)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "FEW_LINES", 20)
    monkeypatch.setattr(parallel, "CHUNK_LINES", 16)


@pytest.fixture
def postgresql(transactional_db: None, small_chunks: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("several processes write to PostgreSQL alone")


def test_it_sends_the_lines_of_a_service_to_one_process():
    one = route(b'{"event":"e1","service":"pay","repository":"acme/pay"}', 7)
    assert route(b'{"service" : "pay", "event": "e2"}', 7) == one
    assert route(b'{"repository":"acme/pay"}', 7) == route(b'{"x":1,"repository":"acme/pay"}', 7)


def test_it_spreads_services_over_the_processes():
    assert {route(f'{{"service":"s{number}"}}'.encode(), 2) for number in range(20)} == {0, 1}


@pytest.mark.parametrize("line", [b"", b"{", b'"service"', b'{"service', b'{"service":null}', b"\xff\xfe"])
def test_it_finds_a_process_for_a_line_that_is_no_event(line):
    assert route(line, 3) in (0, 1, 2)


@pytest.mark.django_db
def test_it_keeps_a_short_stream_in_this_process():
    called: list[bool] = []
    totals = load(LINES, workers=2, afterwards=lambda: called.append(True))
    assert (totals.received, totals.processed, called) == (400, 400, [])


@pytest.mark.django_db
def test_it_keeps_what_a_transaction_can_not_show_to_others_in_this_process(small_chunks):
    assert load(LINES, workers=2).processed == 400
    assert Deployment.objects.count() == 200


def test_it_records_each_line_once_by_several_processes(postgresql):
    totals = load(LINES, workers=3)
    assert (totals.received, totals.processed, totals.quarantined, totals.duplicates) == (400, 400, 0, 0)
    assert (Deployment.objects.count(), Change.objects.count(), Service.objects.count()) == (200, 200, 5)
    assert load(LINES, workers=2).duplicates == 400


def test_it_tells_a_bad_line_by_its_number(postgresql):
    lines = [*LINES[:150], "{not json", *LINES[150:], '{"type":"x","at":"2026-03-02T08:00:00Z","service":"pay"}']
    totals = load(lines, workers=2)
    assert (totals.received, totals.processed, totals.quarantined) == (402, 400, 2)
    assert sorted(rejected.line for rejected in totals.rejected) == [151, 402]


def test_it_builds_rollups_in_every_process(postgresql):
    load(LINES, workers=2, afterwards=build_rollups)
    assert not ChangedService.objects.exists()
    assert sum(DayRollup.objects.filter(scope="org", tier="").values_list("deployments", flat=True)) == 200


def test_it_says_when_a_process_died_and_keeps_what_was_recorded(postgresql):
    with pytest.raises(LoadBroken, match="exit code 7"):
        load(LINES, workers=2, afterwards=lambda: os._exit(7))
    recorded = sum(Delivery.objects.values_list("event_count", flat=True))
    again = load(LINES, workers=2)
    assert (again.duplicates, again.processed) == (recorded, 400 - recorded)
    assert Deployment.objects.count() == 200


def test_it_says_why_a_process_could_not_go_on(postgresql):
    def fail() -> None:
        raise ValueError("no more figures")

    with pytest.raises(LoadBroken, match="ValueError: no more figures"):
        load(LINES, workers=2, afterwards=fail)
