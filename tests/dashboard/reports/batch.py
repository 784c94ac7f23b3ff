"""A batch of weekly reports that is due, in a database that processes of its own can open."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.utils import timezone

from dashboard.models import Subscription
from tests import factories
from tests.production import ROOT, wait_until

LONG_AGO = "2020-01-01 00:00:00"
TEAMS = 4


def subscribe(count: int) -> list[str]:
    """Addresses outside whose mails, of a few teams and the organisation, have been due for less than an hour."""
    now = timezone.now()
    teams = [factories.make_team(f"team-{number}") for number in range(TEAMS)]
    for team in teams:
        factories.make_service(f"service-of-{team.slug}", team)
    addresses = [f"p{number}@example.com" for number in range(count)]
    Subscription.objects.bulk_create(
        Subscription(
            address=address, team=[None, *teams][number % (TEAMS + 1)], zone="UTC", weekday=now.weekday(),
            hour=now.hour, confirmed_at=now - timedelta(days=2),
        )
        for number, address in enumerate(addresses)
    )  # fmt: skip
    return addresses


class Database:
    """The test's own database, or a copy of it where that is in memory; spoken to without Django."""

    def __init__(self, folder: Path) -> None:
        name = connection.settings_dict["NAME"]
        self._path = folder / "db.sqlite3" if connection.vendor == "sqlite" else None
        if self._path is None:
            user, host, port = (connection.settings_dict[one] for one in ("USER", "HOST", "PORT"))
            password = quote(connection.settings_dict["PASSWORD"] or os.environ.get("PGPASSWORD", ""), safe="")
            self.url = f"postgres://{user}:{password}@{host}:{port}/{name}"
            return
        self.url = f"sqlite:///{self._path}"
        connection.ensure_connection()
        with closing(sqlite3.connect(self._path)) as copy:
            connection.connection.backup(copy)

    def run(self, statement: str) -> list[Any]:
        if self._path is None:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self._path, timeout=20)) as copy, copy:
            return copy.execute(statement).fetchall()

    def states(self) -> dict[str, tuple[str, str]]:
        """State and error by address, of what was begun."""
        rows = self.run(
            "SELECT address, state, error FROM dashboard_sending"
            " JOIN dashboard_subscription ON dashboard_subscription.id = subscription_id"
        )
        return {address: (state, error) for address, state, error in rows}

    def hours_later(self) -> None:
        """Nobody holds a claim any more, and nothing waits to be tried again."""
        self.run(f"UPDATE dashboard_sending SET lease_until = '{LONG_AGO}' WHERE state IN ('claimed', 'handing')")
        self.run(f"UPDATE dashboard_mailtrouble SET again_at = '{LONG_AGO}'")


class Nursery:
    """Starts workers, each a process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, kind: str) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(kind, file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def start_and_wait(self, *kinds: str) -> None:
        workers = [self.start(kind) for kind in kinds]
        wait_until(lambda: not any(alive(worker) for worker in workers), "the workers end")


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@contextmanager
def nursery(database: Database, port: int, log: Path) -> Iterator[Nursery]:
    """Of workers that send by the mail server on ``port``. What it says goes to ``log``."""
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.dashboard.reports.nursery"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, text=True,
            env={**os.environ, **environment(database.url, port)},
        )  # fmt: skip
    try:
        yield Nursery(process)
    finally:
        process.communicate(timeout=60)


def environment(url: str, port: int) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "SECRET_KEY": "of a test",
        "TIME_ZONE": "UTC",
    }
