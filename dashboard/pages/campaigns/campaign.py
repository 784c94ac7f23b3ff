"""``/campaigns/<slug>/``: what it asks, how far it is, who is left, who was done lately, how it ended."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.charts.campaign import Day, burn_up
from dashboard.pages.campaigns import words
from dashboard.pages.campaigns.index import team_names
from dashboard.pages.campaigns.words import Lack
from dashboard.pages.compared import today
from dashboard.pages.frame import Step as Link
from dashboard.pages.prose import prose
from dashboard.pages.trends import plotly_url
from dashboard.pages.verdicts import Mark
from ingest.models import Service, Team
from scorecards.campaigns.progress import Progress, Stand, State, Step, projected_end
from scorecards.campaigns.read import days_of, done_lately, retired_since
from scorecards.campaigns.standing import Standing, standing, titles
from scorecards.campaigns.steps import step
from scorecards.models import Campaign

A_TEAM = 20  # services that are shown of one
TEAMS = 50
NOBODYS = "Nobody owns these"


@dataclass(frozen=True, slots=True)
class Line:
    """A service that is not done. ``href``: empty where it is no more."""

    name: str
    href: str
    mark: Mark
    lacks: Sequence[Lack]


@dataclass(frozen=True, slots=True)
class Group:
    """A team with services that are not done; ``more``: of them, how many are not shown."""

    name: str
    href: str
    count: int
    lines: Sequence[Line]
    more: int


def campaign_of(request: HttpRequest, slug: str) -> Campaign:
    """The campaign of that address.

    Raises:
        Http404: there is none that the reader may see.
    """
    if "\0" in slug:  # PostgreSQL takes none in a text
        raise Http404
    return get_object_or_404(access.visible_campaigns(request.user).select_related("owner", "ended_by"), slug=slug)


@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One campaign."""
    campaign = campaign_of(request, slug)
    day = today()
    now = step(campaign, day)
    names = titles(campaign, day)
    may = access.may_change_campaign(request.user, campaign)
    context = {
        "campaign": campaign,
        "trail": [Link("Adoption", reverse("adoption")), Link("Campaigns", reverse("campaigns"))],
        "status": words.status_of(campaign, day),
        "days": words.days_text(campaign, day),
        "scope": words.scope_text(team_names([campaign]).get(campaign.pk, []), campaign.tiers),
        "asked": [(_asked_href(campaign, name), name, title) for name, title in names.items()],
        "brief": brief(campaign),
        "may_change": may and now is not Step.ENDED,
        "may_end": may and now is Step.RUNNING,
        "may_discard": may and now in (Step.DRAFT, Step.SCHEDULED),
        "plotly_url": plotly_url(),
        **(_ended(campaign, names) if now is Step.ENDED else _now(campaign, standing(campaign, day), names, day)),
        **_course(campaign, day, now),
        "retired": retired_since(campaign, day),
    }
    return render(request, "pages/campaign.html", context)


def brief(campaign: Campaign) -> SafeString:
    return prose(campaign.brief)


def _asked_href(campaign: Campaign, name: str) -> str:
    return reverse("adoption-capability" if campaign.capability else "control", args=[name])


# ---------------------------------------------------------------- who is left


def _now(campaign: Campaign, held: Standing, names: dict[str, str], day: date) -> dict[str, Any]:
    open_ones = held.of(State.LEFT, State.UNKNOWN)
    by_team: dict[int | None, list[tuple[Service, Stand]]] = defaultdict(list)
    for one in open_ones:
        by_team[one.team_id].append((one.service, one.stand))
    teams = Team.objects.in_bulk([pk for pk in by_team if pk is not None])
    named = {pk: team.name for pk, team in teams.items()}
    shown = sorted(by_team, key=lambda pk: (-len(by_team[pk]), named.get(pk or 0, NOBODYS).casefold()))[:TEAMS]
    left_out = [f"{formats.plural(n, 'service')} {words.LEFT_OUT.get(why, why)}" for why, n in held.left_out.items()]
    return {
        **_counts(held.progress, campaign),
        "groups": [_group(teams.get(pk or 0), by_team[pk], names, campaign) for pk in shown],
        "more_groups": max(0, len(by_team) - TEAMS),
        "lately": done_lately(campaign, held, day),
        "left_out": left_out,
    }


