"""(pure) What a service shows for one control, an ALTERNATIVE standing in where it is used.

Definition: metrics.md, "Standards": an ALTERNATIVE counts only where it is used, and then stands for what it replaces.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scorecards.standards.standard import Control, Level, Standard
from scorecards.standards.verdict import OUTSIDE, ControlResult, Verdict

FACTOR_BY_LEVEL: Mapping[Level, float] = {
    Level.REQUIRED: 1.0,
    Level.RECOMMENDED: 0.5,
    Level.ALTERNATIVE: 1.0,
    Level.PROGRAMME: 1.0,  # within its own level; no other score holds it
}
# Of two ways to hold a control the better one counts. A signed waiver meets it, so it stands above what might fail.
_FROM_WORST = (Verdict.FAIL, Verdict.PARTIAL, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PASS)


@dataclass(frozen=True, slots=True)
class Entry:
    """The standing of one control. ``proven`` and ``possible`` are ``None`` where it is out of the score.

    ``at_worst`` and ``at_best`` are the verdict with every unknown unit failed, or passed. ``taken``: the alternative
    that stands for the control, if one does better than the control itself.
    """

    control: Control
    verdict: Verdict
    at_worst: Verdict
    at_best: Verdict
    proven: float | None
    possible: float | None
    unit_count: int
    known_count: int
    waived_count: int
    taken: str | None = None

    @property
    def weight(self) -> float:
        """Weight times the factor of its level."""
        return self.control.weight * FACTOR_BY_LEVEL[self.control.level]

    @property
    def is_applicable(self) -> bool:
        return self.verdict not in OUTSIDE

    @property
    def shortfall(self) -> float:
        """The weighted points between what is proven and a pass; those of an unconnected control are all missing."""
        if self.verdict is Verdict.NOT_CONNECTED:
            return self.weight
        return 0.0 if self.proven is None else self.weight * (1 - self.proven)


def entries(standard: Standard, result_by_id: Mapping[str, ControlResult]) -> tuple[Entry, ...]:
    """An entry for each control that has a result, in the standard's order; an alternative that stands for another
    control has none of its own."""
    entry_by_id = {
        control.id: _entry(control, result_by_id[control.id])
        for control in standard.controls
        if control.id in result_by_id
    }
    for control in standard.controls:
        if control.alternative_to is not None and control.id in entry_by_id:
            alternative = entry_by_id.pop(control.id)
            _stand_in(standard, entry_by_id, control.alternative_to, alternative)
    return tuple(entry_by_id[control.id] for control in standard.controls if control.id in entry_by_id)


def _stand_in(standard: Standard, entry_by_id: dict[str, Entry], replaced_id: str, alternative: Entry) -> None:
    if not alternative.is_applicable:
        return
    replaced = entry_by_id.get(replaced_id)
    if replaced is None or not replaced.is_applicable:
        control = standard.control_by_id[replaced_id]
        entry_by_id[replaced_id] = replace(alternative, control=control, taken=alternative.control.id)
    else:
        entry_by_id[replaced_id] = _better_of(replaced, alternative)


def _better_of(replaced: Entry, alternative: Entry) -> Entry:
    """Either way holds the control, so each bound is the better one of the two."""
    taken = _standing(alternative) > _standing(replaced)
    best = replace(alternative, control=replaced.control, taken=alternative.control.id) if taken else replaced
    if best.verdict is Verdict.WAIVED:
        return best
    return replace(
        best,
        at_worst=max(replaced.at_worst, alternative.at_worst, key=_FROM_WORST.index),
        at_best=max(replaced.at_best, alternative.at_best, key=_FROM_WORST.index),
        proven=max(replaced.proven or 0.0, alternative.proven or 0.0),
        possible=max(replaced.possible or 0.0, alternative.possible or 0.0),
    )


def _standing(entry: Entry) -> tuple[int, float, float]:
    return _FROM_WORST.index(entry.verdict), entry.proven or 0.0, entry.possible or 0.0


def _entry(control: Control, result: ControlResult) -> Entry:
    return Entry(
        control=control,
        verdict=result.verdict,
        at_worst=result.at_worst,
        at_best=result.at_best,
        proven=result.proven,
        possible=result.possible,
        unit_count=result.unit_count,
        known_count=result.known_count,
        waived_count=result.waived_count,
    )
