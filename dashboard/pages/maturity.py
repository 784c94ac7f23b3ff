"""``/maturity/``: how far teams and services have come through the phases, and what stands before the next."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.charts import phases as charts
from dashboard.charts.phases import Bar, Week
from dashboard.pages.compared import today
from dashboard.pages.standard_choices import Choices, choices_of
from dashboard.pages.standards import marks_of
from dashboard.pages.trends import plotly_url
from dashboard.pages.verdicts import Mark
from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import Period, owner_on
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.compliance import Compliance
from scorecards.maturity import Blocker, PhaseState, maturity
from scorecards.scans import phases
from scorecards.scans.daily import active_on, lowest
from scorecards.scans.kept import compliances_of
from scorecards.scans.phases import Reached, Span
from scorecards.standards.standard import Control, Phase
from scorecards.standards.verdict import Verdict

WEEKS = 26
BEFORE = 90
PAGE = 50
CONTROLS = 3
WORST = 6
Missing = Mapping[int, Sequence[tuple[str, Verdict]]]
NONE = "none"  # how an address names that no phase is reached yet
NAMES = ("no phase yet", *map(str, Phase))
ASKED = {Verdict.NOT_CONNECTED: "needs its source", Verdict.UNKNOWN: "is to be found out"}


@dataclass(frozen=True, slots=True)
class Rung:
    """How many services are in a phase, how that changed, and the address that shows them."""

    name: str
    number: int
    count: int
    change: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A control that stands before the next phase. ``text``: in how many services, or how it stands in the one."""

    control: Control
    href: str
    marks: Sequence[tuple[Mark, int]]
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A team or a service. ``possible``: the phase that it may have reached, where that is another one."""

    name: str
    href: str
    team: str
    phase: str
    possible: str
    since: date | None
    bar: Bar | None
    spread: str
    after: str
    needs: str
    obstacles: Sequence[Obstacle]
    more: int


@dataclass(frozen=True, slots=True)
class Before:
    """The services before a phase, and the controls of it that fail in most of them."""

    phase: Phase
    rule: str
    count: int
    obstacles: Sequence[Obstacle]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the page is about: the services that are shown, their phases, and who owned them when."""

    choices: Choices
    phase: str | None
    day: date
    services: Mapping[int, Service]
    courses: Mapping[int, Sequence[Reached]]
    periods: Mapping[int, Sequence[Period]]
    nobody: int | None

    def owner(self, pk: int) -> int | None:
        """The team that owns the service today; that for services without one, where nothing was said."""
        return owner_on(self.periods.get(pk, ()), self.day) or self.nobody

    def owned(self, pk: int) -> Iterator[Span]:
        """When the service counts for what is shown: while the team owned it, or always."""
        team = self.choices.team
        if team is None or (team.pk == self.nobody and not self.periods.get(pk)):
            yield date.min, date.max
            return
        for period in self.periods.get(pk, ()):
            if period.team_id == team.pk:
                yield period.start or date.min, period.end or date.max

    @property
    def now(self) -> dict[int, str]:
        """The phase of each service that was scanned."""
        held = {pk: self.courses[pk][-1] for pk in self.services if self.courses.get(pk)}
        return {pk: one.phase for pk, one in held.items() if one.scanned}

    def href(self, **more: str) -> str:
        said = {"phase": "" if self.phase is None else self.phase or NONE} | more
        return f"{reverse('maturity')}{self.choices.query(**said)}"


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Phases over all services that the reader may see, or those of a team, or of a phase."""
    choices, day = choices_of(request), today()
    asked = request.GET.get("phase", "")
    phase = "" if asked == NONE else asked if asked in NAMES[1:] else None
    visible = access.visible_services(request.user)
    found = scope_of(visible, choices, phase, day)
    teams = access.visible_teams(request.user).filter(retired_on=None).order_by("name")
    single = choices.team is not None or phase is not None
    missing = phases.blocking(choices.standard, {pk: one for pk, one in found.now.items() if phase in (None, one)})
    context = {
        "choices": choices,
        "day": day,
        "teams": {"": "All teams"} | {team.slug: team.name for team in teams},
        "phase_choices": {"": "All phases", NONE: "No phase yet"} | {str(one): str(one) for one in Phase},
        "phase_asked": "" if phase is None else phase or NONE,
        "before_day": day - timedelta(days=BEFORE),
        **path(found),
        "rules": choices.standard.phases,
        "single": single,
        **(service_lines(found) if single else team_lines(found, teams, missing)),
        "befores": befores(found, missing),
    }
    return render(request, "pages/maturity.html", context)


def scope_of(visible: QuerySet[Service], choices: Choices, phase: str | None, day: date) -> Scope:
    """The services of the choices: in use, the team's if there is one. Four queries."""
    named = {one.pk: one for one in visible.filter(pk__in=active_on(day).values("pk"))}
    nobody = Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first()
    courses = phases.courses(choices.standard.code, day)
    every = Scope(choices, phase, day, named, courses, periods_by_service(), nobody)
    if choices.team is None:
        return every
    return replace(every, services={pk: one for pk, one in named.items() if every.owner(pk) == choices.team.pk})


