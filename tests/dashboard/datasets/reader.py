"""A copy of the datasets that is kept by reading what changed, as a BI tool does."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dashboard.datasets import incremental, paging
from dashboard.datasets.dataset import Dataset
from dashboard.datasets.every import DATASETS
from dashboard.models import ApiToken

Table = dict[Any, dict[str, Any]]


@dataclass
class Reader:
    """What one token reads, page by page, and what it keeps of it."""

    token: ApiToken
    size: int = 3
    tables: dict[str, Table] = field(default_factory=lambda: {name: {} for name in DATASETS})
    since: dict[str, datetime] = field(default_factory=dict)

    def poll(self, *names: str) -> None:
        """Read what changed of these datasets, or of all, since the last time."""
        for name in names or DATASETS:
            self._poll(DATASETS[name])

    def _poll(self, dataset: Dataset) -> None:
        since = self.since.get(dataset.name, datetime.fromisoformat("1970-01-01T00:00:00Z"))
        place, table, as_of = None, self.tables[dataset.name], None
        while True:
            asked = paging.Request(dataset, self.token, dataset.queryset(self.token), dataset.names, self.size, since)
            page = paging.page(asked, place, incremental.as_of())
            assert as_of in (None, page.as_of), "it is the first page's on all pages"
            as_of = page.as_of
            for row in page.rows:
                if row.get("deleted"):
                    table.pop(row[dataset.key], None)
                else:
                    table[row[dataset.key]] = row
            place = page.after
            if place is None:
                break
        self.since[dataset.name] = as_of


def full(dataset: Dataset, token: ApiToken) -> Table:
    """All rows as they are."""
    rows = dataset.values(dataset.queryset(token))
    found = [dict(zip(dataset.names, cells, strict=True)) for cells in rows]
    return {row[dataset.key]: row for row in found}


def differences(reader: Reader) -> dict[str, Any]:
    """What the copy has otherwise than a full read, by dataset."""
    found = {}
    for name, dataset in DATASETS.items():
        wanted, held = full(dataset, reader.token), reader.tables[name]
        if wanted != held:
            keys = {key for key in wanted.keys() | held.keys() if wanted.get(key) != held.get(key)}
            found[name] = {key: (held.get(key), wanted.get(key)) for key in sorted(keys, key=str)[:3]}
    return found
