"""Findings and waivers -> the verdict of each control for a service, each change kept with its cause."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ingest.models import Service
from scorecards.compliance import Compliance, judge
from scorecards.live.keeping import findings_of
from scorecards.maturity import maturity
from scorecards.models import ComplianceDay, ControlVerdict, Finding, Scan, VerdictChange, Waiver
from scorecards.scans.tally import tally_of
from scorecards.standards.standard import Control, Standard
from scorecards.standards.verdict import ControlResult, Verdict
from scorecards.waivers import covering, in_force_on

NOT_CONNECTED = "No source is connected that shows this: {signal}"


@transaction.atomic
def judge_services(
    services: Iterable[Service], standards: Sequence[Standard], *, cause: str, at: datetime, commit: str = ""
) -> None:
    """Judge these services anew from their findings and the waivers in force on the day of ``at``."""
    today = at.astimezone(settings.ORGANISATION_ZONE).date()
    ids = [service.pk for service in services]
    # As they are now, in one order, and one judgement of a service at a time.
    for service in Service.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
        findings = list(Finding.objects.filter(service=service).order_by("pk"))
        _apply_waivers(findings, list(in_force_on(service, today)))
        told = [*findings, *findings_of(service, standards, today)]
        for standard in standards:
            _judge(service, standard, told, cause=cause, at=at, commit=commit, today=today)


def _apply_waivers(findings: Sequence[Finding], waivers: Sequence[Waiver]) -> None:
    changed = []
    for finding in findings:
        waiver = covering(finding, waivers)
        if finding.waiver_id != (waiver.pk if waiver else None):
            finding.waiver, finding.updated_at = waiver, timezone.now()
            changed.append(finding)
    Finding.objects.bulk_update(changed, ["waiver", "updated_at"], batch_size=500)


def _judge(
    service: Service,
    standard: Standard,
    findings: Sequence[Finding],
    *,
    cause: str,
    at: datetime,
    commit: str,
    today: date,
) -> None:
    compliance = judge(standard, _results(service, standard, findings))
    _write_verdicts(service, standard, compliance, findings, cause=cause, at=at, commit=commit)
    write_day(service, standard, compliance, today)


def compliance_of(service: Service, standard: Standard, live: Sequence[Finding] | None = None) -> Compliance:
    """The service's standing, from the findings as they are. ``live``: what connected data says, where it was read."""
    if live is None:
        live = findings_of(service, [standard], timezone.localdate(timezone=settings.ORGANISATION_ZONE))
    return judge(standard, _results(service, standard, [*Finding.objects.filter(service=service), *live]))


def _results(service: Service, standard: Standard, findings: Sequence[Finding]) -> list[ControlResult]:
    """Outcomes by control. A control that the scan judged and found nothing for applies to nothing here."""
    outcomes: dict[str, Counter[Verdict]] = {control_id: Counter() for control_id in _judged(service, standard)}
    known = standard.control_by_id
    for finding in findings:
        if finding.standard == standard.code and finding.control in known:
            outcomes.setdefault(finding.control, Counter())[verdict_of(finding)] += finding.count
    return [ControlResult(control_id, counts) for control_id, counts in outcomes.items()]


def verdict_of(finding: Finding) -> Verdict:
    """The finding's outcome, or that it is waived."""
    return Verdict.WAIVED if finding.waiver_id is not None else Verdict(finding.outcome)


def _judged(service: Service, standard: Standard) -> set[str]:
    """The controls that the latest scan of the service's repository has judged, if it gave the service its findings.

    Of a service that came to the repository later nothing is known, which is not the same as nothing to ask.
    """
    if service.repository_id is None:
        return set()
    scans = Scan.objects.filter(repository_id=service.repository_id).exclude(state=Scan.State.REFUSED)
    newest = scans.order_by("-scanned_at", "-pk").values_list("judged", "claims").first()
    judged, claims = newest or ((), None)
    if claims is not None and str(service.pk) not in claims:
        return set()
    return {control.id for control in standard.controls if control.id in judged and not control.is_live}


def _write_verdicts(
    service: Service,
    standard: Standard,
    compliance: Compliance,
    findings: Sequence[Finding],
    *,
    cause: str,
    at: datetime,
    commit: str,
) -> None:
    results = {result.control_id: result for result in _results(service, standard, findings)}
    taken = {alternative: replaced for replaced, alternative in compliance.taken.items()}
    held = {row.control: row for row in ControlVerdict.objects.filter(service=service, standard=standard.code)}
    new, changed, changes = [], [], []
    for control_id, verdict in compliance.verdict_by_id.items():
        control = standard.control_by_id[control_id]
        told = _told(control, verdict, results.get(control_id), taken.get(control_id, ""))
        if control.is_live and verdict is not Verdict.NOT_CONNECTED:
            told["reason"] = next((one.message for one in findings if one.control == control_id), "")[:200]
        row = held.pop(control_id, None)
        if row is None or row.verdict != verdict:
            changes.append(_change(service, standard, control_id, row, verdict, cause=cause, at=at, commit=commit))
        if row is None:
            new.append(ControlVerdict(service=service, standard=standard.code, control=control_id, since=at, **told))
        elif _differs(row, told):
            row.since = at if row.verdict != verdict else row.since
            row.updated_at = timezone.now()
            for name, value in told.items():
                setattr(row, name, value)
            changed.append(row)
    ControlVerdict.objects.filter(pk__in=[row.pk for row in held.values()]).delete()
    ControlVerdict.objects.bulk_create(new, batch_size=500)
    ControlVerdict.objects.bulk_update(changed, [*_TOLD, "since", "updated_at"], batch_size=500)
    VerdictChange.objects.bulk_create(changes, batch_size=500)


_TOLD = ("section", "level", "phase", "verdict", "proven", "possible", "counts", "reason", "stands_for")


def _told(control: Control, verdict: Verdict, result: ControlResult | None, stands_for: str) -> dict[str, Any]:
    return {
        "section": control.section,
        "level": str(control.level),
        "phase": str(control.phase),
        "verdict": str(verdict),
        "proven": result.proven if result else None,
        "possible": result.possible if result else None,
        "counts": {str(outcome): count for outcome, count in sorted(result.outcomes.items())} if result else {},
        "reason": _reason(control, verdict),
        "stands_for": stands_for,
    }


def _reason(control: Control, verdict: Verdict) -> str:
    if verdict is not Verdict.NOT_CONNECTED:
        return ""
    return NOT_CONNECTED.format(signal=control.signal_text or control.signal or "")[:200]


def _differs(row: ControlVerdict, told: dict[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in told.items())


def _change(
    service: Service,
    standard: Standard,
    control: str,
    row: ControlVerdict | None,
    verdict: Verdict,
    *,
    cause: str,
    at: datetime,
    commit: str,
) -> VerdictChange:
    return VerdictChange(
        service=service,
        standard=standard.code,
        control=control,
        before=row.verdict if row else "",
        after=str(verdict),
        cause=cause,
        commit=commit,
        at=at,
    )


def write_day(service: Service, standard: Standard, compliance: Compliance, today: date) -> None:
    """The service's row of the day, where it differs from the newest before."""
    told = tally_of(standard, compliance, maturity(compliance))
    rows = ComplianceDay.objects.filter(service=service, standard=standard.code)
    newest = rows.filter(day__lt=today).order_by("-day").first()
    stays = newest is not None and all(getattr(newest, name) == value for name, value in told.items())
    if stays and not rows.filter(day=today).exists():  # a row of today tells that the day's sums are behind
        return
    rows.update_or_create(service=service, standard=standard.code, day=today, defaults=told)
