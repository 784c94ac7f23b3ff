"""How far a scope holds the standard, as figures: the tile, and the columns of a table of teams or services."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from dashboard import access, formats
from dashboard.charts.sparkline import Sparkline, sparkline
from dashboard.filters import Filters
from dashboard.pages.compared import today
from dashboard.pages.figures import Shown, Status
from dashboard.pages.movers import Move
from dashboard.pages.standard_choices import BUILTIN
from ingest.models import Service, Team
from ingest.window import DAY
from scorecards.scans import read
from scorecards.scans.daily import active_on
from scorecards.scans.read import Standing
from scorecards.standards.standard import Phase

LABEL = "Standards"
TARGET = "all meet all REQUIRED"
SERVICE_TARGET = "all REQUIRED met"
NOT_SCANNED = "No data: not scanned"
NOTHING_REQUIRED = "No data: nothing REQUIRED applies"
STEPS = 26
SMALLEST_MOVE = 0.1
MOVES = 2


@dataclass(frozen=True, slots=True)
class Course:
    """A scope on the last day of the period, on the day before the period, and in between."""

    now: Standing | None
    before: Standing | None
    between: Sequence[Standing | None] = ()


def explain_href(scope: str, filters: Filters | None = None, standard: str = BUILTIN) -> str:
    """Where the figure of a scope is explained: on the last day of the period, and for its tier."""
    said = {"scope": scope, "standard": standard if standard != BUILTIN else ""}
    if filters is not None:
        said |= {key: value for key, value in filters.dated_pairs.items() if key in ("from", "to", "tier")}
    return f"{reverse('explain-standards')}?{urlencode({key: value for key, value in said.items() if value})}"


def day_of(filters: Filters) -> date:
    """The last day of the period, today at the latest."""
    return min(filters.window.end - DAY, today())


def course_of(filters: Filters, *, team: Team | None = None, service: Service | None = None) -> Course:
    """The organisation, or a team, or a service over the period. Three queries."""
    last = day_of(filters)
    first = min(filters.window.start, last)
    between = read.course(BUILTIN, read.steps(first, last, STEPS), team=team, service=service)
    before = read.standing(BUILTIN, filters.window.start - DAY, team=team, service=service)
    return Course(between[-1], before, between)


def course_of_services(services: QuerySet[Service], filters: Filters) -> Course:
    """Chosen services together: no day keeps their sum, so only its ends are told. Three queries."""
    days = day_of(filters), filters.window.start - DAY
    count = services.count()
    now, before = (read.summed(read.standings(BUILTIN, services, day).values(), count, day) for day in days)
    return Course(now, before)


def of_teams(services: QuerySet[Service], filters: Filters, day: date | None = None) -> Mapping[int, Standing]:
    """The standing of each team on ``day``, the last of the period if none is told, by its id. One query, of one tier
    two."""
    day = day or day_of(filters)
    if not filters.tier:
        return read.team_standings(BUILTIN, Team.objects.all(), day)
    chosen = services.filter(tier=filters.tier, pk__in=active_on(day).values("pk"))
    held, by_team = read.standings(BUILTIN, chosen, day), defaultdict[int, list[int]](list)
    for service_id, team_id in chosen.annotate(owner_team=access.owner()).values_list("pk", "owner_team"):
        by_team[team_id].append(service_id)
    summed = {
        team: read.summed([held[one] for one in ids if one in held], len(ids), day) for team, ids in by_team.items()
    }
    return {team: found for team, found in summed.items() if found is not None}


def moved(
    teams: Iterable[Team], now: Mapping[int, Standing], before: Mapping[int, Standing], filters: Filters
) -> list[Move]:
    """The teams whose share changed by a tenth of their services or more, the largest change first."""
    found = []
    for team in teams:
        last, first = (found_on.get(team.pk) for found_on in (now, before))
        if not last or not first or last.proven is None or first.proven is None:
            continue
        gap = abs(last.proven - first.proven)
        text = f"services that meet all REQUIRED changed from {_share_text(first)} to {_share_text(last)}"
        if gap >= SMALLEST_MOVE:
            href = f"{reverse('team-standards', args=[team.slug])}{filters.query()}"
            found.append(Move(team.name, href, text, gap))
    return sorted(found, key=lambda move: (-move.size, move.name))[:MOVES]


def _share_text(standing: Standing) -> str:
    return formats.interval(standing.proven or 0.0, standing.possible or 0.0)


def tile(course: Course, scope: str, filters: Filters) -> Shown:
    """The share of services that meet all that is REQUIRED."""
    shown = share(course.now, scope, filters)
    if not shown.number or course.now is None:
        return replace(shown, target=TARGET)
    values = [one.proven if one else None for one in course.between]
    return replace(
        shown,
        target=TARGET,
        status=_status(course.now),
        note=f"{course.now.met} of {formats.plural(course.now.judged, 'service')}",
        change=_change(course.now.proven, course.before.proven if course.before else None, filters),
        line=_line(values, "Services that meet all REQUIRED, proven"),
        coverage=_unscanned(course.now),
    )


def service_tile(course: Course, scope: str, filters: Filters) -> Shown:
    """A service's score, and whether it meets all that is REQUIRED."""
    shown = service_score(course.now, scope, filters)
    if not shown.number or course.now is None:
        return replace(shown, target=SERVICE_TARGET)
    values = [one.score.proven if one else None for one in course.between]
    return replace(
        shown,
        target=SERVICE_TARGET,
        status=_status(course.now),
        note=phase_text(course.now),
        change=_change(course.now.score.proven, course.before.score.proven if course.before else None, filters),
        line=_line(values, "Weighted score, proven"),
    )


