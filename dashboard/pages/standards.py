"""The standard: how far the organisation is, sections by services, and the controls that fail most."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.charts.standing import Band
from dashboard.charts.standing import standing as standing_chart
from dashboard.pages.compared import today
from dashboard.pages.frame import Step
from dashboard.pages.matrix import matrix
from dashboard.pages.standard_choices import LEVELS, SHOWN, Choices, choices_of
from dashboard.pages.standing import share
from dashboard.pages.trends import plotly_url
from dashboard.pages.verdicts import CAUSES, Mark
from ingest.models import Service
from ingest.window import midnight
from scorecards.scans import read
from scorecards.scans.changed import by_cause
from scorecards.scans.daily import active_on, standing_on
from scorecards.scans.read import Standing
from scorecards.standards.standard import Control
from scorecards.standards.verdict import Verdict

TREND_DAYS = 90
TREND_STEPS = 46
WORST = 15


@dataclass(frozen=True, slots=True)
class Told:
    """A control with what services came to, the worst first."""

    control: Control
    href: str
    counts: Sequence[tuple[Mark, int]]
    failing: int


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The standard over all services that the reader may see."""
    choices = choices_of(request)
    day = today()
    services = services_of(request, choices, day)
    teams = access.visible_teams(request.user).filter(retired_on=None).order_by("name")
    standing = read.standing(choices.standard.code, day, team=choices.team)
    context = {
        "choices": choices,
        "teams": {"": "All teams"} | {team.slug: team.name for team in teams},
        "levels": LEVELS,
        "shown": SHOWN,
        "latest_day": day,
        "standing": standing,
        **headline(standing, _scope(choices), choices.standard.code),
        **_trend(choices, services, day),
        **matrix(services, choices),
        "controls": worst_controls(choices, services)[:WORST],
        "phases": _phases(choices, services, day),
    }
    return render(request, "pages/standards.html", context)


def _scope(choices: Choices) -> str:
    return f"team:{choices.team.slug}" if choices.team else "org"


def services_of(request: HttpRequest, choices: Choices, day: date) -> QuerySet[Service]:
    """The services that the choices speak of: in use, the reader's to see, and the team's if there is one."""
    visible = access.visible_services(request.user).filter(pk__in=active_on(day).values("pk"))
    if choices.team is None:
        return visible
    return visible.alias(owner_team=access.owner()).filter(owner_team=choices.team.pk)


def headline(standing: Standing | None, scope: str, standard: str) -> dict[str, Any]:
    """The headline in words, and what stands beside it; without one, the reason."""
    if standing is None or not standing.services:
        return {"headline": None, "reason": "Not scanned"}
    score = standing.score
    known = score.proven is not None and score.possible is not None
    beside = {
        "score_text": formats.interval(score.proven, score.possible) if known else "",  # type: ignore[arg-type]
        "coverage_text": str(formats.percent(score.coverage)) if score.coverage is not None else "",
        "waived_count": score.waived_count,
    }
    if standing.proven is None or standing.possible is None:
        return {"headline": None, "reason": "No REQUIRED control applies to a scanned service"} | beside
    return {"headline": share(standing, scope, None, standard), "met_text": met_text(standing)} | beside


def met_text(standing: Standing) -> str:
    """``3 of 8 services meet every REQUIRED control, 2 might``."""
    verb = "meets" if standing.judged == 1 else "meet"
    services = formats.plural(standing.judged, "service")
    text = f"{formats.number(standing.met)} of {services} {verb} every REQUIRED control"
    return f"{text}, {formats.number(standing.open)} might" if standing.open else text


