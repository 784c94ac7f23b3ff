"""What needs a person: grave open incidents, REQUIRED controls that came to fail, waivers, services that nobody owns,
deliveries that were refused."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.pages.compared import today
from dashboard.pages.figures import Status
from dashboard.pages.standard_choices import BUILTIN
from ingest.models import Delivery, Service, Team
from ingest.models.catalogue import UNASSIGNED
from ingest.models.inbox import DeliveryStatus
from ingest.window import midnight
from scorecards.models import ControlVerdict, JudgedIncident, Waiver
from scorecards.scans.changed import changes_of
from scorecards.standards.standard import Level
from scorecards.standards.verdict import Verdict
from scorecards.waivers import SOON, expiring

GRAVE = ("sev1", "sev2")
INCIDENTS = 5


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing to look at, and where."""

    status: Status
    name: str
    text: str
    href: str


def sentences(request: HttpRequest, filters: Filters) -> list[Sentence]:
    """The gravest first."""
    return [
        *_incidents(request),
        *_failing(request),
        *_waivers(request),
        *_unassigned(request, filters),
        *_deliveries(request, filters),
    ]


def _incidents(request: HttpRequest) -> Iterator[Sentence]:
    mine = Q(service__in=access.visible_services(request.user))
    grave = JudgedIncident.objects.filter(mine, severity__in=GRAVE, resolved_at=None, opened_at__isnull=False)
    now = timezone.now()
    for judged in grave.select_related("incident", "service").order_by("severity", "opened_at")[:INCIDENTS]:
        incident = judged.incident
        since = formats.relative(judged.opened_at, now) if judged.opened_at else ""
        title = incident.title or f"incident {incident.external_id}"
        text = f"{title}, open, opened {since}"
        status = Status("bad", judged.severity)
        yield Sentence(status, judged.service.name, text, reverse("incident", args=[incident.pk]))


def _failing(request: HttpRequest) -> Iterator[Sentence]:
    """REQUIRED controls that came to fail within a week and still do."""
    since = today() - SOON
    changes = changes_of(
        BUILTIN, access.visible_services(request.user), midnight(since, settings.ORGANISATION_ZONE)
    ).filter(after=Verdict.FAIL, service=OuterRef("service"), control=OuterRef("control"))
    failing = ControlVerdict.objects.filter(Exists(changes), standard=BUILTIN, verdict=Verdict.FAIL)
    found = failing.filter(level=Level.REQUIRED, service__retired_on=None)
    counts = found.aggregate(controls=Count("pk"), services=Count("service", distinct=True))
    if counts["controls"]:
        name = formats.plural(counts["controls"], "REQUIRED control")
        text = f"came to fail in {formats.plural(counts['services'], 'service')} within 7 days"
        href = f"{reverse('standards')}?level={Level.REQUIRED}&show=failures&since={since.isoformat()}#matrix"
        yield Sentence(Status("bad", "fails"), name, text, href)


def _waivers(request: HttpRequest) -> Iterator[Sentence]:
    """Waivers that end within a week; for who decides, those that wait."""
    visible = access.visible_services(request.user)
    ending = expiring(visible, today()).count()
    if ending:
        text = f"{'ends' if ending == 1 else 'end'} within 7 days, then what is covered counts again"
        yield Sentence(
            Status("warn", "waived"), formats.plural(ending, "waiver"), text, f"{reverse('waivers')}#in-force"
        )
    if access.may_operate(request.user):
        waiting = Waiver.objects.filter(service__in=visible, state=Waiver.State.REQUESTED)
        count = waiting.exclude(requested_by=request.user.pk).count()
        if count:
            text = f"{'waits' if count == 1 else 'wait'} for your decision"
            yield Sentence(Status("warn", "asked for"), formats.plural(count, "waiver"), text, reverse("waivers"))


def _unassigned(request: HttpRequest, filters: Filters) -> Iterator[Sentence]:
    count = nobodys(request).count()
    if count:
        text = "no team, so the figures count for the organisation only"
        href = f"{reverse('data')}{filters.query()}#unassigned"
        yield Sentence(Status("warn", "unassigned"), formats.plural(count, "service"), text, href)


def nobodys(request: HttpRequest) -> QuerySet[Service]:
    """Services in use that the reader may see and that no team owns."""
    teams = Team.objects.exclude(slug=UNASSIGNED)
    services = access.visible_services(request.user).filter(retired_on=None)
    return services.exclude(pk__in=Service.objects.alias(owner_team=access.owner()).filter(owner_team__in=teams))


def _deliveries(request: HttpRequest, filters: Filters) -> Iterator[Sentence]:
    if not access.may_operate(request.user):
        return
    refused = Delivery.objects.filter(status=DeliveryStatus.QUARANTINED).aggregate(events=Sum("event_count"))
    count = refused["events"] or 0
    if count:
        text = "not readable, waiting for a replay"
        href = f"{reverse('data')}{filters.query()}#quarantined"
        yield Sentence(Status("warn", "quarantined"), formats.plural(count, "event"), text, href)