def columns(standing: Standing | None, scope: str, filters: Filters) -> list[Shown]:
    """Standards and phase of a team."""
    return [share(standing, scope, filters), phase(standing, scope, filters)]


def service_columns(standing: Standing | None, scope: str, filters: Filters) -> list[Shown]:
    """Score and phase of a service."""
    return [service_score(standing, scope, filters), phase(standing, scope, filters)]


def share(standing: Standing | None, scope: str, filters: Filters | None = None, standard: str = BUILTIN) -> Shown:
    """The headline of a team or the organisation; without ``filters``, as of today."""
    href = explain_href(scope, filters, standard)
    if standing is None or not standing.services:
        return interval(None, None, NOT_SCANNED, href)
    return interval(standing.proven, standing.possible, NOTHING_REQUIRED, href)


def service_score(standing: Standing | None, scope: str, filters: Filters) -> Shown:
    """The weighted score of a service."""
    href = explain_href(scope, filters)
    if standing is None or not standing.services:
        return interval(None, None, NOT_SCANNED, href)
    return interval(standing.score.proven, standing.score.possible, "No data: nothing to judge by", href)


def phase(standing: Standing | None, scope: str, filters: Filters) -> Shown:
    """The phase that is proven: of a team, that which all its services have reached."""
    href = explain_href(scope, filters)
    if standing is None or not standing.services:
        return Shown(metric="phase", label="Phase", reason=NOT_SCANNED, href=href)
    order = Phase(standing.phase).order if standing.phase else 0
    return Shown("phase", "Phase", standing.phase or "none yet", href=href, value=float(order))


def phase_text(standing: Standing) -> str:
    return f"phase {standing.phase}" if standing.phase else "no phase yet"


def interval(low: float | None, high: float | None, reason: str, href: str) -> Shown:
    """An interval as a figure; ``reason`` stands where there is none."""
    if low is None or high is None:
        return Shown(metric="standards", label=LABEL, reason=reason, href=href)
    number, _, unit = formats.interval(low, high).partition(formats.NO_BREAK)
    return Shown(metric="standards", label=LABEL, number=number, unit=unit, href=href, value=low)


def _status(standing: Standing) -> Status:
    """Met is what is proven for all; missed what not even the unknown could mend."""
    if not standing.judged:
        return Status("none", "no verdict")
    if standing.met == standing.judged:
        return Status("good", "met")
    missed = standing.met + standing.open < standing.judged
    return Status("bad", "missed") if missed else Status("none", "not known")


def _change(now: float | None, before: float | None, filters: Filters) -> str:
    if now is None:
        return ""
    day = filters.window.start - DAY
    since = f"{day.day} {day:%b %Y}"
    if before is None:
        return f"no data for {since}"
    gap = formats.difference("change_failure_rate", now, before)
    return f"{gap} {'from' if gap == 'unchanged' else 'against'} {since}"


def _line(values: Sequence[float | None], what: str) -> Sparkline | None:
    known = [value for value in values if value is not None]
    title = f"{what}: {formats.percent(min(known))} to {formats.percent(max(known))}" if known else ""
    return sparkline(values, title=title, width=200, height=28)


def _unscanned(standing: Standing) -> str:
    """Said beside the figure where it rests on few of the services."""
    every = standing.services + standing.unscanned
    if not standing.unscanned or standing.services >= 0.8 * every:
        return ""
    return f"{standing.services} of {formats.plural(every, 'service')} scanned"
