"""``/adoption/``: is the platform used: by how many teams, since when, for what, and who is next."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.charts import adoption as charts
from dashboard.charts.standing import Band
from dashboard.pages import downloads
from dashboard.pages.adoption import explained, funnels, nearest, tiles, words
from dashboard.pages.adoption.matrix import choices_of, matrix
from dashboard.pages.trends import plotly_url
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.adoption import read
from scorecards.adoption import teams as adoption
from scorecards.adoption.read import OrganisationDay, Share
from scorecards.adoption.settings import capabilities
from scorecards.scans.read import steps

TREND_DAYS = 180
TABLE_STEPS = 26


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Adoption of the organisation, as of the newest day that was computed."""
    if not access.may_see_organisation(request.user):
        raise Http404
    day = read.last_day()
    teams = access.visible_teams(request.user).exclude(slug=UNASSIGNED)
    found = adoption.matrix(teams, day) if day else None
    if day is None or found is None:
        return render(request, "pages/adoption_empty.html", {"capabilities": list(capabilities())})
    now = read.course([day])[0]
    told = funnels.lines(now.capabilities, now.services.all)
    context = {
        "day": day,
        **headline(now),
        **trend(day),
        **counted(request, now, sum(row.day.services.all for row in found.rows), day),
        **matrix(found, now, choices_of(request, capabilities().ids)),
        "funnels": told,
        "downloads": [downloads.of_dataset("adoption")],
        "worst": funnels.worst(told),
        **nearest.lines(teams, found),
    }
    return render(request, "pages/adoption.html", context)


def days_up_to(day: date) -> list[date]:
    """The days of the trend."""
    return [day - timedelta(days=number) for number in range(TREND_DAYS, -1, -1)]


def headline(now: OrganisationDay) -> dict[str, Any]:
    """The share of teams against its target, and the two other weightings."""
    share = tiles.share(now.teams, "org")
    return {
        "headline": share,
        "status": words.organisation_status(now) if share.number else None,
        "target": words.TARGET_TEXT,
        "weightings": [
            ("Teams", "that use the platform", words.interval(now.teams), words.of(now.teams, "team")),
            ("Services", "active, on the platform", words.interval(now.services), words.of(now.services, "service")),
            (
                "Deployments",
                "of services on it, last 28 days",
                words.interval(now.deployments),
                words.of(now.deployments, "deployment"),
            ),
        ],
        "partly": now.teams_partly,
    }


def trend(day: date) -> dict[str, Any]:
    """The share of teams over time; as a table, in steps."""
    bands = [band(on, share) for on, share in read.teams_course(days_up_to(day))]
    shown = set(steps(bands[0].day, bands[-1].day, TABLE_STEPS))
    return {
        "trend": charts.course(bands, read.TARGET),
        "bands": [one for one in bands[::-1] if one.day in shown and one.low is not None],
        "trend_text": f"{TREND_DAYS} days",
        "plotly_url": plotly_url(),
    }


def band(day: date, share: Share) -> Band:
    if not share.all:
        return Band(day, None, None, "no data")
    return Band(day, share.share, share.possible_share, f"{words.interval(share)}, {words.of(share, 'team')}")


def counted(request: HttpRequest, now: OrganisationDay, owned: int, day: date) -> dict[str, Any]:
    """The denominator in words: what counts, what is left out, what is unknown and why."""
    teams = Team.objects.filter(retired_on=None).exclude(slug=UNASSIGNED).count()
    services = Service.objects.filter(retired_on=None).count()
    visible = access.visible_services(request.user)
    nobodys = now.services.all - owned
    return {
        "rules": words.rules_text(capabilities()),
        "denominator": f"{formats.number(now.teams.all)} of {formats.plural(max(teams, now.teams.all), 'team')} "
        "with an active service",
        "services_text": f"{formats.number(now.services.all)} active services of "
        f"{formats.number(max(services, now.services.all))}",
        "nobodys": formats.plural(nobodys, "active service") if nobodys else "",
        "gaps": explained.gaps(now, visible, day),
        "settings_in_force": explained.settings_text(),
        "own_list": bool(settings.ADOPTION_CONFIG),
    }
