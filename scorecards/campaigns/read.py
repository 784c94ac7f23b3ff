"""The course of a campaign: its days, who was done lately, and who left its scope by retiring."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import Period, owner_on
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.adoption.since import states_since
from scorecards.campaigns.progress import Progress, State
from scorecards.campaigns.standing import Standing, asked_controls
from scorecards.models import Campaign, CampaignDay, ControlVerdict
from scorecards.standards.verdict import Verdict

LATELY = timedelta(days=28)
SHOWN = 20


class Done(NamedTuple):
    """A service that is done, and since which day."""

    service: Service
    day: date


def days_of(campaign: Campaign) -> list[tuple[date, Progress]]:
    """Each day that was looked at, in order."""
    rows = CampaignDay.objects.filter(campaign=campaign).order_by("day")
    told = rows.values_list("day", "in_scope", "done", "unknown", "waived")
    return [(day, Progress(in_scope, done, unknown, waived)) for day, in_scope, done, unknown, waived in told]


def done_lately(campaign: Campaign, held: Standing, today: date) -> list[Done]:
    """Services that came to be done within 28 days and since it began, the newest first; few of many."""
    done = [one.service for one in held.of(State.DONE)]
    since = max(today - LATELY, campaign.starts_on or today)
    days = _used_since(campaign, done, today) if campaign.capability else _met_since(campaign, done, today)
    found = [Done(service, days[service.pk]) for service in done if days.get(service.pk, date.min) >= since]
    return sorted(found, key=lambda one: (one.day, one.service.name), reverse=True)[:SHOWN]


def _used_since(campaign: Campaign, services: Sequence[Service], today: date) -> dict[int, date]:
    told = states_since(services, today)
    return {pk: states[campaign.capability] for pk, states in told.items() if campaign.capability in states}


def _met_since(campaign: Campaign, services: Sequence[Service], today: date) -> dict[int, date]:
    rows = ControlVerdict.objects.filter(
        service__in=services, control__in=asked_controls(campaign, today), verdict=Verdict.PASS
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for pk, since in rows.values_list("service_id", "since"):
        found[pk].append(since)
    return {pk: max(moments).astimezone(settings.ORGANISATION_ZONE).date() for pk, moments in found.items()}


def retired_since(campaign: Campaign, today: date) -> list[Service]:
    """Services that it asked until they retired: they left its scope, done or not. The newest first; few of many."""
    if campaign.starts_on is None:
        return []
    gone = Service.objects.filter(retired_on__gt=campaign.starts_on, retired_on__lte=campaign.ended_on or today)
    if campaign.tiers:
        gone = gone.filter(tier__in=campaign.tiers)
    teams = set(campaign.scope.values_list("team", flat=True))
    listed = list(gone.order_by("-retired_on", "name")[: SHOWN if not teams else None])
    if not teams or not listed:
        return listed
    owners = periods_by_service([one.pk for one in listed])
    nobody = Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first()
    return [one for one in listed if one.retired_on and _owner(owners, one, nobody) in teams][:SHOWN]


def _owner(owners: Mapping[int, Sequence[Period]], service: Service, nobody: int | None) -> int | None:
    """Who owned it on the day on which it retired."""
    return owner_on(owners.get(service.pk, ()), service.retired_on or date.max) or nobody
