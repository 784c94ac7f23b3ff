"""The explanation of the standard's figures: what they mean, today's numbers in them, what is left out, the facts."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from dashboard import formats
from dashboard.filters import Filters
from dashboard.pages import drill, standing
from dashboard.pages.compared import today
from dashboard.pages.drill import Subject
from dashboard.pages.explain import home_of
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.standard_choices import Choices, choices_of
from dashboard.pages.verdicts import Mark
from ingest.models import Service, Team
from scorecards.checks.registry import VERSION
from scorecards.models import ControlVerdict
from scorecards.scans import read
from scorecards.scans.daily import active_on
from scorecards.scans.kept import compliances_of
from scorecards.scans.read import Standing
from scorecards.scans.tally import score_of
from scorecards.standards.entry import Entry
from scorecards.standards.score import Score
from scorecards.standards.standard import Level, Standard
from scorecards.standards.verdict import Verdict

FACTS = 25
MISSING = (Verdict.FAIL, Verdict.PARTIAL, Verdict.UNKNOWN)
HEADLINE = (
    "The share of scanned services that meet all applicable REQUIRED controls. A control that passes or is waived is "
    "met; one that fails, or holds in part, is not. What could not be looked at widens the figure to an interval, from "
    "what is proven to what is possible."
)
SCORE = (
    "The weighted share of what the standard asks of this service. Each control counts its weight times the mean of "
    "its units: 1 for a pass, one half for in part, 0 for a fail. What could not be looked at counts as 0 for the "
    "lower end and as 1 for the upper."
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A service, or a control of one, and what it came to; ``cost``: the points that it lacks."""

    name: str
    href: str
    verdicts: SafeString
    cost: str = ""


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The headline of the organisation or a team, or the score of a service, explained."""
    filters, choices = filters_of(request), choices_of(request)
    subject = drill.subject(request, request.GET.get("scope") or "org", filters)
    found = _standing(subject, choices, filters)
    one = subject.scope.kind == "service"
    href = standing.explain_href(subject.text, filters, choices.standard.code)
    shown = (standing.service_score if one else standing.share)(found, subject.text, filters)
    context = {
        "subject": subject,
        "figure": shown,
        "href": href,
        "day": standing.day_of(filters),
        "label": "Score" if one else "Services that meet every REQUIRED control",
        "trail": [Step(subject.name, home_of(subject, filters))],
        "definition": SCORE if one else HEADLINE,
        "formulas": _formulas(found, one=one) if found else [],
        "levels": _levels(found) if found else [],
        "left_out": _left_out(subject, choices, found, one=one),
        "covered": _covered(found.score) if found else "",
        "standard": choices.standard,
        "checks": VERSION,
        **(_missing_controls(subject, choices) if one else _missing_services(subject, choices)),
    }
    return render(request, "pages/explain_standards.html", context)


def _standing(subject: Subject, choices: Choices, filters: Filters) -> Standing | None:
    code, day = choices.standard.code, standing.day_of(filters)
    if subject.scope.kind == "service":
        return read.standing(code, day, service=subject.services.first())
    if filters.tier:
        services = subject.services.filter(pk__in=active_on(day).values("pk"))
        return read.summed(read.standings(code, services, day).values(), services.count(), day)
    team = Team.objects.get(pk=subject.scope.id) if subject.scope.kind == "team" else None
    return read.standing(code, day, team=team)


def _formulas(found: Standing, *, one: bool) -> list[str]:
    """Proven and possible with their numbers in them."""
    return _score_formulas(found.score) if one else _share_formulas(found)


def _share_formulas(found: Standing) -> list[str]:
    if found.proven is None or found.possible is None:
        return []
    services = formats.plural(found.judged, "service")
    lines = [f"{formats.number(found.met)} met / {services} = {formats.percent(found.proven)}"]
    if found.open:
        might = f"({formats.number(found.met)} met + {formats.number(found.open)} not known)"
        lines.append(f"{might} / {services} = {formats.percent(found.possible)}")
    return lines


def _score_formulas(score: Score) -> list[str]:
    if score.proven is None or score.possible is None:
        return []
    of = f"/ {score.denominator:,.1f} points"
    lines = [f"{score.proven_numerator:,.1f} proven {of} = {formats.percent(score.proven)}"]
    if score.possible_numerator > score.proven_numerator:
        lines.append(f"{score.possible_numerator:,.1f} possible {of} = {formats.percent(score.possible)}")
    return lines


def _levels(found: Standing) -> list[tuple[str, str]]:
    """The weighted score, all of it and by level."""
    parts = [("Weighted score", found.score)]
    told = found.tally.get("levels", {})
    parts += [(str(level), score_of(told[level], found.services)) for level in map(str, Level) if level in told]
    return [
        (name, formats.interval(score.proven, score.possible))
        for name, score in parts
        if score.proven is not None and score.possible is not None
    ]


def _covered(score: Score) -> str:
    if score.coverage is None:
        return ""
    known, units = formats.number(score.known_count), formats.plural(score.unit_count, "unit")
    return f"{known} of {units} could be looked at: {formats.percent(score.coverage)}."


def _left_out(subject: Subject, choices: Choices, found: Standing | None, *, one: bool) -> list[str]:
    """What counts neither for nor against, with how much of it there is."""
    rows = ControlVerdict.objects.filter(standard=choices.standard.code, service__in=_active(subject))
    outside = rows.filter(verdict__in=(Verdict.NOT_APPLICABLE, Verdict.NOT_CONNECTED)).values_list("verdict")
    counts = dict(outside.annotate(Count("pk")).order_by())
    told = [
        (found.score.waived_count if found else 0, "unit that is waived", "units that are waived"),
        (counts.get(Verdict.NOT_CONNECTED, 0), *_controls("that no source is connected for", one=one)),
        (counts.get(Verdict.NOT_APPLICABLE, 0), *_controls("that apply to nothing there", one=one)),
    ]
    if not one and found:
        told.append((found.unscanned, "service that is not scanned", "services that are not scanned"))
        nothing = found.services - found.judged
        told.append((nothing, "service that nothing REQUIRED applies to", "services that nothing REQUIRED applies to"))
    return [formats.plural(count, single, many) for count, single, many in told if count > 0]


def _controls(text: str, *, one: bool) -> tuple[str, str]:
    where = "" if one else ", over all services"
    return f"control {text}{where}".replace("that apply", "that applies"), f"controls {text}{where}"


def _active(subject: Subject) -> QuerySet[Service]:
    return subject.services.filter(pk__in=active_on(today()).values("pk"))


def _missing_services(subject: Subject, choices: Choices) -> dict[str, Any]:
    """The services that a REQUIRED control keeps from the headline, those with the most first. Three queries."""
    counts = _missing(_active(subject), choices.standard)
    worst = sorted(counts, key=lambda pk: ([-counts[pk].get(one, 0) for one in MISSING], pk))
    named = Service.objects.in_bulk(worst[:FACTS])
    return {
        "facts_title": "Services with a REQUIRED control that is not met",
        "facts": [_of_service(named[pk], counts[pk], choices) for pk in worst[:FACTS]],
        "more": max(0, len(worst) - FACTS),
        "more_href": _home(subject, choices),
    }


def _missing(services: QuerySet[Service], standard: Standard) -> dict[int, Counter[Verdict]]:
    """By service, what keeps REQUIRED controls from being met; not where an alternative stands for one."""
    held = ControlVerdict.objects.filter(standard=standard.code, service__in=services)
    rows = held.filter(level=Level.REQUIRED, verdict__in=MISSING)
    counts: dict[int, Counter[Verdict]] = defaultdict(Counter)
    for service_id, verdict, count in rows.values_list("service", "verdict").annotate(Count("pk")).order_by():
        counts[service_id][Verdict(verdict)] += count
    replaced = held.exclude(stands_for="").filter(service=OuterRef("service"), stands_for=OuterRef("control"))
    replaceable = [one.alternative_to for one in standard.controls if one.alternative_to]
    spared = rows.filter(Exists(replaced), control__in=replaceable)
    for service_id, verdict in spared.values_list("service", "verdict"):
        counts[service_id][Verdict(verdict)] -= 1
    return {service_id: +found for service_id, found in counts.items() if +found}


def _of_service(service: Service, counts: Counter[Verdict], choices: Choices) -> Fact:
    href = f"{reverse('service-standards', args=[service.slug])}{choices.of_standard}"
    parts = [(formats.number(counts[one]), Mark.of(one).shown) for one in MISSING if one in counts]
    return Fact(service.name, href, format_html_join(", ", "{} {}", parts))


def _home(subject: Subject, choices: Choices) -> str:
    """The page of the standard that shows the subject."""
    if subject.scope.kind == "org":
        return f"{reverse('standards')}{choices.of_standard}"
    return f"{reverse('team-standards', args=[subject.text.partition(':')[2]])}{choices.of_standard}"


def _missing_controls(subject: Subject, choices: Choices) -> dict[str, Any]:
    """The controls that cost the service the most points. One query."""
    service = subject.services.get()
    compliance = compliances_of([service.pk], choices.standard).get(service.pk)
    entries = [one for one in compliance.entries if _costs(one)] if compliance else []
    ordered = sorted(entries, key=lambda one: (-one.shortfall, one.control.id))
    page = f"{reverse('service-standards', args=[service.slug])}{choices.of_standard}"
    return {
        "facts_title": "Controls that cost the most points",
        "facts": [
            Fact(
                one.control.title, f"{page}#{one.control.id}", Mark.of(one.verdict).shown, f"{one.shortfall:.1f} points"
            )
            for one in ordered[:FACTS]
        ],
        "more": max(0, len(ordered) - FACTS),
        "more_href": page,
    }


def _costs(entry: Entry) -> bool:
    """Whether the control keeps the score from being full; PROGRAMME is outside of it."""
    return entry.proven is not None and entry.shortfall > 0 and entry.control.level is not Level.PROGRAMME
