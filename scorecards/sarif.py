"""(pure) Findings as SARIF 2.1.0, ready for upload to code scanning."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from scorecards.scanning.report import Report
from scorecards.scanning.result import Evidence, ScannedFinding
from scorecards.standards.standard import Control, Level
from scorecards.standards.verdict import Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 25_000  # more in one run are refused by code scanning
TELLING = frozenset({Verdict.FAIL, Verdict.PARTIAL})
# Code scanning sorts by this number from 0 to 10; ours follows the weight.
_SEVERITY = {1: "2.0", 2: "3.0", 3: "5.0", 4: "7.0", 5: "9.0"}
_SECURITY = frozenset({"1.1", "1.2", "2.1", "2.3", "3.1", "3.2", "3.3", "4.2", "6.1", "7.1", "8.1"})


def as_sarif(reports: Sequence[Report]) -> dict[str, Any]:
    """A log with a run for each repository and standard. What is unknown is a notification of the run, no result."""
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report) for report in reports]}


def _run(report: Report) -> dict[str, Any]:
    controls = [control for control in report.standard.controls if not control.is_live]
    results = list(_results(report, controls))
    told = [*_left_out(len(results) - MAX_RESULTS), *_notifications(report)]
    run: dict[str, Any] = {
        "tool": {"driver": _driver(report, controls)},
        "automationDetails": {"id": f"plumbline/{report.standard.code}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The top folder of the repository."}}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": told}],
        "results": results[:MAX_RESULTS],
    }
    if report.scanned.commit and not report.scanned.changed:
        run["properties"] = {"commit": report.scanned.commit, "repository": report.scanned.name}
    return run


def _driver(report: Report, controls: Sequence[Control]) -> dict[str, Any]:
    return {
        "name": "Plumbline",
        "semanticVersion": report.standard.version,
        "rules": [_rule(control) for control in controls],
    }


def _rule(control: Control) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "tags": [str(control.level), str(control.phase), control.section],
        "precision": "high",
        "weight": control.weight,
    }
    if control.section in _SECURITY:
        properties["tags"].append("security")
        properties["security-severity"] = _SEVERITY[control.weight]
    return {
        "id": control.id,
        "name": _camel(control.check or control.id),
        "shortDescription": {"text": control.title},
        "fullDescription": {"text": control.why},
        "help": {"text": control.remediation, "markdown": f"**Why.** {control.why}\n\n**Fix.** {control.remediation}"},
        "defaultConfiguration": {"level": _level(control, Verdict.FAIL)},
        "properties": properties,
    }


def _camel(slug: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in slug.replace("-", " ").split())


def _level(control: Control, verdict: Verdict) -> str:
    if verdict is Verdict.PARTIAL:
        return "warning" if control.level is Level.REQUIRED else "note"
    return "error" if control.level is Level.REQUIRED else "warning"


def _results(report: Report, controls: Sequence[Control]) -> Iterator[dict[str, Any]]:
    for index, control in enumerate(controls):
        for finding in report.found(control):
            verdict = Verdict(finding.outcome)
            if verdict in TELLING:
                yield _result(index, control, verdict, finding)


def _result(index: int, control: Control, verdict: Verdict, finding: ScannedFinding) -> dict[str, Any]:
    first, *others = finding.evidence or (Evidence("", 0),)
    result = {
        "ruleId": control.id,
        "ruleIndex": index,
        "level": _level(control, verdict),
        "kind": "fail",
        "message": {"text": _plain(f"{finding.unit}: {finding.message}")},
        "locations": [_location(first)],
        "partialFingerprints": {"plumblineFinding/v1": finding.identity},
    }
    if others:
        result["relatedLocations"] = [_location(place) | {"id": at} for at, place in enumerate(others, 1)]
    return result


def _plain(text: str) -> str:
    """A text that no reader takes for a link: SARIF has them in plain messages, and a repository may write one."""
    return text.replace("](", "] (")


def _location(place: Evidence) -> dict[str, Any]:
    """A finding about the repository as a whole stands at its top folder's README, since a result needs a file."""
    artifact = {"uri": quote(place.path or "README.md", safe="/"), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": max(place.line, 1)}}}


def _left_out(count: int) -> Iterator[dict[str, Any]]:
    if count > 0:
        message = f"{count:,} more results are left out: code scanning takes {MAX_RESULTS:,} of a run."
        yield {"level": "error", "descriptor": {"id": "too_many"}, "message": {"text": message}}


def _notifications(report: Report) -> Iterator[dict[str, Any]]:
    for problem in report.scanned.problems:
        yield {
            "level": "warning",
            "descriptor": {"id": problem.code},
            "message": {"text": _plain(problem.message)},
            "locations": [_location(Evidence(problem.path, problem.line))],
        }
    for control in report.standard.controls:
        for finding in report.found(control):
            if finding.outcome == Verdict.UNKNOWN:
                told = {"text": _plain(f"{control.id} is unknown for {finding.unit}: {finding.message}")}
                yield {"level": "note", "descriptor": {"id": "unknown"}, "message": told}
