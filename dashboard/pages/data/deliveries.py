"""Deliveries that were set aside, each with its payload; replay one or all of a choice, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from dashboard import access, formats
from dashboard.pages import cursor, payload
from dashboard.pages.cursor import Cursor
from dashboard.pages.data.advice import advice
from dashboard.pages.data.set_aside import NEWEST, STATUSES, Chosen, groups
from dashboard.pages.frame import Step
from ingest.bodies import body_of
from ingest.inbox import process
from ingest.models import Delivery, Source
from ingest.models.inbox import DeliveryStatus

SIZE = 20
AT_ONCE = 5_000  # deliveries that one replay puts back
REPLAYED = "replayed"  # the session's key of the last replay's deliveries


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery that was set aside, as much of its payload as may be shown, and what to do."""

    delivery: Delivery
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of the reader's last replay, by status."""

    total: int
    waiting: int
    processed: int
    ignored: int
    quarantined: int


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """What was set aside, grouped by why; for who operates with the deliveries themselves, newest first."""
    chosen, operates = Chosen.from_query(request.GET), access.may_operate(request.user)
    shown = refused(chosen, request.GET.get("before", "")) if operates else cursor.Page[Refused]([], "")
    base = f"{request.path}?{urlencode(chosen.pairs)}"
    context = {
        "trail": [Step("Data", reverse("data"))],
        "chosen": chosen,
        "statuses": STATUSES,
        "operates": operates,
        "groups": [] if chosen.narrowed else groups(chosen.status),
        "counted_over": NEWEST,
        "source": Source.objects.filter(public_id=chosen.source).first() if chosen.source else None,
        "refused": shown.rows,
        "replayed": replayed(request),
        "at_once": AT_ONCE,
        "newest": base if request.GET.get("before") else "",
        "older": f"{base}&{urlencode({'before': shown.older})}" if shown.older else "",
    }
    return render(request, "pages/data_deliveries.html", context)


def refused(chosen: Chosen, before: str) -> cursor.Page[Refused]:
    """A page of the chosen, newest first."""
    ordered = cursor.older_than(chosen.rows().select_related("source"), Cursor.parse(before), "received_at", "id")
    found = cursor.page(ordered[: SIZE + 1], lambda one: Cursor(one.received_at, one.pk), SIZE)
    rows = [Refused(one, shown_payload(one), advice(one.status, one.error_code)) for one in found.rows]
    return cursor.Page(rows, found.older)


def shown_payload(delivery: Delivery) -> str:
    """The payload as text, cut and without secrets; a body that can't be unpacked says so."""
    try:
        return payload.shown(body_of(delivery))
    except Exception:
        return "The stored body can't be unpacked."


def replayed(request: HttpRequest) -> Replayed | None:
    """What became of the last replay; ``None`` without one."""
    ids: Sequence[int] = request.session.get(REPLAYED, [])
    if not ids:
        return None
    grouped = Delivery.objects.filter(pk__in=ids).order_by().values("status").annotate(count=Count("pk"))
    counts = {row["status"]: row["count"] for row in grouped}
    return Replayed(
        total=len(ids),
        waiting=counts.get(DeliveryStatus.PENDING, 0),
        processed=counts.get(DeliveryStatus.PROCESSED, 0),
        ignored=counts.get(DeliveryStatus.IGNORED, 0),
        quarantined=counts.get(DeliveryStatus.QUARANTINED, 0),
    )


@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """Put one delivery (``delivery``: its id), or ``all`` of the choice, back into the queue: the oldest first, at most
    ``AT_ONCE``."""
    if not access.may_operate(request.user):
        raise PermissionDenied
    chosen, number = Chosen.from_query(request.POST), request.POST.get("delivery", "")
    if number == "all":
        ids = list(chosen.rows().order_by("received_at", "pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    else:
        ids = [int(number)] if number.isascii() and number.isdecimal() and len(number) < cursor.BIGINT_DIGITS else []
        ids = list(Delivery.objects.filter(pk__in=ids, status__in=STATUSES).values_list("pk", flat=True))
    more, ids = len(ids) > AT_ONCE, ids[:AT_ONCE]
    count = process.replay(Delivery.objects.filter(pk__in=ids))
    request.session[REPLAYED] = ids
    text = f"Put {formats.plural(count, 'delivery', 'deliveries')} back into the queue."
    messages.success(request, f"{text} There are more: replay again for the next." if more else text, "good")
    return redirect(f"{reverse('deliveries')}?{urlencode(chosen.pairs)}")
