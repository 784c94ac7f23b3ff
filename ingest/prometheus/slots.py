"""(pure) The slots of a day of UTC: what an objective's indicator counted in each five minutes.

A slot holds what came after its start up to and with its end, as a range of Prometheus does. So the last slot of a day
ends at midnight and holds it.
"""

import math
import struct
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import filterfalse
from typing import NamedTuple

SECONDS = 300
SLOTS = 288
DAY = 86_400
NO_DATA = math.nan

_WIDTH = struct.calcsize("<d")
_EMPTY = array("d", [NO_DATA]) * SLOTS
_VERSION = b"\x01"


class Sums(NamedTuple):
    """Over a span: bad and total events, and how many slots have data. Of a ratio: sums of it, and of ones."""

    bad: float = 0.0
    total: float = 0.0
    measured: int = 0

    def plus(self, other: "Sums") -> "Sums":
        return Sums(self.bad + other.bad, self.total + other.total, self.measured + other.measured)


def _empty() -> "array[float]":
    return _EMPTY[:]


@dataclass(slots=True)
class Slots:
    """One day: ``bad`` and ``total`` of each slot, both NaN where there is no data."""

    bad: "array[float]" = field(default_factory=_empty)
    total: "array[float]" = field(default_factory=_empty)

    def put(self, index: int, bad: float, total: float) -> None:
        """Set a slot; a value that is none (NaN, infinite, below zero) makes it one without data."""
        known = _is_count(bad) and _is_count(total)
        self.bad[index], self.total[index] = (bad, total) if known else (NO_DATA, NO_DATA)

    def at(self, index: int) -> tuple[float, float] | None:
        total = self.total[index]
        return None if math.isnan(total) else (self.bad[index], total)

    def sums(self, first: int = 0, end: int = SLOTS) -> Sums:
        """Of the slots ``[first, end)``."""
        bad = list(filterfalse(math.isnan, self.bad[first:end]))
        total = list(filterfalse(math.isnan, self.total[first:end]))
        return Sums(math.fsum(bad), math.fsum(total), len(total))

    def last_measured(self) -> int | None:
        """The newest slot with data."""
        return next((index for index in range(SLOTS - 1, -1, -1) if not math.isnan(self.total[index])), None)

    def measured(self) -> Iterator[tuple[int, float, float]]:
        """Slots with data: index, bad, total."""
        for index, (bad, total) in enumerate(zip(self.bad, self.total, strict=True)):
            if not math.isnan(total):
                yield index, bad, total


def _is_count(value: float) -> bool:
    return 0 <= value < math.inf


def pack(slots: Slots) -> bytes:
    """A day in few bytes: doubles of little end, the first bytes of all beside each other, compressed."""
    plain = struct.pack(f"<{2 * SLOTS}d", *slots.bad, *slots.total)
    return _VERSION + zlib.compress(b"".join(plain[at::_WIDTH] for at in range(_WIDTH)), 6)


def unpack(packed: bytes | memoryview) -> Slots:
    """Raises: ValueError where the bytes are no packed day."""
    data = bytes(packed)
    if data[:1] != _VERSION:
        raise ValueError("these are no packed slots")
    try:
        planes = zlib.decompress(data[1:])
    except zlib.error as error:
        raise ValueError(f"these are no packed slots: {error}") from error
    if len(planes) != 2 * SLOTS * _WIDTH:
        raise ValueError("these are not the slots of one day")
    plain = bytearray(len(planes))
    for at in range(_WIDTH):
        plain[at::_WIDTH] = planes[at * 2 * SLOTS : (at + 1) * 2 * SLOTS]
    doubles = struct.unpack(f"<{2 * SLOTS}d", plain)
    return Slots(array("d", doubles[:SLOTS]), array("d", doubles[SLOTS:]))


# ---------------------------------------------------------------- slots by time


def slot_of(at: float) -> tuple[date, int]:
    """The day and slot that an instant (Unix seconds) belongs to."""
    number = math.ceil(at / SECONDS) - 1
    day, index = divmod(number, SLOTS)
    return day_of(day), index


def day_of(number: int) -> date:
    """Of days since 1970."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + number)


def slot_end(day: date, index: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=(index + 1) * SECONDS)


def floor(at: datetime) -> datetime:
    """The last border between slots up to and with an instant."""
    seconds = int(at.timestamp()) // SECONDS * SECONDS
    return datetime.fromtimestamp(seconds, UTC)


def spans(start: datetime, end: datetime) -> Iterator[tuple[date, int, int]]:
    """The slots between two borders, by day: ``(day, first, end)``, end left out."""
    first, last = int(start.timestamp()) // SECONDS, int(end.timestamp()) // SECONDS
    while first < last:
        day, index = divmod(first, SLOTS)
        count = min(SLOTS - index, last - first)
        yield day_of(day), index, index + count
        first += count