# ---------------------------------------------------------------- how many are where


def path(found: Scope) -> dict[str, Any]:
    """How many services are in each phase today, were 90 days ago, and week by week."""
    days = [found.day - timedelta(days=7 * number) for number in range(WEEKS - 1, -1, -1)]
    before = found.day - timedelta(days=BEFORE)
    counts = dict(zip(asked := sorted({*days, before}), counts_on(found, asked), strict=True))
    now, then = counts[found.day], counts[before]
    weeks = [_week(day, counts[day]) for day in days]
    return {
        "ladder": ladder(found, now, then),
        "scanned": now.total(),
        "unscanned": len(found.services) - now.total(),
        "has_before": bool(then),
        "trend": charts.stacked(weeks, NAMES),
        "weeks": [week for week in weeks[::-1] if week.counts],
        "plotly_url": plotly_url(),
    }


def ladder(found: Scope, now: Counter[str], then: Counter[str]) -> list[Rung]:
    """A rung a phase; each leads to its services."""
    return [
        Rung(
            name,
            number,
            now[key],
            f"{formats.number(then[key])} then" if then else "",
            found.href(phase="" if found.phase == key else key or NONE),
            found.phase == key,
        )
        for number, (key, name) in enumerate(zip(("", *map(str, Phase)), NAMES, strict=True))
    ]


def counts_on(found: Scope, days: Sequence[date]) -> list[Counter[str]]:
    """Services by phase on each day: those that were in use on it and, of a team, its own on that day."""
    retired = dict(Service.objects.filter(retired_on__isnull=False).values_list("pk", "retired_on"))

    def spans(pk: int) -> Iterator[Span]:
        gone = retired.get(pk) or date.max
        for start, end in found.owned(pk):
            if start < gone:
                yield start, min(end, gone)

    return phases.by_day(found.courses, days, spans)


def _week(day: date, counts: Counter[str]) -> Week:
    if not counts:
        return Week(day, (), "no scan yet")
    numbers = [counts[key] for key in ("", *map(str, Phase))]
    return Week(day, numbers, ", ".join(f"{count} {name}" for name, count in zip(NAMES, numbers, strict=True) if count))


# ---------------------------------------------------------------- what stands in the way


def befores(found: Scope, missing: Missing) -> list[Before]:
    """For each phase that services are before, the controls that can keep most of them from it."""
    by_phase: dict[Phase, list[int]] = defaultdict(list)
    for pk, phase in found.now.items():
        if found.phase in (None, phase) and (after := phases.following(phase)) is not None:
            by_phase[after].append(pk)
    notes = {note.phase: note.exit_rule for note in found.choices.standard.phases}
    return [
        Before(phase, notes.get(phase, ""), len(by_phase[phase]), obstacles(found, missing, by_phase[phase], WORST)[0])
        for phase in Phase
        if by_phase[phase]
    ]


def obstacles(found: Scope, missing: Missing, ids: Iterable[int], most: int) -> tuple[list[Obstacle], int]:
    """The controls that stand in the way of most of these services, the weightiest first among equals; and how many
    more there are."""
    counts: dict[str, Counter[Verdict]] = defaultdict(Counter)
    for pk in ids:
        for control, verdict in missing.get(pk, ()):
            counts[control][verdict] += 1
    known = found.choices.standard.control_by_id
    ordered = sorted(counts, key=lambda one: (-counts[one].total(), -known[one].weight, one))
    shown = [
        Obstacle(
            known[one],
            reverse("control", args=[one]),
            marks_of(counts[one]),
            formats.plural(counts[one].total(), "service"),
        )
        for one in ordered[:most]
    ]
    return shown, len(ordered) - len(shown)


# ---------------------------------------------------------------- rows


