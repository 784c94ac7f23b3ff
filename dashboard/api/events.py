"""``POST /ingest/events/``: native events by HTTP, validated in the request and recorded later."""

import io
import logging
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dashboard.api import shapes
from dashboard.api.idempotency import once
from dashboard.api.sender import problem, sender_of
from dashboard.api.speakers import refusals
from dashboard.models import ApiToken
from ingest.inbox.body import BodyRefused, inflate, read_body
from ingest.inbox.receive import Line, Receipt, chunks_of, lines_of, receive_lines
from ingest.inbox.sources import native
from ingest.models import Delivery
from ingest.signals import delivered

logger = logging.getLogger(__name__)
MAX_LINES = 100_000  # a request: what is small as gzip must not keep a web process busy for minutes
EXAMPLE = {
    "event": "deployment",
    "id": "d1",
    "service": "pay-api",
    "environment": "production",
    "status": "succeeded",
    "version": "1.4.2",
    "finished_at": "2026-03-02T10:00:00Z",
}
REJECTED = shapes.fields({"line": shapes.integer("From 1."), "error": shapes.text()})
TAKEN = shapes.fields(
    {
        "accepted": shapes.integer("Lines that are kept.", minimum=0),
        "duplicates": shapes.integer("Lines that came before.", minimum=0),
        "rejected": shapes.list_of(REJECTED),
    }
)
OPERATION: shapes.Schema = {
    "operationId": "send_events",
    "summary": "Send native events",
    "description": "One JSON object, or NDJSON with one on each line, plain or gzip. Lines are looked at in the request"
    " and recorded later; a line that is refused holds up no other. Sending the same again is safe.",
    "tags": ["Sending"],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}, "example": EXAMPLE},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    },
    "responses": {
        "202": {
            "description": "What became of the lines, also where all were refused.",
            "content": {
                "application/json": {"schema": TAKEN, "example": {"accepted": 1, "duplicates": 0, "rejected": []}}
            },
        }
    },
}


@csrf_exempt
@login_not_required
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """One JSON object or NDJSON, plain or gzip; 202 also when every line is refused."""
    token = sender_of(request, "events")
    if isinstance(token, JsonResponse):
        return token
    try:
        body = read_body(request, settings.MAX_BODY_BYTES)
        return once(request, token, body, lambda: _answer(body, token))
    except BodyRefused as refused:
        return problem(refused.status, str(refused))
    except DatabaseError:
        logger.exception("Events could not be stored; the sender is asked to send them again")
        response = problem(HTTPStatus.SERVICE_UNAVAILABLE, "They could not be stored. Send them again.")
        response["Retry-After"] = "30"
        return response


def _answer(raw: bytes, token: ApiToken) -> JsonResponse:
    try:
        receipts = _receive(_body(raw), token)
    except BodyRefused as refused:
        return problem(refused.status, str(refused))
    rejected = [{"line": line, "error": error} for receipt in receipts for line, _, error in receipt.rejected]
    answer = {
        "accepted": sum(receipt.accepted for receipt in receipts),
        "duplicates": sum(receipt.duplicates for receipt in receipts),
        "rejected": rejected,
    }
    return JsonResponse(answer, status=HTTPStatus.ACCEPTED)


def _body(raw: bytes) -> bytes:
    """The inflated body. Raises ``BodyRefused``, also for too many lines."""
    body = inflate(raw, settings.MAX_BODY_BYTES)
    count = body.count(b"\n")
    if count > MAX_LINES:
        text = f"The body has {count:,} lines; at most {MAX_LINES:,} are taken. Send it in parts."
        raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
    return body


def _receive(body: bytes, token: ApiToken) -> list[Receipt]:
    """All lines into the inbox, or none; then the doorbell."""
    source, now = native(), timezone.now()
    with transaction.atomic():
        receipts = [
            receive_lines(source, chunk, now, f"token {token.name}", partial(refusals, token))
            for chunk in chunks_of(_lines(body))
        ]
    for receipt in receipts:
        if receipt.delivery is not None:
            transaction.on_commit(partial(delivered.send_robust, sender=Delivery, delivery_id=receipt.delivery.pk))
    return receipts


def _lines(body: bytes) -> Any:
    """The lines; an object that is written over several lines is one."""
    stripped = body.strip()
    if stripped.startswith((b"{\n", b"{\r\n")) or (b"\n" in stripped and _is_one(stripped)):
        return [Line(1, stripped)]
    return lines_of(io.BytesIO(body))


def _is_one(body: bytes) -> bool:
    """Whether it is one JSON text as a whole; of many lines no more than the first is looked at."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True
