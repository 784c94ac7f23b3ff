"""Runs of other scanners are kept and become findings beside our own; the newest of a tool is the one that counts."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import orjson
from django.db import transaction

from ingest.models import Repository
from scorecards.imported import Run, UnreadableSarif, controls_by_rule, mapped, read_sarif
from scorecards.models import Finding, ImportedRun, VerdictChange
from scorecards.scanning.result import ScannedFinding
from scorecards.scans.claims import Claim, claimed_by
from scorecards.scans.scope import services_of
from scorecards.scans.store import by_key, replace_findings
from scorecards.scans.verdicts import judge_services
from scorecards.standards.standard import Standard


@transaction.atomic
def keep_run(
    run: Run | UnreadableSarif,
    body: bytes,
    number: int,
    repository: Repository | None,
    *,
    commit: str,
    standards: Sequence[Standard],
    at: datetime,
) -> ImportedRun:
    """Keep one run, the ``number``-th of its body; one that was kept before is kept once. One that can't be read, or
    that names no known repository, is quarantined with its reason and can be read again."""
    error = str(run) if isinstance(run, UnreadableSarif) else "" if repository else NO_REPOSITORY
    row, _ = ImportedRun.objects.update_or_create(
        digest=sha256(body + f"{number} {repository.pk if repository else ''}".encode()).hexdigest(),
        defaults={
            "repository": repository,
            "tool": run.tool if isinstance(run, Run) else "",
            "tool_version": run.version if isinstance(run, Run) else "",
            "commit": commit or (run.commit if isinstance(run, Run) else ""),
            "body": zlib.compress(body, 6),
            "state": ImportedRun.State.QUARANTINED if error else ImportedRun.State.READ,
            "error": error,
            "results": len(run.results) if isinstance(run, Run) else 0,
            "mapped": 0,
            "received_at": at,
        },
    )
    if isinstance(run, Run) and repository is not None:
        _write(row, run, repository, standards, at)
    return row


NO_REPOSITORY = (
    "No known repository is named. Send ?repository=owner/name of a repository that a service is built from."
)


def _write(row: ImportedRun, run: Run, repository: Repository, standards: Sequence[Standard], at: datetime) -> None:
    services = services_of(repository)
    claims = [Claim(service.pk, tuple(service.path_globs)) for service in services]
    rules = controls_by_rule(standards, run.tool)
    found = list(mapped(run.results, rules))
    replace_findings(
        Finding.objects.filter(repository=repository, tool=run.tool).select_for_update(),
        by_key(
            _finding(repository, run.tool, standard, control, service_id, finding, at)
            for standard, control, finding in found
            for service_id in claimed_by(finding.evidence[0].path if finding.evidence else "", claims)
        ),
    )
    row.mapped = len({result.identity for result in run.results if result.rule.lower() in rules})
    row.save(update_fields=["mapped"])
    judge_services(services, standards, cause=VerdictChange.Cause.REPOSITORY, at=at, commit=row.commit)


def _finding(
    repository: Repository,
    tool: str,
    standard: str,
    control: str,
    service_id: int,
    finding: ScannedFinding,
    at: datetime,
) -> Finding:
    return Finding(
        service_id=service_id,
        repository=repository,
        standard=standard,
        control=control,
        unit=finding.unit,
        identity=finding.identity[:40],
        tool=tool,
        outcome=finding.outcome,
        count=finding.count,
        code=finding.code,
        message=finding.message,
        evidence=[place._asdict() for place in finding.evidence],
        notes=list(finding.notes),
        path=finding.evidence[0].path if finding.evidence else "",
        first_seen_at=at,
    )


def read_again(row: ImportedRun, standards: Sequence[Standard], at: datetime) -> ImportedRun:
    """Read a kept run once more, after a mend of the parser or of the catalogue."""
    body = zlib.decompress(bytes(row.body))
    for number, run in enumerate(read_sarif(orjson.loads(body))):
        repository = row.repository
        digest = sha256(body + f"{number} {repository.pk if repository else ''}".encode()).hexdigest()
        if digest == row.digest:
            return keep_run(run, body, number, repository, commit=row.commit, standards=standards, at=at)
    return row
