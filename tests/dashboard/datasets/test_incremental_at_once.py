"""An incremental reader misses nothing while several write at once, and commit in another order than they wrote."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from random import Random
from threading import Event

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import Error, connection, transaction
from django.utils import timezone

from dashboard.datasets import incremental
from dashboard.datasets.every import DATASETS
from ingest.catalogue import owners
from ingest.models import Deployment, Environment, Service
from scorecards.rollups.build import build_rollups
from scorecards.scans import controls
from tests.dashboard.datasets import acts
from tests.dashboard.datasets.reader import FileReader, Reader, differences
from tests.factories import make_deployment, make_service, make_team, make_token
from tests.scorecards.scans.scanning import conditions

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 30.0
ROUNDS = 20
# A token is read before it is asked with, so where no margin is left it may still be of a team that was merged.
WRITTEN = [act for act in acts.EVERY if act is not acts.merge_teams]


@pytest.fixture(autouse=True)
def one_clock(monkeypatch):
    """Hosts and database are one machine: no margin hides a row that comes late."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    monkeypatch.setattr(incremental, "CLOCKS_APART", timedelta(milliseconds=5))
    monkeypatch.setattr(controls, "in_force", lambda today: conditions())


def in_threads(*work: Callable[[], None]) -> None:
    """Run these at once, each with a connection of its own."""

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        for done in [pool.submit(run, one) for one in work]:
            done.result()


def test_a_row_that_is_committed_late_is_told():
    service = make_service()
    late = make_deployment(service, updated_at=timezone.now())
    reader = Reader(make_token()[0])
    reader.poll("deployments")
    written, read = Event(), Event()

    def write_slowly():
        with transaction.atomic():
            Deployment.objects.filter(pk=late.pk).update(version="late", updated_at=timezone.now())
            written.set()
            assert read.wait(WAIT)

    def read_meanwhile():
        assert written.wait(WAIT)
        make_deployment(service, version="newer", updated_at=timezone.now())
        for _ in range(3):
            reader.poll("deployments")
        assert reader.tables["deployments"][late.pk]["version"] != "late"
        read.set()

    in_threads(write_slowly, read_meanwhile)
    reader.poll("deployments")
    assert reader.tables["deployments"][late.pk]["version"] == "late"


def test_a_removal_that_is_committed_late_is_told():
    gone = make_deployment(make_service(), updated_at=timezone.now())
    reader = Reader(make_token()[0])
    reader.poll("deployments")
    written, read = Event(), Event()

    def delete_slowly():
        with transaction.atomic():
            Deployment.objects.filter(pk=gone.pk).delete()
            written.set()
            assert read.wait(WAIT)

    def read_meanwhile():
        assert written.wait(WAIT)
        for _ in range(3):
            reader.poll("deployments")
        assert gone.pk in reader.tables["deployments"]
        read.set()

    in_threads(delete_slowly, read_meanwhile)
    reader.poll("deployments")
    assert reader.tables["deployments"] == {}


def test_a_judgement_that_is_committed_late_is_told():
    acts.deploy(6, 0)
    reader = Reader(make_token()[0])
    reader.poll("deployments")
    written, read = Event(), Event()

    def judge_slowly():
        with transaction.atomic():
            build_rollups()
            written.set()
            assert read.wait(WAIT)

    def read_meanwhile():
        assert written.wait(WAIT)
        for _ in range(3):
            reader.poll("deployments")
        assert {row["failed"] for row in reader.tables["deployments"].values()} == {None}
        read.set()

    in_threads(judge_slowly, read_meanwhile)
    reader.poll("deployments")
    assert {row["failed"] for row in reader.tables["deployments"].values()} == {False}


@pytest.mark.slow
def test_a_copy_that_follows_several_writers_ends_like_a_full_read():
    acts.begin()
    tokens = [make_token(team=team)[0] for team in (None, make_team("pay"), make_team("unassigned"))]
    readers = [Reader(tokens[0], size=10), FileReader(tokens[1]), Reader(tokens[2], size=10)]
    over = Event()

    def write(number: int) -> Callable[[], None]:
        chance = Random(number)  # noqa: S311 - the same acts each time

        def acting() -> None:
            for _ in range(ROUNDS):
                # Two that want the same rows may send one back, as workers are that then come again.
                with suppress(Error, ObjectDoesNotExist), transaction.atomic():
                    for act in chance.choices(WRITTEN, k=chance.randint(1, 3)):
                        act(chance.randint(1, 12), chance.randint(1, 12))

        return acting

    def read() -> None:
        while not over.is_set():
            for reader in readers:
                reader.poll(*chosen())

    turns = Random(0)  # noqa: S311

    def chosen() -> list[str]:
        return turns.sample(sorted(DATASETS), 5)

    def write_all() -> None:
        try:
            in_threads(*(write(number) for number in range(3)))
        finally:
            over.set()

    in_threads(write_all, read)
    build_rollups()
    owners.settle()
    assert Service.objects.exists()
    assert Environment.objects.exists()
    for reader in readers:
        reader.poll()
        assert differences(reader) == {}
