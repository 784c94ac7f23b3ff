"""A scan becomes rows: the scan, the findings of each service, and the verdicts that follow from them."""

import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ingest.models import Repository, Service
from scorecards.models import Finding, Scan, VerdictChange
from scorecards.reliability.found import keep_found
from scorecards.scanning.result import Scanned, ScannedFinding
from scorecards.scans.claims import Claim, claimed_by
from scorecards.scans.in_force import InForce
from scorecards.scans.scope import claims_of, follow_one, latest_told, services_of, take_from_others
from scorecards.scans.verdicts import judge_services
from scorecards.signals import scanned
from scorecards.standards.standard import Control, Standard

Cause = VerdictChange.Cause


def known_scan(repository: Repository, commit: str, key: str) -> Scan | None:
    """The scan of this commit under the same conditions, if it was made: one look-up, and nothing need be scanned."""
    return Scan.objects.filter(repository=repository, commit=commit, key=key).defer("receipt", "facts").first()


def latest_scan(repository: Repository) -> Scan | None:
    return Scan.objects.filter(repository=repository).order_by("-scanned_at", "-pk").defer("facts").first()


def receipt_of(scan: Scan | None, checks: str) -> dict[str, Any] | None:
    """The receipt of a scan with checks of this version; ``None`` where there is none."""
    if scan is None or scan.checks != checks or not scan.receipt:
        return None
    receipt: dict[str, Any] = orjson.loads(zlib.decompress(bytes(scan.receipt)))
    return receipt


@transaction.atomic
def store(
    repository: Repository, result: Scanned, conditions: InForce, *, trigger: str, at: datetime, seconds: float = 0.0
) -> Scan:
    """Keep a scan of a commit. Findings of its services become those of this scan; a refused one leaves them be."""
    # One scan of it at a time; its services before it, in the order of who records facts.
    list(Service.objects.select_for_update().filter(repository=repository).order_by("pk").values_list("pk"))
    Repository.objects.select_for_update().filter(pk=repository.pk).first()
    latest = latest_scan(repository)
    if latest is not None:
        if _began(latest.scanned_at, latest.seconds) > _began(at, seconds):
            return _late(repository, result, conditions, trigger=trigger, at=at, seconds=seconds)
        # The latest one is told by its end; when it began stays as it was.
        wait = max(timedelta(), latest.scanned_at + timedelta(microseconds=1) - at)
        at, seconds = at + wait, seconds + wait.total_seconds()
    follow_one(repository, conditions.standards, at)
    cause = cause_of(latest_told(repository), result, conditions)
    services = services_of(repository)
    Scan.objects.filter(repository=repository, receipt__isnull=False).update(receipt=None)
    if not result.refused:
        Scan.objects.filter(repository=repository, facts__isnull=False).update(facts=None)
    scan, _ = Scan.objects.update_or_create(
        repository=repository,
        commit=result.commit or "",
        key=conditions.key,
        defaults=_told(result, conditions)
        | {"trigger": trigger, "scanned_at": at, "seconds": seconds, "claims": claims_of(services)},
    )
    moved: set[int] = set()
    if not result.refused:
        moved = take_from_others(services, repository)
        _write_findings(scan, result, conditions, services, at)
        keep_found(repository, scan.facts, services, at)
    stayed = [service for service in services if service.pk not in moved]
    judge_services(stayed, conditions.standards, cause=cause, at=at, commit=scan.commit)
    arrived = [service for service in services if service.pk in moved]
    judge_services(arrived, conditions.standards, cause=Cause.SCOPE, at=at, commit=scan.commit)
    scanned.send(sender=Scan, scan=scan)
    return scan


def _began(at: datetime, seconds: float) -> datetime:
    return at - timedelta(seconds=seconds)


def _late(
    repository: Repository, result: Scanned, conditions: InForce, *, trigger: str, at: datetime, seconds: float
) -> Scan:
    """A scan that one begun later has overtaken: it is listed, and decides nothing."""
    began = _began(at, seconds)
    about = {"trigger": trigger, "scanned_at": began, "seconds": seconds, "receipt": None, "facts": None}
    scan, _ = Scan.objects.get_or_create(
        repository=repository,
        commit=result.commit or "",
        key=conditions.key,
        defaults=_told(result, conditions) | about,
    )
    return scan


def _told(result: Scanned, conditions: InForce) -> dict[str, Any]:
    state = Scan.State.REFUSED if result.refused else Scan.State.PARTIAL if _is_partial(result) else Scan.State.COMPLETE
    return {
        "checks": conditions.checks,
        "standards": conditions.standards_key,
        "options": conditions.options_key,
        "dates": conditions.dates,
        "state": state,
        "refused": result.refused,
        "files": result.files,
        "left_out": result.left_out,
        "judged": sorted(control.id for control in _controls(conditions) if name_of(control) in result.findings),
        "problems": [
            {"path": problem.path, "line": problem.line, "code": problem.code, "message": problem.message}
            for problem in result.problems
        ],
        "inventory": result.inventory,
        "receipt": zlib.compress(orjson.dumps(result.receipt), 6) if result.receipt else None,
        "facts": b64decode(result.facts) if result.facts else None,
    }


_LEAVES_OUT = frozenset({"too_large", "too_many", "too_slow", "crashed", "missing", "left_out", "too_deep"})


