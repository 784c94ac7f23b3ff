"""Deliveries that were set aside: chosen by the query string, grouped by why, with a bound on what is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Count, F, Max, QuerySet, Sum, TextField
from django.db.models.functions import Substr
from django.urls import reverse

from dashboard.pages.data.advice import advice
from ingest.models import Delivery
from ingest.models.inbox import DeliveryStatus

STATUSES = {"quarantined": "Quarantined", "ignored": "Ignored"}
NEWEST = 10_000  # deliveries that groups are counted over
GROUPS = 50
REASON = 200  # characters that a group's reason is told apart by


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which deliveries: ``status`` quarantined or ignored, and more narrowly where a field is not empty."""

    status: str = "quarantined"
    source: str = ""
    code: str = ""
    reason: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Chosen":
        """What can't be read is the default; PostgreSQL takes no NUL in a text."""
        status = query.get("status", "")
        told = {name: query.get(name, "").replace("\0", "\ufffd")[:300] for name in ("source", "code", "reason")}
        return cls(status if status in STATUSES else "quarantined", **told)

    @property
    def pairs(self) -> dict[str, str]:
        said = {"status": self.status, "source": self.source, "code": self.code, "reason": self.reason}
        return {name: value for name, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        return bool(self.source or self.code or self.reason)

    def rows(self) -> QuerySet[Delivery]:
        found = Delivery.objects.filter(status=self.status)
        if self.source:
            found = found.filter(source__public_id=self.source)
        if self.code:
            found = found.filter(error_code=self.code)
        if self.reason:
            found = with_reason(found).filter(reason=self.reason)  # type: ignore[misc]
        return found


def with_reason(found: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """With ``reason``: the beginning of why a delivery was ignored."""
    return found.annotate(reason=Substr("note", 1, REASON, output_field=TextField()))


@dataclass(frozen=True, slots=True)
class Group:
    """Deliveries of one source that were set aside for one reason."""

    source: str
    code: str
    reason: str
    deliveries: int
    events: int
    last_at: datetime
    advice: str
    href: str


def groups(status: str, limit: int = GROUPS) -> Sequence[Group]:
    """The ``limit`` largest, counted over the newest ``NEWEST`` deliveries of that status."""
    newest = Delivery.objects.filter(status=status).order_by("-received_at").values("pk")[:NEWEST]
    why = "error_code" if status == DeliveryStatus.QUARANTINED else "reason"
    counted = (
        with_reason(Delivery.objects.filter(pk__in=newest))
        .values(why, name=F("source__name"), public_id=F("source__public_id"))
        .annotate(deliveries=Count("pk"), events=Sum("event_count"), last_at=Max("received_at"))
        .order_by("-events", "name", why)[:limit]
    )
    return [_group(row, status) for row in counted]


def _group(row: Mapping[str, object], status: str) -> Group:
    code, reason = str(row.get("error_code", "")), str(row.get("reason", ""))
    pairs = Chosen(status, str(row["public_id"]), code, reason).pairs
    return Group(
        source=str(row["name"]),
        code=code,
        reason=reason,
        deliveries=row["deliveries"],  # type: ignore[arg-type]
        events=row["events"],  # type: ignore[arg-type]
        last_at=row["last_at"],  # type: ignore[arg-type]
        advice=advice(status, code),
        href=f"{reverse('deliveries')}?{urlencode(pairs)}",
    )
