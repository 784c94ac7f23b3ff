"""Deliveries -> facts: claim, parse, record; or quarantine with the reason. Sweep and replay.

The attempt is counted, and the lease taken, in a transaction of its own before the work: a payload that kills its
worker is found out. What died before is claimed alone, so that it can't take its neighbours along.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from ingest.bodies import body_of, pack
from ingest.errors import MalformedPayload
from ingest.facts import bulk
from ingest.facts.same import lock_all_names
from ingest.inbox.receive import CHUNK, hold_keys
from ingest.models import Delivery, Source
from ingest.models.inbox import DeliveryStatus, SourceKind
from ingest.parsers import prometheus
from ingest.parsers.native import parse_line
from ingest.parsers.observation import Ignored, Observation, Partly, Refused
from ingest.parsers.senders import SENDERS
from ingest.people import as_kept
from ingest.record import record

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 3
TRIES = 5  # within an attempt, at what others get in the way of
OTHERS_IN_THE_WAY = {"40P01", "40001"}  # PostgreSQL's deadlock_detected, serialization_failure
BATCH = 200


class Outcome(NamedTuple):
    """What a delivery says: observations, or why it is ignored; and those of its events that can't be read."""

    observations: Sequence[Observation]
    ignored: str = ""
    refused: Sequence[Refused] = ()

    @property
    def event_at(self) -> datetime | None:
        """The latest moment that it speaks of."""
        return max((seen.at for seen in self.observations), default=None)


def process_pending(limit: int = BATCH) -> int:
    """Work off up to ``limit`` pending deliveries; how many were taken up."""
    claimed = claim(Delivery.objects.filter(status=DeliveryStatus.PENDING), limit)
    _process(claimed)
    return len(claimed)


def process_one(delivery_id: int) -> bool:
    """Work off one delivery, if it is still pending and nobody else holds it."""
    claimed = claim(Delivery.objects.filter(pk=delivery_id, status=DeliveryStatus.PENDING), 1)
    _process(claimed)
    return bool(claimed)


def claim(pending: Any, limit: int) -> list[Delivery]:
    """Lease deliveries to this worker and count the attempt, by the database's clock.

    Those whose worker died before come one at a time; after three deaths they are quarantined.
    """
    if not pending.filter(source__paused_at=None).exists():
        return []  # an idle worker asks twice a second: no write lock for that
    with transaction.atomic():
        rows = pending.filter(Q(lease_until=None) | Q(lease_until__lt=Now()), source__paused_at=None).order_by("id")
        if bulk.postgresql():
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        ids = list(rows.filter(attempts=0).values_list("pk", flat=True)[:limit])
        if not ids:
            ids = list(rows.filter(attempts__gt=0).values_list("pk", flat=True)[:1])
        if not ids:
            return []
        Delivery.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1, lease_until=Now() + LEASE)
        claimed = list(Delivery.objects.filter(pk__in=ids).select_related("source").order_by("id"))
        for delivery in claimed:
            if delivery.attempts > MAX_ATTEMPTS:
                _quarantine(delivery, "worker_died", f"The worker died {MAX_ATTEMPTS} times while it worked on this.")
    alive = [delivery for delivery in claimed if delivery.attempts <= MAX_ATTEMPTS]
    return alive or claim(pending, limit)  # none alive: what waits behind it is next


def _process(deliveries: Sequence[Delivery]) -> None:
    """Record a source's deliveries at once where that goes well, else one by one, so that only what is at fault is
    quarantined."""
    by_source: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        by_source[delivery.source_id].append(delivery)
    for batch in by_source.values():
        if len(batch) == 1 or not _process_together(batch):
            for delivery in batch:
                _process_alone(delivery)


def _process_together(deliveries: Sequence[Delivery]) -> bool:
    try:
        _record_patiently(deliveries)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.info("A batch of %d deliveries is worked off one by one", len(deliveries))
        return False
    return True


def _process_alone(delivery: Delivery) -> None:
    try:
        _record_patiently([delivery])
    except (OperationalError, InterfaceError):
        raise  # the database is away: the lease runs out and the work is done again
    except MalformedPayload as error:
        _quarantine(delivery, error.code, str(error))
    except DatabaseError as error:
        _quarantine(delivery, "refused_by_database", f"The database refused it: {error}")
    except Exception as error:
        logger.exception("Delivery %s can't be recorded", delivery.pk)
        _quarantine(delivery, "internal_error", f"{type(error).__name__}: {error}")


def _record_patiently(deliveries: Sequence[Delivery]) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                if attempt > 1:
                    lock_all_names()
                _record(deliveries)
            return
        except (OperationalError, IntegrityError) as error:
            if attempt == TRIES or not others_in_the_way(error):
                raise


def others_in_the_way(error: Exception) -> bool:
    """Another worker made the same team or repository, or locked in another order: it is done the next time."""
    return isinstance(error, IntegrityError) or getattr(error.__cause__, "sqlstate", None) in OTHERS_IN_THE_WAY