def _counts(progress: Progress, campaign: Campaign) -> dict[str, Any]:
    return {
        "progress": progress,
        "done": words.done_text(progress),
        "bar": words.bar_of(progress, campaign.target),
        "goal": progress.goal(campaign.target),
    }


def _ordered(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.count, group.name.casefold()))


def _group(
    team: Team | None, rows: Sequence[tuple[Service, Stand]], names: dict[str, str], campaign: Campaign
) -> Group:
    ordered = sorted(rows, key=lambda row: (row[1].state is State.UNKNOWN, row[0].name.casefold()))
    lines = [
        Line(
            service.name,
            reverse("service", args=[service.slug]),
            words.MARKS[stand.state],
            words.lacks(service, stand, names, capability=bool(campaign.capability)),
        )
        for service, stand in ordered[:A_TEAM]
    ]
    href = reverse("team", args=[team.slug]) if team else ""
    return Group(team.name if team else NOBODYS, href, len(rows), lines, max(0, len(rows) - A_TEAM))


def _ended(campaign: Campaign, names: dict[str, str]) -> dict[str, Any]:
    """As it was kept, with links to what is still there."""
    told = [one for one in campaign.outcome.get("open", ()) if one["state"] != State.WAIVED]
    services = Service.objects.in_bulk([one["service"] for one in told], field_name="slug")
    by_team: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in told:
        by_team[one["team"]].append(one)
    groups = [
        Group(
            name or "Nobody owned these",
            "",
            len(rows),
            [_kept_line(one, services.get(one["service"]), names, campaign) for one in rows[:A_TEAM]],
            max(0, len(rows) - A_TEAM),
        )
        for name, rows in by_team.items()
    ]
    return {
        **_counts(words.outcome_progress(campaign), campaign),
        "groups": _ordered(groups)[:TEAMS],
        "more_groups": max(0, len(groups) - TEAMS),
        "ended": True,
        "more": campaign.outcome.get("more", 0),
    }


def _kept_line(one: dict[str, Any], service: Service | None, names: dict[str, str], campaign: Campaign) -> Line:
    stand = Stand(State(one["state"]), tuple(one["lacks"]), tuple(one["unknown"]), tuple(one["waived"]))
    if service is None:
        lacks = [Lack(names.get(name, name), name, "", words.MARKS[State.LEFT]) for name in stand.lacks]
        return Line(one["name"], "", words.MARKS[stand.state], lacks)
    lacks = words.lacks(service, stand, names, capability=bool(campaign.capability))
    return Line(one["name"], reverse("service", args=[service.slug]), words.MARKS[stand.state], lacks)


# ---------------------------------------------------------------- burn-up


def _course(campaign: Campaign, day: date, now: Step) -> dict[str, Any]:
    found = days_of(campaign)
    runs = now is Step.RUNNING
    projected = projected_end(found, campaign.target, day) if runs else None
    days = [Day(one, told.done, told.goal(campaign.target), words.done_text(told)) for one, told in found]
    figure = burn_up(
        days,
        starts_on=campaign.starts_on or day,
        deadline=campaign.deadline,
        ends_on=None if runs else campaign.ended_on or campaign.deadline,
        projected=projected,
    )
    return {"trend": figure, "course": days, "projected": _projected_text(campaign, projected) if runs else ""}


def _projected_text(campaign: Campaign, projected: date | None) -> str:
    if projected is None:
        return "The last weeks don’t tell when it would be reached."
    late = (projected - campaign.deadline).days
    tail = f", {formats.plural(late, 'day')} after its last day" if late > 0 else ""
    return f"As over the last 28 days, it would be reached on {words.day_text(projected)}{tail}."
