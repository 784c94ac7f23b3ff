"""(pure) Days of the organisation's time zone in SQL, also where the database knows no time zones."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
LAST = datetime(2050, 1, 1, tzinfo=UTC)
STEP = timedelta(days=7)  # no zone changes its offset twice within a week, and back


def day_of(instant: str, zone: tzinfo, vendor: str) -> str:
    """SQL for the day on which ``instant``, SQL as well, lies. On SQLite by the offsets of 2000 to 2050."""
    if vendor == "postgresql":
        return f"({instant} AT TIME ZONE '{zone}')::date"
    first, *later = offsets(zone)
    shifted = [f"WHEN {instant} >= '{at:%Y-%m-%d %H:%M:%S}' THEN {_shifted(instant, by)}" for at, by in reversed(later)]
    before = _shifted(instant, first[1])
    return f"CASE {' '.join(shifted)} ELSE {before} END" if shifted else before


def _shifted(instant: str, by: timedelta) -> str:
    return f"date({instant}, '{by.total_seconds():+.0f} seconds')" if by else f"date({instant})"


@lru_cache(maxsize=8)
def offsets(zone: tzinfo) -> tuple[tuple[datetime, timedelta], ...]:
    """From when on which offset from UTC holds; the first holds before as well."""
    return tuple(_offsets(zone))


def _offsets(zone: tzinfo) -> Iterator[tuple[datetime, timedelta]]:
    at, offset = FIRST, _offset(FIRST, zone)
    yield at, offset
    while at < LAST:
        following = at + STEP
        if _offset(following, zone) != offset:
            at = _first_other(at, following, zone)
            offset = _offset(at, zone)
            yield at, offset
        else:
            at = following


def _first_other(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The second from which on the offset is another one than ``before``."""
    held = _offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _offset(middle, zone) == held else (before, middle)
    return after


def _offset(at: datetime, zone: tzinfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
