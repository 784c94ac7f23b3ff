"""Databases for a benchmark: made for it and dropped after it, on SQLite and, where it answers, PostgreSQL."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER = "postgres://postgres@127.0.0.1:5432/postgres"  # unless DATABASE_URL names a PostgreSQL
ENGINES = ("sqlite", "postgresql")


def server() -> str | None:
    """The address of a PostgreSQL that answers, or ``None``."""
    told = os.environ.get("DATABASE_URL", "")
    address = told if urlsplit(told).scheme in ("postgres", "postgresql") else SERVER
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.Error:
        return None
    return address


def available() -> list[str]:
    return [engine for engine in ENGINES if engine == "sqlite" or server()]


@contextmanager
def database(engine: str) -> Iterator[dict[str, str]]:
    """The environment of a process that uses an empty, migrated database of its own."""
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder:
        if engine == "sqlite":
            yield _migrated(f"sqlite:///{folder}/bench.sqlite3")
            return
        address = server()
        assert address is not None  # noqa: S101 - only what is available is asked for
        name = f"plumbline_bench_{os.getpid()}"
        _administer(address, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield _migrated(urlunsplit(urlsplit(address)._replace(path=f"/{name}")))
        finally:
            _administer(address, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _administer(address: str, statement: sql.Composed) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


def _migrated(url: str) -> dict[str, str]:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "SECRET_KEY": "of a benchmark, whose database is gone after it",
    }
    environment.pop("BROKER_URL", None)
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    return environment


def run(arguments: Sequence[str], environment: dict[str, str]) -> str:
    """Run Python in a process of its own; what it wrote to stdout. A failure shows what it said."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout
