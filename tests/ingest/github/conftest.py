"""A small organisation at the local GitHub, and a source that reads it."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from ingest.github.client import Clock
from ingest.github.credentials import Token
from ingest.github.status import connect
from ingest.github.sync import synchronise
from ingest.inbox.process import process_pending
from ingest.models import GitHubSync
from tests.factories import make_source
from tests.github_server.journal import NOW
from tests.github_server.organisation import make
from tests.github_server.server import Server
from tests.ingest.facts import snapshot


class Time:
    """A clock that moves when it is told to, or slept on."""

    def __init__(self) -> None:
        self.now = NOW + timedelta(hours=1)

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def seconds(self) -> float:
        return self.now.timestamp()

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, sleep=self.sleep, jitter=lambda: 1.0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server(time: Time) -> Iterator[Server]:
    """It lives by the same clock as who reads it."""
    with Server(make(3, commits=12, pulls=6, deployments=8), clock=time.seconds) as server:
        yield server


@pytest.fixture
def sync(db: None, server: Server) -> GitHubSync:
    return connected(server)


def connected(server: Server, since: date | None = None, **options: object) -> GitHubSync:
    source = make_source("github", options=options)
    return connect(source, "acme", Token("a-token"), api_url=server.url, since=since)


@pytest.fixture
def read(time: Time) -> Callable[[GitHubSync], int]:
    """One pass and its record; how many requests it took."""

    def one(sync: GitHubSync) -> int:
        sync = GitHubSync.objects.select_related("source").get(pk=sync.pk)
        assert synchronise(sync, time.clock)
        while process_pending():
            pass
        sync.refresh_from_db()
        return sync.requests

    return one


def facts() -> dict[str, list[Any]]:
    """All that is known, by natural keys. Stamps name the page that told, and pages are cut otherwise each time."""
    return {name: [_unstamped(row) for row in rows] for name, rows in snapshot.facts().items()}


def _unstamped(row: Any) -> Any:
    if not isinstance(row, str):
        return row
    told = json.loads(row)
    told.pop("stamps", None)
    return told


@pytest.fixture
def undisturbed(sync: GitHubSync, read: Callable[[GitHubSync], int], time: Time) -> dict[str, list[Any]]:
    """The facts of a pass that nothing disturbs; it is undone."""
    point, at = transaction.savepoint(), time.now
    read(sync)
    found = facts()
    transaction.savepoint_rollback(point)
    time.now = at
    sync.refresh_from_db()
    return found
