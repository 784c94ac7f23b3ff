"""(pure) Facts as a scan keeps them, so that a rule can be judged later without the repository."""

import logging
import zlib
from typing import Any

import orjson

from ingest.repository.node import Place
from scorecards.reading.subject import Subject
from scorecards.rules.facts.catalogue import COLLECTIONS
from scorecards.rules.facts.live import LiveFacts
from scorecards.rules.facts.model import ABSENT, Collection, Kind, Row, Rows, Value

logger = logging.getLogger(__name__)

MAX_BYTES = 4 << 20  # of one repository's facts, compressed
MAX_PLAIN = 64 << 20
_ABSENT = "absent"


def keep(subject: Subject) -> dict[str, Any]:
    """The rows of every collection as JSON knows them. One that can't be read is left out, and so unknown."""
    facts, told = LiveFacts(subject), {}
    for name, collection in COLLECTIONS.items():
        try:
            rows = facts.rows(name)
        except Exception:
            logger.exception("The facts on %s could not be read", name)
            continue
        if rows is not None:
            told[name] = _plain(collection, rows)
    return told


def _plain(collection: Collection, rows: Rows) -> dict[str, Any]:
    return {
        "fields": [field.name for field in collection.fields],
        "rows": [[row.unit, row.place.path, row.place.line, *map(_told, row.values)] for row in rows.rows],
        "complete": rows.complete,
    }


def _told(value: Value) -> Any:
    return {_ABSENT: True} if value is ABSENT else value


def packed(told: dict[str, Any]) -> bytes:
    """Facts compressed. Where they are too large, the largest collections are left out, and so unknown."""
    parts = {name: orjson.dumps(part, default=str) for name, part in told.items()}
    by_size = sorted(parts, key=lambda name: len(parts[name]))
    while by_size:
        body = orjson.dumps({name: orjson.Fragment(parts[name]) for name in by_size})
        data = zlib.compress(body, 6)
        if len(body) <= MAX_PLAIN and len(data) <= MAX_BYTES:
            return data
        by_size.pop()
    return zlib.compress(b"{}")


class KeptFacts:
    """Rows that a scan kept; fields that came later are unknown in them."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._known: dict[str, Rows | None] = {}

    @classmethod
    def unpacked(cls, data: bytes) -> "KeptFacts":
        return cls(orjson.loads(zlib.decompress(data)))

    def rows(self, collection: str) -> Rows | None:
        if collection not in self._known:
            part, known = self._told.get(collection), COLLECTIONS.get(collection)
            self._known[collection] = _rows(known, part) if part and known else None
        return self._known[collection]


def _rows(collection: Collection, part: dict[str, Any]) -> Rows:
    position = {name: at for at, name in enumerate(part["fields"])}
    ways = [position.get(field.name) for field in collection.fields]
    alike = ways == list(range(len(part["fields"])))
    lists = [at for at, field in enumerate(collection.fields) if field.kind is Kind.LIST]
    others = [at for at, field in enumerate(collection.fields) if field.kind in (Kind.NUMBER, Kind.TRUTH)]
    rows = []
    for unit, path, line, *told in part["rows"]:
        values: list[Any] = told if alike else [None if at is None else told[at] for at in ways]
        for at in lists:
            values[at] = tuple(values[at]) if isinstance(values[at], list) else None
        for at in others:
            values[at] = ABSENT if isinstance(values[at], dict) else values[at]
        rows.append(Row(unit, Place(path, line), tuple(values)))
    return Rows(tuple(rows), part["complete"])
