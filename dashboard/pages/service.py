"""A service: its figures, their course, its deployments on a line, and who owned it when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.charts import timeline
from dashboard.charts.timeline import Timeline
from dashboard.filters import Filters
from dashboard.pages import compared, deployments, drill, incidents, standing
from dashboard.pages.adoption import platform
from dashboard.pages.adoption import tiles as adoption
from dashboard.pages.budgets import rows as budgets
from dashboard.pages.campaigns import asked as campaigns
from dashboard.pages.drill import Subject
from dashboard.pages.figures import Shown
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.team import course
from ingest.catalogue.owners import periods_by_service
from ingest.models import Service, Team
from scorecards.models import JudgedDeployment

RECENT = 10
TICKS = 600


@dataclass(frozen=True, slots=True)
class Owned:
    """From which day on a team owns the service; ``None``: from the start."""

    team: Team
    since: date | None


@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One service over the period."""
    filters = filters_of(request)
    service = drill.named(access.visible_services(request.user).select_related("repository"), slug)
    subject = drill.subject(request, f"service:{service.slug}", filters)
    periods = compared.periods_of([subject.scope], filters)[subject.scope]
    ticks = list(drill.deployments(subject, filters).order_by("-finished_at")[: TICKS + 1])
    context = {
        "service": service,
        "change": change_href(request, service),
        "trail": trail(request, service, filters),
        **course(
            periods,
            subject,
            [service.pk],
            filters,
            _tile(service, subject, filters),
            adoption.service(service, filters),
        ),
        **platform.of_service(service),
        "campaigns": campaigns.of_service(service, compared.today()),
        "of_service": True,
        "strip": strip(subject, ticks[:TICKS], filters),
        "strip_cut": f"Only the newest {TICKS} are drawn." if len(ticks) > TICKS else "",
        "rows": deployments.rows(ticks[:RECENT]),
        "incidents": incidents.open_ones([service.pk]),
        "budget_rows": budgets.objective_rows(service),
        "owners": owner_history(service),
    }
    return render(request, "pages/service.html", context)


def _tile(service: Service, subject: Subject, filters: Filters) -> Shown:
    return standing.service_tile(standing.course_of(filters, service=service), subject.text, filters)


def change_href(request: HttpRequest, service: Service) -> str:
    """Where the service can be changed, for who may."""
    return reverse("change-service", args=[service.slug]) if access.may_edit_catalogue(request.user, service) else ""


def trail(request: HttpRequest, service: Service, filters: Filters) -> list[Step]:
    """Teams, then the team that owns it today, where there is one to see."""
    steps = [Step("Teams", f"{reverse('teams')}{filters.query()}")]
    owned = Service.objects.filter(pk=service.pk).annotate(owner_team=access.owner())
    team = access.visible_teams(request.user).filter(pk__in=owned.values("owner_team")).first()
    if team:
        steps.append(Step(team.name, f"{reverse('team', args=[team.slug])}{filters.query()}"))
    return steps


def strip(subject: Subject, found: Iterable[JudgedDeployment], filters: Filters) -> Timeline:
    """The deployments and incidents of the window, on a line."""
    deployed = [
        timeline.Deployed(one.finished_at, one.failed, _tick_title(one), reverse("deployment", args=[one.pk]))
        for one in found
    ]
    opened = drill.incidents(subject, filters).order_by("-opened_at")[:TICKS]
    bars = [
        timeline.Incident(
            one.opened_at,
            one.resolved_at,
            f"{one.severity} {one.incident.title or one.incident.external_id}",
            reverse("incident", args=[one.pk]),
        )
        for one in opened
        if one.opened_at
    ]
    return timeline.timeline(deployed, bars, filters.window, timezone.now())


def _tick_title(judged: JudgedDeployment) -> str:
    deployment = judged.deployment
    what = deployment.version or formats.sha_text(deployment.sha) or deployment.external_id
    at = formats.absolute(judged.finished_at, settings.ORGANISATION_ZONE)
    return f"{what}, {deployments.outcome_of(judged).word}, {at}"


def owner_history(service: Service) -> list[Owned]:
    """Who owned it when, the newest first. Definition: metrics.md, "Ownership"."""
    periods = periods_by_service([service.pk]).get(service.pk, [])
    teams = Team.objects.in_bulk([period.team_id for period in periods])
    return [Owned(teams[period.team_id], period.start) for period in reversed(periods)]