def _is_partial(result: Scanned) -> bool:
    return any(problem.code in _LEAVES_OUT for problem in result.problems)


def cause_of(before: Scan | None, result: Scanned, conditions: InForce) -> Cause:
    """Why verdicts may differ from the scan before. A new commit stands first: conditions that changed with it are
    told when the known commits are scanned again, which happens as soon as they change."""
    if before is None or before.commit != (result.commit or ""):
        return Cause.REPOSITORY
    if before.checks != conditions.checks:
        return Cause.SCANNER
    if before.standards != conditions.standards_key or before.dates != conditions.dates:
        return Cause.CONTROL
    return Cause.SCOPE


def _controls(conditions: InForce) -> Iterator[Control]:
    for standard in conditions.standards:
        yield from standard.controls


def name_of(control: Control) -> str:
    """What its findings are called in a scan; empty for a live control."""
    return control.check or (f"rule:{control.id}" if control.rule is not None else "")


@dataclass(frozen=True, slots=True)
class FindingKey:
    """What makes findings alike."""

    service_id: int
    standard: str
    control: str
    identity: str
    unit: str
    turn: int  # of findings that are alike


def _write_findings(
    scan: Scan, result: Scanned, conditions: InForce, services: Sequence[Service], at: datetime
) -> None:
    """The rows of these services become those of the scan: what is alike stays and keeps when it was first seen."""
    held = Finding.objects.filter(repository=scan.repository, tool="").select_for_update()
    replace_findings(held, _wanted(scan, result, conditions.standards, services, at))


def replace_findings(held: QuerySet[Finding], wanted: dict[FindingKey, Finding]) -> None:
    """Make the held rows those that are wanted, writing what differs: what is alike stays."""
    held_by_key: dict[FindingKey, Finding] = {}
    for row in held.order_by("pk"):
        held_by_key[_next(held_by_key, _key(row))] = row
    new, changed = [], []
    for key, row in wanted.items():
        known = held_by_key.pop(key, None)
        if known is None:
            new.append(row)
        elif _takes_over(known, row):
            changed.append(known)
    Finding.objects.filter(pk__in=[row.pk for row in held_by_key.values()]).delete()
    Finding.objects.bulk_create(new, batch_size=500)
    Finding.objects.bulk_update(changed, [*_FIELDS, "updated_at"], batch_size=500)


_FIELDS = ("scan", "outcome", "count", "message", "evidence", "notes", "path", "code")


def _takes_over(known: Finding, row: Finding) -> bool:
    """Whether the known row had to be changed."""
    differs = any(getattr(known, name) != getattr(row, name) for name in _FIELDS if name != "scan")
    for name in _FIELDS:
        setattr(known, name, getattr(row, name))
    known.updated_at = timezone.now()
    return differs


def _key(row: Finding) -> FindingKey:
    return FindingKey(row.service_id, row.standard, row.control, row.identity, row.unit, 0)


def by_key(found: Iterable[Finding]) -> dict[FindingKey, Finding]:
    """Rows by what makes them alike; of several alike each has its turn."""
    rows: dict[FindingKey, Finding] = {}
    for row in found:
        rows[_next(rows, _key(row))] = row
    return rows


def _next(taken: dict[FindingKey, Any], key: FindingKey) -> FindingKey:
    turn = 0
    while (found := FindingKey(key.service_id, key.standard, key.control, key.identity, key.unit, turn)) in taken:
        turn += 1
    return found


def _wanted(
    scan: Scan, result: Scanned, standards: Iterable[Standard], services: Sequence[Service], at: datetime
) -> dict[FindingKey, Finding]:
    claims = [Claim(service.pk, tuple(service.path_globs)) for service in services]
    return by_key(
        _row(scan, standard.code, control.id, service_id, finding, at)
        for standard in standards
        for control in standard.controls
        for finding in result.findings.get(name_of(control), ())
        for service_id in claimed_by(_path(finding), claims)
    )


def _path(finding: ScannedFinding) -> str:
    return finding.evidence[0].path if finding.evidence else ""


def _row(scan: Scan, standard: str, control: str, service_id: int, finding: ScannedFinding, at: datetime) -> Finding:
    return Finding(
        service_id=service_id,
        repository_id=scan.repository_id,
        scan=scan,
        standard=standard,
        control=control,
        unit=finding.unit,
        identity=finding.identity[:40],
        outcome=finding.outcome,
        count=finding.count,
        message=finding.message,
        evidence=[place._asdict() for place in finding.evidence],
        notes=list(finding.notes),
        path=_path(finding),
        code=finding.code,
        first_seen_at=at,
    )


@transaction.atomic
def store_judged(scan: Scan, result: Scanned, standard: Standard, at: datetime) -> None:
    """Keep what one standard says of a repository that was scanned before it was published: its findings, verdicts and
    compliance. Those of other standards stay as they are."""
    services = [one for one in services_of(scan.repository) if scan.claims is None or str(one.pk) in scan.claims]
    judged = {control.id for control in standard.controls if name_of(control) in result.findings}
    scan.judged = sorted(judged | set(scan.judged))
    scan.save(update_fields=["judged"])
    held = Finding.objects.filter(repository=scan.repository, tool="", standard=standard.code).select_for_update()
    replace_findings(held, _wanted(scan, result, (standard,), services, at))
    judge_services(services, (standard,), cause=Cause.CONTROL, at=at, commit=scan.commit)
