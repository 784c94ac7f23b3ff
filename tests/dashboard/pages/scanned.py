"""Scans of the built-in standard as pages see them: a verdict for each of a few controls."""

from datetime import datetime, timedelta

from django.utils import timezone

from ingest.models import Service
from scorecards.models import Scan
from scorecards.scanning.result import Evidence, FileProblem, Scanned, ScannedFinding
from scorecards.scans.daily import sum_up
from scorecards.scans.in_force import in_force
from scorecards.scans.store import store
from tests.factories import make_repository

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BOUNDED, DECLARED, LOCKED = "DOP-1.1-01", "DOP-1.1-02", "DOP-1.1-03"  # REQUIRED, weights 3, 4 and 3
PIPELINE, JENKINS = "DOP-2.1-01", "DOP-2.1-08"  # the second is an alternative to the first


def found(outcome: str, path: str = "", line: int = 0, unit: str = "", message: str = "") -> ScannedFinding:
    """One finding of that outcome, with a piece of evidence where there is a path."""
    evidence = (Evidence(path, line, "key: ***"),) if path else ()
    said = message or f"It is {outcome}."
    return ScannedFinding(outcome, unit or path or "repo", said, evidence, ("A note.",), f"{unit}{path}", 1)


def scan_service(
    service: Service,
    told: dict[str, str | list[ScannedFinding]] | None = None,
    *,
    rest: str = "",
    days_ago: int = 0,
    commit: str = COMMIT,
    refused: str = "",
    problems: tuple[FileProblem, ...] = (),
) -> Scan:
    """A scan that found this of each control; all others came to ``rest``, or were not decided where it is empty."""
    at = timezone.now() - timedelta(days=days_ago)
    conditions = in_force(at.date())
    if service.repository is None:
        make_repository(f"acme/{service.slug}", service)
    findings = {
        control.check: _findings((told or {}).get(control.id, rest))
        for standard in conditions.standards
        for control in standard.controls
        if control.check and (control.id in (told or {}) or rest)
    }
    result = Scanned(
        commit=commit,
        findings={} if refused else findings,
        refused=refused,
        files=7,
        problems=list(problems),
        left_out=2,
    )
    scan = store(service.repository, result, conditions, trigger=Scan.Trigger.COMMAND, at=at)
    sum_all_up(at)
    return scan


def sum_all_up(at: datetime | None = None) -> None:
    """The day's rows of teams and of the organisation."""
    day = (at or timezone.now()).date()
    sum_up(in_force(day).standards, day)


def _findings(said: str | list[ScannedFinding]) -> list[ScannedFinding]:
    return [found(said)] if isinstance(said, str) else said
