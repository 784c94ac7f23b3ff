"""Two workers at the same moment, each with a connection of its own."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection


def by_two_workers(work: Callable[[], int]) -> list[int]:
    """What each of them counted. Skips on SQLite."""
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time: SQLite's threads share the connection here")
    start, counts = Barrier(2), []

    def each() -> None:
        start.wait()
        counts.append(work())
        connection.close()

    workers = [Thread(target=each) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return counts
