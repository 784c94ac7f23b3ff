"""``Idempotency-Key``: what was sent twice under one key is done once, and answered the same both times."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dashboard.api.sender import problem
from dashboard.models import ApiToken, KeptAnswer

KEPT = timedelta(hours=24)
LONGEST = 255
HEADER = "Idempotency-Key"
Make = Callable[[], HttpResponse]


def once(request: HttpRequest, token: ApiToken, body: bytes, make: Make) -> HttpResponse:
    """The answer that ``make`` gives, or gave to the same key of this token within the last day. What ``make`` writes
    and the answer are kept together, or neither; two that come at once wait for each other.

    400 for a key that is none; 422 for one that came with another body.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return make()
    if not 0 < len(key) <= LONGEST or not key.isprintable():
        return problem(HTTPStatus.BAD_REQUEST, f"{HEADER} must be 1 to {LONGEST} printable characters.")
    digest = _digest(f"{request.get_full_path()}\n".encode() + body)
    now = timezone.now()
    with transaction.atomic():
        KeptAnswer.objects.filter(at__lt=now - KEPT).delete()
        kept, is_new = KeptAnswer.objects.get_or_create(
            token=token, key=_digest(key.encode()), defaults={"body": digest, "status": 0, "answer": b"", "at": now}
        )
        if not is_new:
            return _again(kept, digest)
        response = make()
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            transaction.set_rollback(True)
            return response
        kept.status, kept.answer = response.status_code, response.content
        kept.kind = response["Content-Type"]
        kept.save(update_fields=["status", "answer", "kind"])
    return response


def _again(kept: KeptAnswer, digest: str) -> HttpResponse:
    if kept.body != digest:
        text = f"This {HEADER} came with another body. Use a key of its own for each request."
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, text)
    return HttpResponse(
        bytes(kept.answer), status=kept.status, content_type=kept.kind, headers={"Idempotency-Replayed": "true"}
    )


def _digest(text: bytes) -> str:
    return sha256(text).hexdigest()
