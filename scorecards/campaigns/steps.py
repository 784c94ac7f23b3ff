"""What people do with campaigns: make, change, end, discard; each refused with what to mend."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ingest.catalogue.names import MAX_SLUG, slug_of
from scorecards.campaigns.keeping import look_at, outcome_of
from scorecards.campaigns.progress import Step, step_of
from scorecards.campaigns.standing import standing
from scorecards.campaigns.terms import LONGEST_NOTE, CampaignRefused, Terms, check
from scorecards.models import Campaign, CampaignTeam

TAKEN = frozenset({"new"})  # an address of the site's own


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What stays as it is once a campaign has begun: its days would count something else."""

    controls: tuple[str, ...]
    capability: str
    teams: tuple[int, ...]
    tiers: tuple[str, ...]
    starts_on: date | None
    fields: Sequence[str] = field(default=("controls", "capability", "teams", "tiers", "starts_on"), compare=False)


def step(campaign: Campaign, today: date) -> Step:
    """Where it stands."""
    return step_of(campaign.starts_on, campaign.deadline, campaign.ended_on, today)


@transaction.atomic
def make(terms: Terms, *, by: User, at: datetime) -> Campaign:
    """Make a campaign, or a draft where it has no start.

    Raises:
        CampaignRefused: with what to mend.
    """
    today = _day(at)
    check(terms, today, is_new=True)
    campaign = Campaign(slug=_free_slug(terms.name), made_by_id=by.pk, made_at=at)
    _write(campaign, terms)
    _begin(campaign, today)
    return campaign


@transaction.atomic
def change(campaign: Campaign, terms: Terms, *, at: datetime) -> Campaign:
    """Say it anew. Once it has begun, what it asks of whom stays.

    Raises:
        CampaignRefused: it has ended, or with what to mend.
    """
    today, row = _day(at), Campaign.objects.select_for_update().get(pk=campaign.pk)
    now = step(row, today)
    if now is Step.ENDED:
        raise CampaignRefused("It has ended. Make a new one.")
    if now is Step.RUNNING:
        before, after = _fixed_of(row), _fixed(terms)
        differs = next((name for name in before.fields if getattr(before, name) != getattr(after, name)), "")
        if differs:
            raise CampaignRefused("This stays while it runs. End it, and make a new one.", differs)
    check(terms, today, is_new=now is not Step.RUNNING)
    _write(row, terms)
    if now is Step.RUNNING:
        look_at(row.pk, today)
        row.refresh_from_db()
    else:
        _begin(row, today)
    return row


@transaction.atomic
def end(campaign: Campaign, *, by: User, at: datetime, note: str = "") -> Campaign:
    """End it before its time, as it stands.

    Raises:
        CampaignRefused: it has not begun, or has ended.
    """
    today, row = _day(at), Campaign.objects.select_for_update().get(pk=campaign.pk)
    if step(row, today) is not Step.RUNNING:
        raise CampaignRefused("Only a campaign that runs can be ended.")
    if len(note) > LONGEST_NOTE:
        raise CampaignRefused(f"Keep it under {LONGEST_NOTE:,} characters.", "note")
    row.outcome = outcome_of(standing(row, today))
    row.ended_on, row.ended_because, row.ended_by_id, row.ended_note = today, Campaign.Because.PERSON, by.pk, note
    row.save(update_fields=["outcome", "ended_on", "ended_because", "ended_by", "ended_note", "updated_at"])
    return row


@transaction.atomic
def discard(campaign: Campaign, *, at: datetime) -> None:
    """Delete it; nothing was asked of anybody yet.

    Raises:
        CampaignRefused: it has begun.
    """
    row = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if step(row, _day(at)) not in (Step.DRAFT, Step.SCHEDULED):
        raise CampaignRefused("It has begun, so it is kept. End it instead.")
    row.delete()


def _day(at: datetime) -> date:
    return timezone.localdate(at, settings.ORGANISATION_ZONE)


def _fixed(terms: Terms) -> _Fixed:
    teams = tuple(sorted(team.pk for team in terms.teams))
    return _Fixed(tuple(sorted(terms.controls)), terms.capability, teams, tuple(sorted(terms.tiers)), terms.starts_on)


def _fixed_of(row: Campaign) -> _Fixed:
    teams = tuple(sorted(row.scope.values_list("team", flat=True)))
    return _Fixed(tuple(sorted(row.controls)), row.capability, teams, tuple(sorted(row.tiers)), row.starts_on)


def _write(row: Campaign, terms: Terms) -> None:
    row.name, row.brief, row.target = terms.name.strip(), terms.brief.strip(), terms.target
    row.controls, row.capability, row.tiers = list(terms.controls), terms.capability, list(terms.tiers)
    row.owner_id = terms.owner.pk if terms.owner else None
    row.starts_on, row.deadline = terms.starts_on, terms.deadline
    row.save()
    row.scope.all().delete()
    CampaignTeam.objects.bulk_create([CampaignTeam(campaign=row, team_id=pk) for pk in _fixed(terms).teams])


def _begin(row: Campaign, today: date) -> None:
    """Keep its first day, where it begins at once and there is something to do."""
    if step(row, today) is Step.RUNNING:
        _check_work(row, today)
        look_at(row.pk, today)
        row.refresh_from_db()


def _check_work(row: Campaign, today: date) -> None:
    found = standing(row, today).progress
    if not found.in_scope:
        raise CampaignRefused("No active service of these teams and tiers can be asked for this.", "teams")
    if found.reaches(row.target):
        raise CampaignRefused("It is reached already: nothing is left to ask for.", "target")


def _free_slug(name: str) -> str:
    wanted = slug_of(name)
    taken = TAKEN | set(Campaign.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    found, number = wanted, 2
    while found in taken:
        tail = f"-{number}"
        found, number = f"{wanted[: MAX_SLUG - len(tail)]}{tail}", number + 1
    return found
