"""The facts that a figure is computed from: newest first, each with its part in the figure and a link to it."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.urls import reverse

from dashboard import formats
from dashboard.filters import Filters
from dashboard.pages import cursor, drill
from dashboard.pages.cursor import Cursor, Page
from dashboard.pages.deployments import outcome_of
from dashboard.pages.drill import Subject
from scorecards.models import DeliveredChange, JudgedDeployment, JudgedIncident
from scorecards.rollups.summary import Metric

SIZE = 25
SEVERITY_NOT_TOLD = "sev3 (not told)"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: when it counts, of which service, what it is, and its part in the figure in words."""

    at: datetime
    id: int
    service: str
    name: str
    href: str
    part: str


def facts(metric: Metric, subject: Subject, filters: Filters, before: str, size: int = SIZE) -> Page[Fact]:
    """A page of the facts behind ``metric``, from behind the cursor ``before``."""
    at = Cursor.parse(before)
    found = READERS[metric](subject, filters, at, size + 1)
    return cursor.page(found, lambda fact: Cursor(fact.at, fact.id), size)


def _deployed(subject: Subject, filters: Filters, at: Cursor | None, size: int) -> list[Fact]:
    found = drill.deployments(subject, filters).filter(status="succeeded", counted=True)
    ordered = cursor.older_than(found, at, "finished_at", "deployment_id")[:size]
    return [_of_deployment(one, outcome_of(one).word) for one in ordered]


def _finished(subject: Subject, filters: Filters, at: Cursor | None, size: int) -> list[Fact]:
    found = drill.deployments(subject, filters).filter(counted=True)
    ordered = cursor.older_than(found, at, "finished_at", "deployment_id")[:size]
    return [_of_deployment(one, "failed" if one.failed else "counted") for one in ordered]


def _reworked(subject: Subject, filters: Filters, at: Cursor | None, size: int) -> list[Fact]:
    found = drill.deployments(subject, filters).filter(Q(rollback=True) | Q(hotfix=True), status="succeeded")
    ordered = cursor.older_than(found.filter(counted=True), at, "finished_at", "deployment_id")[:size]
    return [_of_deployment(one, "rollback" if one.rollback else "hotfix") for one in ordered]


def _delivered(subject: Subject, filters: Filters, at: Cursor | None, size: int) -> list[Fact]:
    found = drill.changes(subject, filters).filter(seconds__gte=0)
    found = found if filters.bots else found.filter(bot=False)
    return [_of_change(one) for one in cursor.older_than(found, at, "delivered_at", "id")[:size]]


def _recovered(subject: Subject, filters: Filters, at: Cursor | None, size: int) -> list[Fact]:
    return list(_restorations(subject, filters, at, size, Q()))


def _restored(subject: Subject, filters: Filters, at: Cursor | None, size: int) -> list[Fact]:
    """Resolved incidents, and failed deployments that have none, or the rollbacks that stand for these."""
    resolved = drill.incidents(subject, filters, by="resolved_at").filter(opened_at__lte=F("resolved_at"))
    ordered = cursor.older_than(resolved, at, "resolved_at", "incident_id")[:size]
    both: Sequence[Iterator[Fact]] = (
        (_of_resolution(one) for one in ordered),
        _restorations(subject, filters, at, size, Q(incident_count=0, replaced=False)),
        _rolled_back(subject, filters, at, size),
    )
    merged = heapq.merge(*both, key=lambda fact: (fact.at, fact.id), reverse=True)
    return [fact for fact, _ in zip(merged, range(size), strict=False)]


def _acknowledged(subject: Subject, filters: Filters, at: Cursor | None, size: int) -> list[Fact]:
    found = cursor.older_than(drill.incidents(subject, filters), at, "opened_at", "incident_id")[:size]
    return [_of_acknowledgement(one) for one in found]


def _restorations(subject: Subject, filters: Filters, at: Cursor | None, size: int, where: Q) -> Iterator[Fact]:
    found = drill.restored(subject, filters).filter(where, restored_at__gte=F("finished_at"))
    for one in cursor.older_than(found, at, "restored_at", "deployment_id")[:size]:
        restored = one.restored_at or one.finished_at
        took = formats.duration((restored - one.finished_at).total_seconds())
        yield _of_deployment(one, f"restored after {took}", restored)


def _rolled_back(subject: Subject, filters: Filters, at: Cursor | None, size: int) -> Iterator[Fact]:
    found = drill.rollbacks(subject, filters).filter(seconds__gte=0)
    for one in cursor.older_than(found, at, "restored_at", "sample_id")[:size]:
        href, name = reverse("service", args=[one.service.slug]), f"rollback, told by {one.sample.signal.name}"
        yield Fact(one.restored_at, one.pk, one.service.name, name, href, f"took {formats.duration(one.seconds)}")


def _of_deployment(one: JudgedDeployment, part: str, at: datetime | None = None) -> Fact:
    deployment = one.deployment
    name = deployment.version or formats.sha_text(deployment.sha) or deployment.external_id
    href = reverse("deployment", args=[one.pk])
    part = f"{part}, corrected by hand" if one.corrected else part
    return Fact(at or one.finished_at, one.pk, one.service.name, name, href, part)


def _of_change(one: DeliveredChange) -> Fact:
    change = one.change
    name = change.title.split("\n")[0][:120] or formats.sha_text(change.sha)
    href = reverse("deployment", args=[one.deployment_id])
    part = str(formats.duration(one.seconds)) + (", by a bot" if one.bot else "")
    return Fact(one.delivered_at, one.pk, one.service.name, name, href, part)


def _of_resolution(one: JudgedIncident) -> Fact:
    opened, resolved = one.opened_at, one.resolved_at
    if opened is None or resolved is None:
        raise ValueError(f"incident {one.pk} is not resolved")
    took = formats.duration((resolved - opened).total_seconds())
    href = reverse("incident", args=[one.pk])
    return Fact(resolved, one.pk, one.service.name, _incident_name(one), href, f"resolved after {took}")


def _of_acknowledgement(one: JudgedIncident) -> Fact:
    opened, acknowledged = one.opened_at, one.acknowledged_at
    if opened is None:
        raise ValueError(f"incident {one.pk} has no opening")
    part = (
        f"acknowledged after {formats.duration((acknowledged - opened).total_seconds())}" if acknowledged else "not yet"
    )
    return Fact(opened, one.pk, one.service.name, _incident_name(one), reverse("incident", args=[one.pk]), part)


def _incident_name(one: JudgedIncident) -> str:
    incident = one.incident
    corrected = ", corrected by hand" if one.corrected else ""
    return f"{one.severity or SEVERITY_NOT_TOLD} {incident.title or incident.external_id}{corrected}"


Reader = Callable[[Subject, Filters, Cursor | None, int], list[Fact]]
READERS: dict[Metric, Reader] = {
    "deployment_frequency": _deployed,
    "lead_time": _delivered,
    "change_failure_rate": _finished,
    "mttr": _restored,
    "failed_deployment_recovery_time": _recovered,
    "rework_rate": _reworked,
    "response": _acknowledged,
}
