"""A million deployments to CSV and Parquet: rows a second, and how far memory rises above where it began."""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import places
from tests.benchmarks.table import Table

FORMS = ("csv", "ndjson", "parquet")


def measure(engines: list[str], sizes: list[int]) -> Table:
    size = sizes[-1]
    table = Table(
        f"Exports: {size:,} deployments of 37 columns to a file",
        ["database, form", "seconds", "CPU", "rows/s", "MB written", "MB of memory above start"],
    )
    for engine in engines:
        with places.database(engine) as environment:
            places.run(["-m", "tests.benchmarks.exports", "fill", str(size)], environment)
            for form in FORMS:
                found = json.loads(places.run(["-m", "tests.benchmarks.exports", form], environment))
                table.add(
                    f"{engine} {form}",
                    f"{found['seconds']:.1f}",
                    f"{found['cpu']:.1f}",
                    f"{size / found['seconds']:,.0f}",
                    f"{found['bytes'] / 1e6:,.0f}",
                    f"{found['memory'] / 1e6:,.0f}",
                )
    return table


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
        memory, began, cpu = _memory(), time.perf_counter(), time.process_time()
        with path.open("wb") as file:
            write(file, found, form, bom=False)
        return {
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - cpu,
            "bytes": path.stat().st_size,
            "memory": _memory() - memory,
        }


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
