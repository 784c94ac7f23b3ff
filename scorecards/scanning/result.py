"""(pure) What a scan found, as values that JSON can carry."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple


class Evidence(NamedTuple):
    """Where to look: ``line`` counts from 1, 0 is the file as a whole; ``snippet`` is the line, short and redacted."""

    path: str
    line: int
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class ScannedFinding:
    """A check's answer for one unit. ``identity`` stays the same while the unit and what decided stay the same."""

    outcome: str
    unit: str
    message: str
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    identity: str = ""
    count: int = 1  # units that it speaks for
    code: str = ""  # of an ``unknown`` that a limit or a defect of the scanner caused

    def to_json(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "unit": self.unit,
            "message": self.message,
            "evidence": [list(place) for place in self.evidence],
            "notes": list(self.notes),
            "identity": self.identity,
            "count": self.count,
            "code": self.code,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "ScannedFinding":
        evidence = tuple(Evidence(*place) for place in told["evidence"])
        return cls(**{**told, "evidence": evidence, "notes": tuple(told["notes"])})


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file, or a part of one, that could not be read. ``code``: ``ingest.repository.node.CODES``."""

    path: str
    line: int
    code: str
    message: str


@dataclass(slots=True)
class Scanned:
    """A scan of one commit.

    ``findings`` by what found them: the name of a check, or ``rule:`` and the id of an organisation's control. One that
    looked and asks nothing of this repository has an empty list. ``refused`` says why nothing could be scanned.
    ``facts``: those that rules may ask for, compressed, in base64.
    """

    commit: str | None = None
    changed: bool = False
    name: str = ""
    findings: dict[str, list[ScannedFinding]] = field(default_factory=dict)
    problems: list[FileProblem] = field(default_factory=list)
    files: int = 0
    left_out: int = 0
    links: int = 0
    submodules: int = 0
    inventory: dict[str, Any] = field(default_factory=dict)
    receipt: dict[str, Any] = field(default_factory=dict)
    facts: str = ""
    reused: int = 0
    refused: str = ""

    def to_json(self) -> dict[str, Any]:
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        told["findings"] = {name: [one.to_json() for one in found] for name, found in self.findings.items()}
        told["problems"] = [asdict(problem) for problem in self.problems]
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Scanned":
        findings = {name: [ScannedFinding.from_json(one) for one in found] for name, found in told["findings"].items()}
        problems = [FileProblem(**problem) for problem in told["problems"]]
        return cls(**{**told, "findings": findings, "problems": problems})
