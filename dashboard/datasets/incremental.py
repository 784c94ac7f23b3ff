"""Up to when an incremental reader has everything, and what changed since then, removed rows among it.

Rows bear the time at which they were written, and are seen when their transaction commits, which may be much later. So
a reader is told ``as_of``: no later than the begin of any transaction that may still commit rows, and of any fact that
is still to be judged. Whoever comes back for all from there on misses nothing, and is told some rows twice.
"""

import sqlite3
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Exists, Min, OuterRef, QuerySet
from django.utils import timezone

from dashboard.access import Actor
from dashboard.datasets.dataset import Dataset, Rows
from ingest.models import ChangedService, RemovedRow

CLOCKS_APART = timedelta(seconds=5)  # at most: those of our hosts and the database's
LONGEST = timedelta(minutes=15)  # a transaction on SQLite, which does not tell when its writer began
OLDEST_TRANSACTION = (
    "SELECT LEAST(clock_timestamp(), MIN(xact_start)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def as_of() -> datetime:
    """What to ask for as ``updated_since`` the next time. To be asked for before the rows are read."""
    begun = _begun_on_sqlite() if connection.vendor == "sqlite" else _begun_on_postgresql()
    # Behind the other: who commits in between was counted there, or left a mark that is seen here.
    marked = ChangedService.objects.aggregate(at=Min("at"))["at"]
    return min(begun - CLOCKS_APART, marked or begun).astimezone(UTC)


def _begun_on_postgresql() -> datetime:
    """When the oldest transaction began that is not over, or now."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_TRANSACTION)
        begun: datetime = cursor.fetchone()[0]
    return begun


def _begun_on_sqlite() -> datetime:
    """Now, where nobody writes: whoever does holds the one lock."""
    now = timezone.now()
    if connection.in_atomic_block:
        return now - LONGEST
    connection.ensure_connection()
    raw: sqlite3.Connection = connection.connection
    (patience,) = raw.execute("PRAGMA busy_timeout").fetchone()
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return now - LONGEST
    finally:
        raw.execute(f"PRAGMA busy_timeout = {int(patience)}")
    return now


def removed_since(dataset: Dataset, actor: Actor, since: datetime) -> "QuerySet[RemovedRow]":
    """The keys that left the dataset at or after ``since`` and are not in it, as far as the actor may know of them."""
    return absent(dataset.removed(actor), dataset, dataset.queryset(actor)).filter(at__gte=since)


def absent(removed: "QuerySet[RemovedRow]", dataset: Dataset, rows: Rows) -> "QuerySet[RemovedRow]":
    """Those removed that are not among the dataset's ``rows``."""
    same = rows.filter(slug=OuterRef("key")) if dataset.key == "slug" else rows.filter(pk=OuterRef("row"))
    return removed.filter(~Exists(same))


def newest(dataset: Dataset) -> datetime | None:
    """When the dataset changed last, whoever looks."""
    changed = dataset.rows().order_by(f"-{dataset.changed}").values_list(dataset.changed, flat=True).first()
    removed = RemovedRow.objects.filter(dataset=dataset.name).order_by("-at").values_list("at", flat=True).first()
    return max((at for at in (changed, removed) if at is not None), default=None)
