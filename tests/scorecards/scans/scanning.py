"""Scans written in the test, stored as the product stores them."""

from datetime import UTC, date, datetime

from ingest.models import Repository
from scorecards.checks.subject import Options
from scorecards.models import Scan
from scorecards.scanning.result import Evidence, Scanned, ScannedFinding
from scorecards.scans.in_force import InForce
from scorecards.scans.store import store
from scorecards.standards import pack
from scorecards.standards.standard import Standard

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 11, 23)

_CONTROL = """
          - id: {id}
            title: {id}
            level: {level}
            phase: {phase}
            weight: {weight}
            {decides}
            pass: it holds
            fail: it does not
            why: Because.
            remediation: Mend it.
"""


def standard(version: str = "1.0.0", weight: int = 3) -> Standard:
    """Two REQUIRED controls of checks ``one`` and ``two``, a RECOMMENDED one of ``three``, and a live one."""
    controls = "".join(
        _CONTROL.format(id=name, level=level, phase=phase, weight=weight, decides=decides)
        for name, level, phase, decides in (
            ("T-1", "REQUIRED", "Assessment", "check: one"),
            ("T-2", "REQUIRED", "Foundation", "check: two"),
            ("T-3", "RECOMMENDED", "Optimization", "check: three"),
            ("T-4", "PROGRAMME", "Excellence", "signal: four\n            signal_text: a source of four"),
        )
    )
    return pack.load(
        f"""
code: T
version: {version}
title: Test
sections:
  - id: '1.1'
    chapter: One
    title: One
    subsections:
      - title: One
        level: REQUIRED
        controls:{controls}""",
        "test.yaml",
    )


def conditions(checks: str = "1", version: str = "1.0.0", options: str = "o", dates: str = "d") -> InForce:
    return InForce((standard(version),), {}, Options(), checks, version, options, dates)


def finding(outcome: str, path: str = "", unit: str = "unit", count: int = 1) -> ScannedFinding:
    evidence = (Evidence(path, 1, "x"),) if path else ()
    return ScannedFinding(outcome, unit, f"It is {outcome}.", evidence, (), f"{unit} {path} {outcome}", count)


def scan_of(
    repository: Repository,
    one: str | list[ScannedFinding] = "pass",
    two: str | list[ScannedFinding] = "pass",
    three: str | list[ScannedFinding] = "pass",
    *,
    commit: str = "a" * 40,
    at: datetime = NOON,
    under: InForce | None = None,
    refused: str = "",
) -> Scan:
    """A scan is stored: an outcome for each check, or its findings."""
    told = {"one": one, "two": two, "three": three}
    findings = {name: [finding(said)] if isinstance(said, str) else said for name, said in told.items()}
    result = Scanned(commit=commit, findings={} if refused else findings, refused=refused, files=3, receipt={"x": 1})
    return store(repository, result, under or conditions(), trigger=Scan.Trigger.COMMAND, at=at)
