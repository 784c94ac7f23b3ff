"""What needs a person: grave open incidents, error budgets that are low or burn, REQUIRED controls that came to fail,
waivers, services that nobody owns, deliveries that were refused, a Prometheus that does not answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.pages.budgets import rows as budgets
from dashboard.pages.budgets import words
from dashboard.pages.compared import today
from dashboard.pages.figures import Status
from dashboard.pages.standard_choices import BUILTIN
from ingest.models import Delivery, PrometheusServer, Service, Team
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
BUDGETS = 5
STOPPING = ("halted", "frozen")


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
        *_budgets(access.visible_services(request.user).filter(retired_on=None)),
        *_pages(access.visible_services(request.user).filter(retired_on=None)),
        *_failing(request),
        *_waivers(request),
        *_unassigned(request, filters),
        *_deliveries(request, filters),
        *_servers(request),
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


def _budgets(services: QuerySet[Service]) -> Iterator[Sentence]:
    """Budgets so low that their policy freezes features or stops deployments."""
    low = [one for one in budgets.told(services, reached=True) if one.group in STOPPING]
    found = services.in_bulk([one.service_id for one in low[:BUDGETS]])
    for one in low[:BUDGETS]:
        service, left = found[one.service_id], formats.budget_left(one.left or 0.0)
        text = f"{left} of the error budget left, {budgets.GROUPS[one.group].word}"
        yield Sentence(Status("bad", "budget"), service.name, text, budgets.href(service))
    if len(low) > BUDGETS:
        rest = formats.plural(len(low) - BUDGETS, "more service")
        text = "low on error budget, features frozen or deployments halted"
        yield Sentence(Status("bad", "budget"), rest, text, reverse("reliability"))


def _pages(services: QuerySet[Service]) -> Iterator[Sentence]:
    """Objectives whose budget burns so fast that somebody is to be paged."""
    firing = budgets.firing(services).select_related("slo", "service")
    paging = [one for one in firing if any(status.kind == "bad" for status in budgets.alarms(one))]
    for one in paging[:BUDGETS]:
        if one.service is not None:
            rate = words.rate(one.burn_rates.get("1h"))
            text = f"{one.slo.name} burns its error budget at {rate} over the last hour"
            yield Sentence(Status("bad", "page"), one.service.name, text, budgets.href(one.service))


def _servers(request: HttpRequest) -> Iterator[Sentence]:
    """For who operates the site: servers that do not answer, though nobody paused them."""
    if not access.may_operate(request.user):
        return
    silent = PrometheusServer.objects.filter(failing_since__isnull=False, source__paused_at=None)
    for server in silent.select_related("source").order_by("failing_since")[:BUDGETS]:
        since = formats.relative(server.failing_since, timezone.now()) if server.failing_since else ""
        text = f"gives no answer, first {since}, so its figures are as of then"
        href = reverse("prometheus-server", args=[server.pk])
        yield Sentence(Status("warn", "no answer"), server.source.name, text, href)


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
