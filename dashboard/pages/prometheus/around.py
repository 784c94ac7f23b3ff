"""What the pages on Prometheus share: whose they are, the way to a page, what may be changed here."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dashboard.pages.frame import Step
from dashboard.pages.sources.around import operator
from ingest.models import PrometheusServer, Signal, Slo
from ingest.models.signals import Origin

TOLD_BY = {
    Origin.FILE: "The file of PROMETHEUS_CONFIG tells it: change it there.",
    Origin.ENVIRONMENT: "The variable PROMETHEUS_URL and those beside it tell it: change it there.",
    Origin.SCAN: "A repository tells it: change it there.",
}


def by_whom(request: HttpRequest) -> str:
    """The name of the person, who may operate. Raises: PermissionDenied."""
    return operator(request).get_username()


def trail(*steps: Step) -> list[Step]:
    return [Step("Data", reverse("data")), Step("Prometheus", reverse("prometheus")), *steps]


def step_of(server: PrometheusServer) -> Step:
    return Step(server.source.name, reverse("prometheus-server", args=[server.pk]))


def told_by(row: PrometheusServer | Signal | Slo) -> str:
    """Where a row is changed that can't be changed here; empty for one that can."""
    return TOLD_BY.get(Origin(row.origin), "")


def server_of(pk: int) -> PrometheusServer:
    return get_object_or_404(PrometheusServer.objects.select_related("source"), pk=pk)


def signal_of(pk: int) -> Signal:
    return get_object_or_404(Signal.objects.select_related("server__source"), pk=pk)
