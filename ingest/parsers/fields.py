"""(pure) Typed reading of an untrusted payload: what is missing or of a wrong type raises with its place."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from ingest.errors import MalformedPayload
from ingest.parsers import times

MAX_NAME = 300
MAX_PROSE = 10_000
MAX_LIST = 20_000
MAX_NUMBER = 2**63
EPOCH = times.EPOCH
_SHA = re.compile(r"[0-9a-f]{7,64}")


class Fields:
    """An object of a payload. ``latest``: what the sender's clock tells beyond it is refused as future.

    Every method raises ``MalformedPayload``. ``maybe_…`` gives ``None`` where the member is absent or null.
    """

    __slots__ = ("_latest", "_path", "_value")

    def __init__(self, value: Mapping[str, Any], latest: datetime, path: str = "") -> None:
        self._value, self._latest, self._path = value, latest, path

    def raw(self, name: str) -> Any:
        """The member as it is, for what may be of several types."""
        return self._value.get(name)

    def refuse(self, name: str, wanted: str, code: str = "bad_field") -> NoReturn:
        place = f"{self._path}.{name}" if self._path else name
        value = self._value.get(name)
        if name not in self._value:
            raise MalformedPayload(f"“{place}” is missing; it must be {wanted}.", "missing_field")
        raise MalformedPayload(f"“{place}” is {_shown(value)}; it must be {wanted}.", code)

    # ---- objects and lists

    def maybe_child(self, name: str) -> "Fields | None":
        value = self._value.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.refuse(name, "an object")
        return Fields(value, self._latest, f"{self._path}.{name}" if self._path else name)

    def child(self, name: str) -> "Fields":
        found = self.maybe_child(name)
        return self.refuse(name, "an object") if found is None else found

    def _list(self, name: str) -> list[Any]:
        value = self._value.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > MAX_LIST:
            self.refuse(name, f"a list of at most {MAX_LIST:,}")
        return value

    def children(self, name: str) -> "list[Fields]":
        """A list of objects; empty where it is absent."""
        values = self._list(name)
        if not all(isinstance(value, dict) for value in values):
            self.refuse(name, "a list of objects")
        prefix = f"{self._path}.{name}" if self._path else name
        return [Fields(value, self._latest, f"{prefix}[{index}]") for index, value in enumerate(values)]

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty where it is absent."""
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            self.refuse(name, "a list of texts")
        return [clean(value[:MAX_PROSE]) for value in values]

    # ---- texts

    def maybe_text(self, name: str, limit: int = MAX_NAME) -> str | None:
        """A name or an id: not blank, at most ``limit`` characters."""
        value = self._value.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or len(value) > limit:
            self.refuse(name, f"a text of 1 to {limit} characters")
        return clean(value)

    def text(self, name: str, limit: int = MAX_NAME) -> str:
        found = self.maybe_text(name, limit)
        return self.refuse(name, f"a text of 1 to {limit} characters") if found is None else found

    def prose(self, name: str) -> str:
        """A text of any length, cut at 10,000 characters; empty where it is absent."""
        value = self._value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(name, "a text")
        return clean(value[:MAX_PROSE])

    def url(self, name: str) -> str:
        """A web address; empty where it is absent or of a scheme that no page may link to."""
        value = self.prose(name)
        return value if value.lower().startswith(("https://", "http://")) else ""

    def maybe_sha(self, name: str) -> str | None:
        value = self._value.get(name)
        if value is None:
            return None
        found = as_sha(value)
        return self.refuse(name, "a commit's sha") if found is None else found

    def sha(self, name: str) -> str:
        found = self.maybe_sha(name)
        return self.refuse(name, "a commit's sha") if found is None else found

    # ---- numbers and flags

    def maybe_number(self, name: str, limit: int = MAX_NUMBER) -> int | None:
        value = self._value.get(name)
        if value is None:
            return None
        if type(value) is not int or not 0 <= value < limit:
            self.refuse(name, "a whole number")
        return value

    def number(self, name: str, limit: int = MAX_NUMBER) -> int:
        found = self.maybe_number(name, limit)
        return self.refuse(name, "a whole number") if found is None else found

    def flag(self, name: str) -> bool:
        """True or false; false where it is absent."""
        value = self._value.get(name)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, "true or false")
        return bool(value)

    # ---- times

    def maybe_time(self, name: str) -> datetime | None:
        """A time by the sender's clock, in UTC: a text (``times.parse_when``), or whole seconds since 1970."""
        at = self._instant(name)
        return None if at is None else self._not_future(name, at)

    def _not_future(self, name: str, at: datetime) -> datetime:
        if at > self._latest:
            self.refuse(
                name, f"at most 10 minutes after it was received ({self._latest:%Y-%m-%dT%H:%MZ})", "future_time"
            )
        return at

    def time(self, name: str) -> datetime:
        found = self.maybe_time(name)
        return self.refuse(name, "a time such as 2026-03-02T10:00:00Z", "bad_time") if found is None else found

    def maybe_milliseconds(self, name: str) -> datetime | None:
        """A time by the sender's clock, in UTC, told as whole milliseconds since 1970, as a number or in digits."""
        at = self.author_milliseconds(name)
        return None if at is None else self._not_future(name, at)

    def author_milliseconds(self, name: str) -> datetime | None:
        """The same by an author's clock, which may run ahead: no limit to the future."""
        value = self._value.get(name)
        if value is None:
            return None
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        seconds, rest = divmod(value, 1000) if type(value) is int else (-1, 0)
        at = _from_seconds(seconds)
        if at is None:
            self.refuse(name, "whole milliseconds since 1970", "bad_time")
        return at + timedelta(milliseconds=rest)

    def author_time(self, name: str) -> datetime:
        """A time by an author's clock, which may run ahead: no limit to the future."""
        found = self._instant(name)
        return self.refuse(name, "a time such as 2026-03-02T10:00:00Z", "bad_time") if found is None else found

    def _instant(self, name: str) -> datetime | None:
        value = self._value.get(name)
        if value is None:
            return None
        at = _from_seconds(value) if type(value) is int else _from_text(value)
        if at is None:
            self.refuse(name, "a time with its zone, from 1970 on, such as 2026-03-02T10:00:00Z", "bad_time")
        return at


def tolerated(received_at: datetime) -> datetime:
    """The latest time that a sender's clock may tell in what was received then."""
    return received_at + timedelta(minutes=10)


def as_sha(value: object) -> str | None:
    """A commit's sha, 7 to 64 hex digits, in lower case; ``None`` for anything else."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    value = value.lower()
    return value if _SHA.fullmatch(value) else None


def clean(text: str) -> str:
    """A text that every database takes: no NUL, no half of a surrogate pair."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\0", "\ufffd")


def _from_seconds(value: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC) if value >= 0 else None
    except (OverflowError, ValueError, OSError):
        return None


def _from_text(value: object) -> datetime | None:
    """``None`` for what is no time, has no zone, or lies before 1970 or outside the calendar."""
    return times.parse_when(value) if isinstance(value, str) else None


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, dict | list) else type(value).__name__
    return clean(text if len(text) <= 60 else text[:57] + "…")
