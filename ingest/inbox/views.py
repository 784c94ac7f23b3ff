"""Webhooks: authenticate over the raw body, keep the delivery, answer 202. Nothing else happens in the request."""

import logging
from collections.abc import Sequence
from hashlib import sha256

import orjson
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ingest.bodies import pack
from ingest.errors import AccessDenied
from ingest.inbox.authenticate import AUTHENTICATE
from ingest.inbox.body import BodyRefused, read_body
from ingest.inbox.secrets import note_use, unseal
from ingest.models import Delivery, Source
from ingest.parsers.sender import Sender
from ingest.parsers.senders import SENDERS
from ingest.signals import delivered

logger = logging.getLogger(__name__)

RETRY_AFTER = "30"
# One statement: who comes second gets no row back, whatever the database and however close the race.
INSERT = (
    "INSERT INTO ingest_delivery (source_id, key, kind, headers, body, packed, digest, event_count, origin, status,"
    " error_code, error, note, attempts, received_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, 1, '', 'pending', '', '', '', 0, %s)"
    " ON CONFLICT (source_id, key) DO NOTHING RETURNING id"
)


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest, kind: str, public_id: str) -> JsonResponse:
    if kind not in SENDERS:  # such as what we ask ourselves
        return JsonResponse({"detail": "No webhook is of that kind."}, status=404)
    try:
        source = _source(kind, public_id)
        # Who knows no source has no body read: a slow one would hold a thread.
        body = read_body(request, settings.MAX_BODY_BYTES) if source else b""
        headers = {name.lower(): value for name, value in request.headers.items()}
        if source is None or not _authentic(source, body, headers):
            return JsonResponse({"detail": "The signature does not fit. Check the secret."}, status=401)
        return _keep(source, body, headers)
    except BodyRefused as refused:
        return JsonResponse({"detail": str(refused)}, status=refused.status)
    except DatabaseError:
        logger.exception("A delivery could not be stored; the sender is asked to send it again")
        response = JsonResponse({"detail": "It could not be stored. Send it again."}, status=503)
        response["Retry-After"] = RETRY_AFTER
        return response


def _source(kind: str, public_id: str) -> Source | None:
    # PostgreSQL refuses to look for a NUL, and no address holds one.
    return None if "\0" in public_id else Source.objects.filter(kind=kind, public_id=public_id).first()


def _authentic(source: Source, body: bytes, headers: dict[str, str]) -> bool:
    authenticate, now = AUTHENTICATE.get(source.kind), timezone.now()
    try:
        secrets = unseal(source.secrets)
        place = None if authenticate is None else authenticate(body, headers, secrets, now)
    except AccessDenied:
        logger.exception("The secret of source %s can't be read", source.pk)
        place = None
    if place is None:
        Source.objects.filter(pk=source.pk).update(refused_count=F("refused_count") + 1, last_refused_at=now)
        return False
    note_use(source, secrets[place], now)
    return True


def _keep(source: Source, body: bytes, headers: dict[str, str]) -> JsonResponse:
    """Store it; a key that is known with the same body is a repeat: 200, nothing stored.

    The signature covers the body, not the key: another body under a known key is authentic too, and is kept beside it.
    """
    digest = sha256(body).hexdigest()
    key = _first(headers, SENDERS[source.kind].key_headers)[:200] or f"body/{digest}"
    delivery_id = _insert(source, key, body, digest, headers)
    if delivery_id is None and not Delivery.objects.filter(source=source, key=key, digest=digest).exists():
        delivery_id = _insert(source, f"{key}/{digest}", body, digest, headers)
    if delivery_id is None:
        Source.objects.filter(pk=source.pk).update(duplicate_count=F("duplicate_count") + 1)
        return JsonResponse({"detail": "It was received before."}, status=200)
    transaction.on_commit(lambda: delivered.send_robust(sender=Delivery, delivery_id=delivery_id))
    return JsonResponse({"delivery": delivery_id}, status=202)


def _insert(source: Source, key: str, body: bytes, digest: str, headers: dict[str, str]) -> int | None:
    """The delivery's id; ``None`` where the key is known. One statement, so it needs no transaction around it."""
    stored, packed = pack(body)
    sender = SENDERS[source.kind]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [
            source.pk, key, _first(headers, sender.event_headers)[:100], kept_headers(headers, sender),
            stored, packed, digest,
            connection.ops.adapt_datetimefield_value(timezone.now()),
        ])  # fmt: skip
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _first(headers: dict[str, str], names: Sequence[str]) -> str:
    """The first of these headers that is there; empty where none is."""
    return next((headers[name].replace("\0", "") for name in names if headers.get(name)), "")


def kept_headers(headers: dict[str, str], sender: Sender) -> str:
    """Those of a request's headers that are stored with the delivery, as JSON."""
    kept = {name: value.replace("\0", "")[:300] for name, value in headers.items() if sender.keeps(name)}
    return orjson.dumps(kept).decode()
