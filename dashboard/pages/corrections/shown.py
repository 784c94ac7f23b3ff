"""What the page of a fact shows of corrections, of its other reports, and of what may be the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from dashboard import access
from dashboard.pages.corrections import said
from dashboard.pages.corrections.said import Fact
from ingest.models import Deployment, Incident

ALIKE_WITHIN = timedelta(minutes=30)
NEAR = timedelta(days=1)
ALIKE = 5


@dataclass(frozen=True, slots=True)
class Report:
    """One source's report of a fact."""

    name: str
    external_id: str
    source: str
    href: str
    at: datetime | None

    @classmethod
    def of(cls, fact: Fact) -> "Report":
        at = fact.started_at if isinstance(fact, Deployment) else fact.opened_at
        return cls(said.name_of(fact), fact.external_id, fact.source.name, said.href_of(fact), at)


def context(request: HttpRequest, fact: Fact) -> dict[str, Any]:
    """For ``components/corrections.html`` and ``components/reports.html``."""
    kind = "deployment" if isinstance(fact, Deployment) else "incident"
    visible = access.visible_services(request.user)
    duplicates = fact.duplicates.filter(service__in=visible).select_related("source") if fact.has_duplicates else ()
    first = fact.duplicate_of
    return {
        "told": said.of(fact),
        "corrects": access.may_correct(request.user, fact.service),
        "correct_href": reverse(f"correct-{kind}", args=[fact.pk]),
        "reports": _reports(duplicates),
        "stands_for": None if first is None else Report.of(first),
        "alike": [] if first is not None else _reports(alike(fact).filter(service__in=visible)[:ALIKE]),
    }


def _reports(facts: Iterable[Fact]) -> list[Report]:
    return [Report.of(fact) for fact in facts]


def alike(fact: Fact) -> QuerySet[Any]:
    """What another source tells of something alike, without a name that would tell whether it is the same: deployments
    of one version or commit to one environment within half an hour; incidents of one service at the same time."""
    if isinstance(fact, Deployment):
        return _alike_deployments(fact)
    found = Incident.objects.filter(service=fact.service, duplicate_of=None).exclude(source=fact.source)
    if fact.opened_at is None:
        return found.none()
    overlaps = Q(resolved_at=None) | Q(resolved_at__gte=fact.opened_at)
    until = min(fact.resolved_at or fact.opened_at + NEAR, fact.opened_at + NEAR)
    found = found.filter(overlaps, opened_at__gte=fact.opened_at - NEAR, opened_at__lte=until)
    return found.select_related("source").order_by("opened_at")


def _alike_deployments(fact: Deployment) -> QuerySet[Deployment]:
    at = fact.started_at or fact.finished_at
    same = (Q(version=fact.version) if fact.version else Q()) | (Q(sha=fact.sha) if fact.sha else Q())
    if at is None or not same:
        return Deployment.objects.none()
    near = Q(started_at__range=(at - ALIKE_WITHIN, at + ALIKE_WITHIN))
    found = Deployment.objects.filter(near, same, service=fact.service, environment=fact.environment, duplicate_of=None)
    return found.exclude(source=fact.source).select_related("source").order_by("started_at")
