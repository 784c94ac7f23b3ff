"""``GET /metrics``: what we know as series that a Prometheus scrapes; the standard's own names among them.

Definition of each series, and how it is to be scraped: docs/metrics-endpoint.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, Sum
from django.http import HttpResponse
from django.utils import timezone
from prometheus_client import exposition as plain
from prometheus_client import openmetrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from dashboard import VERSION, access
from dashboard.api import schema, shapes
from dashboard.exposed import exposed
from ingest.models import Delivery, DeliveryTotal
from ingest.models.inbox import DeliveryStatus
from scorecards.models import SloStanding
from scorecards.reliability.burn import SHOWN
from scorecards.reliability.standing import STALE_AFTER

OPEN_METRICS = "application/openmetrics-text"


class Families:
    """The series of one answer, as the library's writers take them; no registry is kept between answers."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self.families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self.families


class AnyFormat(BaseContentNegotiation):
    """The view chooses between the two formats of the exposition; only errors are rendered, as problem details."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return next(iter(parsers), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return JSONRenderer(), JSONRenderer.media_type


class Exposition(APIView):
    """The series of what the token may see."""

    content_negotiation_class = AnyFormat

    @schema.reads(
        "exposition",
        "Series that a Prometheus scrapes",
        shapes.text("The text format, or OpenMetrics where it is asked for."),
        tag="Metrics",
        media_type="text/plain",
    )
    def get(self, request: Request) -> HttpResponse:
        families = Families(families_of(request.user, timezone.now()))
        if OPEN_METRICS in request.headers.get("Accept", ""):
            text = openmetrics.exposition.generate_latest(families)  # type: ignore[no-untyped-call]
            return HttpResponse(text, content_type=openmetrics.exposition.CONTENT_TYPE_LATEST)
        return HttpResponse(plain.generate_latest(families), content_type=plain.CONTENT_TYPE_PLAIN_0_0_4)


def families_of(actor: access.Actor, now: datetime) -> Iterator[Metric]:
    """What the actor may see: the series of its services; of the site itself only for who sees the organisation."""
    services = access.visible_services(actor).filter(retired_on=None)
    slugs = dict(services.order_by("slug").values_list("pk", "slug"))
    yield InfoMetricFamily("plumbline_build", "Which Plumbline answers.", {"version": VERSION})
    yield from _deployments(slugs, now)
    yield from _objectives(slugs, now)
    if access.may_see_organisation(actor):
        yield from _inbox()


def _deployments(slugs: Mapping[int, str], now: datetime) -> Iterator[Metric]:
    counters = CounterMetricFamily(
        "deployments",
        "Deployments to production that finished, by the status that was observed; counted since first exposed.",
        labels=("service", "status"),
    )
    rollbacks = GaugeMetricFamily(
        "deployment_rollback_duration_seconds",
        "Mean time from a failed deployment to production to the rollback that restored it, over the last 90 days.",
        labels=("service",),
    )
    found = exposed(now)
    for pk, slug in slugs.items():
        own = found.get(pk)
        if own is None:
            continue  # made a moment ago: the next scrape has it
        counters.add_metric((slug, "success"), own.succeeded)
        counters.add_metric((slug, "failed"), own.failed)
        if own.rollback_seconds is not None:
            rollbacks.add_metric((slug,), own.rollback_seconds)
    yield counters
    yield rollbacks


def _objectives(slugs: Mapping[int, str], now: datetime) -> Iterator[Metric]:
    labels = ("service", "slo")
    left = GaugeMetricFamily(
        "plumbline_error_budget_left_ratio",
        "Error budget left of a service level objective: 1 untouched, 0 spent, below 0 overspent.",
        labels=labels,
    )
    attained = GaugeMetricFamily(
        "plumbline_slo_attainment_ratio",
        "Share of good events over the window of a service level objective.",
        labels=labels,
    )
    burning = GaugeMetricFamily(
        "plumbline_slo_burn_rate",
        "How many times as fast as allowed the error budget was spent over a window.",
        labels=(*labels, "window"),
    )
    for standing in _standings(slugs, now):
        names = (slugs[standing.service], standing.name)
        if standing.left is not None:
            left.add_metric(names, standing.left)
        if standing.attainment is not None:
            attained.add_metric(names, standing.attainment)
        for window in SHOWN:
            if (rate := standing.burn_rates.get(window)) is not None:
                burning.add_metric((*names, window), rate)
    yield from (left, attained, burning)


class _Standing(NamedTuple):
    service: int
    name: str
    left: float | None
    attainment: float | None
    burn_rates: Mapping[str, float | None]


def _standings(slugs: Mapping[int, str], now: datetime) -> Iterable[_Standing]:
    """Those that are measured up to now, one of each service and name: where two bear one name, that with the least
    budget left, as a series has one value."""
    rows = SloStanding.objects.filter(
        state=SloStanding.State.MEASURED, data_until__gte=now - STALE_AFTER, slo__ended_at=None, slo__service__in=slugs
    )
    rows = rows.order_by(F("budget_left").desc(nulls_first=True), "-pk")
    found = rows.values_list("slo__service_id", "slo__name", "budget_left", "attainment", "burn_rates")
    by_name = {(service, name): _Standing(service, name, *figures) for service, name, *figures in found}
    return by_name.values()


def _inbox() -> Iterator[Metric]:
    deliveries = GaugeMetricFamily(
        "plumbline_deliveries", "Events in the inbox, by what became of them.", labels=("status",)
    )
    events = dict(DeliveryTotal.objects.order_by().values_list("status").annotate(Sum("events")))
    for status in DeliveryStatus.values:
        deliveries.add_metric((status,), events.get(status, 0))
    yield deliveries
    processed = GaugeMetricFamily(
        "plumbline_last_processed_timestamp_seconds", "When the newest delivery that was processed was."
    )
    newest = Delivery.objects.filter(status=DeliveryStatus.PROCESSED).order_by("-received_at")
    if at := newest.values_list("processed_at", flat=True).first():
        processed.add_metric((), at.timestamp())
    yield processed
