"""The production shape for tests: an own database on PostgreSQL, a broker, processes that can be killed."""

import atexit
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SERVER = "postgres://postgres@127.0.0.1:5432"
PATIENCE = 120.0  # seconds


@contextlib.contextmanager
def postgresql_database() -> Iterator[str]:
    """The URL of a new, migrated database, which is dropped at the end."""
    name = f"plumbline_{uuid4().hex[:12]}"
    _ask(f"CREATE DATABASE {name} TEMPLATE {_migrated_postgresql()}")
    try:
        yield f"{SERVER}/{name}"
    finally:
        _ask(f"DROP DATABASE {name} WITH (FORCE)")


def sqlite_database(path: Path) -> str:
    """The URL of a new, migrated database in this file."""
    shutil.copy(_migrated_sqlite(), path)
    return f"sqlite:///{path}"


@functools.cache
def _migrated_postgresql() -> str:
    """What all are copied from: migrations take seconds, a copy takes none."""
    name = f"plumbline_template_{uuid4().hex[:12]}"
    _ask(f"CREATE DATABASE {name}")
    atexit.register(_ask, f"DROP DATABASE {name} WITH (FORCE)")
    Site(f"{SERVER}/{name}").manage("migrate", "-v", "0")
    return name


@functools.cache
def _migrated_sqlite() -> Path:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    Site(f"sqlite:///{folder / 'db.sqlite3'}").manage("migrate", "-v", "0")
    return folder / "db.sqlite3"


def _ask(statement: str) -> None:
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(statement)  # type: ignore[arg-type]


class Site:
    """One installation, spoken to through its commands."""

    def __init__(self, database_url: str, broker_url: str = "") -> None:
        self.database_url = database_url
        own = {"DATABASE_URL": database_url, "BROKER_URL": broker_url, "SECRET_KEY": "of a test", "TIME_ZONE": "UTC"}
        unwanted = ("CACHE_URL", "HOLIDAYS", "DJANGO_SETTINGS_MODULE")
        self.environment = {name: value for name, value in os.environ.items() if name not in unwanted} | own

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, code: str) -> str:
        """Python in the site."""
        return self.manage("shell", "--no-imports", "-c", code)

    def at_once(self, processes: int, *arguments: str) -> list[str]:
        """The same command by several processes at the same time; what each says on stderr."""
        started = [
            subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            )
            for _ in range(processes)
        ]  # fmt: skip
        try:
            return [process.communicate(timeout=PATIENCE)[1] for process in started]
        finally:
            for process in started:
                process.kill()

    @contextlib.contextmanager
    def workers(self, log: Path, *more: str) -> Iterator[Callable[[], None]]:
        """Celery workers; gives what kills them all at once. What is left is killed at the end."""
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "dashboard", "worker", "--concurrency", "3", "-l", "INFO",
                 "-n", f"{uuid4().hex[:8]}@test", "--without-gossip", "--without-mingle", *more],
                cwd=ROOT, env=self.environment, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

        def kill() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)

        try:
            yield kill
        finally:
            kill()

    def count(self, query: str) -> int:
        """What a query of one number answers, asked of PostgreSQL itself."""
        assert urlsplit(self.database_url).scheme == "postgres"
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return int(row[0])


def wait_until(true: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Ask again and again; fails with ``what`` where it does not come true."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, f"{what}: not within {patience:.0f} s"
        time.sleep(0.02)
