"""All teams, side by side with their own past."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access
from dashboard.pages import compared, downloads, standing, tables
from dashboard.pages.adoption import tiles as adoption
from dashboard.pages.frame import filters_of
from dashboard.pages.overview import team_rows


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Every team that the reader may see, as one table."""
    filters = filters_of(request)
    teams = list(access.visible_teams(request.user).filter(retired_on=None))
    periods = compared.periods_of([compared.team_scope(team.pk, filters) for team in teams], filters)
    visible = access.visible_services(request.user)
    rows = team_rows(
        teams,
        periods,
        filters,
        standing.of_teams(visible, filters),
        adoption.together(filters, visible, adoption.day_of(filters)).teams,
    )
    sort = request.GET.get("sort", "")
    context = {
        "with_bots": True,
        "table": tables.table(rows, first="Team", path=reverse("teams"), filters=filters, sort=sort),
        "downloads": [
            downloads.of_dataset("teams"),
            downloads.of_dataset("services", tier=filters.tier),
            downloads.of_dataset(
                "metrics-daily",
                environment_class=filters.environment_class,
                day_after=filters.window.start.isoformat(),
                day_before=filters.window.end.isoformat(),
            ),
        ],
        "kept": {"sort": sort} if sort else {},
    }
    return render(request, "pages/teams.html", context)
