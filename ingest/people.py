"""The names of people that facts and deliveries hold: kept, hashed (AUTHORS=hashed), or erased for good.

Figures need to tell one author from another and a bot from a person, never who somebody is.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ingest.bodies import body_of, pack
from ingest.facts import bulk
from ingest.models import Change, Delivery, Deployment, ErasedName, PullRequest
from ingest.parsers.people import renamed, without
from ingest.signals import person_erased

HASHED = "person-"
ERASED = "erased"
FIELDS = ("author", "by")
COLUMNS = ((Change, "author"), (PullRequest, "author"), (Deployment, "by"))
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
    return _mapped(body, lambda payload: renamed(payload, hashed))


def _mapped(body: bytes, change: Callable[[Any], Any]) -> bytes:
    try:
        return b"\n".join(orjson.dumps(change(orjson.loads(line))) for line in body.split(b"\n"))
    except orjson.JSONDecodeError:
        pass  # one text over several lines, or no JSON
    try:
        return orjson.dumps(change(orjson.loads(body)))
    except orjson.JSONDecodeError:
        return body


@transaction.atomic
def erase(names: Iterable[str]) -> Erased:
    """Erase a person under all of ``names`` (logins, names, addresses) from facts and deliveries, for good."""
    wanted = frozenset(name.strip().lower() for name in names if name.strip())
    ErasedName.objects.bulk_create([ErasedName(digest=digest_of(name)) for name in wanted], ignore_conflicts=True)
    spelled = wanted.union(hashed(name) for name in wanted)
    facts = _rename_facts(lambda name: ERASED if name.strip().lower() in spelled else name)
    person_erased.send(sender=ErasedName, names=wanted)
    return Erased(facts, _erase_deliveries(spelled))


def _erase_deliveries(names: frozenset[str]) -> int:
    needles = {name.encode() for name in names} | {orjson.dumps(name)[1:-1] for name in names}
    needles.add(b"\\u")  # a letter may be written by its number

    def erased(body: bytes) -> bytes:
        folded = body.decode("utf-8", "replace").lower().encode()
        if not any(needle in folded for needle in needles):
            return body
        return _mapped(body, lambda payload: without(payload, names, ERASED))

    return _rewrite_deliveries(erased)


def hash_stored() -> int:
    """Hash the authors of all stored facts and deliveries, after AUTHORS=hashed was set; how many facts changed."""
    count = _rename_facts(hashed, bot=False)
    _rewrite_deliveries(hashed_body)
    return count


def _rename_facts(change: Callable[[str], str], **only: bool) -> int:
    """Write the names of facts anew, of ``only`` these; how many facts changed."""
    count, now = 0, timezone.now()
    for model, column in COLUMNS:
        rows = model._default_manager.exclude(**{column: ""}).filter(**only).values_list("pk", column)
        names = ((pk, name, change(name)) for pk, name in rows.iterator(chunk_size=2_000))
        fresh = [[pk, changed, now] for pk, name, changed in names if changed != name]
        bulk.update(model, (column, "updated_at"), fresh)
        count += len(fresh)
    return count


def _rewrite_deliveries(change: Callable[[bytes], bytes]) -> int:
    """Write the bodies of deliveries anew; how many changed."""
    count = 0
    for delivery in Delivery.objects.only("pk", "body", "packed").iterator(chunk_size=200):
        body = body_of(delivery)
        changed = change(body)
        if changed != body:
            stored, packed = pack(changed)
            Delivery.objects.filter(pk=delivery.pk).update(body=stored, packed=packed)
            count += 1
    return count
