"""A copy of the datasets that is kept by reading what changed, as a BI tool does."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dashboard.datasets import incremental, paging
from dashboard.datasets.dataset import Dataset
from dashboard.datasets.every import DATASETS
from dashboard.exports import stream
from dashboard.exports.asked import asked
from dashboard.models import ApiToken

Table = dict[Any, dict[str, Any]]
EVER = datetime.fromisoformat("1970-01-01T00:00:00Z")


@dataclass
class Reader:
    """What one token reads, page by page, and what it keeps of it."""

    token: ApiToken
    size: int = 3
    tables: dict[str, Table] = field(default_factory=lambda: {name: {} for name in DATASETS})
    since: dict[str, datetime] = field(default_factory=dict)

    def poll(self, *names: str) -> None:
        """Read what changed of these datasets, or of all, since the last time."""
        self.token = ApiToken.objects.get(pk=self.token.pk)
        for name in names or DATASETS:
            rows, self.since[name] = self._changes(DATASETS[name], self.since.get(name, EVER))
            self._take(DATASETS[name], rows)

    def _take(self, dataset: Dataset, rows: Iterable[dict[str, Any]]) -> None:
        table = self.tables[dataset.name]
        for row in rows:
            if row.pop("deleted", False):
                table.pop(row[dataset.key], None)
            else:
                table[row[dataset.key]] = row

    def _changes(self, dataset: Dataset, since: datetime) -> tuple[list[dict[str, Any]], datetime]:
        place, as_of = None, None
        rows: list[dict[str, Any]] = []
        while True:
            before = incremental.as_of()
            request = paging.Request(dataset, self.token, dataset.queryset(self.token), dataset.names, self.size, since)
            page = paging.page(request, place, before)
            assert as_of in (None, page.as_of), "it is the first page's on all pages"
            as_of = page.as_of
            rows += page.rows
            place = page.after
            if place is None:
                return rows, as_of

    def full(self, dataset: Dataset) -> Table:
        """All rows as they are."""
        return full(dataset, self.token)


class FileReader(Reader):
    """The same with files."""

    def _changes(self, dataset: Dataset, since: datetime) -> tuple[list[dict[str, Any]], datetime]:
        found = asked(dataset, self.token, {"updated_since": since.isoformat()})
        pieces = stream.ndjson_of(dataset, found.columns, found.ordered, found.removed_rows())
        return list(map(json.loads, b"".join(pieces).splitlines())), found.as_of

    def full(self, dataset: Dataset) -> Table:
        rows = super().full(dataset)
        return {key: {name: _in_json(cell) for name, cell in row.items()} for key, row in rows.items()}


def _in_json(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.isoformat().replace("+00:00", "Z")
    return cell.isoformat() if isinstance(cell, date) else cell


def full(dataset: Dataset, token: ApiToken) -> Table:
    """All rows that the token sees as they are."""
    rows = dataset.values(dataset.queryset(token))
    found = [dict(zip(dataset.names, cells, strict=True)) for cells in rows]
    return {row[dataset.key]: row for row in found}


def differences(reader: Reader) -> dict[str, Any]:
    """What the copy has otherwise than a full read, by dataset."""
    found = {}
    for name, dataset in DATASETS.items():
        wanted, held = reader.full(dataset), reader.tables[name]
        if wanted != held:
            keys = {key for key in wanted.keys() | held.keys() if wanted.get(key) != held.get(key)}
            found[name] = {key: (held.get(key), wanted.get(key)) for key in sorted(keys, key=str)[:3]}
    return found
