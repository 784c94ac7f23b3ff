"""(pure) How far a service holds a standard: its scores, and whether it meets all that is REQUIRED.

Definition: metrics.md, "Standards".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from scorecards.standards.entry import Entry, entries
from scorecards.standards.score import NoScore, Score, score, total
from scorecards.standards.standard import Level, Phase, Standard
from scorecards.standards.verdict import ControlResult, Verdict, control_result, merged

__all__ = [
    "Compliance",
    "ControlResult",
    "Entry",
    "Meets",
    "NoScore",
    "RequiredShare",
    "Score",
    "Verdict",
    "control_result",
    "judge",
    "required_share",
    "total",
]

MEETING = frozenset({Verdict.PASS, Verdict.WAIVED})

K = TypeVar("K")


class Meets(StrEnum):
    """Whether all applicable REQUIRED controls are met."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Compliance:
    """One service against one standard.

    ``verdict_by_id`` tells every control that was judged, alternatives too; ``entries`` those that count, in the
    standard's order. ``score`` and those by section and phase leave PROGRAMME out. ``meets_required`` is ``None`` where
    the service was not scanned or no REQUIRED control applies. ``taken``: replaced control to the alternative that
    stands for it.
    """

    scanned: bool
    verdict_by_id: Mapping[str, Verdict]
    entries: tuple[Entry, ...]
    score: Score
    by_level: Mapping[Level, Score]
    by_section: Mapping[str, Score]
    by_phase: Mapping[Phase, Score]
    meets_required: Meets | None
    taken: Mapping[str, str]


def judge(standard: Standard, results: Iterable[ControlResult]) -> Compliance:
    """Results of one control are put together. Those of controls that the standard does not hold are left out.

    A service is scanned when a control that is decided from files has a result. In a scanned one, such a control
    without a result is unknown: a scan that broke off is not a clean one (an ALTERNATIVE is not known to be used). A
    live control without a result is not connected. In a service that was not scanned only PROGRAMME has a score.
    """
    result_by_id = merged(results)
    scanned = any(not control.is_live and control.id in result_by_id for control in standard.controls)
    judged = _with_missing(standard, result_by_id, scanned)
    found = entries(standard, judged)
    counted = [entry for entry in found if entry.control.level is not Level.PROGRAMME] if scanned else []
    return Compliance(
        scanned=scanned,
        verdict_by_id={control_id: result.verdict for control_id, result in judged.items()},
        entries=found,
        score=_score(counted, scanned),
        by_level=_by_level(found, counted, scanned),
        by_section=_by(counted, scanned, [section.id for section in standard.sections], _section_of),
        by_phase=_by(counted, scanned, list(Phase), _phase_of),
        meets_required=_meets_required(counted),
        taken={entry.control.id: entry.taken for entry in found if entry.taken is not None},
    )


def _with_missing(
    standard: Standard, result_by_id: Mapping[str, ControlResult], scanned: bool
) -> dict[str, ControlResult]:
    judged = {}
    for control in standard.controls:
        if control.id in result_by_id:
            judged[control.id] = result_by_id[control.id]
        elif control.is_live:
            judged[control.id] = control_result(control.id, [Verdict.NOT_CONNECTED])
        elif scanned and control.level is not Level.ALTERNATIVE:
            judged[control.id] = control_result(control.id, [Verdict.UNKNOWN])
    return judged


def _score(found: Iterable[Entry], scanned: bool) -> Score:
    return score(found) if scanned else Score()


def _by_level(found: Iterable[Entry], counted: Iterable[Entry], scanned: bool) -> dict[Level, Score]:
    by_level = _by(counted, scanned, list(Level), _level_of)
    programme = [entry for entry in found if entry.control.level is Level.PROGRAMME]
    return {**by_level, Level.PROGRAMME: _score(programme, scanned=bool(programme))}


def _by(found: Iterable[Entry], scanned: bool, keys: Iterable[K], key_of: Callable[[Entry], K]) -> dict[K, Score]:
    grouped: dict[K, list[Entry]] = {key: [] for key in keys}
    for entry in found:
        grouped[key_of(entry)].append(entry)
    return {key: _score(members, scanned) for key, members in grouped.items()}


def _level_of(entry: Entry) -> Level:
    return entry.control.level


def _section_of(entry: Entry) -> str:
    return entry.control.section


def _phase_of(entry: Entry) -> Phase:
    return entry.control.phase


def _meets_required(found: Iterable[Entry]) -> Meets | None:
    applicable = [entry for entry in found if entry.control.level is Level.REQUIRED and entry.is_applicable]
    if not applicable:
        return None
    if any(entry.at_best not in MEETING for entry in applicable):
        return Meets.NOT_MET
    return Meets.MET if all(entry.at_worst in MEETING for entry in applicable) else Meets.UNKNOWN


@dataclass(frozen=True, slots=True)
class RequiredShare:
    """The headline: of the services with an applicable REQUIRED control, how many meet all of them.

    ``unknown_count`` might; ``unscanned_count`` are no part of ``service_count``.
    """

    met_count: int
    unknown_count: int
    service_count: int
    unscanned_count: int

    @property
    def proven(self) -> float | None:
        """0 to 1; ``None`` when no scanned service has an applicable REQUIRED control."""
        return self.met_count / self.service_count if self.service_count else None

    @property
    def possible(self) -> float | None:
        """0 to 1, with those that might; ``None`` as in ``proven``."""
        return (self.met_count + self.unknown_count) / self.service_count if self.service_count else None


def required_share(services: Iterable[Compliance]) -> RequiredShare:
    """The headline over services."""
    found = list(services)
    answers = [service.meets_required for service in found if service.meets_required is not None]
    return RequiredShare(
        met_count=answers.count(Meets.MET),
        unknown_count=answers.count(Meets.UNKNOWN),
        service_count=len(answers),
        unscanned_count=sum(not service.scanned for service in found),
    )
