"""``python -m tests.benchmarks [name ...]``: how fast it takes in and shows. It writes nothing to the repository."""

import argparse
import os
import sys
from collections.abc import Callable

from tests.benchmarks import (
    adoption,
    bulk_load,
    exports,
    gate,
    lists,
    page_work,
    places,
    reports,
    scanning,
    scrape,
    single_posts,
)
from tests.benchmarks.table import Table

Measure = Callable[[argparse.Namespace], Table | str]
BENCHMARKS: dict[str, Measure] = {
    "ingest": lambda told: bulk_load.measure(told.events, told.databases),
    "webhooks": lambda told: single_posts.measure(told.posts, told.databases),
    "scans": lambda told: scanning.measure(told.files),
    "gate": lambda told: gate.measure(told.databases),
    "scrape": lambda told: scrape.measure(told.sizes, told.databases),
    "adoption": lambda told: adoption.measure(told.databases),
    "exports": lambda told: exports.measure(told.databases, told.sizes),
    "lists": lambda told: lists.measure(told.databases, told.sizes),
    "reports": lambda told: reports.measure(told.databases),
    "pages": lambda told: page_work.measure(told.sizes, told.databases[-1]),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument(
        "--events", type=int, default=160_000, help="of the bulk load, unless PLUMBLINE_FACTS names a file"
    )
    parser.add_argument("--posts", type=int, default=1_000, help="webhooks a round")
    parser.add_argument("--sizes", type=_sizes, default=[10_000, 100_000, 1_000_000], help="deployments, by commas")
    parser.add_argument("--files", type=int, default=2_000, help="of the repository that is scanned")
    parser.add_argument("--databases", type=_databases, default=None, help="of sqlite, postgresql; by commas")
    told = parser.parse_args()
    wrong = set(told.names) - BENCHMARKS.keys()
    if wrong:
        parser.error(f"there is no benchmark {', '.join(sorted(wrong))}; there are {', '.join(BENCHMARKS)}")
    told.databases = told.databases or places.available()
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    sys.stdout.write(f"{cores} cores, load {load:.1f} before; on a busy machine trust CPU seconds and ratios\n\n")
    for name in told.names or BENCHMARKS:
        sys.stdout.write(f"{BENCHMARKS[name](told)}\n")
        sys.stdout.flush()


def _sizes(text: str) -> list[int]:
    return [int(size.replace("_", "")) for size in text.split(",")]


def _databases(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= set(places.ENGINES):
        raise argparse.ArgumentTypeError(f"must be of {', '.join(places.ENGINES)}")
    return names


main()
