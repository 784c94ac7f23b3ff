"""Events a second through ``manage.py ingest_events``, rollups included, beside raw rows a second into one table."""

import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import events, places
from tests.benchmarks.table import Table

CHUNK = 5_000  # rows a transaction of the raw load, as the command has


class Took(NamedTuple):
    """Seconds of the wall and of the CPU of this machine's Python processes (not of a database server)."""

    wall: float
    cpu: float


def measure(wanted: int, engines: list[str]) -> Table:
    table = Table(
        "Bulk load: native events a second, from the file to current figures",
        ["database", "events", "seconds", "events/s", "CPU s", "raw rows/s", "ratio to raw"],
    )
    with _input(wanted) as path:
        count = sum(1 for line in path.open("rb") if line.strip())
        for engine in engines:
            with places.database(engine) as environment:
                loaded = _load(path, environment)
            with places.database(engine) as environment:
                raw = float(places.run(["-m", "tests.benchmarks.bulk_load", str(path)], environment))
            rate, raw_rate = count / loaded.wall, count / raw
            table.add(
                engine, f"{count:,}", f"{loaded.wall:.1f}", f"{rate:,.0f}", f"{loaded.cpu:.1f}", f"{raw_rate:,.0f}",
                f"{rate / raw_rate:.2f}",
            )  # fmt: skip
    return table


@contextmanager
def _input(wanted: int) -> Iterator[Path]:
    """The file that PLUMBLINE_FACTS names, else one made up."""
    told = os.environ.get("PLUMBLINE_FACTS")
    if told:
        yield Path(told)
        return
    with tempfile.NamedTemporaryFile(suffix=".ndjson") as file:
        file.writelines(line + b"\n" for line in events.lines(wanted))
        file.flush()
        yield Path(file.name)


def _load(path: Path, environment: dict[str, str]) -> Took:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", "ingest_events", str(path)],
        cwd=places.ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    wall = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"ingest_events ended with {done.returncode}: {done.stderr[-2_000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def raw(path: Path) -> float:
    """Seconds to put each line as a row into a table with a primary key: COPY, or prepared inserts on SQLite."""
    from django.db import connection, transaction

    kinds = (
        "(id uuid PRIMARY KEY, line bytea)" if connection.vendor == "postgresql" else "(id text PRIMARY KEY, line blob)"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE raw_lines {kinds}")
    rows = [(uuid.uuid4().hex, line.rstrip(b"\n")) for line in path.open("rb") if line.strip()]
    began = time.perf_counter()
    for start in range(0, len(rows), CHUNK):
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy("COPY raw_lines (id, line) FROM STDIN") as copy:
                    for row in rows[start : start + CHUNK]:
                        copy.write_row(row)
            else:
                cursor.executemany("INSERT INTO raw_lines VALUES (%s, %s)", rows[start : start + CHUNK])
    return time.perf_counter() - began


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(str(raw(Path(sys.argv[1]))))
