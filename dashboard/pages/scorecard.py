"""A service's scorecard: every control with its evidence, the way to the next phase, what changed and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.pages import drill
from dashboard.pages.control import Changed
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.service import trail
from dashboard.pages.standards import choices_of
from dashboard.pages.verdicts import CAUSES, Mark
from ingest.models import Repository, Service
from scorecards.compliance import Compliance
from scorecards.maturity import Maturity, maturity
from scorecards.models import Finding, Scan, VerdictChange
from scorecards.plan import actions, repairs
from scorecards.scans.verdicts import compliance_of, verdict_of
from scorecards.standards.standard import Control, Section, Standard
from scorecards.standards.verdict import OUTSIDE, Verdict

UNITS = 50
CHANGES = 20
SHOWN = {"": "What applies", "failures": "What fails", "unknown": "What is unknown", "all": "Every control"}
RANK = {str(verdict): rank for rank, verdict in enumerate(Verdict)}
PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of evidence; ``href`` leads to the line at the host, empty where the host is not known."""

    text: str
    href: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Unit:
    """What was found in one unit."""

    mark: Mark
    finding: Finding
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Row:
    """A control of the service."""

    control: Control
    mark: Mark
    note: str
    units: Sequence[Unit]
    more: int
    waive_href: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section with the controls that are shown."""

    section: Section
    rows: Sequence[Row]
    counts: Sequence[tuple[Mark, int]]


@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One service against the standard."""
    filters = filters_of(request)
    service = drill.named(access.visible_services(request.user).select_related("repository"), slug)
    choices = choices_of(request)
    standard = choices.standard
    compliance = compliance_of(service, standard)
    findings = list(Finding.objects.filter(service=service, standard=standard.code).select_related("repository"))
    scan = _scan(service)
    reached = maturity(compliance)
    shown = request.GET.get("show", "") if request.GET.get("show", "") in SHOWN else ""
    context = {
        "service": service,
        "standard": standard,
        "choices": choices,
        "shown": SHOWN,
        "show": shown,
        "trail": [*trail(request, service, filters), Step(service.name, reverse("service", args=[service.slug]))],
        "scan": scan,
        "commit_href": _commit_href(service.repository, scan),
        "parts": list(_parts(standard, compliance, findings, scan, service, shown)),
        "problems": (scan.problems if scan else [])[:PROBLEMS],
        "taken": list(compliance.taken.items()),
        "changes": list(_changes(service, standard)),
        **summary(compliance, reached),
        **path(service, standard, compliance, reached, findings),
    }
    return render(request, "pages/scorecard.html", context)


def _scan(service: Service) -> Scan | None:
    scans = Scan.objects.filter(repository_id=service.repository_id).defer("receipt", "inventory")
    return scans.order_by("-scanned_at", "-pk").first() if service.repository_id else None


def summary(compliance: Compliance, reached: Maturity) -> dict[str, Any]:
    """Score, coverage and phase in words."""
    score = compliance.score
    known = score.proven is not None and score.possible is not None
    return {
        "scanned": compliance.scanned,
        "meets": str(compliance.meets_required or ""),
        "score_text": formats.interval(score.proven, score.possible) if known else "",  # type: ignore[arg-type]
        "score": score,
        "coverage_text": str(formats.percent(score.coverage)) if score.coverage is not None else "",
        "phase": str(reached.proven or ""),
        "possible_phase": str(reached.possible or "") if reached.possible != reached.proven else "",
        "verdict_counts": [
            (Mark.of(verdict), count)
            for verdict in Verdict
            if (count := sum(found is verdict for found in compliance.verdict_by_id.values()))
        ],
    }


def path(
    service: Service, standard: Standard, compliance: Compliance, reached: Maturity, findings: Iterable[Finding]
) -> dict[str, Any]:
    """The way to the next phase, as the fewest pieces of work."""
    following = reached.next
    if following is None:
        return {"next_phase": "", "actions": []}
    wrong = (one for one in findings if one.path and verdict_of(one) in (Verdict.FAIL, Verdict.PARTIAL))
    paths: dict[str, str] = {}
    for finding in sorted(wrong, key=lambda one: RANK[one.outcome]):
        paths.setdefault(finding.control, finding.path)
    found = actions(repairs(service.name, compliance, paths))
    return {
        "next_phase": str(following.phase),
        "next_share": formats.percent(following.proven_share) if following.proven_share is not None else "",
        "next_threshold": formats.percent(following.threshold) if following.threshold is not None else "",
        "actions": [
            {
                "text": action.text.removesuffix(f" ({service.name})").replace(f"({service.name}, ", "("),
                "href": f"#{action.control_ids[0]}",
                "urgent": action.urgent,
                "gain": f"{action.gain:.1f}",
            }
            for action in found
        ],
    }


