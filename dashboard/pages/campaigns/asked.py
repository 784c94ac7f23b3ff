"""What campaigns ask of a team or a service, for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.charts.campaign import Bar
from dashboard.pages.campaigns import words
from dashboard.pages.campaigns.words import Lack
from dashboard.pages.verdicts import Mark
from ingest.models import Service, Team
from scorecards.campaigns.due import Due, asked_of, asked_of_service
from scorecards.models import Campaign

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign, of the services of one team or of one service alone."""

    campaign: Campaign
    until: str
    done: str
    bar: Bar | None
    mark: Mark | None
    lacks: Sequence[Lack]
    left: Sequence[tuple[str, Sequence[Lack]]]
    more: int


def of_team(team: Team, day: date) -> list[Row]:
    """Those that run, the next to end first."""
    return [_of_team(due) for due in asked_of(team, day)]


def _of_team(due: Due) -> Row:
    open_ones = [*due.left, *due.unknown]
    left = [(one.service.name, _lacks(due, one.service)) for one in open_ones[:SHOWN]]
    return Row(
        due.campaign,
        _until(due),
        words.done_text(due.progress),
        words.bar_of(due.progress, 100),
        None,
        (),
        left,
        max(0, len(open_ones) - SHOWN),
    )


def of_service(service: Service, day: date) -> list[Row]:
    """Those that run and ask this service."""
    return [
        Row(due.campaign, _until(due), "", None, words.MARKS[due.asked[0].stand.state], _lacks(due, service), (), 0)
        for due in asked_of_service(service, day)
    ]


def _lacks(due: Due, service: Service) -> list[Lack]:
    stand = next(one.stand for one in due.asked if one.service.pk == service.pk)
    return words.lacks(service, stand, due.titles, capability=bool(due.campaign.capability))


def _until(due: Due) -> str:
    return f"{words.day_text(due.campaign.deadline)}, {words.left_text(due.days_left)}"
