"""One control: why it is there, how to hold it, and who passes and fails."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access
from dashboard.pages import downloads
from dashboard.pages.compared import today
from dashboard.pages.frame import Step
from dashboard.pages.hosts import Host, Place
from dashboard.pages.verdicts import CAUSES, Mark
from ingest.models import Service
from scorecards.checks.registry import VERSION
from scorecards.models import ControlVerdict, Finding, VerdictChange, Waiver
from scorecards.scans.daily import active_on
from scorecards.scans.in_force import in_force
from scorecards.scans.verdicts import verdict_of
from scorecards.standards.standard import Control, Standard
from scorecards.standards.verdict import Verdict

SHOWN = 100
CHANGES = 20
RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}
NOT_DECIDED = "The latest scan did not decide this."
TELLING = (Verdict.FAIL, Verdict.PARTIAL, Verdict.UNKNOWN, Verdict.WAIVED)
QUIET = (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_CONNECTED)


@dataclass(frozen=True, slots=True)
class Held:
    """A service's verdict, with the worst thing that was found."""

    service: Service
    href: str
    message: str
    place: Place | None
    more: int
    waiver: Waiver | None
    row: ControlVerdict


@dataclass(frozen=True, slots=True)
class Group:
    """The services of one verdict."""

    mark: Mark
    count: int
    rows: Sequence[Held]


@dataclass(frozen=True, slots=True)
class Changed:
    """A verdict that became another."""

    row: VerdictChange
    href: str
    before: Mark
    after: Mark
    cause: str
    title: str = ""


def control_of(name: str) -> tuple[Standard, Control]:
    """The control and its standard.

    Raises:
        Http404: no standard in force holds it.
    """
    for standard in in_force(today()).standards:
        if name in standard.control_by_id:
            return standard, standard.control_by_id[name]
    raise Http404


@require_GET
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Why, how, and who."""
    standard, control = control_of(name)
    visible = access.visible_services(request.user).filter(pk__in=active_on(today()).values("pk"))
    rows = ControlVerdict.objects.filter(standard=standard.code, control=control.id, service__in=visible)
    found = list(rows.select_related("service").order_by("since", "service__slug"))
    section = next(one for one in standard.sections if one.id == control.section)
    context = {
        "control": control,
        "standard": standard,
        "section": section,
        "trail": [
            Step("Standards", reverse("standards")),
            Step(f"{section.id} {section.title}", reverse("standard-section", args=[section.id])),
        ],
        "checks_version": VERSION,
        "groups": _groups(found, standard, control),
        "quiet": [(Mark.of(verdict), count) for verdict in QUIET if (count := _count(found, verdict))],
        "passing": [row.service for row in found if row.verdict == Verdict.PASS][:SHOWN],
        "passing_more": max(0, _count(found, Verdict.PASS) - SHOWN),
        "scanned": bool(found),
        "connected": any(row.verdict != Verdict.NOT_CONNECTED for row in found),
        "changes": list(_changes(standard, control, visible)),
        "alternative_to": control.alternative_to,
        "alternatives": [one for one in standard.controls if one.alternative_to == control.id],
        "downloads": [
            downloads.of_dataset(name, standard=standard.code, control=control.id) for name in ("verdicts", "findings")
        ],
    }
    return render(request, "pages/control.html", context)


def _count(found: Iterable[ControlVerdict], verdict: Verdict) -> int:
    return sum(row.verdict == verdict for row in found)


def _groups(found: Sequence[ControlVerdict], standard: Standard, control: Control) -> list[Group]:
    by_verdict: dict[str, list[ControlVerdict]] = defaultdict(list)
    for row in found:
        by_verdict[row.verdict].append(row)
    shown = [row.service_id for verdict in TELLING for row in by_verdict[verdict][:SHOWN]]
    findings = _findings(standard, control, shown)
    host = Host.of(found[0] for found in findings.values())
    return [
        Group(
            Mark.of(verdict),
            len(by_verdict[verdict]),
            [_held(row, findings.get(row.service_id, []), host) for row in by_verdict[verdict][:SHOWN]],
        )
        for verdict in TELLING
        if by_verdict[verdict]
    ]


def _findings(standard: Standard, control: Control, service_ids: Sequence[int]) -> dict[int, list[Finding]]:
    """What was found in each service and tells why, the worst first."""
    rows = Finding.objects.filter(standard=standard.code, control=control.id, service__in=service_ids)
    telling = rows.filter(outcome__in=TELLING).select_related("repository", "waiver").defer("notes")
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in sorted(telling, key=lambda one: (RANK[verdict_of(one)], one.pk)):
        found[finding.service_id].append(finding)
    return found


def _held(row: ControlVerdict, findings: Sequence[Finding], host: Host) -> Held:
    first = findings[0] if findings else None
    places = host.places(first) if first else []
    return Held(
        service=row.service,
        href=f"{reverse('service-standards', args=[row.service.slug])}?show=all#{row.control}",
        message=first.message if first else row.reason or NOT_DECIDED,
        place=places[0] if places else None,
        more=max(0, len(findings) - 1),
        waiver=first.waiver if first else None,
        row=row,
    )


def _changes(standard: Standard, control: Control, visible: QuerySet[Service]) -> Iterable[Changed]:
    rows = VerdictChange.objects.filter(standard=standard.code, control=control.id, service__in=visible)
    for row in rows.exclude(before="").select_related("service").order_by("-at", "-pk")[:CHANGES]:
        href = f"{reverse('service-standards', args=[row.service.slug])}?show=all#{control.id}"
        yield Changed(row, href, Mark.of(row.before), Mark.of(row.after), CAUSES[row.cause])
