"""A team: its figures, their course, where lead time goes, its services and open incidents."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access
from dashboard.filters import Filters
from dashboard.pages import compared, drill, figures, incidents, standing, tables, trends
from dashboard.pages.adoption import platform
from dashboard.pages.adoption import tiles as adoption
from dashboard.pages.budgets import team as reliability
from dashboard.pages.campaigns import asked as campaigns
from dashboard.pages.compared import Periods
from dashboard.pages.defining import shown as defined
from dashboard.pages.drill import Subject
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.overview import tiles
from dashboard.pages.standard_choices import BUILTIN
from dashboard.pages.tables import Row
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.adoption.read import ServiceDay, states_on
from scorecards.rollups.read import Scope
from scorecards.scans import read
from scorecards.scans.daily import active_on
from scorecards.scans.read import Standing


@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One team over the period."""
    filters = filters_of(request)
    team = drill.named(access.visible_teams(request.user), slug)
    subject = drill.subject(request, f"team:{team.slug}", filters)
    services = list(subject.services.filter(retired_on=None))
    periods = compared.periods_of([subject.scope, *(compared.service_scope(one.pk) for one in services)], filters)
    own, ids, sort = periods[subject.scope], [one.pk for one in services], request.GET.get("sort", "")
    standings = read.standings(BUILTIN, subject.services, standing.day_of(filters))
    days = adoption.Days.of(filters)
    uses = states_on(days.last, ids)
    rows = service_rows(services, periods, filters, standings, uses)
    context = {
        "team": team,
        "change": change_href(request, team),
        "trail": [Step("Teams", f"{reverse('teams')}{filters.query()}")],
        **course(
            own,
            subject,
            ids,
            filters,
            _tile(team, subject, filters),
            adoption.team(team, filters, subject.services, days),
        ),
        **platform.of_team(team),
        "campaigns": campaigns.of_team(team, compared.today()),
        "table": tables.table(rows, first="Service", path=request.path, filters=filters, sort=sort),
        "incidents": incidents.open_ones(ids),
        "reliability": reliability.of_team(services),
        "kept": {"sort": sort} if sort else {},
    }
    return render(request, "pages/team.html", context)


def change_href(request: HttpRequest, team: Team) -> str:
    """Where the team can be changed, for who may; nobody changes what stands for services without a team."""
    may = team.slug != UNASSIGNED and access.may_edit_catalogue(request.user)
    return reverse("change-team", args=[team.slug]) if may else ""


def _tile(team: Team, subject: Subject, filters: Filters) -> figures.Shown:
    """Standards of the team; of one tier, of its services of that tier together."""
    if not filters.tier:
        return standing.tile(standing.course_of(filters, team=team), subject.text, filters)
    services = subject.services.filter(pk__in=active_on(compared.today()).values("pk"))
    return standing.tile(standing.course_of_services(services, filters), subject.text, filters)


def course(
    own: Periods, subject: Subject, service_ids: Sequence[int], filters: Filters, *judged: figures.Shown
) -> dict[str, Any]:
    """What a team's and a service's page share: the figures, their course, where lead time goes."""
    weeks = compared.weeks_of(subject.scope, filters)
    changes = defined.changes_of(subject.scope, filters)
    changed = {metric: defined.changed(metric, subject.scope, filters, changes) for metric in figures.HEADLINES}
    return {
        "scope": subject.text,
        "with_bots": True,
        "tiles": tiles(own, subject.text, filters, *judged),
        "besides": figures.figures(figures.BESIDES, own.now, scope=subject.text, filters=filters),
        "charts": trends.charts(weeks, incidents.marks(service_ids, filters), bots=filters.bots, changed=changed),
        "plotly_url": trends.plotly_url(),
        "stages": trends.stages(own.now),
    }


def service_rows(
    services: Sequence[Service],
    periods: Mapping[Scope, Periods],
    filters: Filters,
    standings: Mapping[int, Standing],
    uses: Mapping[int, ServiceDay],
) -> list[Row]:
    """A row a service, with its tier where that is not the usual one."""
    rows = []
    for service in services:
        found, scope = periods[compared.service_scope(service.pk)], f"service:{service.slug}"
        shown = figures.figures(
            figures.HEADLINES, found.now, scope=scope, filters=filters, spark=found.spark, short=True
        )
        held = standing.service_columns(standings.get(service.pk), scope, filters)
        held.insert(1, adoption.service_column(uses.get(service.pk), scope, filters))
        remark = "" if service.tier == "standard" else service.tier
        rows.append(
            Row(service.name, f"{reverse('service', args=[service.slug])}{filters.query()}", [*shown, *held], remark)
        )
    return rows
