"""Adoption as figures: the tile, and the column of a table of teams or services."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from dashboard import formats
from dashboard.charts.sparkline import Sparkline, sparkline
from dashboard.filters import Filters
from dashboard.pages import standing
from dashboard.pages.adoption import words
from dashboard.pages.figures import Shown
from dashboard.pages.movers import Move
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from ingest.window import DAY
from scorecards.adoption import read
from scorecards.adoption.chosen import of_services
from scorecards.adoption.read import OrganisationDay, ServiceDay, Share, TeamDay
from scorecards.adoption.settings import capabilities
from scorecards.adoption.teams import matrix
from scorecards.scans.read import steps

LABEL = "Adoption"
STEPS = 26
MOVES = 2
NO_ACTIVE = "No data: no active service"
NO_TEAM = "Nobody owns these services, so they are of no team"
NOT_ACTIVE = "Not active: no production deployment in 91 days"
ORDER = {"uses": 3.0, "partly": 2.0, "possibly": 1.0, "unknown": 1.0, "not": 0.0}


@dataclass(frozen=True, slots=True)
class Days:
    """The day that figures are of, the one that they are compared with, and some in between."""

    last: date
    before: date
    between: Sequence[date]

    @classmethod
    def of(cls, filters: Filters) -> "Days":
        """The last day of the period that was computed. One query."""
        last = day_of(filters)
        return cls(last, filters.window.start - DAY, steps(min(filters.window.start, last), last, STEPS))


def day_of(filters: Filters) -> date:
    """The last day of the period; today's figures stand in the night before they are computed."""
    wanted = standing.day_of(filters)
    newest = read.last_day()
    return min(wanted, newest) if newest else wanted


def explain_href(scope: str, filters: Filters | None = None) -> str:
    """Where the figure of a scope is explained: on the last day of the period, and for its tier."""
    said = {"scope": scope}
    if filters is not None:
        said |= {key: value for key, value in filters.dated_pairs.items() if key in ("from", "to", "tier")}
    return f"{reverse('explain-adoption')}?{urlencode(said)}"


class Together(NamedTuple):
    """Each team that has an active service, by its id; of one tier, by its services of that tier, and then the
    organisation by those too."""

    teams: Mapping[int, TeamDay]
    organisation: OrganisationDay | None = None


# ---------------------------------------------------------------- tiles


def organisation(filters: Filters, days: Days, now: Together, then: Together) -> Shown:
    """The share of teams that use the platform; of one tier, by their services of that tier."""
    if now.organisation is not None and then.organisation is not None:
        return _organisation(now.organisation, then.organisation, (), filters)
    before, *between = read.course([days.before, *days.between])
    return _organisation(between[-1], before, between, filters)


def _organisation(
    now: OrganisationDay, before: OrganisationDay, between: Sequence[OrganisationDay], filters: Filters
) -> Shown:
    shown = replace(share(now.teams, "org", filters), target=words.TARGET_TEXT)
    if not shown.number:
        return shown
    return replace(
        shown,
        status=words.organisation_status(now),
        note=f"{words.short_of(now.teams)} {'team' if now.teams.all == 1 else 'teams'}",
        change=_change(now.teams, before.teams, "team", filters),
        line=_line([one.teams.share for one in between], "Teams that use the platform, proven"),
    )


def team(of: Team, filters: Filters, services: QuerySet[Service], days: Days) -> Shown:
    """The share of the team's active services that are on the platform, and whether the team uses it."""
    if filters.tier:
        ids = list(services.filter(tier=filters.tier).values_list("pk", flat=True))
        now, before = (of_services(ids, day)[1].get(of.pk, TeamDay(day)) for day in (days.last, days.before))
        between: list[TeamDay] = []
    else:
        before, *between = read.team_course(of, [days.before, *days.between])
        now = between[-1]
    half = words.half(settings.ADOPTION_SHARE)
    shown = replace(
        share(now.services, f"team:{of.slug}", filters), target=f"at least {half} of its services on the platform"
    )
    if not shown.number:
        return shown
    return replace(
        shown,
        status=words.team_status(now),
        note=words.short_of(now.services),
        change=_change(now.services, before.services, "service", filters),
        line=_line([one.services.share for one in between], "Services on the platform, proven"),
    )


def service(of: Service, filters: Filters) -> Shown:
    """How many capabilities the service uses, and whether that makes it one of the platform."""
    days = Days.of(filters)
    before, *between = read.service_course(of, [days.before, *days.between])
    now = between[-1]
    shown = replace(
        used(now, f"service:{of.slug}", filters), target=f"at least {settings.ADOPTION_CAPABILITIES} capabilities"
    )
    if not shown.number:
        return shown
    return replace(
        shown,
        status=words.service_status(now),
        note=f"{now.unknown} unknown" if now.unknown else "",
        change=_moved(now, before, filters),
        line=_line([one.used if one.is_active else None for one in between], "Capabilities used", whole=True),
    )