def team_lines(found: Scope, teams: QuerySet[Team], missing: Missing) -> dict[str, Any]:
    """A row a team that has a scanned service, by name."""
    now = found.now
    by_team: dict[int, list[int]] = defaultdict(list)
    for pk in now:
        if (team := found.owner(pk)) is not None:
            by_team[team].append(pk)
    every = [team for team in teams if team.pk in by_team]
    part, pager = _part(found, every)
    told = phases.of_teams(found.choices.standard.code, found.day, [team.pk for team in part])
    lines = []
    for team in part:
        reached = told.get(team.pk)
        counts = Counter(now[pk] for pk in by_team[team.pk])
        phase = lowest(counts)
        possible = lowest(found.courses[pk][-1].possible for pk in by_team[team.pk])
        after = phases.following(phase)
        behind = [pk for pk in by_team[team.pk] if now[pk] == phase]
        shown, more = obstacles(found, missing, behind, CONTROLS)
        lines.append(
            Line(
                name=team.name,
                href=found.href(team=team.slug),
                team="",
                phase=phase,
                possible=possible if possible != phase else "",
                since=reached.since if reached and reached.phase == phase else None,
                bar=charts.bar({NAMES.index(key) if key else 0: count for key, count in counts.items()}),
                spread=_spread(counts),
                after=str(after or ""),
                needs="",
                obstacles=shown,
                more=more,
            )
        )
    return {"lines": lines, **pager}


def _spread(counts: Counter[str]) -> str:
    return ", ".join(
        f"{formats.number(counts[key])} {name}"
        for key, name in zip(("", *map(str, Phase)), NAMES, strict=True)
        if counts[key]
    )


def service_lines(found: Scope) -> dict[str, Any]:
    """A row a service, those that have come least far first."""
    now = found.now
    wanted = [pk for pk, phase in now.items() if found.phase in (None, phase)]
    wanted.sort(key=lambda pk: (NAMES.index(now[pk]) if now[pk] else 0, found.services[pk].name.casefold()))
    part, pager = _part(found, wanted)
    compliances = compliances_of(part, found.choices.standard)
    names = dict(Team.objects.values_list("pk", "name"))
    lines = [
        _service_line(found, found.services[pk], compliances.get(pk), names.get(found.owner(pk) or 0, ""))
        for pk in part
    ]
    unscanned = [one for pk, one in found.services.items() if pk not in now] if found.phase is None else []
    return {"lines": lines, "not_scanned": sorted(unscanned, key=lambda one: one.name.casefold())[:PAGE], **pager}


def _service_line(found: Scope, service: Service, compliance: Compliance | None, team: str) -> Line:
    course = found.courses[service.pk]
    href = f"{reverse('service-standards', args=[service.slug])}{found.choices.of_standard}"
    after = maturity(compliance).next if compliance else None
    blockers = after.blockers if after else ()
    return Line(
        name=service.name,
        href=href,
        team=team,
        phase=course[-1].phase,
        possible=course[-1].possible if course[-1].possible != course[-1].phase else "",
        since=phases.since(course),
        bar=None,
        spread="",
        after=str(after.phase) if after else "",
        needs=_needs(after) if after else "",
        obstacles=[_obstacle(found, one, href) for one in blockers[:CONTROLS]],
        more=max(0, len(blockers) - CONTROLS),
    )


def _needs(after: PhaseState) -> str:
    """``34 % of the 90 %`` that the phase asks for; nothing where it asks for no share."""
    if after.threshold is None or after.proven_share is None or after.possible_share is None:
        return ""
    held = formats.interval(after.proven_share, after.possible_share)
    return f"{held} of its points, {formats.percent(after.threshold)} asked"


def _obstacle(found: Scope, one: Blocker, href: str) -> Obstacle:
    control = found.choices.standard.control_by_id[one.control_id]
    mark = [(Mark.of(one.verdict), 1)]
    asked = ASKED.get(one.verdict, "must be mended") if one.must else f"{one.shortfall:.1f} points"
    return Obstacle(control, f"{href}#{control.id}", mark, asked)


def _part(found: Scope, rows: Sequence[Any]) -> tuple[Sequence[Any], dict[str, str]]:
    """The rows of the page that is asked for, and the addresses of those beside it."""
    pages = max(1, -(-len(rows) // PAGE))
    number = min(found.choices.number, pages)
    start = (number - 1) * PAGE
    return rows[start : start + PAGE], {
        "newest": found.href() if number > 1 else "",
        "older": found.href(page=str(number + 1)) if number < pages else "",
    }
