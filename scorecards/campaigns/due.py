"""What is asked of one team or service, until when: for its page, and for the weekly e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import owner_on
from ingest.models import Service, Team
from scorecards.campaigns.progress import Progress, State
from scorecards.campaigns.standing import Asked, standing, titles
from scorecards.models import Campaign


@dataclass(frozen=True, slots=True)
class Due:
    """A campaign that runs, of the services of one team, or of one service.

    ``days_left``: until its last day; 0 on that day. ``titles``: of what it asks for, by id.
    """

    campaign: Campaign
    days_left: int
    progress: Progress
    asked: Sequence[Asked]
    titles: dict[str, str]

    @property
    def left(self) -> list[Asked]:
        """The services that lack something."""
        return [one for one in self.asked if one.stand.state is State.LEFT]

    @property
    def unknown(self) -> list[Asked]:
        """The services of which it is not known."""
        return [one for one in self.asked if one.stand.state is State.UNKNOWN]

    @property
    def is_open(self) -> bool:
        return bool(self.left or self.unknown)


def due_for(team: Team, today: date) -> list[Due]:
    """The campaigns in which something of the team's is left or not known, the next to end first: for the e-mail."""
    return [one for one in asked_of(team, today) if one.is_open]


def asked_of(team: Team, today: date) -> list[Due]:
    """The campaigns that ask anything of the team's services, done ones too; the next to end first."""
    running = _running([team.pk], today)
    if not running:
        return []
    owners = periods_by_service()
    owned = [pk for pk, periods in owners.items() if owner_on(periods, today) == team.pk]
    return _due(running, owned, today)


def asked_of_service(service: Service, today: date) -> list[Due]:
    """The campaigns that ask the service; the next to end first."""
    owner = owner_on(periods_by_service([service.pk]).get(service.pk, ()), today)
    return _due(_running([] if owner is None else [owner], today), [service.pk], today)


def _running(teams: Sequence[int], today: date) -> list[Campaign]:
    running = Campaign.objects.filter(ended_on=None, starts_on__lte=today, deadline__gte=today)
    theirs = Q(scope=None) | Q(scope__team__in=teams)
    return list(running.filter(theirs).order_by("deadline", "pk").distinct())


def _due(running: Sequence[Campaign], services: Sequence[int], today: date) -> list[Due]:
    found = []
    for campaign in running:
        held = standing(campaign, today, services)
        if held.asked:
            left = (campaign.deadline - today).days
            found.append(Due(campaign, left, held.progress, held.asked, titles(campaign, today)))
    return found
