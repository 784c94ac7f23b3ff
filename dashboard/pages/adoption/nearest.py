"""Who is next: the teams that are nearest to using the platform, which service lacks what, and how to begin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from dashboard import formats
from dashboard.pages.adoption import words
from dashboard.pages.verdicts import Mark
from ingest.models import Team
from scorecards.adoption.capabilities import Capability
from scorecards.adoption.teams import Lacking, Matrix, NextTeam, next_teams

TEAMS = 8
SERVICES = 3
OTHERS = 2


@dataclass(frozen=True, slots=True)
class Lack:
    """A capability that a service lacks, and how it stands there."""

    capability: Capability
    href: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Candidate:
    """A service that would bring its team nearer. ``first``: what lies nearest; ``others``: what would do as well."""

    name: str
    href: str
    text: str
    first: Sequence[Lack]
    others: Sequence[Lack]


@dataclass(frozen=True, slots=True)
class Line:
    """A team, what it needs, and which services could bring it there; ``more`` of them are not shown."""

    name: str
    href: str
    mark: Mark
    text: str
    candidates: Sequence[Candidate]
    more: int


def lines(teams: QuerySet[Team], matrix: Matrix) -> dict[str, Any]:
    """The teams that have least to do first."""
    found = next_teams(teams, limit=TEAMS + 1, found=matrix)
    return {"next_teams": [_line(one) for one in found[:TEAMS]], "more_teams": len(found) > TEAMS}


def _line(one: NextTeam) -> Line:
    shown = one.services[: min(SERVICES, max(1, one.services_missing))]
    return Line(
        one.team.name,
        f"{reverse('team', args=[one.team.slug])}#platform",
        words.team_mark(one.day),
        _text(one),
        [_candidate(service) for service in shown],
        max(0, one.services_missing - len(shown)),
    )


def _text(one: NextTeam) -> str:
    services = formats.plural(one.services_missing, "more service")
    steps = formats.plural(one.steps, "capability", "capabilities")
    return f"{words.short_of(one.day.services)} on the platform; {services} on it would do, {steps} in all"


def _candidate(one: Lacking) -> Candidate:
    needed = max(1, one.missing)
    lacks = [_lack(one, capability) for capability in one.lacks]
    return Candidate(
        one.service.name,
        f"{reverse('service', args=[one.service.slug])}#platform",
        f"uses {one.day.used} of the {settings.ADOPTION_CAPABILITIES} that it needs",
        lacks[:needed],
        lacks[needed : needed + OTHERS],
    )


def _lack(one: Lacking, capability: Capability) -> Lack:
    mark = words.SORTS[words.sort_of(one.day, capability.id)]
    return Lack(capability, reverse("adoption-capability", args=[capability.id]), mark)
