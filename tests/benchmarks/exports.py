"""A million deployments to CSV, NDJSON and Parquet: the best of some runs, and how far memory rises above its start.

CPU is of the process that writes, and of the database's process that tells it the rows where no others help it.
"""

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import places
from tests.benchmarks.table import Table

FORMS = ("csv", "ndjson", "parquet")
ROUNDS = 3
ALONE = {"PGOPTIONS": "-c max_parallel_workers_per_gather=0"}


def measure(engines: list[str], sizes: list[int]) -> Table:
    size = sizes[-1]
    table = Table(
        f"Exports: {size:,} deployments of 37 columns to a file",
        ["database, form", "seconds", "CPU", "of the database", "rows/s", "rows/CPU s", "MB written", "MB above start"],
    )
    for engine in engines:
        with places.database(engine) as environment:
            places.run(["-m", "tests.benchmarks.exports", "fill", str(size)], environment)
            for form in FORMS:
                table.add(f"{engine} {form}", *_row(size, _best(form, environment)))
    return table


def _best(form: str, environment: dict[str, str]) -> dict[str, float]:
    """The least of each figure; of memory the most."""
    runs = [_run(form, environment) for _ in range(ROUNDS)]
    found = {name: min(run[name] for run in runs) for name in runs[0]}
    return found | {
        "memory": max(run["memory"] for run in runs),
        "database": _run(form, environment | ALONE)["database"],
    }


def _run(form: str, environment: dict[str, str]) -> dict[str, float]:
    found: dict[str, float] = json.loads(places.run(["-m", "tests.benchmarks.exports", form], environment))
    return found


def _row(size: int, found: dict[str, float]) -> list[str]:
    return [
        f"{found['seconds']:.1f}",
        f"{found['cpu']:.1f}",
        f"{found['database']:.1f}",
        f"{size / found['seconds']:,.0f}",
        f"{size / (found['cpu'] + found['database']):,.0f}",
        f"{found['bytes'] / 1e6:,.0f}",
        f"{found['memory'] / 1e6:,.0f}",
    ]


def _fill(size: int) -> None:
    from django.utils import timezone

    from tests.benchmarks import history

    history.fill(size, timezone.now())


def _write(form: str) -> dict[str, Any]:
    from django.db import connection

    from dashboard.datasets.every import DATASETS
    from dashboard.exports import asked
    from dashboard.management.commands.export import write

    found = asked.everything(DATASETS["deployments"])
    connection.ensure_connection()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        memory, began, cpu, database = _memory(), time.perf_counter(), time.process_time(), _cpu_of_database()
        with path.open("wb") as file:
            write(file, found, form, bom=False)
        return {
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - cpu,
            "database": _cpu_of_database() - database,
            "bytes": path.stat().st_size,
            "memory": _memory() - memory,
        }


def _cpu_of_database() -> float:
    """Seconds that the database's process behind our connection has used, where it runs on this machine; SQLite is in
    this one."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _memory() -> int:
    """The most that was resident so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    import django

    django.setup()
    if sys.argv[1] == "fill":
        _fill(int(sys.argv[2]))
    else:
        sys.stdout.write(json.dumps(_write(sys.argv[1])))
