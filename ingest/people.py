"""The names of people that facts and deliveries hold: kept, hashed (AUTHORS=hashed), or erased for good.

Figures need to tell one author from another and a bot from a person, never who somebody is.
"""

import hmac
import re
import zlib
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ingest.facts import bulk
from ingest.models import Change, Delivery, Deployment, ErasedName, PullRequest
from ingest.parsers.people import renamed, without

HASHED = "person-"
ERASED = "erased"
FIELDS = ("author", "by")
COLUMNS = ((Change, "author"), (PullRequest, "author"), (Deployment, "by"))
PACK_FROM = 2_000  # bytes, as the door does
_HASHED = re.compile(rf"{HASHED}[0-9a-f]{{16}}")


class Erased(NamedTuple):
    """How many facts and deliveries a name was erased from."""

    facts: int
    deliveries: int


def digest_of(name: str) -> str:
    """A name's digest: whoever has the database alone can't guess names by trying them."""
    key = f"plumbline people/{settings.SECRET_KEY}".encode()
    return hmac.new(key, name.strip().casefold().encode(), sha256).hexdigest()


def hashed(name: str) -> str:
    """The name's hash as it is shown; of a hash, or of what was erased, itself."""
    if name == ERASED or _HASHED.fullmatch(name):
        return name
    return HASHED + digest_of(name)[:16]


class Kept:
    """How the names of a batch are kept. One query, where anybody was ever erased."""

    def __init__(self) -> None:
        self._erased = frozenset(ErasedName.objects.values_list("digest", flat=True))
        self._hashes = settings.AUTHORS == "hashed"

    def said(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """What an observation says, with its author as it may be kept."""
        if not self._hashes and not self._erased:
            return said
        told = {field: self.name(said[field]) for field in FIELDS if said.get(field) and not said.get("bot")}
        return {**said, **told} if told else said

    def name(self, name: str) -> str:
        if self._erased and digest_of(name) in self._erased:
            return ERASED
        return hashed(name) if self._hashes else name


def as_kept(body: bytes) -> bytes:
    """A body as it may be stored for good."""
    return hashed_body(body) if settings.AUTHORS == "hashed" else body


def hashed_body(body: bytes) -> bytes:
    """JSON, or a line of JSON each, with the names of people hashed; anything else as it is."""
    lines = []
    for line in body.split(b"\n"):
        try:
            lines.append(orjson.dumps(renamed(orjson.loads(line), hashed)))
        except orjson.JSONDecodeError:
            return _whole(body)
    return b"\n".join(lines)


def _whole(body: bytes) -> bytes:
    try:
        return orjson.dumps(renamed(orjson.loads(body), hashed))
    except orjson.JSONDecodeError:
        return body


def packed(body: bytes) -> tuple[bytes, bool]:
    """The body as it is stored, and whether it is packed."""
    return (zlib.compress(body, 1), True) if len(body) > PACK_FROM else (body, False)


@transaction.atomic
def erase(names: Iterable[str]) -> Erased:
    """Erase a person under all of ``names`` (logins, names, addresses) from facts and deliveries, for good."""
    wanted = frozenset(name.strip().lower() for name in names if name.strip())
    ErasedName.objects.bulk_create([ErasedName(digest=digest_of(name)) for name in wanted], ignore_conflicts=True)
    spelled = wanted.union(hashed(name) for name in wanted)
    return Erased(_erase_facts(spelled), _erase_deliveries(spelled))


def _erase_facts(spelled: frozenset[str]) -> int:
    count, now = 0, timezone.now()
    for model, column in COLUMNS:
        rows = model._default_manager.exclude(**{column: ""}).values_list("pk", column)
        found = [pk for pk, name in rows.iterator(chunk_size=2_000) if name.strip().lower() in spelled]
        bulk.update(model, (column, "updated_at"), [[pk, ERASED, now] for pk in found])
        count += len(found)
    return count


def _erase_deliveries(names: frozenset[str]) -> int:
    needles = {name.encode() for name in names} | {orjson.dumps(name)[1:-1] for name in names}
    needles.add(b"\\u")  # a letter may be written by its number
    count = 0
    for delivery in Delivery.objects.only("pk", "body", "packed").iterator(chunk_size=200):
        body = zlib.decompress(bytes(delivery.body)) if delivery.packed else bytes(delivery.body)
        folded = body.decode("utf-8", "replace").lower().encode()
        if not any(needle in folded for needle in needles):
            continue
        lines = [_without(line, names) for line in body.split(b"\n")]
        erased = _without(body, names) if None in lines else b"\n".join(line or b"" for line in lines)
        if erased is not None and erased != body:
            kept, is_packed = packed(erased)
            Delivery.objects.filter(pk=delivery.pk).update(body=kept, packed=is_packed)
            count += 1
    return count


def _without(text: bytes, names: frozenset[str]) -> bytes | None:
    """JSON without the names; ``None`` where it is no JSON."""
    try:
        payload = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return orjson.dumps(without(payload, names, ERASED))


def hash_stored() -> int:
    """Hash the authors of all stored facts and deliveries, after AUTHORS=hashed was set; how many facts changed."""
    count, now = 0, timezone.now()
    for model, column in COLUMNS:
        rows = model._default_manager.exclude(**{column: ""}).filter(bot=False).values_list("pk", column)
        fresh = [[pk, hashed(name), now] for pk, name in rows.iterator(chunk_size=2_000) if name != hashed(name)]
        bulk.update(model, (column, "updated_at"), fresh)
        count += len(fresh)
    for delivery in Delivery.objects.only("pk", "body", "packed").iterator(chunk_size=200):
        body = zlib.decompress(bytes(delivery.body)) if delivery.packed else bytes(delivery.body)
        changed = hashed_body(body)
        if changed != body:
            kept, is_packed = packed(changed)
            Delivery.objects.filter(pk=delivery.pk).update(body=kept, packed=is_packed)
    return count
