"""Facts behind figures: rows of a scope in a window, as judged; through an index and a cursor."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from dashboard import access
from dashboard.filters import Filters
from dashboard.pages import compared
from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import Period
from ingest.models import CatalogueName, Service, Team
from ingest.models.catalogue import UNASSIGNED
from ingest.window import midnight
from scorecards.models import DeliveredChange, JudgedDeployment, JudgedIncident, JudgedRollback
from scorecards.rollups.read import Scope

Row = TypeVar("Row", bound=Model)
Owned = tuple[int, Period | None]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question is about. ``text`` is how the URL names it; ``services`` are its services today.

    ``owned``: whose facts count and while which period, as figures count them; ``None`` is every service.
    """

    text: str
    name: str
    scope: Scope
    services: QuerySet[Service]
    owned: tuple[Owned, ...] | None


def subject(request: HttpRequest, text: str, filters: Filters) -> Subject:
    """``org``, ``team:<slug>`` or ``service:<slug>``.

    Raises:
        Http404: for one that is not known, or that the reader may not see.
    """
    kind, _, slug = text.partition(":")
    visible = access.visible_services(request.user)
    tiered = visible.filter(tier=filters.tier) if filters.tier else visible
    if kind == "service":
        service = named(visible, slug)
        one = visible.filter(pk=service.pk)
        return Subject(text, service.name, compared.service_scope(service.pk), one, ((service.pk, None),))
    if kind == "team":
        team = named(access.visible_teams(request.user), slug)
        today = tiered.filter(pk__in=access.owned_by(team.pk))
        return Subject(text, team.name, compared.team_scope(team.pk, filters), today, _owned(team))
    if text == "org" and access.may_see_organisation(request.user):
        return Subject(text, "Organisation", compared.org_scope(filters), tiered, None)
    raise Http404("no such scope")


def named(found: QuerySet[Row], slug: str) -> Row:
    """The one of that slug, else the one that bore it before it was renamed or merged.

    Raises:
        Http404: for none. A NUL, which PostgreSQL takes in no text, is in no slug.
    """
    slug = slug.replace("\0", "\ufffd")
    now = found.filter(slug=slug).first()
    if now is not None:
        return now
    kind = CatalogueName.Kind.SERVICE if found.model is Service else CatalogueName.Kind.TEAM
    before = CatalogueName.objects.filter(kind=kind, name=slug).values("object_id")
    return get_object_or_404(found, pk__in=before)


def deployments(subject: Subject, filters: Filters) -> QuerySet[JudgedDeployment]:
    """Finished deployments of the window."""
    found = JudgedDeployment.objects.select_related("deployment__environment", "service")
    return _within(found, subject, filters, "finished_at")


def restored(subject: Subject, filters: Filters) -> QuerySet[JudgedDeployment]:
    """Failed deployments that were restored in the window; redeploys, and what else does not count, are not among
    them; attempts that never went live are, also where failure rates leave them out."""
    live_or_not = Q(counted=True) | Q(status="failed")
    found = JudgedDeployment.objects.filter(live_or_not, failed=True).select_related(
        "deployment__environment", "service"
    )
    return _within(found, subject, filters, "restored_at")


def rollbacks(subject: Subject, filters: Filters) -> QuerySet[JudgedRollback]:
    """Rollbacks of the window by what gauges told of their durations, where these are part of MTTR."""
    found = JudgedRollback.objects.select_related("sample__signal", "service")
    return _within(found, subject, filters, "restored_at")


def changes(subject: Subject, filters: Filters) -> QuerySet[DeliveredChange]:
    """Changes delivered in the window."""
    found = DeliveredChange.objects.select_related("change__repository", "deployment", "service")
    return _within(found, subject, filters, "delivered_at")


def incidents(subject: Subject, filters: Filters, by: str = "opened_at") -> QuerySet[JudgedIncident]:
    """Incidents opened (or, ``by="resolved_at"``, resolved) in the window."""
    found = JudgedIncident.objects.select_related("incident__service", "service")
    return _within(found, subject, filters, by)


def _within(found: QuerySet[Row], subject: Subject, filters: Filters, at: str) -> QuerySet[Row]:
    where: dict[str, Any] = {
        "environment_class": filters.environment_class,
        f"{at}__gte": filters.window.starts_at,
        f"{at}__lt": filters.window.ends_at,
    }
    if filters.tier and subject.scope.kind != "service":
        where["service__tier"] = filters.tier
    if subject.owned is not None:
        found = found.filter(_while_owned(subject.owned, at))
    return found.filter(**where)


def _owned(team: Team) -> tuple[Owned, ...]:
    """The services that the team owns or owned, each with the days: a fact counts for the owner of its day.

    Definition: metrics.md, "Ownership".
    """
    told = periods_by_service()
    found: list[Owned] = [
        (pk, None if period.start is None and period.end is None else period)
        for pk, periods in told.items()
        for period in periods
        if period.team_id == team.pk
    ]
    if team.slug == UNASSIGNED:
        found += [(pk, None) for pk in Service.objects.exclude(pk__in=told).values_list("pk", flat=True)]
    return tuple(found)


def _while_owned(owned: Iterable[Owned], at: str) -> Q:
    always = [pk for pk, period in owned if period is None]
    where = Q(service__in=always)
    for pk, period in owned:
        if period is not None:
            where |= _during(pk, period, at)
    return where


def _during(pk: int, period: Period, at: str) -> Q:
    where = Q(service=pk)
    if period.start is not None:
        where &= Q(**{f"{at}__gte": midnight(period.start, settings.ORGANISATION_ZONE)})
    if period.end is not None:
        where &= Q(**{f"{at}__lt": midnight(period.end, settings.ORGANISATION_ZONE)})
    return where
