"""The overview: how the organisation delivers, which teams moved, what needs a person."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access
from dashboard.charts.trend import Changed
from dashboard.filters import Filters
from dashboard.pages import attention, compared, drill, earlier, empty, figures, movers, standing, tables
from dashboard.pages.adoption import tiles as adoption
from dashboard.pages.compared import Periods
from dashboard.pages.defining import shown as defined
from dashboard.pages.frame import filters_of
from dashboard.pages.tables import Row
from ingest.models import Team
from ingest.window import DAY
from scorecards.adoption.read import TeamDay
from scorecards.rollups.read import Scope
from scorecards.scans.daily import active_on
from scorecards.scans.read import Standing


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The organisation's six figures, what changed, what needs attention, and every team."""
    if empty.is_empty():
        return empty.first_run(request)
    filters = filters_of(request)
    teams = list(access.visible_teams(request.user).filter(retired_on=None))
    org = compared.org_scope(filters)
    periods = compared.periods_of([org, *(compared.team_scope(team.pk, filters) for team in teams)], filters)
    visible = access.visible_services(request.user)
    standings = standing.of_teams(visible, filters)
    before = standing.of_teams(visible, filters, filters.window.start - DAY)
    days = adoption.Days.of(filters)
    uses, used = (adoption.together(filters, visible, day) for day in (days.last, days.before))
    rows = team_rows(teams, periods, filters, standings, uses.teams)
    moves = [
        *standing.moved(teams, standings, before, filters),
        *adoption.moved(teams, uses.teams, used.teams, filters),
    ]
    context = {
        "tiles": tiles(
            periods[org],
            "org",
            filters,
            organisation_tile(request, filters),
            adoption.organisation(filters, days, uses, used),
        ),
        "with_bots": True,
        "moves": [*movers.movers(moved(teams, periods, filters), movers.SENTENCES - len(moves)), *moves],
        "attention": attention.sentences(request, filters),
        "redefined": redefined(org, filters),
        "earlier": None if periods[org].now.finished_deployments else earlier_of(request, filters),
        "table": tables.table(
            rows, first="Team", path=reverse("overview"), filters=filters, sort=request.GET.get("sort", "")
        ),
        "kept": {"sort": request.GET["sort"]} if request.GET.get("sort") else {},
    }
    return render(request, "pages/overview.html", context)


def earlier_of(request: HttpRequest, filters: Filters) -> earlier.Earlier | None:
    """Where to look instead, for who sees all of the organisation."""
    if not access.may_see_organisation(request.user):
        return None
    return earlier.latest_before(drill.subject(request, "org", filters), filters)


def redefined(org: Scope, filters: Filters) -> list[Changed]:
    """The days of the period on which the organisation's definitions changed: sparklines have no room for marks."""
    return defined.changed(None, org, filters, defined.changes_of(org, filters))


def tiles(periods: Periods, scope: str, filters: Filters, *judged: figures.Shown) -> list[figures.Shown]:
    """The tiles of a scope: those of delivery, then the other scorecards."""
    delivery = figures.figures(
        figures.HEADLINES, periods.now, scope=scope, filters=filters, before=periods.before, spark=periods.spark
    )
    return [*delivery, *judged]


def organisation_tile(request: HttpRequest, filters: Filters) -> figures.Shown:
    """Standards of the organisation; of one tier, of its services together."""
    services = access.visible_services(request.user).filter(pk__in=active_on(compared.today()).values("pk"))
    if not filters.tier:
        return standing.tile(standing.course_of(filters), "org", filters)
    return standing.tile(standing.course_of_services(services.filter(tier=filters.tier), filters), "org", filters)


def team_rows(
    teams: Sequence[Team],
    periods: Mapping[Scope, Periods],
    filters: Filters,
    standings: Mapping[int, Standing],
    uses: Mapping[int, TeamDay],
) -> list[Row]:
    """A row a team; a team that has no active service says so softly."""
    rows = []
    for team in teams:
        found, scope = periods[compared.team_scope(team.pk, filters)], f"team:{team.slug}"
        shown = figures.figures(
            figures.HEADLINES, found.now, scope=scope, filters=filters, spark=found.spark, short=True
        )
        held = standing.columns(standings.get(team.pk), scope, filters)
        held.insert(1, adoption.column(uses.get(team.pk), scope, filters))
        rows.append(Row(team.name, team_href(team, filters), [*shown, *held]))
    return rows


def moved(teams: Sequence[Team], periods: Mapping[Scope, Periods], filters: Filters) -> list[movers.Compared]:
    found = [(team, periods[compared.team_scope(team.pk, filters)]) for team in teams]
    return [movers.Compared(team.name, team_href(team, filters), own.now, own.before) for team, own in found]


def team_href(team: Team, filters: Filters) -> str:
    return f"{reverse('team', args=[team.slug])}{filters.query()}"
