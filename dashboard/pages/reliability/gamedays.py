"""``/gamedays/``: each scenario's last run, its score and recovery and their course; and how long rollbacks took."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.charts.sparkline import Sparkline, sparkline
from dashboard.pages.figures import Status
from dashboard.pages.frame import Step
from ingest.models import Service, SignalKind, SignalSample
from ingest.models.catalogue import Tier
from scorecards.metrics.spread import spread
from scorecards.reliability.exercises import KINDS, runs_of
from scorecards.reliability.gamedays import RECENT, Run, verdict

SCENARIOS = 200
COURSE = 20
LACKING = 50
ROLLBACKS = 2_000
STATUSES = {
    "within_90_days": Status("good", "within 90 days"),
    "older": Status("warn", "older than 90 days"),
    "never": Status("none", "never"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario, of one service or of none."""

    scenario: str
    service: Service | None
    at: datetime
    status: Status
    score: str
    scores: Sparkline | None
    recovery: str
    recoveries: Sparkline | None
    runs: int


@dataclass(frozen=True, slots=True)
class Critical:
    """A critical service, and when it was last tried."""

    service: Service
    at: datetime | None
    status: Status


@dataclass(frozen=True, slots=True)
class Rollbacks:
    """How long the rollbacks of a service took, as Prometheus told."""

    service: Service
    count: int
    median: str
    longest: str
    last: str
    at: datetime
    line: Sparkline | None


@dataclass(frozen=True, slots=True)
class Summary:
    """For the overview: how many scenarios were run lately, and how many critical services never were."""

    scenarios: int
    recent: int
    critical: int
    tried: int
    last: str
    last_at: datetime


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """All gamedays."""
    if not access.may_see_organisation(request.user):
        raise Http404
    now, found = timezone.now(), runs_of()
    visible = access.visible_services(request.user)
    services = visible.in_bulk({run.service_id for run in found if run.service_id is not None})
    context = {
        "trail": [Step("Reliability", reverse("reliability"))],
        "rows": rows(found, services, now),
        "critical": critical(visible, found, now),
        "rollbacks": rollbacks(visible),
    }
    return render(request, "pages/gamedays.html", context)


def summary(services: QuerySet[Service], now: datetime) -> Summary | None:
    """Of these services and of what names none; ``None`` where no gameday is known. Two queries."""
    samples = SignalSample.objects.filter(Q(service__in=services) | Q(service=None), signal__kind__in=KINDS)
    told = list(samples.order_by().values_list("label", "service").annotate(last=Max("at")))
    if not told:
        return None
    label, _, last = max(told, key=lambda one: one[2])
    fresh = {(scenario, service) for scenario, service, at in told if at > now - RECENT}
    watched = set(_critical(services).values_list("pk", flat=True))
    return Summary(len(told), len(fresh), len(watched), len(watched & {pk for _, pk in fresh}), label, last)


def _by_scenario(found: Iterable[Run]) -> dict[tuple[str, int | None], list[Run]]:
    grouped: dict[tuple[str, int | None], list[Run]] = defaultdict(list)
    for run in found:
        grouped[run.scenario, run.service_id].append(run)
    return grouped


def _critical(services: QuerySet[Service]) -> QuerySet[Service]:
    return services.filter(tier=Tier.CRITICAL, retired_on=None)


def rows(found: Sequence[Run], services: Mapping[int, Service], now: datetime) -> list[Row]:
    """A row a scenario and service, the latest run first."""
    return [
        _row(scenario, services.get(service_id or 0), own, now)
        for (scenario, service_id), own in list(_by_scenario(found).items())[:SCENARIOS]
    ]


def _row(scenario: str, service: Service | None, own: Sequence[Run], now: datetime) -> Row:
    score = next((run.score for run in own if run.score is not None), None)
    recovery = next((run.mttr for run in own if run.mttr is not None), None)
    course = list(reversed(own[:COURSE]))
    return Row(
        scenario=scenario,
        service=service,
        at=own[0].at,
        status=STATUSES[verdict(own, now)],
        score=f"{score:.4g}" if score is not None else "",
        scores=_line([run.score for run in course], "Score, run by run"),
        recovery=str(formats.duration(recovery)) if recovery is not None else "",
        recoveries=_line([run.mttr for run in course], "Recovery time, run by run"),
        runs=len(own),
    )


def _line(values: Sequence[float | None], title: str) -> Sparkline | None:
    """Of one run there is no course."""
    known = [value for value in values if value is not None]
    return sparkline(values, title=title, width=72, height=18) if len(known) > 1 else None


def critical(services: QuerySet[Service], found: Sequence[Run], now: datetime) -> list[Critical]:
    """Critical services, those longest without a gameday first."""
    last: dict[int, list[Run]] = defaultdict(list)
    for run in found:
        if run.service_id is not None:
            last[run.service_id].append(run)
    told = [
        Critical(one, last[one.pk][0].at if last[one.pk] else None, STATUSES[verdict(last[one.pk], now)])
        for one in _critical(services).order_by("name")
    ]
    oldest = datetime.min.replace(tzinfo=now.tzinfo)
    return sorted(told, key=lambda one: (one.at or oldest, one.service.name.casefold()))[:LACKING]


def rollbacks(services: QuerySet[Service]) -> list[Rollbacks]:
    """How long the latest rollbacks of each service took, the latest first."""
    samples = SignalSample.objects.filter(signal__kind=SignalKind.ROLLBACK_DURATION, service__in=services)
    newest = samples.order_by("-at", "-pk").values_list("service", "at", "value")[:ROLLBACKS]
    own: dict[int, list[tuple[datetime, float]]] = defaultdict(list)
    for service_id, at, value in newest:
        if service_id is not None:
            own[service_id].append((at, value))
    known = services.in_bulk(list(own))
    return [_rollbacks(known[pk], told) for pk, told in own.items()]


def _rollbacks(service: Service, told: Sequence[tuple[datetime, float]]) -> Rollbacks:
    values = [value for _, value in told]
    found = spread(values)
    return Rollbacks(
        service,
        len(values),
        str(formats.duration(found.median)) if found is not None else "",
        str(formats.duration(max(values))),
        str(formats.duration(values[0])),
        told[0][0],
        _line(list(reversed(values[:COURSE])), "Durations, rollback by rollback"),
    )
