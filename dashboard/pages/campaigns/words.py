"""Campaigns in words: how one stands, what it asks of whom, how long it has."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.urls import reverse

from dashboard import formats
from dashboard.charts.campaign import Bar, bar
from dashboard.pages.figures import Status
from dashboard.pages.verdicts import Mark
from ingest.models import Service
from scorecards.adoption.settings import capabilities
from scorecards.campaigns.progress import Progress, Stand, State, Step
from scorecards.campaigns.steps import step
from scorecards.models import Campaign

Because = Campaign.Because
MARKS = {
    State.DONE: Mark("good", "done"),
    State.LEFT: Mark("bad", "left"),
    State.UNKNOWN: Mark("unknown", "unknown"),
    State.WAIVED: Mark("waived", "waived"),
}
LEFT_OUT = {
    "inactive": "not asked: not deployed to production in 90 days",
    "nothing_applies": "not asked: nothing of it applies to them",
}


def status_of(campaign: Campaign, today: date) -> Status:
    match step(campaign, today):
        case Step.DRAFT:
            return Status("none", "draft")
        case Step.SCHEDULED:
            return Status("none", "to come")
        case Step.RUNNING:
            return Status("warn", "running")
    if campaign.ended_because == Because.DONE:
        return Status("good", "reached")
    return Status("none", "ended early" if campaign.ended_because == Because.PERSON else "over")


def days_text(campaign: Campaign, today: date) -> str:
    """``12 days left``, ``begins on 3 Mar 2026``, ``ended on 3 Mar 2026``."""
    match step(campaign, today):
        case Step.DRAFT:
            return f"until {day_text(campaign.deadline)}, without a start"
        case Step.SCHEDULED:
            return f"begins on {day_text(campaign.starts_on or today)}"
        case Step.RUNNING:
            return left_text((campaign.deadline - today).days)
    return f"ended on {day_text(campaign.ended_on or campaign.deadline)}"


def left_text(days: int) -> str:
    return f"{formats.plural(days, 'day')} left" if days else "its last day"


def day_text(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def asks_text(campaign: Campaign) -> str:
    """``3 controls``, ``Control DOP-1.1-03``, ``Capability Security scanning``."""
    if campaign.capability:
        found = {one.id: one.title for one in capabilities()}
        return f"Capability {found.get(campaign.capability, campaign.capability)}"
    if len(campaign.controls) == 1:
        return f"Control {campaign.controls[0]}"
    return formats.plural(len(campaign.controls), "control")


def scope_text(teams: Sequence[str], tiers: Iterable[str]) -> str:
    """``all teams``, ``Payments, Search``, ``5 teams``; with the tiers, where not all are asked."""
    named = "all teams" if not teams else ", ".join(teams) if len(teams) <= 3 else f"{len(teams)} teams"
    told = list(tiers)
    return f"{named}, tier {' and '.join(told)}" if told else named


def outcome_progress(campaign: Campaign) -> Progress:
    """The counts that were kept last."""
    names = ("in_scope", "done", "unknown", "waived")
    return Progress(**{name: int(campaign.outcome.get(name, 0)) for name in names})


def done_text(progress: Progress) -> str:
    """``12 of 30 done``, with what is unknown and waived."""
    if not progress.in_scope:
        return "nobody is asked"
    said = [f"{formats.number(progress.done)} of {formats.plural(progress.asked, 'service')}"]
    if progress.unknown:
        said.append(f"{formats.number(progress.unknown)} unknown")
    if progress.waived:
        said.append(f"{formats.number(progress.waived)} waived besides")
    return ", ".join(said)


def bar_of(progress: Progress, target: int) -> Bar | None:
    return bar(progress.in_scope, progress.done, progress.waived, progress.unknown, progress.goal(target))


class Lack(NamedTuple):
    """Something that a service lacks, or that is not known of it, or waived. ``href``: where that is shown."""

    title: str
    name: str
    href: str
    mark: Mark


def lacks(service: Service, stand: Stand, titles: Mapping[str, str], *, capability: bool) -> list[Lack]:
    """What a service lacks, then what of the rest is not known or waived."""
    by_state = {State.LEFT: stand.lacks, State.UNKNOWN: stand.unknown, State.WAIVED: stand.waived}
    return [
        Lack(titles.get(name, name), name, _href(service.slug, name, capability=capability), MARKS[state])
        for state, names in by_state.items()
        for name in names
    ]


def _href(slug: str, name: str, *, capability: bool) -> str:
    if capability:
        return f"{reverse('service', args=[slug])}#platform"
    return f"{reverse('service-standards', args=[slug])}?show=all#{name}"
