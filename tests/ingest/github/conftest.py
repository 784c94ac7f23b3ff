"""A small organisation at the local GitHub, and a source that reads it."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

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


class Time:
    """A clock that moves when it is told to, or slept on."""

    def __init__(self) -> None:
        self.now = NOW + timedelta(hours=1)

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, sleep=self.sleep, jitter=lambda: 1.0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(make(3, commits=12, pulls=6, deployments=8)) as server:
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
