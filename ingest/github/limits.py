"""(pure) What GitHub's answers say of its limits: until when nothing is to be asked."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

LEAST = timedelta(seconds=60)
MOST = timedelta(minutes=15)
LONGEST = timedelta(hours=1)
TOLD_IN = 2_000  # characters of a body that are searched for the words


class Limit(NamedTuple):
    """Nothing is to be asked before ``until``. ``everything``: of no part of the API, not only of the one asked."""

    until: datetime
    everything: bool


def is_limit(status: int, headers: Mapping[str, str], body: str) -> bool:
    """Whether an answer turns us away for asking too much."""
    if status == 429:
        return True
    return status == 403 and (
        "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or "rate limit" in body[:TOLD_IN].lower()
    )


def limit_of(headers: Mapping[str, str], body: str, now: datetime, before: int) -> Limit:
    """Until when an answer asks to wait.

    The primary limit ends when it says; the secondary after what it says, else after a minute, doubled for each one
    ``before`` this.
    """
    after, reset = number(headers.get("retry-after")), number(headers.get("x-ratelimit-reset"))
    if after is not None:
        return Limit(now + min(max(timedelta(seconds=after), timedelta(seconds=1)), LONGEST), everything=True)
    secondary = "secondary rate limit" in body[:TOLD_IN].lower()
    # GraphQL turns a query away that costs more points than are left, so that some may be.
    used_up = headers.get("x-ratelimit-remaining") == "0" or '"RATE_LIMIT' in body[:TOLD_IN]
    if reset is not None and used_up and not secondary:
        return Limit(_within(datetime.fromtimestamp(reset, UTC), now), everything=False)
    return Limit(now + min(LEAST * 2 ** min(before, 10), MOST), everything=True)


class Left(NamedTuple):
    """What may still be asked of one part of the API."""

    part: str
    limit: int | None
    remaining: int
    reset_at: datetime | None


def left_of(headers: Mapping[str, str], part: str, now: datetime) -> Left | None:
    """What an answer says is left; ``None`` where it says nothing. ``part``: what was asked, if it does not tell."""
    remaining, reset = number(headers.get("x-ratelimit-remaining")), number(headers.get("x-ratelimit-reset"))
    if remaining is None:
        return None
    limit = number(headers.get("x-ratelimit-limit"))
    reset_at = None if reset is None else _within(datetime.fromtimestamp(reset, UTC), now)
    named = headers.get("x-ratelimit-resource", "")
    part = named if named.isascii() and named.replace("_", "").isalnum() and len(named) <= 40 else part
    return Left(part, None if limit is None else int(limit), int(remaining), reset_at)


def _within(at: datetime, now: datetime) -> datetime:
    """A host whose clock is off must not stop us for days, nor let us ask at once again and again."""
    return min(max(at, now + timedelta(seconds=1)), now + LONGEST)


def number(text: Any) -> float | None:
    """A number of seconds or of calls as a header tells it."""
    good = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 12
    return float(text) if good else None
