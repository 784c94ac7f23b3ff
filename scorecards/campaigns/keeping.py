"""The worker's part: each day's counts, and the end of what is reached or over."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ingest.models import Team
from scorecards.campaigns.progress import Progress, State
from scorecards.campaigns.standing import Asked, Standing, standing
from scorecards.models import Campaign, CampaignDay

MOST = 500  # services that an outcome names; of more, how many more
Because = Campaign.Because


def keep(now: datetime) -> int:
    """Look at every campaign that runs; how many ended."""
    today = timezone.localdate(now, settings.ORGANISATION_ZONE)
    running = Campaign.objects.filter(ended_on=None, starts_on__lte=today)
    return sum(look_at(pk, today) for pk in list(running.values_list("pk", flat=True)))


@transaction.atomic
def look_at(pk: int, today: date) -> bool:
    """Keep today's counts of a campaign that runs, and end it where it is reached or over; whether it ended.

    What its last look found stays its outcome: a look after the deadline finds what came too late.
    """
    rows = Campaign.objects.select_for_update().filter(pk=pk, ended_on=None, starts_on__lte=today)
    campaign = rows.first()
    if campaign is None:
        return False
    is_over = campaign.deadline < today
    if not is_over or not campaign.outcome:
        found = standing(campaign, today)
        _keep(campaign, found, today, is_over=is_over)
        if not is_over and found.progress.reaches(campaign.target):
            return _end(campaign, Because.DONE, today)
    return is_over and _end(campaign, Because.DEADLINE, campaign.deadline)


def _keep(campaign: Campaign, found: Standing, today: date, *, is_over: bool) -> None:
    if not is_over:
        CampaignDay.objects.update_or_create(campaign=campaign, day=today, defaults=counts(found.progress))
    outcome = outcome_of(found)
    if outcome != campaign.outcome:
        campaign.outcome = outcome
        campaign.save(update_fields=["outcome", "updated_at"])


def _end(campaign: Campaign, because: str, on: date) -> bool:
    campaign.ended_on, campaign.ended_because = on, because
    campaign.save(update_fields=["ended_on", "ended_because", "updated_at"])
    return True


def counts(found: Progress) -> dict[str, int]:
    return {"in_scope": found.in_scope, "done": found.done, "unknown": found.unknown, "waived": found.waived}


def outcome_of(found: Standing) -> dict[str, Any]:
    """As it is kept: the counts, and who was not done."""
    open_ones = found.of(State.LEFT, State.UNKNOWN, State.WAIVED)
    names = dict(Team.objects.filter(pk__in={one.team_id for one in open_ones}).values_list("pk", "name"))
    return {
        **counts(found.progress),
        "open": list(_plain(open_ones[:MOST], names)),
        "more": max(0, len(open_ones) - MOST),
    }


def _plain(asked: Iterable[Asked], names: dict[int, str]) -> Iterable[dict[str, Any]]:
    for one in asked:
        yield {
            "service": one.service.slug,
            "name": one.service.name,
            "team": names.get(one.team_id or 0, ""),
            "state": str(one.stand.state),
            "lacks": list(one.stand.lacks),
            "unknown": list(one.stand.unknown),
            "waived": list(one.stand.waived),
        }
