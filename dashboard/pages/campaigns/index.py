"""``/campaigns/``: those that run, with how far they are; those to come; drafts; those that ended."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access
from dashboard.charts.campaign import Bar
from dashboard.pages.campaigns import words
from dashboard.pages.compared import today
from dashboard.pages.figures import Status
from dashboard.pages.frame import Step as Link
from scorecards.campaigns.progress import Step
from scorecards.campaigns.steps import step
from scorecards.models import Campaign, CampaignTeam

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign in a list; ``done`` and ``bar`` as they were kept last."""

    campaign: Campaign
    asks: str
    scope: str
    status: Status
    days: str
    done: str
    bar: Bar | None


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """All campaigns that the reader may see."""
    day = today()
    found = list(access.visible_campaigns(request.user).select_related("owner"))
    by_step: dict[Step, list[Campaign]] = defaultdict(list)
    for campaign in found:
        by_step[step(campaign, day)].append(campaign)
    ended = sorted(by_step[Step.ENDED], key=lambda one: (one.ended_on or one.deadline, one.pk), reverse=True)
    context = {
        "running": rows(by_step[Step.RUNNING], day),
        "scheduled": rows(by_step[Step.SCHEDULED], day),
        "drafts": rows(by_step[Step.DRAFT], day),
        "ended": rows(ended[:SHOWN], day),
        "ended_count": len(ended),
        "may_make": access.may_make_campaign(request.user),
        "trail": [Link("Adoption", reverse("adoption"))],
    }
    return render(request, "pages/campaigns.html", context)


def rows(campaigns: Sequence[Campaign], day: date) -> list[Row]:
    teams = team_names(campaigns)
    return [_row(one, teams.get(one.pk, []), day) for one in campaigns]


def team_names(campaigns: Iterable[Campaign]) -> dict[int, list[str]]:
    """The teams of each campaign's scope, by name. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = CampaignTeam.objects.filter(campaign__in=list(campaigns)).order_by("team__name")
    for pk, name in rows.values_list("campaign_id", "team__name"):
        found[pk].append(name)
    return found


def _row(campaign: Campaign, teams: Sequence[str], day: date) -> Row:
    progress = words.outcome_progress(campaign)
    known = bool(campaign.outcome)
    return Row(
        campaign,
        words.asks_text(campaign),
        words.scope_text(teams, campaign.tiers),
        words.status_of(campaign, day),
        words.days_text(campaign, day),
        words.done_text(progress) if known else "",
        words.bar_of(progress, campaign.target) if known else None,
    )