def _record(deliveries: Sequence[Delivery]) -> None:
    """Record deliveries of one source as one batch: its locks are taken once, in one order."""
    outcomes = [(delivery, outcome_of(delivery)) for delivery in deliveries]
    record(deliveries[0].source, [seen for _, outcome in outcomes for seen in outcome.observations])
    now = timezone.now()
    _set_aside(outcomes, now)
    for delivery, outcome in outcomes:
        delivery.status = DeliveryStatus.IGNORED if outcome.ignored else DeliveryStatus.PROCESSED
        delivery.note, delivery.error, delivery.error_code = outcome.ignored or _note(outcome.refused), "", ""
        delivery.event_at, delivery.lease_until, delivery.processed_at = outcome.event_at, None, now
    names = ("status", "note", "error", "error_code", "event_at", "lease_until", "processed_at")
    bulk.update(Delivery, names, [[one.pk, *(getattr(one, name) for name in names)] for one in deliveries])
    if settings.AUTHORS == "hashed":
        bodies = [[delivery.pk, *pack(as_kept(body_of(delivery)))] for delivery in deliveries]
        bulk.update(Delivery, ("body", "packed"), bodies)


def _set_aside(outcomes: Sequence[tuple[Delivery, Outcome]], now: datetime) -> None:
    """Each event that can't be read becomes a quarantined delivery of its own, so that it can be replayed alone."""
    made = [
        Delivery(
            source_id=delivery.source_id, key=f"{delivery.key}/{one.place}", kind=delivery.kind, body=one.body,
            headers={"content-type": "application/cloudevents+json"},
            digest=sha256(one.body).hexdigest(), origin=delivery.origin, status=DeliveryStatus.QUARANTINED,
            error_code=one.code, error=one.message, received_at=delivery.received_at, processed_at=now,
        )
        for delivery, outcome in outcomes
        for one in outcome.refused
    ]  # fmt: skip
    Delivery.objects.bulk_create(made, batch_size=500, ignore_conflicts=True)


def _note(refused: Sequence[Refused]) -> str:
    places = ", ".join(str(one.place) for one in refused[:10])
    return f"{len(refused)} of its events can't be read and stand alone in quarantine: {places}." if refused else ""


def _quarantine(delivery: Delivery, code: str, message: str) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(
        status=DeliveryStatus.QUARANTINED,
        error_code=code,
        error=message,
        lease_until=None,
        processed_at=timezone.now(),
    )


def outcome_of(delivery: Delivery) -> Outcome:
    """What a delivery says. Raises ``MalformedPayload`` where it can't be read."""
    if delivery.source.kind == SourceKind.NATIVE:
        return _native(delivery)
    if delivery.source.kind == SourceKind.PROMETHEUS:
        payload = decoded(delivery.headers, body_of(delivery))
        return Outcome(prometheus.parse(payload, delivery.received_at, delivery.key))
    return parse_webhook(delivery.source, delivery.headers, body_of(delivery), delivery.received_at, delivery.key)


def _native(delivery: Delivery) -> Outcome:
    body = body_of(delivery)
    if delivery.kind == CHUNK:
        return Outcome([parse_line(line, delivery.received_at).observation for line in body.split(b"\n")])
    event = parse_line(body, delivery.received_at)
    held = hold_keys(delivery.pk, {event.key_hash: event.digest}).get(event.key_hash)
    if held is None:
        return Outcome([event.observation])
    if held == event.digest:
        return Outcome([], "It was received before: nothing to add.")
    raise MalformedPayload("Its key was used before with other content. The first one stands.", "key_reused")


def parse_webhook(source: Source, headers: Mapping[str, str], body: bytes, received_at: datetime, key: str) -> Outcome:
    """What a webhook says. Raises ``MalformedPayload`` where it can't be read."""
    sender = SENDERS[source.kind]
    payload = decoded(headers, body)
    said = sender.parse(headers, payload, sender.options(source.options), received_at, key)
    if isinstance(said, Partly):
        return Outcome(said.observations, refused=said.refused)
    return Outcome([], said.reason) if isinstance(said, Ignored) else Outcome(said)


def decoded(headers: Mapping[str, str], body: bytes) -> Any:
    """The payload: JSON of any type, also where a form's field ``payload`` holds it. Raises ``MalformedPayload``."""
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        try:
            body = dict(parse_qsl(body, max_num_fields=20, strict_parsing=True)).get(b"payload", b"")
        except ValueError as error:
            raise MalformedPayload(f"The form can't be read: {error}.", "bad_form") from error
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedPayload(f"The body is not valid JSON: {error}.", "bad_json") from error


def replay(deliveries: Any) -> int:
    """Put quarantined (or ignored) deliveries back into the queue; how many."""
    return int(
        deliveries.exclude(status__in=[DeliveryStatus.PENDING, DeliveryStatus.PROCESSED]).update(
            status=DeliveryStatus.PENDING, attempts=0, lease_until=None, error="", error_code="", note=""
        )
    )
