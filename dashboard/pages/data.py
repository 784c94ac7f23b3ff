"""Data health: is everything arriving, what was refused and why, what belongs to nobody, how much figures rest on."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Min, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.pages import compared, cursor, drill, figures, payload
from dashboard.pages.assigning import AssignForm
from dashboard.pages.attention import nobodys
from dashboard.pages.change import FOLLOWS, UNREADABLE
from dashboard.pages.cursor import Cursor
from dashboard.pages.deployments import pager
from dashboard.pages.environments import environments
from dashboard.pages.figures import Shown, Status
from dashboard.pages.frame import filters_of
from ingest.inbox import process
from ingest.inbox.receive import body_of
from ingest.models import Delivery, Source
from ingest.models.catalogue import EnvironmentClass
from ingest.models.inbox import DeliveryStatus
from scorecards.rollups import read

SIZE = 20
UNASSIGNED_SHOWN = 100


@dataclass(slots=True)
class Health:
    """One source: events by status, when it was last heard, since when the oldest waits.

    ``received`` is the sum of the four; ``repeats`` are counted beside it.
    """

    source: Source
    events: Counter[str] = field(default_factory=Counter)
    last_seen: datetime | None = None
    waiting_since: datetime | None = None

    @property
    def received(self) -> int:
        return self.events.total()

    @property
    def status(self) -> Status:
        if self.events["quarantined"]:
            return Status("warn", "some quarantined")
        if self.waiting_since and (timezone.now() - self.waiting_since).total_seconds() > 600:
            return Status("bad", "waiting")
        return Status("good", "well") if self.received else Status("none", "silent")


@dataclass(frozen=True, slots=True)
class Refused:
    """A quarantined delivery and as much of its payload as may be shown."""

    delivery: Delivery
    text: str


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """What came in, what was refused, what nobody owns, and how much the figures rest on."""
    return show(request, AssignForm(request))


def show(request: HttpRequest, assigning: AssignForm, status: int = 200) -> HttpResponse:
    """The page with the form as it stands."""
    filters = filters_of(request)
    operates = access.may_operate(request.user)
    refused = refused_deliveries(request.GET.get("before", "")) if operates else cursor.Page[Delivery]([], "")
    context = {
        "sources": sources(),
        "operates": operates,
        "refused": [Refused(one, shown_payload(one)) for one in refused.rows],
        "unassigned": nobodys(request).select_related("repository")[:UNASSIGNED_SHOWN],
        "assigning": assigning,
        "ticked": assigning.data.getlist("service") if isinstance(assigning.data, QueryDict) else [],
        "edits": access.may_edit_catalogue(request.user, None),
        "classed": environments(),
        "classes": EnvironmentClass.values,
        "coverage": coverage(filters),
        "links": link_counts(request, filters),
        **pager(reverse("data"), filters, {}, refused.older, at_start=not request.GET.get("before")),
    }
    return render(request, "pages/data.html", context, status=status)


def sources() -> list[Health]:
    """Every source, also one that never sent anything."""
    found = {source.pk: Health(source) for source in Source.objects.all()}
    groups = Delivery.objects.values("source_id", "status").annotate(
        events=Sum("event_count"), newest=Max("received_at"), oldest=Min("received_at")
    )
    for group in groups:
        _add(found[group["source_id"]], group)
    return list(found.values())


def _add(health: Health, group: Mapping[str, Any]) -> None:
    health.events[group["status"]] += group["events"]
    health.last_seen = max(health.last_seen or group["newest"], group["newest"])
    if group["status"] == DeliveryStatus.PENDING:
        health.waiting_since = group["oldest"]


def refused_deliveries(before: str) -> cursor.Page[Delivery]:
    """Quarantined deliveries, newest first."""
    found = Delivery.objects.filter(status=DeliveryStatus.QUARANTINED).select_related("source")
    ordered = cursor.older_than(found, Cursor.parse(before), "received_at", "id")
    return cursor.page(ordered[: SIZE + 1], lambda one: Cursor(one.received_at, one.pk), SIZE)


def shown_payload(delivery: Delivery) -> str:
    """The payload as text, cut and without secrets; a body that can't be unpacked says so."""
    try:
        return payload.shown(body_of(delivery))
    except Exception:
        return "The stored body can't be unpacked."


def coverage(filters: Filters) -> Sequence[Shown]:
    """The organisation's figures, each with what it rests on, whatever that is."""
    summary = read.summary(compared.org_scope(filters), filters.environment_class, filters.window, compared.today())
    return [
        Shown(
            metric=metric,
            label=figures.LABELS[metric],
            number=str(formats.percent(ratio)) if ratio is not None else "",
            reason="" if ratio is not None else formats.reason_text(summary.reasons.get(metric, "")),
            href=figures.explain_href(metric, "org", filters),
            note=figures.COVERS.get(metric, "of the data is known"),
        )
        for metric, ratio in summary.coverage.items()
    ]


def link_counts(request: HttpRequest, filters: Filters) -> dict[str, int]:
    """How incidents of the window were linked: by name, by rule, by hand, or not at all."""
    subject = drill.subject(request, "org", filters)
    found: dict[str, int] = defaultdict(int)
    counted = drill.incidents(subject, filters).order_by().values("linked_by", "reason")
    for group in counted.annotate(count=Count("pk")):
        how = group["linked_by"] or group["reason"]
        words = formats.LINKS.get(how) or formats.UNLINKED.get(how, how or "not linked")
        found[words.rstrip(".")] += group["count"]
    return dict(found)


@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """Put one quarantined delivery (``delivery``), or all, back into the queue."""
    if not access.may_operate(request.user):
        raise PermissionDenied
    wanted = Delivery.objects.filter(status=DeliveryStatus.QUARANTINED)
    if request.POST.get("delivery") != "all":
        number = request.POST.get("delivery", "")
        wanted = wanted.filter(pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
    count = process.replay(wanted)
    messages.success(request, f"Put {formats.plural(count, 'delivery', 'deliveries')} back into the queue.", "good")
    return redirect("data")


@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Give services to a team from today on; what was refused stands beside the form."""
    form = AssignForm(request, request.POST)
    done = form.act()
    if done is None:
        return show(request, form, UNREADABLE)
    messages.success(request, f"{done} {FOLLOWS}", "good")
    return redirect("data")
