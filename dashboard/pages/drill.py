"""Facts behind figures: rows of a scope in a window, as judged; through an index and a cursor."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from dashboard import access
from dashboard.filters import Filters
from dashboard.pages import compared
from ingest.models import Service
from scorecards.models import DeliveredChange, JudgedDeployment, JudgedIncident
from scorecards.rollups.read import Scope


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question is about. ``text`` is how the URL names it; ``services`` are those whose facts count."""

    text: str
    name: str
    scope: Scope
    services: QuerySet[Service]


def subject(request: HttpRequest, text: str, filters: Filters) -> Subject:
    """``org``, ``team:<slug>`` or ``service:<slug>``.

    Raises:
        Http404: for one that is not known, or that the reader may not see.
    """
    kind, _, slug = text.partition(":")
    visible = access.visible_services(request.user)
    tiered = visible.filter(tier=filters.tier) if filters.tier else visible
    if kind == "service":
        service = get_object_or_404(visible, slug=slug)
        return Subject(text, service.name, compared.service_scope(service.pk), visible.filter(pk=service.pk))
    if kind == "team":
        team = get_object_or_404(access.visible_teams(request.user), slug=slug)
        owned = tiered.filter(pk__in=access.owned_by(team.pk))
        return Subject(text, team.name, compared.team_scope(team.pk, filters), owned)
    if text == "org" and access.may_see_organisation(request.user):
        return Subject(text, "Organisation", compared.org_scope(filters), tiered)
    raise Http404("no such scope")


def deployments(services: QuerySet[Service], filters: Filters) -> QuerySet[JudgedDeployment]:
    """Finished deployments of the window."""
    return JudgedDeployment.objects.filter(**_where(services, filters, "finished_at")).select_related(
        "deployment__environment", "service"
    )


def restored(services: QuerySet[Service], filters: Filters) -> QuerySet[JudgedDeployment]:
    """Failed deployments that were restored in the window."""
    return JudgedDeployment.objects.filter(failed=True, **_where(services, filters, "restored_at")).select_related(
        "deployment__environment", "service"
    )


def changes(services: QuerySet[Service], filters: Filters) -> QuerySet[DeliveredChange]:
    """Changes delivered in the window."""
    return DeliveredChange.objects.filter(**_where(services, filters, "delivered_at")).select_related(
        "change__repository", "deployment", "service"
    )


def incidents(services: QuerySet[Service], filters: Filters, by: str = "opened_at") -> QuerySet[JudgedIncident]:
    """Incidents opened (or, ``by="resolved_at"``, resolved) in the window."""
    return JudgedIncident.objects.filter(**_where(services, filters, by)).select_related("incident__service", "service")


def _where(services: QuerySet[Service], filters: Filters, at: str) -> dict[str, Any]:
    return {
        "service__in": services,
        "environment_class": filters.environment_class,
        f"{at}__gte": filters.window.starts_at,
        f"{at}__lt": filters.window.ends_at,
    }
