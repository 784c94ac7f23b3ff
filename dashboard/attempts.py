"""How often somebody tried to sign in: counted in the cache, by user name and by client address, in slots of time."""

import logging
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

SLOT_SECONDS = 15 * 60
PER_NAME = 10
PER_ADDRESS = 50  # a whole office may come from one address


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. ``now``: seconds since the epoch, which decide the slot that it counts in."""

    name: str
    address: str
    now: float

    @property
    def retry_after(self) -> int:
        """Seconds until the slot ends, 1 at least."""
        return SLOT_SECONDS - int(self.now) % SLOT_SECONDS

    def count(self) -> bool:
        """Note the try, before the password is looked at; whether it is within both limits.

        Names that nobody has are counted alike, so that an answer tells nothing of who is known here. An address beyond
        its limit uses up no name's tries.
        """
        return all(_counted(key) <= limit for key, limit in self._limits())

    def succeeded(self) -> None:
        """The name's tries are forgotten, and this one of the address; others from there stay counted."""
        (address, _), (name, _) = self._limits()
        try:
            cache.decr(address)
            cache.delete(name)
        except (RedisError, ValueError):  # ValueError: its slot ended meanwhile
            logger.warning("A sign-in could not be taken off the count of tries", exc_info=True)

    def _limits(self) -> Iterator[tuple[str, int]]:
        slot = int(self.now) // SLOT_SECONDS
        for kind, value, limit in (("address", self.address, PER_ADDRESS), ("name", _plain(self.name), PER_NAME)):
            digest = sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
            yield f"sign-in/{kind}/{slot}/{digest}", limit


def attempt_of(request: HttpRequest, now: float, name: str | None = None) -> Attempt:
    """The try that a posted sign-in form is; or, of a person who is signed in, of this user name."""
    return Attempt(request.POST.get("username", "") if name is None else name, address_of(request), now)


def address_of(request: HttpRequest) -> str:
    """The client's address: the connection's, or behind a proxy (BEHIND_PROXY) the last that the proxy added.

    Earlier entries of ``X-Forwarded-For`` are the client's own words.
    """
    if settings.BEHIND_PROXY:
        told: str = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if told:
            return told
    return str(request.META.get("REMOTE_ADDR", ""))


def _plain(name: str) -> str:
    """Spellings that the sign-in form may take for one name count together."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _counted(key: str) -> int:
    """The number of tries under the key, this one included. A cache that is away must not keep everybody out: 0."""
    try:
        cache.add(key, 0, SLOT_SECONDS)
        return int(cache.incr(key))
    except (RedisError, ValueError):
        logger.exception("Tries to sign in can't be counted: the cache does not answer")
        return 0