# ---------------------------------------------------------------- figures


def share(found: Share, scope: str, filters: Filters | None = None) -> Shown:
    """An interval as a figure, or why there is none."""
    href = explain_href(scope, filters)
    text = words.interval(found)
    if not text:
        return Shown(metric="adoption", label=LABEL, reason=_no_share(scope), href=href)
    number, _, unit = text.partition(formats.NO_BREAK)
    return Shown(metric="adoption", label=LABEL, number=number, unit=unit, href=href, value=found.share)


def _no_share(scope: str) -> str:
    return NO_TEAM if scope == f"team:{UNASSIGNED}" else NO_ACTIVE


def used(day: ServiceDay, scope: str, filters: Filters | None = None) -> Shown:
    """How many capabilities a service uses."""
    href = explain_href(scope, filters)
    if not day.is_active:
        return Shown(metric="adoption", label=LABEL, reason=NOT_ACTIVE, href=href)
    return Shown("adoption", LABEL, str(day.used), f"of {len(capabilities())} capabilities", href=href)


def column(day: TeamDay | None, scope: str, filters: Filters) -> Shown:
    """Whether a team uses the platform, with how many of its services."""
    href = explain_href(scope, filters)
    if day is None or not day.state:
        return Shown(metric="adoption", label=LABEL, reason=_no_share(scope), href=href)
    value = ORDER[words.team_state(day)] + (day.services.share or 0.0) / 2
    return Shown("adoption", LABEL, words.team_mark(day).word, words.short_of(day.services), href=href, value=value)


def service_column(day: ServiceDay | None, scope: str, filters: Filters) -> Shown:
    """Whether a service is on the platform, with how many capabilities."""
    href = explain_href(scope, filters)
    if day is None or not day.is_active:
        return Shown(metric="adoption", label=LABEL, reason="Not active", href=href)
    words_by_state = {"uses": "yes", "possibly": "not known", "not": "no"}
    value = ORDER[day.state] + day.used / 100
    unit = f"{day.used} of {len(capabilities())}"
    return Shown("adoption", LABEL, words_by_state[day.state], unit, href=href, value=value)


def together(filters: Filters, services: QuerySet[Service], day: date) -> Together:
    """Teams on a day. Two queries; of one tier, four."""
    if filters.tier:
        told, teams = of_services(list(services.filter(tier=filters.tier).values_list("pk", flat=True)), day)
        return Together(teams, told)
    found = matrix(Team.objects.all(), day)
    return Together({row.team.pk: row.day for row in found.rows} if found else {})


def moved(
    teams: Iterable[Team], now: Mapping[int, TeamDay], before: Mapping[int, TeamDay], filters: Filters
) -> list[Move]:
    """The teams that came to use the platform, or no longer do; those with more services first. Where what is unknown
    may be all that changed, nothing is said."""
    found = []
    for one in teams:
        last, first = now.get(one.pk), before.get(one.pk)
        if last is None or first is None or (last.state == "uses") == (first.state == "uses"):
            continue
        if (first if last.state == "uses" else last).possible:
            continue
        came = "came to use the platform" if last.state == "uses" else "no longer uses the platform"
        text = f"{came}: {words.short_of(last.services)} services are on it, {words.short_of(first.services)} before"
        found.append(
            Move(one.name, f"{reverse('team', args=[one.slug])}{filters.query()}#platform", text, last.services.all)
        )
    return sorted(found, key=lambda move: (-move.size, move.name))[:MOVES]


# ---------------------------------------------------------------- changes


def _change(now: Share, before: Share, what: str, filters: Filters) -> str:
    day = words.day_text(filters.window.start - DAY)
    if not before.all:
        return f"no data for {day}"
    return _gap(now.using - before.using, what, day)


def _moved(now: ServiceDay, before: ServiceDay, filters: Filters) -> str:
    day = words.day_text(filters.window.start - DAY)
    if not before.is_active:
        return f"not active on {day}"
    gap = now.used - before.used
    noun = "capability" if abs(gap) == 1 else "capabilities"
    return f"{_signed(gap)} {noun} against {day}" if gap else f"unchanged from {day}"


def _gap(gap: int, what: str, day: str) -> str:
    return f"{_signed(gap)} {what}{'' if abs(gap) == 1 else 's'} against {day}" if gap else f"unchanged from {day}"


def _signed(gap: int) -> str:
    return f"+{formats.number(gap)}" if gap > 0 else f"{formats.MINUS}{formats.number(-gap)}"


def _line(values: Sequence[float | None], what: str, *, whole: bool = False) -> Sparkline | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    low, high = (formats.number(end) if whole else str(formats.percent(end)) for end in (min(known), max(known)))
    return sparkline(values, title=f"{what}: {low} to {high}", width=200, height=28)
