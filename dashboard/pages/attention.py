"""What needs a person: grave incidents that are open, services that nobody owns, deliveries that were refused."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.pages.figures import Status
from ingest.models import Delivery, Incident, Service, Team
from ingest.models.catalogue import UNASSIGNED
from ingest.models.inbox import DeliveryStatus

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
    return [*_incidents(request), *_unassigned(request, filters), *_deliveries(request, filters)]


def _incidents(request: HttpRequest) -> Iterator[Sentence]:
    mine = Q(service__in=access.visible_services(request.user))
    grave = Incident.objects.filter(mine, severity__in=GRAVE, resolved_at=None, opened_at__isnull=False)
    now = timezone.now()
    for incident in grave.select_related("service").order_by("severity", "opened_at")[:INCIDENTS]:
        since = formats.relative(incident.opened_at, now) if incident.opened_at else ""
        title = incident.title or f"incident {incident.external_id}"
        text = f"{title}, open, opened {since}"
        status = Status("bad", incident.severity)
        yield Sentence(status, incident.service.name, text, reverse("incident", args=[incident.pk]))


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
