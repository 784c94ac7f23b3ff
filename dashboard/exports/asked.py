"""Which rows of a dataset a file holds: those that a list of the same query string would tell, page after page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from django.db.models import QuerySet

from dashboard.access import Actor
from dashboard.datasets import filters, incremental
from dashboard.datasets.columns import Column, Type, flag
from dashboard.datasets.dataset import Dataset, Rows
from dashboard.datasets.filters import BadFilter
from dashboard.exports.writers import Row
from ingest.models import RemovedRow

DELETED = flag("deleted", "The row is no longer in the dataset; all but its key and updated_at are null.")
OWN = ("updated_since", "bom")


@dataclass(frozen=True)
class Asked:
    """What a file holds. ``since``: changes alone, from that instant on, and the rows that were removed; ``until``:
    rows that changed before it. ``as_of``: what to ask for as ``since`` the next time."""

    dataset: Dataset
    rows: Rows
    removed: "QuerySet[RemovedRow]"
    as_of: datetime
    since: datetime | None = None
    until: datetime | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the dataset; with ``since`` all but the key and ``updated_at`` may be null."""
        if self.since is None:
            return self.dataset.columns
        kept = (self.dataset.key, "updated_at")
        return (*(one if one.name in kept else replace(one, nullable=True) for one in self.dataset.columns), DELETED)

    @property
    def ordered(self) -> Rows:
        """The rows: all by their primary key, changes by when they happened."""
        return self.rows.order_by("pk") if self.since is None else self.dataset.ordered(self.rows)

    def removed_rows(self) -> Iterator[Row]:
        """A row for each that was removed, to be read before ``ordered``: one that comes back is told after that."""
        if self.since is None:
            return
        found = self.removed.filter(at__gte=self.since)
        if self.until is not None:
            found = found.filter(at__lt=self.until)
        for key, at in found.order_by("at", "pk").values_list("key", "at").iterator():
            told = {self.dataset.key: _key(self.dataset, key), "updated_at": at, DELETED.name: True}
            yield tuple(told.get(column.name) for column in self.columns)


def everything(dataset: Dataset, since: datetime | None = None, until: datetime | None = None) -> Asked:
    """All rows, for who runs the site."""
    as_of = incremental.as_of()
    rows = _shown(dataset, dataset.rows()) if since is None else dataset.rows()
    removed = incremental.absent(RemovedRow.objects.filter(dataset=dataset.name), dataset, dataset.rows())
    return _between(Asked(dataset, rows, removed, as_of, since, until))


def asked(dataset: Dataset, actor: Actor, query: Mapping[str, str]) -> Asked:
    """What the query string asks for, of the rows that the actor may see.

    Raises:
        BadFilter: it makes no sense, or holds what is no filter.
        Unknown: a service or team that there is not.
    """
    as_of = incremental.as_of()
    known = (*OWN, *filters.names(dataset))
    for name in query:
        if name not in known:
            raise BadFilter(f"There is no parameter {name[:40]!r}. There are {', '.join(known)}.")
    since = filters.instant("updated_since", query["updated_since"]) if query.get("updated_since") else None
    rows = filters.narrowed(dataset, actor, query)
    if since is None and not {*query} & {*dataset.filters}:
        rows = _shown(dataset, rows)
    removed = incremental.absent(dataset.removed(actor), dataset, dataset.queryset(actor))
    return _between(Asked(dataset, rows, removed, as_of, since))


def instant(name: str, text: str) -> datetime:
    """A time with its zone, or a day, which begins at midnight UTC. Raises ``BadFilter``."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return filters.instant(name, text)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _shown(dataset: Dataset, rows: Rows) -> Rows:
    return rows if dataset.hidden is None else rows.exclude(dataset.hidden)


def _between(found: Asked) -> Asked:
    rows, changed = found.rows, found.dataset.changed
    if found.since is not None:
        rows = rows.filter(**{f"{changed}__gte": found.since})
    if found.until is not None:
        rows = rows.filter(**{f"{changed}__lt": found.until})
    return replace(found, rows=rows)


def _key(dataset: Dataset, key: str) -> int | str:
    return int(key) if dataset.column_by_name[dataset.key].type is Type.INTEGER else key