def _trend(choices: Choices, services: QuerySet[Service], day: date) -> dict[str, Any]:
    days = read.steps(day - timedelta(days=TREND_DAYS), day, TREND_STEPS)
    course = read.course(choices.standard.code, days, team=choices.team)
    bands = [_band(at, standing) for at, standing in zip(days, course, strict=True)]
    since = midnight(days[0], settings.ORGANISATION_ZONE)
    return {
        "trend": standing_chart(bands),
        "bands": [band for band in bands[::-1] if band.low is not None],
        "causes": causes(by_cause(choices.standard.code, services, since)),
        "trend_text": f"{TREND_DAYS} days",
        "plotly_url": plotly_url(),
    }


def _band(day: date, standing: Standing | None) -> Band:
    if standing is None or standing.proven is None or standing.possible is None:
        return Band(day, None, None, "no data")
    text = f"{formats.interval(standing.proven, standing.possible)} of {formats.plural(standing.judged, 'service')}"
    return Band(day, standing.proven, standing.possible, text)


def causes(found: Mapping[str, Counter[Verdict]]) -> list[tuple[str, int, list[tuple[Mark, int]]]]:
    """A cause in words, how many verdicts it changed, and what they became; the most frequent first."""
    told = [(CAUSES[cause], became.total(), marks_of(became)) for cause, became in found.items()]
    return sorted(told, key=lambda one: (-one[1], one[0]))


def marks_of(counts: Mapping[Verdict, int]) -> list[tuple[Mark, int]]:
    """Counts by verdict, the worst first; what there is none of falls out."""
    return [(Mark.of(verdict), count) for verdict in Verdict if (count := counts.get(verdict, 0))]


def _phases(choices: Choices, services: QuerySet[Service], day: date) -> list[tuple[str, int]]:
    """Services by the phase that each has proven, the first phase first. One query."""
    rows = standing_on(services, choices.standard.code, day).filter(services__gt=0)
    counts = Counter(dict(rows.values_list("phase").annotate(Count("pk")).order_by()))
    names = ["", *(str(note.phase) for note in choices.standard.phases)]
    return [(name or "no phase yet", counts[name]) for name in names if counts[name]]


def told(control: Control, counts: Mapping[Verdict, int]) -> Told:
    """A control with its counts, and its page."""
    return Told(control, reverse("control", args=[control.id]), marks_of(counts), counts.get(Verdict.FAIL, 0))


def worst_controls(choices: Choices, services: QuerySet[Service]) -> list[Told]:
    """Controls that fail in the most services, the weightiest first among equals."""
    counts = read.by_control(choices.standard.code, services)
    controls = [one for one in choices.standard.controls if choices.level in ("", str(one.level))]
    found = [told(one, counts[one.id]) for one in controls if one.id in counts]
    failing = [one for one in found if one.failing]
    return sorted(failing, key=lambda one: (-one.failing, -one.control.weight, one.control.id))


@require_GET
def section(request: HttpRequest, name: str) -> HttpResponse:
    """The controls of one section, with what services came to."""
    choices = choices_of(request)
    found = next((one for one in choices.standard.sections if one.id == name), None)
    if found is None:
        raise Http404
    services = services_of(request, choices, today())
    counts: dict[str, Counter[Verdict]] = defaultdict(Counter, read.by_control(choices.standard.code, services))
    context = {
        "choices": choices,
        "section": found,
        "parts": [(part, [told(one, counts[one.id]) for one in part.controls]) for part in found.subsections],
        "trail": [Step("Standards", f"{reverse('standards')}{choices.of_team}")],
        "service_text": formats.plural(services.count(), "service"),
        **_around(choices, name),
    }
    return render(request, "pages/standard_section.html", context)


def _around(choices: Choices, name: str) -> dict[str, Step | None]:
    """The sections before and after."""
    sections = choices.standard.sections
    at = next(place for place, one in enumerate(sections) if one.id == name)
    before = sections[at - 1] if at else None
    after = sections[at + 1] if at + 1 < len(sections) else None
    return {
        key: Step(f"{one.id} {one.title}", f"{reverse('standard-section', args=[one.id])}{choices.of_team}")
        if one
        else None
        for key, one in (("section_before", before), ("section_after", after))
    }