def _parts(
    standard: Standard,
    compliance: Compliance,
    findings: Sequence[Finding],
    scan: Scan | None,
    service: Service,
    shown: str,
) -> Iterable[Part]:
    by_control: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_control[finding.control].append(finding)
    for section in standard.sections:
        controls = [control for part in section.subsections for control in part.controls]
        told = [one for one in controls if one.id in compliance.verdict_by_id]
        rows = [
            _row(control, compliance.verdict_by_id[control.id], by_control[control.id], scan, service)
            for control in told
            if _is_shown(compliance.verdict_by_id[control.id], by_control[control.id], shown)
        ]
        if rows:
            verdicts = [compliance.verdict_by_id[control.id] for control in told]
            counts = [(Mark.of(one), verdicts.count(one)) for one in Verdict if one in verdicts]
            yield Part(section, rows, counts)


def _is_shown(verdict: Verdict, findings: Iterable[Finding], shown: str) -> bool:
    match shown:
        case "failures":
            return verdict in (Verdict.FAIL, Verdict.PARTIAL)
        case "unknown":
            return verdict is Verdict.UNKNOWN or any(one.outcome == Verdict.UNKNOWN for one in findings)
        case "all":
            return True
    return verdict not in OUTSIDE


def _row(control: Control, verdict: Verdict, findings: Sequence[Finding], scan: Scan | None, service: Service) -> Row:
    ordered = sorted(findings, key=lambda one: (RANK[str(verdict_of(one))], one.pk))
    units = [_unit(finding, scan) for finding in ordered[:UNITS]]
    query = urlencode({"service": service.slug, "control": control.id})
    return Row(
        control=control,
        mark=Mark.of(verdict),
        note=_note(control, verdict, findings),
        units=units,
        more=max(0, len(ordered) - UNITS),
        waive_href=f"{reverse('request-waiver')}?{query}" if verdict in (Verdict.FAIL, Verdict.PARTIAL) else "",
    )


def _note(control: Control, verdict: Verdict, findings: Sequence[Finding]) -> str:
    if verdict is Verdict.NOT_CONNECTED:
        return control.signal_text or control.signal or ""
    if verdict in OUTSIDE:
        return ""
    worst = [one for one in findings if verdict_of(one) is verdict]
    units = sum(one.count for one in findings if one.outcome != Verdict.NOT_APPLICABLE)
    if verdict in (Verdict.FAIL, Verdict.PARTIAL, Verdict.UNKNOWN) and units > 1:
        return f"{formats.number(len(worst))} of {formats.plural(units, 'unit')}"
    return formats.plural(units, "unit") if units > 1 else ""


def _unit(finding: Finding, scan: Scan | None) -> Unit:
    commit = scan.commit if scan and not finding.tool else ""
    places = [_place(finding.repository, commit, one) for one in finding.evidence]
    return Unit(Mark.of(verdict_of(finding)), finding, places)


def _place(repository: Repository, commit: str, evidence: Mapping[str, Any]) -> Place:
    path, line = str(evidence["path"]), int(evidence["line"])
    text = f"{path}:{line}" if line else path
    return Place(text, source_href(repository, commit, path, line), str(evidence.get("snippet", "")))


def source_href(repository: Repository | None, commit: str, path: str = "", line: int = 0) -> str:
    """Where the host shows a file at a commit (SOURCE_URL); empty where nobody knows the host, or the commit."""
    template = settings.SOURCE_URL
    if not template or repository is None or repository.placeholder or not commit or "/" not in repository.name:
        return ""
    href = template.format(name=quote(repository.name), commit=quote(commit), path=quote(path), line=line)
    return str(href if line else href.partition("#")[0])


def _commit_href(repository: Repository | None, scan: Scan | None) -> str:
    return source_href(repository, scan.commit) if scan else ""


def _changes(service: Service, standard: Standard) -> Iterable[Changed]:
    rows = VerdictChange.objects.filter(service=service, standard=standard.code).exclude(before="")
    for row in rows.select_related("service").order_by("-at", "-pk")[:CHANGES]:
        yield Changed(row, f"#{row.control}", Mark.of(row.before), Mark.of(row.after), CAUSES[row.cause])
