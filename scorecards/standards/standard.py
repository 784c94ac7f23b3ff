"""(pure) A published standard: its sections and the controls in them, as values."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How binding a control is."""

    REQUIRED = "REQUIRED"
    RECOMMENDED = "RECOMMENDED"
    ALTERNATIVE = "ALTERNATIVE"
    PROGRAMME = "PROGRAMME"


class Phase(StrEnum):
    """The phases of adoption, which serve as maturity levels too."""

    ASSESSMENT = "Assessment"
    FOUNDATION = "Foundation"
    PLATFORM = "Platform"
    OPTIMIZATION = "Optimization"
    EXCELLENCE = "Excellence"

    @property
    def order(self) -> int:
        """From 1, the first to reach, to 5."""
        return list(Phase).index(self) + 1


@dataclass(frozen=True, slots=True)
class LevelNote:
    """What a level means in this standard; ``gate``: whether a fail may block a merge or a deployment."""

    level: Level
    gate: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class PhaseNote:
    """What a phase is for, and its exit rule in words."""

    phase: Phase
    aim: str
    exit_rule: str


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement. Exactly one of ``check``, ``signal`` and ``rule`` is told.

    ``check`` names the function that decides it from a repository's files, ``signal`` the connected data that decides
    it, and ``rule`` is the declarative rule of an organisation's pack, as plain data, at ``rule_line`` of the file.
    ``weight``: 1 (minor) to 5 (critical). ``alternative_to``: the control that this one stands for where it is used.
    """

    id: str
    title: str
    level: Level
    phase: Phase
    weight: int
    section: str
    subsection: str
    check: str | None
    signal: str | None
    signal_text: str | None
    rule: Mapping[str, Any] | None = field(hash=False)
    rule_line: int | None
    per: str
    applies: str
    not_applicable: str | None
    pass_text: str
    partial_text: str | None
    fail_text: str
    why: str
    remediation: str
    equivalents: Mapping[str, tuple[str, ...]] = field(hash=False)
    alternative_to: str | None

    @property
    def is_live(self) -> bool:
        """Whether it is decided from connected data and not from files."""
        return self.signal is not None


@dataclass(frozen=True, slots=True)
class Subsection:
    """A part of a section whose controls share a level."""

    title: str
    level: Level
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a chapter of the standard."""

    id: str
    chapter: str
    title: str
    subsections: tuple[Subsection, ...]


@dataclass(frozen=True, slots=True)
class Standard:
    """A pack that was read. ``controls`` are those of all sections, in the file's order."""

    code: str
    version: str
    title: str
    levels: tuple[LevelNote, ...]
    phases: tuple[PhaseNote, ...]
    sections: tuple[Section, ...]
    controls: tuple[Control, ...]

    @property
    def control_by_id(self) -> dict[str, Control]:
        return {control.id: control for control in self.controls}

    @property
    def fingerprint(self) -> str:
        """A short hash of what decides verdicts and scores: prose, equivalents and the order of controls do not."""
        deciding = sorted((_deciding(control) for control in self.controls), key=lambda told: str(told[0]))
        text = json.dumps([self.code, self.version, deciding], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _deciding(control: Control) -> list[Any]:
    return [
        control.id,
        control.level,
        control.phase,
        control.weight,
        control.section,
        control.check,
        control.signal,
        control.rule,
        control.alternative_to,
    ]
