"""Native lines into the inbox: validated, repeats told apart; the good kept as one delivery, each bad one alone."""

import gzip
import io
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import IO, NamedTuple

from django.db import connection, transaction
from django.db.models import F

from ingest.bodies import pack
from ingest.errors import MalformedPayload
from ingest.facts import bulk
from ingest.models import Delivery, EventKey, Source
from ingest.models.inbox import DeliveryStatus
from ingest.parsers.native import NativeEvent, key_of, parse_line
from ingest.parsers.observation import Observation
from ingest.people import as_kept

CHUNK_LINES = 5_000
CHUNK_BYTES = 8_000_000
MAX_KEPT_LINE = 30_000_000
CHUNK = "events"  # Delivery.kind of good lines, whose keys are held
LINE = "event"  # Delivery.kind of one bad line, whose key is not
REUSED = "The key {!r} was used before with other content. The first one stands."


class Line(NamedTuple):
    number: int
    data: bytes


class Bad(NamedTuple):
    line: Line
    code: str
    error: str


class Rejected(NamedTuple):
    line: int
    code: str
    error: str


@dataclass(slots=True)
class Receipt:
    """What became of some lines. ``observations``: of the accepted ones, in order; ``delivery`` holds these."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    delivery: Delivery | None = None


def lines_of(stream: IO[bytes]) -> Iterator[Line]:
    """The lines of a stream that are not blank, by number from 1; gzip is known by its first bytes.

    A line beyond 30 MB is cut there: it is refused for its size anyway.
    """
    buffered = io.BufferedReader(stream, 1 << 20) if not hasattr(stream, "peek") else stream  # type: ignore[type-var]
    if buffered.peek(2)[:2] == b"\x1f\x8b":
        buffered = io.BufferedReader(gzip.GzipFile(fileobj=buffered), 1 << 20)
    number = 0
    while data := buffered.readline(MAX_KEPT_LINE):
        number += 1
        rest = data
        while rest and not rest.endswith(b"\n"):
            rest = buffered.readline(1 << 20)
        data = data.strip(b" \t\r\n")
        if data:
            yield Line(number, data)


def chunks_of(lines: Iterable[Line]) -> Iterator[list[Line]]:
    chunk: list[Line] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line.data)
        if len(chunk) >= CHUNK_LINES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


class Parsed(NamedTuple):
    """A chunk after validation, which needs no database."""

    good: list[tuple[Line, NativeEvent]]
    bad: list[tuple[Line, MalformedPayload]]


def parse_lines(lines: Iterable[Line], received_at: datetime) -> Parsed:
    good, bad = [], []
    for line in lines:
        try:
            good.append((line, parse_line(line.data, received_at)))
        except MalformedPayload as error:
            bad.append((line, error))
    return Parsed(good, bad)


def keep(source: Source, parsed: Parsed, received_at: datetime, origin: str, status: DeliveryStatus) -> Receipt:
    """Store a validated chunk; the good lines become one delivery of ``status``, each bad line one in quarantine."""
    receipt = Receipt()
    bad = [Bad(line, error.code, str(error)) for line, error in parsed.bad]
    with transaction.atomic():
        if parsed.good:
            bad += _keep_good(source, parsed, received_at, origin, status, receipt)
        if bad:
            _keep_bad(source, bad, received_at, origin, receipt)
        if receipt.duplicates:
            Source.objects.filter(pk=source.pk).update(duplicate_count=F("duplicate_count") + receipt.duplicates)
    receipt.rejected.sort()
    return receipt


Refusals = Callable[[Sequence[Observation]], Callable[[Observation], str]]


def receive_lines(
    source: Source, lines: Iterable[Line], received_at: datetime, origin: str, refusals: Refusals | None = None
) -> Receipt:
    """Validate and keep lines, to be recorded by a worker.

    ``refusals``: of some observations, what tells why the sender may not say one (or an empty text). Such a line is
    told as rejected and not kept: a replay must not say it in the end.
    """
    parsed = parse_lines(lines, received_at)
    refused: list[Rejected] = []
    if refusals is not None:
        refusal = refusals([event.observation for _, event in parsed.good])
        why = [(line, event, refusal(event.observation)) for line, event in parsed.good]
        parsed = Parsed([(line, event) for line, event, text in why if not text], parsed.bad)
        refused = [Rejected(line.number, "not_yours", text) for line, _, text in why if text]
    receipt = keep(source, parsed, received_at, origin, DeliveryStatus.PENDING)
    receipt.rejected = sorted([*receipt.rejected, *refused])
    return receipt


def _keep_good(
    source: Source, parsed: Parsed, received_at: datetime, origin: str, status: DeliveryStatus, receipt: Receipt
) -> list[Bad]:
    """Keep the good lines; what is returned has a key that was used before, with other content."""
    delivery = Delivery.objects.create(
        source=source, key=f"chunk/{uuid.uuid4()}", kind=CHUNK, body=b"", digest="", origin=origin,
        status=status, received_at=received_at, processed_at=received_at if status != DeliveryStatus.PENDING else None,
    )  # fmt: skip
    digests: dict[str, str] = {}
    for _, event in parsed.good:
        digests.setdefault(event.key_hash, event.digest)
    known = hold_keys(delivery.pk, digests)
    kept: list[tuple[Line, NativeEvent]] = []
    reused: list[Bad] = []
    for line, event in parsed.good:
        held = known.setdefault(event.key_hash, event.digest)
        if held is event.digest:  # the first of its key, told by identity: equal content has another digest object
            kept.append((line, event))
        elif held == event.digest:
            receipt.duplicates += 1
        else:
            reused.append(Bad(line, "key_reused", REUSED.format(key_of(line.data))))
    if not kept:
        delivery.delete()
        return reused
    # An object that was written over several lines becomes one: a JSON text holds no line break of its own.
    body = b"\n".join([line.data.replace(b"\n", b" ") for line, _ in kept])
    delivery.body, delivery.packed = pack(as_kept(body))
    delivery.event_count = len(kept)
    delivery.digest, delivery.first_line = sha256(body).hexdigest(), kept[0][0].number
    delivery.event_at = max(event.observation.at for _, event in kept)
    delivery.save(update_fields=["body", "packed", "event_count", "digest", "first_line", "event_at"])
    receipt.accepted = len(kept)
    receipt.delivery = delivery
    receipt.observations = [event.observation for _, event in kept]
    return reused


def _keep_bad(source: Source, bad: Sequence[Bad], received_at: datetime, origin: str, receipt: Receipt) -> None:
    """Each bad line by itself, all by two statements; the same bad line again is told again and kept once."""
    keys = [f"line/{sha256(line.data).hexdigest()}" for line, _, _ in bad]
    known = dict(Delivery.objects.filter(source=source, key__in=set(keys)).values_list("key", "status"))
    made: dict[str, Delivery] = {}
    for key, (line, code, message) in zip(keys, bad, strict=True):
        if known.get(key, DeliveryStatus.QUARANTINED) != DeliveryStatus.QUARANTINED:
            receipt.duplicates += 1
            continue
        receipt.rejected.append(Rejected(line.number, code, message))
        if key not in known and key not in made:
            stored, packed = pack(line.data)
            made[key] = Delivery(
                source=source, key=key, kind=LINE, body=stored, packed=packed,
                digest=key.removeprefix("line/"), first_line=line.number, origin=origin,
                status=DeliveryStatus.QUARANTINED, error_code=code, error=message,
                received_at=received_at, processed_at=received_at,
            )  # fmt: skip
    # Who else is sending the same lines may have come first; in one order, so that neither waits for the other.
    in_order = [made[key] for key in sorted(made)]
    Delivery.objects.bulk_create(in_order, batch_size=500, ignore_conflicts=True)


def hold_keys(delivery_id: int, digests: dict[str, str]) -> dict[str, str]:
    """Claim the keys (hashes, in hex) for a delivery; gives those that were held already, with their digests."""
    if bulk.postgresql():
        return _hold_keys_postgresql(delivery_id, digests)
    known: dict[str, str] = {}

    def read(rows: Iterator[Sequence[str]]) -> None:
        known.update(dict(rows))  # type: ignore[arg-type]

    bulk.select(EventKey, ("key", "digest"), ("key",), [(key,) for key in digests], ("uuid",), read)
    fresh = [(key, digest, delivery_id) for key, digest in digests.items() if key not in known]
    bulk.insert(EventKey, ("key", "digest", "delivery"), fresh)
    return known


def _hold_keys_postgresql(delivery_id: int, digests: dict[str, str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {bulk.table(EventKey)} (key, digest, delivery_id)"  # noqa: S608
            " SELECT k::uuid, d::uuid, %s"
            " FROM ROWS FROM (string_to_table(%s, ' '), string_to_table(%s, ' ')) AS n(k, d)"
            " ORDER BY k ON CONFLICT (key) DO NOTHING",
            [delivery_id, " ".join(digests), " ".join(digests.values())],
        )
        if cursor.rowcount == len(digests):
            return {}
    known: dict[str, str] = {}

    def read(rows: Iterator[Sequence[uuid.UUID]]) -> None:
        known.update({key.hex: digest.hex for key, digest, held_by in rows if held_by != delivery_id})

    bulk.select(
        EventKey,
        ("key", "digest", "delivery"),
        ("key",),
        [(key,) for key in digests],
        ("uuid",),
        read,
    )
    return known
