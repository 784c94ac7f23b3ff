"""(pure) A scan as people and programs read it: JSON by the design's contract, and text."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scorecards.compliance import Compliance, judge
from scorecards.maturity import Maturity, maturity
from scorecards.scanning.result import FileProblem, Scanned, ScannedFinding
from scorecards.standards.standard import Control, Level, Standard
from scorecards.standards.verdict import ControlResult, Verdict

FAIL_ON: Mapping[str, frozenset[Level]] = {
    "required": frozenset({Level.REQUIRED}),
    "recommended": frozenset({Level.REQUIRED, Level.RECOMMENDED}),
    "never": frozenset(),
}
_MARKS = {Verdict.FAIL: "✗", Verdict.PARTIAL: "~", Verdict.UNKNOWN: "?"}


@dataclass(frozen=True, slots=True)
class Report:
    """One repository against one standard."""

    standard: Standard
    scanned: Scanned
    compliance: Compliance
    maturity: Maturity

    @classmethod
    def of(cls, standard: Standard, scanned: Scanned) -> "Report":
        compliance = judge(standard, results(standard, scanned))
        return cls(standard, scanned, compliance, maturity(compliance))

    def found(self, control: Control) -> list[ScannedFinding]:
        return self.scanned.findings.get(control.check or f"rule:{control.id}", [])

    def fails(self, fail_on: str) -> bool:
        """Whether a control of the levels fails. An alternative that stands in counts for what it replaces."""
        levels = FAIL_ON[fail_on]
        return any(entry.control.level in levels and entry.verdict is Verdict.FAIL for entry in self.compliance.entries)


def results(standard: Standard, scanned: Scanned) -> list[ControlResult]:
    """Outcomes by control, of the controls that were looked at."""
    found = []
    for control in standard.controls:
        name = control.check or f"rule:{control.id}"
        if name in scanned.findings:
            counts: dict[Verdict, int] = {}
            for finding in scanned.findings[name]:
                verdict = Verdict(finding.outcome)
                counts[verdict] = counts.get(verdict, 0) + finding.count
            found.append(ControlResult(control.id, counts))
    return found


# ---------------------------------------------------------------- JSON


def as_json(report: Report) -> dict[str, Any]:
    """The contract of ``manage.py scan --format json``. Scores are 0 to 1, what is unknown counted as 0."""
    score = report.compliance.score
    return {
        "standard": report.standard.code,
        "version": report.standard.version,
        "repository": report.scanned.name,
        "commit": None if report.scanned.changed else report.scanned.commit,
        "uncommitted_changes": report.scanned.changed,
        "controls": [_control(report, control) for control in report.standard.controls],
        "phase": report.maturity.proven,
        "possible_phase": report.maturity.possible,
        "score": {"proven": score.proven, "possible": score.possible},
        "coverage": score.coverage,
        "meets_required": report.compliance.meets_required,
        "alternatives": dict(report.compliance.taken),
        "files": {"scanned": report.scanned.files, "left_out": report.scanned.left_out},
        "problems": [
            {"path": problem.path, "line": problem.line, "code": problem.code, "message": problem.message}
            for problem in report.scanned.problems
        ],
    }


def _control(report: Report, control: Control) -> dict[str, Any]:
    outcomes: dict[Verdict, int] = {}
    for finding in report.found(control):
        verdict = Verdict(finding.outcome)
        outcomes[verdict] = outcomes.get(verdict, 0) + finding.count
    return {
        "id": control.id,
        "verdict": report.compliance.verdict_by_id.get(control.id, Verdict.NOT_APPLICABLE),
        "score": ControlResult(control.id, outcomes).proven,
        "units": [_unit(finding) for finding in report.found(control)],
    }


def _unit(finding: ScannedFinding) -> dict[str, Any]:
    return {
        "unit": finding.unit,
        "verdict": finding.outcome,
        "message": finding.message,
        "evidence": [{"path": place.path, "line": place.line, "snippet": place.snippet} for place in finding.evidence],
        "notes": list(finding.notes),
        "count": finding.count,
    }


# ---------------------------------------------------------------- text


def as_text(report: Report, shown: int = 3) -> str:
    """What stands out, the worst first; ``shown`` units of each control."""
    return "\n".join(_lines(report, shown)) + "\n"


def _lines(report: Report, shown: int) -> Iterator[str]:
    scanned, standard = report.scanned, report.standard
    at = f" at {scanned.commit[:12]}" if scanned.commit else ""
    dirty = " with uncommitted changes" if scanned.changed else ""
    files = "1 file" if scanned.files == 1 else f"{scanned.files:,} files"
    yield f"{printable(scanned.name)}{at}{dirty} against {standard.code} {standard.version}: {files}"
    for level in Level:
        yield from _level(report, level, shown)
    yield ""
    yield from _sums(report)


def _level(report: Report, level: Level, shown: int) -> Iterator[str]:
    controls = [control for control in report.standard.controls if control.level is level and not control.is_live]
    verdicts = report.compliance.verdict_by_id
    wrong = [control for control in controls if verdicts.get(control.id) in _MARKS]
    if not wrong:
        return
    yield f"\n{level}"
    for control in sorted(wrong, key=lambda control: (list(Verdict).index(verdicts[control.id]), -control.weight)):
        yield f"  {_MARKS[verdicts[control.id]]} {control.id}  {control.title}"
        yield from _units(report.found(control), shown)


def _units(found: Iterable[ScannedFinding], shown: int) -> Iterator[str]:
    telling = [finding for finding in found if Verdict(finding.outcome) in _MARKS]
    telling.sort(key=lambda finding: list(Verdict).index(Verdict(finding.outcome)))
    alike = Counter(map(_line, telling))
    for line, count in list(alike.items())[:shown]:
        yield f"      {line}" + (f" ({count} units)" if count > 1 else "")
    if rest := sum(list(alike.values())[shown:]):
        yield f"      and {rest} more"


def _line(finding: ScannedFinding) -> str:
    place = finding.evidence[0] if finding.evidence else None
    return f"{_where(place.path, place.line)}{finding.message}" if place else finding.message


def _where(path: str, line: int) -> str:
    return f"{printable(path)}:{line}: " if line else f"{printable(path)}: " if path else ""


def _sums(report: Report) -> Iterator[str]:
    verdicts = list(report.compliance.verdict_by_id.values())
    counts = ", ".join(
        f"{verdicts.count(verdict)} {verdict.replace('_', ' ')}" for verdict in Verdict if verdict in verdicts
    )
    yield f"Controls: {counts}"
    score = report.compliance.score
    if score.proven is not None and score.possible is not None:
        asked = sum(entry.is_applicable for entry in report.compliance.entries)
        share = _interval(score.proven, score.possible)
        yield f"Score: {share} over {asked} scored controls, coverage {score.coverage or 0:.0%}"
    phase = report.maturity.proven or "none yet"
    possible = report.maturity.possible
    yield f"Phase: {phase}" + (f" (possibly {possible})" if possible and possible != report.maturity.proven else "")
    yield from _problems(report.scanned.problems, shown=3)


def _problems(problems: Sequence[FileProblem], shown: int) -> Iterator[str]:
    if problems:
        yield f"Not read, or not wholly: {len(problems)}"
    for problem in problems[:shown]:
        yield f"  {_where(problem.path, problem.line)}{printable(problem.message)}"
    if len(problems) > shown:
        yield f"  and {len(problems) - shown} more (see --format json)"


def _interval(low: float, high: float) -> str:
    return f"{low:.0%}" if round(low, 2) == round(high, 2) else f"{low:.0%} to {high:.0%}"


def printable(name: str) -> str:
    """A name with what would steer a terminal, or turn the text round, written out."""
    return name if name.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in name)
