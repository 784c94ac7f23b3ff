"""A service's scorecard: every control with its evidence, the way to the next phase, what changed and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.pages import compared, downloads, drill
from dashboard.pages.control import Changed
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.hosts import Host, Place
from dashboard.pages.service import trail
from dashboard.pages.standard_choices import choices_of
from dashboard.pages.standards import marks_of
from dashboard.pages.standing import explain_href, interval
from dashboard.pages.verdicts import CAUSES, Mark
from ingest.models import Service
from scorecards.compliance import Compliance
from scorecards.live.keeping import findings_of
from scorecards.maturity import Maturity, maturity
from scorecards.models import Finding, Scan, VerdictChange
from scorecards.plan import Action, actions, repairs
from scorecards.scans.verdicts import compliance_of, verdict_of
from scorecards.standards.standard import Control, Section, Standard
from scorecards.standards.verdict import OUTSIDE, Verdict

UNITS = 50
CHANGES = 20
PROBLEMS = 50
READ = ("commit", "checks", "state", "refused", "files", "left_out", "problems", "scanned_at")
SHOWN = {"": "What applies", "failures": "What fails", "unknown": "What is unknown", "all": "Every control"}
RANK = {str(verdict): rank for rank, verdict in enumerate(Verdict)}
WRONG = (Verdict.FAIL, Verdict.PARTIAL)
WAIVABLE = (Verdict.FAIL, Verdict.PARTIAL, Verdict.UNKNOWN)
WITHOUT_FINDING = {
    Verdict.UNKNOWN: "The latest scan did not decide this, so nothing is known.",
    Verdict.NOT_CONNECTED: "No source is connected that shows this.",
}
NOTHING_FOUND = "Nothing in the repository that this asks about."


@dataclass(frozen=True, slots=True)
class Unit:
    """What was found in one unit."""

    mark: Mark
    finding: Finding
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Row:
    """A control of the service. ``wrong``: there is something to fix. ``silence``: what to say without a finding."""

    control: Control
    mark: Mark
    note: str
    units: Sequence[Unit]
    more: int
    wrong: bool
    silence: str
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
    service = drill.named(access.visible_services(request.user).select_related("repository"), slug)
    choices = choices_of(request)
    standard = choices.standard
    live = findings_of(service, [standard], compared.today())
    compliance = compliance_of(service, standard, live)
    findings = _findings(service, standard, live)
    host, scans = Host.of(findings), _scans(service)
    scan = scans[-1] if scans else None
    shown = request.GET.get("show", "") if request.GET.get("show", "") in SHOWN else ""
    may_ask = access.may_request_waiver(request.user, service)
    reader = _Reader(service, standard, compliance, findings, host, may_ask)
    context = {
        "service": service,
        "standard": standard,
        "choices": choices,
        "shown": SHOWN,
        "show": shown,
        "trail": _trail(request, service),
        "scan": scan,
        "refused": scans[0].refused if scans else "",
        "commit_href": host.href(service.repository, scan.commit) if scan else "",
        "parts": list(reader.parts(shown)),
        "problems": (scan.problems if scan else [])[:PROBLEMS],
        "more_problems": max(0, len(scan.problems) - PROBLEMS) if scan else 0,
        "taken": list(compliance.taken.items()),
        "changes": list(_changes(service, standard)),
        "downloads": [
            downloads.of_dataset(name, standard=standard.code, service=service.slug)
            for name in ("verdicts", "findings")
        ],
        **summary(compliance, maturity(compliance), explain_href(f"service:{service.slug}", None, standard.code)),
        **path(service, compliance, findings),
    }
    return render(request, "pages/scorecard.html", context)


def _trail(request: HttpRequest, service: Service) -> list[Step]:
    filters = filters_of(request)
    here = f"{reverse('service', args=[service.slug])}{filters.query()}"
    return [*trail(request, service, filters), Step(service.name, here)]


def _findings(service: Service, standard: Standard, live: Iterable[Finding]) -> list[Finding]:
    """The worst first. ``live``: what connected data says, which is no row of its own."""
    found = Finding.objects.filter(service=service, standard=standard.code).select_related("repository", "waiver")
    return sorted([*found, *live], key=lambda one: (RANK[str(verdict_of(one))], one.pk or 0))


def _scans(service: Service) -> list[Scan]:
    """The newest scan; where that was refused, the newest that was not too, which the verdicts rest on."""
    if service.repository_id is None:
        return []
    scans = Scan.objects.filter(repository_id=service.repository_id).defer("receipt", "facts", "inventory", "judged")
    ordered = scans.order_by("-scanned_at", "-pk")
    newest = ordered.first()
    if newest is None or newest.state != Scan.State.REFUSED:
        return [newest] if newest else []
    read = ordered.exclude(state=Scan.State.REFUSED).first()
    return [newest, read] if read else [newest]


def summary(compliance: Compliance, reached: Maturity, explained: str) -> dict[str, Any]:
    """Score, coverage and phase in words; ``explained``: where the score is."""
    score = compliance.score
    verdicts = list(compliance.verdict_by_id.values())
    return {
        "scanned": compliance.scanned,
        "meets": str(compliance.meets_required or ""),
        "score_figure": interval(score.proven, score.possible, "No data", explained),
        "score": score,
        "coverage_text": str(formats.percent(score.coverage)) if score.coverage is not None else "",
        "phase": str(reached.proven or ""),
        "possible_phase": str(reached.possible or "") if reached.possible != reached.proven else "",
        "verdict_counts": marks_of({one: verdicts.count(one) for one in Verdict}),
    }


def path(service: Service, compliance: Compliance, findings: Iterable[Finding]) -> dict[str, Any]:
    """The way to the next phase, as the fewest pieces of work."""
    following = maturity(compliance).next
    if following is None:
        return {"next_phase": "", "actions": []}
    paths: dict[str, str] = {}
    for finding in findings:
        if finding.path and verdict_of(finding) in WRONG:
            paths.setdefault(finding.control, finding.path)
    return {
        "next_phase": str(following.phase),
        "next_share": formats.percent(following.proven_share) if following.proven_share is not None else "",
        "next_threshold": formats.percent(following.threshold) if following.threshold is not None else "",
        "actions": [_step(service, action) for action in actions(repairs(service.name, compliance, paths))],
    }


def _step(service: Service, action: Action) -> dict[str, Any]:
    """An action of one service: its name goes without saying."""
    where = action.path or ""
    text = action.text.removesuffix(f" ({service.name})").removesuffix(f" ({service.name}, {where})")
    return {
        "text": text,
        "path": where,
        "href": f"?show=all#{action.control_ids[0]}",
        "urgent": action.urgent,
        "gain": f"{action.gain:.1f}",
    }


@dataclass(frozen=True, slots=True)
class _Reader:
    """What the rows of a scorecard are read from."""

    service: Service
    standard: Standard
    compliance: Compliance
    findings: Sequence[Finding]
    host: Host
    may_ask: bool

    def parts(self, shown: str) -> Iterable[Part]:
        """The sections that hold a control to show."""
        found: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            found[finding.control].append(finding)
        verdicts = self.compliance.verdict_by_id
        for section in self.standard.sections:
            told = [one for part in section.subsections for one in part.controls if one.id in verdicts]
            rows = [
                self._row(one, verdicts[one.id], found[one.id])
                for one in told
                if _is_shown(verdicts[one.id], found[one.id], shown)
            ]
            if rows:
                held = [verdicts[one.id] for one in told]
                yield Part(section, rows, marks_of({one: held.count(one) for one in held}))

    def _row(self, control: Control, verdict: Verdict, findings: Sequence[Finding]) -> Row:
        query = urlencode({"service": self.service.slug, "control": control.id})
        waivable = self.may_ask and verdict in WAIVABLE
        return Row(
            control=control,
            mark=Mark.of(verdict),
            note=_note(control, verdict, findings),
            units=[Unit(Mark.of(verdict_of(one)), one, self.host.places(one)) for one in findings[:UNITS]],
            more=max(0, len(findings) - UNITS),
            wrong=verdict in WRONG,
            silence=WITHOUT_FINDING.get(verdict, NOTHING_FOUND),
            waive_href=f"{reverse('request-waiver')}?{query}" if waivable else "",
        )


def _is_shown(verdict: Verdict, findings: Iterable[Finding], shown: str) -> bool:
    match shown:
        case "failures":
            return verdict in WRONG
        case "unknown":
            return verdict is Verdict.UNKNOWN or any(verdict_of(one) is Verdict.UNKNOWN for one in findings)
        case "all":
            return True
    return verdict not in OUTSIDE


def _note(control: Control, verdict: Verdict, findings: Sequence[Finding]) -> str:
    """How many of the units came to the verdict, or what would have to be connected."""
    if verdict is Verdict.NOT_CONNECTED:
        return control.signal_text or control.signal or ""
    units = sum(one.count for one in findings if one.outcome not in OUTSIDE)
    if verdict in OUTSIDE or units < 2:
        return ""
    if verdict in WAIVABLE:
        worst = sum(one.count for one in findings if verdict_of(one) is verdict)
        return f"{formats.number(worst)} of {formats.plural(units, 'unit')}"
    return formats.plural(units, "unit")


def _changes(service: Service, standard: Standard) -> Iterable[Changed]:
    rows = VerdictChange.objects.filter(service=service, standard=standard.code).exclude(before="")
    for row in rows.order_by("-at", "-pk")[:CHANGES]:
        title = standard.control_by_id[row.control].title if row.control in standard.control_by_id else ""
        yield Changed(
            row, f"?show=all#{row.control}", Mark.of(row.before), Mark.of(row.after), CAUSES[row.cause], title
        )
