"""(pure) Times as senders write them -> UTC: every date style that one of them uses."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_TEXT = 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# "2013-12-03 17:15:43 UTC", "2022-08-05 14:25:15 +0800", and both at once, as Go prints a time
_SPACED = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?([+-]\d\d:?\d\d|UTC|GMT|Z)(?: [A-Z]{1,5})?")
_MAIL = re.compile(r"[A-Z][a-z]{2}, ")


def parse_when(text: str) -> datetime | None:
    """A time with its zone, in UTC; ``None`` for what is none, has no zone, or lies before 1970."""
    if len(text) > MAX_TEXT:
        return None
    try:
        at = _mail(text) if _MAIL.match(text) else datetime.fromisoformat(_iso(text))
        at = at.astimezone(UTC) if at.tzinfo is not None else EPOCH - timedelta(1)
    except (ValueError, OverflowError, TypeError):
        return None
    return at if at >= EPOCH else None


def _iso(text: str) -> str:
    spaced = _SPACED.fullmatch(text)
    if spaced is None:
        return text
    day, clock, zone = spaced.groups()
    return f"{day}T{clock}{'Z' if zone.isalpha() else zone}"


def _mail(text: str) -> datetime:
    """``Tue, 15 Nov 1994 08:12:31 GMT``."""
    return parsedate_to_datetime(text)
