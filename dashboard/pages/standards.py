"""The standard: how far the organisation is, sections by services, and the controls that fail most."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.charts.standing import Band
from dashboard.charts.standing import standing as standing_chart
from dashboard.pages.frame import Step
from dashboard.pages.trends import plotly_url
from dashboard.pages.verdicts import CAUSES, Mark
from ingest.models import Service, Team
from ingest.window import midnight
from scorecards.scans import read
from scorecards.scans.daily import active_on
from scorecards.scans.in_force import in_force
from scorecards.scans.read import Cell, Standing
from scorecards.standards.standard import Control, Level, Section, Standard
from scorecards.standards.verdict import Verdict

PAGE = 50
TREND_DAYS = 90
SHOWN = {"": "All verdicts", "failures": "Failures only", "unknown": "Unknown only", "changed": "Changed in 7 days"}
LEVELS = {"": "All levels"} | {str(level): level.capitalize() for level in Level}
CHANGED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the address asks for; what it can't mean becomes the default."""

    standard: Standard
    team: Team | None
    level: str
    shown: str
    number: int

    def query(self, **more: str) -> str:
        said = {
            "standard": self.standard.code if self.standard.code != "DOP" else "",
            "team": self.team.slug if self.team else "",
            "level": self.level,
            "show": self.shown,
        } | more
        kept = {key: value for key, value in said.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


@dataclass(frozen=True, slots=True)
class Column:
    """A section of the standard."""

    id: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Square:
    """One cell of the matrix: ``None`` marks nothing to tell."""

    mark: Mark | None
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """A service's row of the matrix."""

    service: Service
    team: str
    first: bool  # of its team on this page
    href: str
    squares: Sequence[Square]


@dataclass(frozen=True, slots=True)
class Told:
    """A control with what services came to."""

    control: Control
    href: str
    counts: Sequence[tuple[Mark, int]]
    failing: int


def today() -> date:
    return timezone.localdate(timezone=settings.ORGANISATION_ZONE)


def choices_of(request: HttpRequest) -> Choices:
    """The page's choices.

    Raises:
        Http404: the standard is not in force, or the team is not to be seen.
    """
    standards = {standard.code: standard for standard in in_force(today()).standards}
    standard = standards.get(request.GET.get("standard") or "DOP")
    slug = request.GET.get("team", "")
    team = access.visible_teams(request.user).filter(slug=slug).first() if slug else None
    if standard is None or (slug and team is None):
        raise Http404
    number = request.GET.get("page", "1")
    return Choices(
        standard=standard,
        team=team,
        level=request.GET.get("level", "") if request.GET.get("level", "") in LEVELS else "",
        shown=request.GET.get("show", "") if request.GET.get("show", "") in SHOWN else "",
        number=int(number) if number.isdigit() and 0 < len(number) < 6 else 1,
    )


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The standard over all services that the reader may see."""
    choices = choices_of(request)
    day = today()
    services = _services(request, choices, day)
    teams = access.visible_teams(request.user).filter(retired_on=None).order_by("name")
    standing = read.standing(choices.standard.code, day, team=choices.team)
    context = {
        "choices": choices,
        "standards": [one.code for one in in_force(day).standards],
        "teams": {"": "All teams"} | {team.slug: team.name for team in teams},
        "levels": LEVELS,
        "shown": SHOWN,
        "standing": standing,
        **headline(standing),
        **_trend(choices, services, day),
        **_matrix(request, choices, services),
        "controls": worst_controls(choices, services)[:15],
        "phases": _phases(choices, services, day),
    }
    return render(request, "pages/standards.html", context)


def _services(request: HttpRequest, choices: Choices, day: date) -> QuerySet[Service]:
    visible = access.visible_services(request.user).filter(pk__in=active_on(day).values("pk"))
    if choices.team is None:
        return visible
    return visible.alias(owner_team=access.owner()).filter(owner_team=choices.team.pk)


def headline(standing: Standing | None) -> dict[str, Any]:
    """The headline in words, and what stands beside it."""
    if standing is None:
        return {"headline": "", "reason": "No repository was scanned yet"}
    if standing.proven is None or standing.possible is None:
        return {"headline": "", "reason": "No REQUIRED control applies to a scanned service"}
    score = standing.score
    return {
        "headline": formats.interval(standing.proven, standing.possible),
        "met_text": _met_text(standing),
        "score_text": formats.interval(score.proven, score.possible) if score.proven is not None else "",
        "coverage_text": str(formats.percent(score.coverage)) if score.coverage is not None else "",
        "waived_count": score.waived_count,
    }


def _met_text(standing: Standing) -> str:
    text = f"{formats.number(standing.met)} of {formats.plural(standing.judged, 'service')} meet every REQUIRED control"
    if standing.open:
        text += f", {formats.number(standing.open)} might"
    return text


def _trend(choices: Choices, services: QuerySet[Service], day: date) -> dict[str, Any]:
    days = read.steps(day - timedelta(days=TREND_DAYS), day, 46)
    course = read.course(choices.standard.code, days, team=choices.team)
    bands = [_band(at, standing) for at, standing in zip(days, course, strict=True)]
    causes = read.causes(choices.standard.code, services, days[0], day)
    return {
        "trend": standing_chart(bands),
        "bands": [band for band in bands[::-1] if band.low is not None],
        "causes": [(CAUSES[cause], worse, better) for cause, (worse, better) in sorted(causes.items())],
        "trend_text": f"{TREND_DAYS} days",
        "plotly_url": plotly_url(),
    }


def _band(day: date, standing: Standing | None) -> Band:
    if standing is None or standing.proven is None or standing.possible is None:
        return Band(day, None, None, "no data")
    text = f"{formats.interval(standing.proven, standing.possible)} of {formats.plural(standing.judged, 'service')}"
    return Band(day, standing.proven, standing.possible, text)


def _phases(choices: Choices, services: QuerySet[Service], day: date) -> list[tuple[str, int]]:
    """Services by the phase that each has proven, the first phase first."""
    found = read.standings(choices.standard.code, services, day).values()
    counts = Counter(standing.phase for standing in found if standing.services)
    names = ["", *(str(note.phase) for note in choices.standard.phases)]
    return [(name or "None yet", counts[name]) for name in names if counts[name]]


# ---------------------------------------------------------------- the matrix


def _matrix(request: HttpRequest, choices: Choices, services: QuerySet[Service]) -> dict[str, Any]:
    ordered = _ordered(services)
    since = midnight(today() - CHANGED, settings.ORGANISATION_ZONE)
    pages = max(1, -(-len(ordered) // PAGE))
    number = min(choices.number, pages)
    part = ordered[(number - 1) * PAGE : number * PAGE]
    ids = [service.pk for service, _ in part]
    cells = read.matrix(choices.standard.code, ids, level=choices.level)
    changed = read.changed_since(choices.standard.code, ids, since, level=choices.level)
    columns = [_column(section, choices) for section in choices.standard.sections]
    lines = list(_lines(part, columns, cells, changed, choices))
    return {
        "columns": columns,
        "lines": lines,
        "service_count": len(ordered),
        "older": f"{reverse('standards')}{choices.query(page=str(number + 1))}" if number < pages else "",
        "newest": f"{reverse('standards')}{choices.query()}" if number > 1 else "",
        "page_text": f"{number} of {pages}" if pages > 1 else "",
    }


def _ordered(services: QuerySet[Service]) -> list[tuple[Service, str]]:
    """Services with their team's name, by team and then by name."""
    names = dict(Team.objects.values_list("pk", "name"))
    found = [
        (service, names.get(service.owner_team or 0, ""))  # type: ignore[attr-defined]
        for service in services.annotate(owner_team=access.owner())
    ]
    return sorted(found, key=lambda pair: (pair[1].casefold(), pair[0].name.casefold()))


def _column(section: Section, choices: Choices) -> Column:
    return Column(section.id, section.title, f"{reverse('standard-section', args=[section.id])}{choices.query()}")


def _lines(
    part: Sequence[tuple[Service, str]],
    columns: Sequence[Column],
    cells: Mapping[tuple[int, str], Cell],
    changed: Mapping[tuple[int, str], int],
    choices: Choices,
) -> Iterator[Line]:
    before = None
    for service, team in part:
        href = f"{reverse('service-standards', args=[service.slug])}{_of_standard(choices)}"
        squares = [
            _square(column, cells.get((service.pk, column.id)), changed.get((service.pk, column.id), 0), href, choices)
            for column in columns
        ]
        if choices.shown and not any(square.mark for square in squares):
            continue
        yield Line(service, team, team != before, href, squares)
        before = team


def _of_standard(choices: Choices) -> str:
    return f"?standard={choices.standard.code}" if choices.standard.code != "DOP" else ""


def _square(column: Column, cell: Cell | None, changes: int, href: str, choices: Choices) -> Square:
    if cell is None or not _is_shown(cell, changes, choices.shown):
        return Square(None, f"{column.id} {column.title}: nothing to show", "")
    counts = ", ".join(f"{count} {Mark.of(verdict).word}" for verdict, count in _in_order(cell.counts))
    verdict = Verdict.UNKNOWN if choices.shown == "unknown" else cell.worst
    title = f"{column.id} {column.title}: {counts}" + (f"; {changes} changed" if changes else "")
    return Square(Mark.of(verdict), title, f"{href}#s{column.id}")


def _is_shown(cell: Cell, changes: int, shown: str) -> bool:
    match shown:
        case "failures":
            return cell.worst is Verdict.FAIL
        case "unknown":
            return bool(cell.counts.get(Verdict.UNKNOWN))
        case "changed":
            return changes > 0
    return True


def _in_order(counts: Mapping[Verdict, int]) -> list[tuple[Verdict, int]]:
    return [(verdict, counts[verdict]) for verdict in Verdict if counts.get(verdict)]


# ---------------------------------------------------------------- controls


def told(control: Control, counts: Mapping[Verdict, int]) -> Told:
    """A control with its counts, the worst first."""
    marks = [(Mark.of(verdict), count) for verdict, count in _in_order(counts)]
    failing = counts.get(Verdict.FAIL, 0)
    return Told(control, reverse("control", args=[control.id]), marks, failing)


def worst_controls(choices: Choices, services: QuerySet[Service]) -> list[Told]:
    """Controls that fail in the most services, the weightiest first among equals."""
    counts = read.by_control(choices.standard.code, services)
    found = [
        told(control, counts[control.id])
        for control in choices.standard.controls
        if counts.get(control.id, {}).get(Verdict.FAIL) and choices.level in ("", str(control.level))
    ]
    return sorted(found, key=lambda one: (-one.failing, -one.control.weight, one.control.id))


@require_GET
def section(request: HttpRequest, name: str) -> HttpResponse:
    """The controls of one section, with what services came to."""
    choices = choices_of(request)
    found = next((one for one in choices.standard.sections if one.id == name), None)
    if found is None:
        raise Http404
    services = _services(request, choices, today())
    counts: dict[str, Counter[Verdict]] = defaultdict(Counter, read.by_control(choices.standard.code, services))
    context = {
        "choices": choices,
        "section": found,
        "parts": [(part, [told(one, counts[one.id]) for one in part.controls]) for part in found.subsections],
        "trail": [Step("Standards", f"{reverse('standards')}{choices.query()}")],
        "service_count": services.count(),
    }
    return render(request, "pages/standard_section.html", context)
