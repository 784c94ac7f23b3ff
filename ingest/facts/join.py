"""How two sightings of a fact become one: commutative, associative and idempotent, field by field.

Each field of a fact is held by the latest event that carried it, by time and then by delivery key; a few fields are
held by their earliest value. A deployment's status is its latest terminal status, and ``finished_at`` the first time
of that status. Definition: metrics.md, "Joining".
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

Stamp = tuple[int, str]  # microseconds since 1970, delivery key
Stamps = dict[str, Stamp]

TERMINAL = frozenset({"succeeded", "failed", "cancelled"})
EARLIEST = frozenset({"first_review_at", "approved_at", "acknowledged_at"})
FIRST = "first_"  # of a status: the pseudo-fields first_succeeded, first_failed, first_cancelled
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


class Joined:
    """A fact while it is being joined: the values of its fields and which event each came from."""

    __slots__ = ("changed", "stamps", "values")

    def __init__(self, values: dict[str, Any] | None = None, stamps: Stamps | None = None) -> None:
        self.values: dict[str, Any] = {} if values is None else values
        self.stamps: Stamps = {} if stamps is None else stamps
        self.changed = False

    def add(self, at: datetime, key: str, said: Mapping[str, Any]) -> None:
        """Join one sighting."""
        stamp = (microseconds(at), key)
        values, stamps = self.values, self.stamps
        for field, value in said.items():
            held = stamps.get(field)
            if field in EARLIEST:
                if held is None or (value, stamp) < (values[field], held):
                    values[field], stamps[field] = value, stamp
                    self.changed = True
            elif held is None or stamp > held:
                values[field], stamps[field] = value, stamp
                self.changed = True
        terminal = said.get("terminal")
        if terminal is not None:
            first = FIRST + terminal
            held = stamps.get(first)
            if held is None or stamp < held:
                stamps[first] = stamp
                self.changed = True

    def merge(self, other: "Joined") -> None:
        """Join all that another row of the same fact knows."""
        for field, stamp in other.stamps.items():
            held = self.stamps.get(field)
            if field.startswith(FIRST) and field not in other.values:
                better = held is None or stamp < held
            elif field in EARLIEST:
                better = held is None or (other.values[field], stamp) < (self.values[field], held)
            else:
                better = held is None or stamp > held
            if better:
                self.stamps[field] = stamp
                if field in other.values:
                    self.values[field] = other.values[field]
                self.changed = True

    @property
    def status(self) -> str:
        """Of a deployment: its latest terminal status, else how far it is."""
        return self.values.get("terminal") or self.values.get("progress") or "pending"

    @property
    def finished_at(self) -> datetime | None:
        """Of a deployment: the first time of its terminal status."""
        terminal = self.values.get("terminal")
        return instant(self.stamps[FIRST + terminal][0]) if terminal else None


def pack(stamps: Stamps) -> str:
    """Stamps as a short text: each winning event once, with the fields that it holds."""
    fields_by_stamp: dict[Stamp, list[str]] = {}
    for field, stamp in stamps.items():
        fields_by_stamp.setdefault(stamp, []).append(field)
    rows = [(at, key, " ".join(sorted(fields))) for (at, key), fields in sorted(fields_by_stamp.items())]
    return orjson.dumps(rows).decode()


def unpack(text: str) -> Stamps:
    rows: Iterable[tuple[int, str, str]] = orjson.loads(text) if text else ()
    return {field: (at, key) for at, key, fields in rows for field in fields.split(" ")}
