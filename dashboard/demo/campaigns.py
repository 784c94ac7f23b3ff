"""Two campaigns of the demo: one that ended when it was reached, one that runs; with their days as they were."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from dashboard.demo.repositories.asked import STAFF
from ingest.window import DAY, midnight
from scorecards.adoption.read import users_of
from scorecards.campaigns import keeping
from scorecards.campaigns.progress import Stand, by_capability, by_controls
from scorecards.campaigns.standing import Asked, Standing, scope
from scorecards.models import Campaign, CampaignDay, VerdictChange


@dataclass(frozen=True, slots=True)
class Told:
    """``began`` and ``ahead``: days ago, and days from today to its last day."""

    name: str
    slug: str
    brief: str
    began: int
    ahead: int
    capability: str = ""
    controls: tuple[str, ...] = ()
    target: int = 100


CAMPAIGNS = (
    Told(
        "Least privilege for workflow tokens",
        "workflow-tokens",
        "A token that may write everything is one bad action away from doing so.\n\n"
        "- Begin each workflow with `permissions: contents: read`, and **add only what a job needs**.\n"
        "- Let jobs come to the cloud by federation, not by a key that never ends.",
        began=88,
        ahead=-20,
        controls=("DOP-2.1-05",),
        target=90,
    ),
    Told(
        "Every service has an objective with data",
        "objectives-with-data",
        "Without an objective nobody can say whether a service is good enough to deploy.\n\n"
        "1. Write one for what users notice: *availability* or *latency*, no more than two.\n"
        "2. Put it into the repository; the next scan finds it.\n"
        "3. See that it has data on the [reliability page](/reliability/).",
        began=64,
        ahead=25,
        capability="observability",
    ),
)


def load_campaigns(now: datetime) -> None:
    """Each day of them from what was known on it. What runs is brought up to now."""
    today = timezone.localdate(now, settings.ORGANISATION_ZONE)
    owner = User.objects.filter(username=STAFF).first()
    for told in CAMPAIGNS:
        began = today - timedelta(days=told.began)
        campaign = Campaign.objects.create(
            name=told.name,
            slug=told.slug,
            brief=told.brief,
            capability=told.capability,
            controls=list(told.controls),
            target=told.target,
            owner=owner,
            made_by=owner,
            starts_on=began,
            deadline=today + timedelta(days=told.ahead),
            made_at=midnight(began, settings.ORGANISATION_ZONE),
        )
        _run(campaign, min(campaign.deadline, today - DAY))
    keeping.keep(now)


def _run(campaign: Campaign, until: date) -> None:
    """Its days up to and with ``until``, and its end where it is reached."""
    rows = []
    for day in _days(campaign.starts_on or until, until):
        found = _standing(campaign, day)
        rows.append(CampaignDay(campaign=campaign, day=day, **keeping.counts(found.progress)))
        campaign.outcome = keeping.outcome_of(found)
        if found.progress.reaches(campaign.target):
            campaign.ended_on, campaign.ended_because = day, Campaign.Because.DONE
            break
    CampaignDay.objects.bulk_create(rows)
    campaign.save()


def _days(start: date, until: date) -> Iterable[date]:
    return (start + timedelta(days=number) for number in range((until - start).days + 1))


def _standing(campaign: Campaign, day: date) -> Standing:
    found = scope(campaign, day)
    stands = _by_capability(campaign, day) if campaign.capability else _by_controls(campaign, day)
    return Standing(
        [Asked(service, team, stand) for service, team in found if (stand := stands.get(service.pk)) is not None]
    )


def _by_capability(campaign: Campaign, day: date) -> Mapping[int, Stand | None]:
    name = campaign.capability
    return {pk: by_capability(state, name) for pk, state in users_of(name, day).items()}


def _by_controls(campaign: Campaign, day: date) -> Mapping[int, Stand | None]:
    """By the last change of each verdict up to the end of the day."""
    ends_at = midnight(day + DAY, settings.ORGANISATION_ZONE)
    rows = VerdictChange.objects.filter(control__in=campaign.controls, at__lt=ends_at).order_by("at", "pk")
    verdict_of: dict[int, dict[str, str]] = {}
    for pk, control, after in rows.values_list("service_id", "control", "after"):
        verdict_of.setdefault(pk, {})[control] = after
    return {pk: by_controls(held, campaign.controls) for pk, held in verdict_of.items()}
