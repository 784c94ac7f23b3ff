"""How sources are doing, in words: waiting, receiving, paused, refused; when the last delivery came, and how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.urls import reverse

from dashboard import formats
from dashboard.pages.figures import Status
from ingest.models import Delivery, Source
from ingest.models.inbox import DeliveryStatus, SourceKind
from ingest.parsers.senders import SENDERS

WEEK = timedelta(days=7)
TELLS = {SourceKind.NATIVE: ("deployments", "changes", "pull_requests", "incidents"),
         SourceKind.GIT: ("deployments", "changes")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A source in the list. ``week``: its events of the last seven days."""

    source: Source
    href: str
    kind: str
    status: Status
    last_at: datetime | None
    week: int
    tells: str


@dataclass(frozen=True, slots=True)
class State:
    """How one source is doing; ``status`` says it in a sentence.

    ``waits``: nothing came yet. ``reads``: some of the last days' deliveries are to be read. The page looks again then.
    """

    status: Status
    waits: bool
    reads: bool
    last_at: datetime | None
    hour: int
    day: int
    week: int


def rows(now: datetime) -> list[Row]:
    """Every source, in two queries."""
    newest = Delivery.objects.filter(source=OuterRef("pk")).order_by("-received_at").values("received_at")[:1]
    events = Delivery.objects.filter(received_at__gte=now - WEEK).order_by().values("source_id")
    week = {one["source_id"]: one["n"] for one in events.annotate(n=Sum("event_count"))}
    found: QuerySet[Any] = Source.objects.annotate(last_at=Subquery(newest)).order_by("name", "pk")
    return [
        Row(
            source=one,
            href=reverse("source", args=[one.public_id]),
            kind=one.get_kind_display(),
            status=_status(one, one.last_at),
            last_at=one.last_at,
            week=week.get(one.pk, 0),
            tells=tells(one.kind),
        )
        for one in found
    ]


def tells(kind: str) -> str:
    """What a kind of source tells of, in words."""
    told: Sequence[str] = SENDERS[kind].tells if kind in SENDERS else TELLS.get(SourceKind(kind), ())
    return ", ".join(name.replace("_", " ") for name in told)


def _status(source: Source, last_at: datetime | None) -> Status:
    if source.paused_at:
        return Status("warn", "paused")
    if source.last_refused_at and (last_at is None or source.last_refused_at > last_at):
        return Status("bad", "refused")
    return Status("good", "receiving") if last_at else Status("none", "waiting")


def state_of(source: Source, now: datetime) -> State:
    """How it is doing, in two queries."""
    last_at = source.deliveries.order_by("-received_at").values_list("received_at", flat=True).first()
    recent = source.deliveries.filter(received_at__gte=now - WEEK)
    counts = recent.aggregate(
        hour=Sum("event_count", filter=Q(received_at__gte=now - timedelta(hours=1)), default=0),
        day=Sum("event_count", filter=Q(received_at__gte=now - timedelta(days=1)), default=0),
        week=Sum("event_count", default=0),
        pending=Count("pk", filter=Q(status=DeliveryStatus.PENDING)),
    )
    reads = counts.pop("pending") > 0 and source.paused_at is None
    status = _status(source, last_at)
    waits = last_at is None and source.paused_at is None and source.kind in SENDERS
    return State(Status(status.kind, _text(source, status, last_at, now)), waits, reads, last_at, **counts)


def _text(source: Source, status: Status, last_at: datetime | None, now: datetime) -> str:
    if source.paused_at:
        waiting = source.deliveries.filter(status=DeliveryStatus.PENDING).count()
        kept = f"; {formats.plural(waiting, 'delivery waits', 'deliveries wait')}" if waiting else ""
        return f"Paused {formats.relative(source.paused_at, now)}: what comes is kept and not read{kept}."
    if status.word == "refused" and source.last_refused_at:
        count = formats.plural(source.refused_count, "delivery was refused", "deliveries were refused")
        last = formats.relative(source.last_refused_at, now)
        return f"{count}, the last {last}: the signature did not fit. Is the secret the same on both sides?"
    if last_at is None:
        return "Waiting for the first delivery."
    return f"Receiving: the last delivery came {formats.relative(last_at, now)}."
