"""(pure) The phase that a service has reached, and what keeps it from the next.

Definition: metrics.md, "Maturity phase"; the exit rules are the catalogue's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scorecards.compliance import Compliance
from scorecards.standards.entry import Entry
from scorecards.standards.score import NoScore, score
from scorecards.standards.standard import Control, Level, Phase
from scorecards.standards.verdict import Verdict

CRITICAL_WEIGHT = 5
# This signal's control judges the phase itself, so it can't be asked for by an exit rule.
READS_THE_PHASE = "phases-advance-in-order"

_REQUIRED = frozenset({Level.REQUIRED})
_ADVISED = frozenset({Level.REQUIRED, Level.RECOMMENDED})
_SHARE_BY_PHASE: Mapping[Phase, tuple[float, frozenset[Level]]] = {
    Phase.FOUNDATION: (0.90, _REQUIRED),
    Phase.PLATFORM: (0.85, _REQUIRED),
    Phase.OPTIMIZATION: (0.80, _ADVISED),
}
# Sums of halves and thirds are not exact.
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Blocker:
    """A control that a phase lacks. ``shortfall``: the weighted points between what is proven and a pass.

    ``must``: the phase can't be reached without it; the others only have to add up. ``in_share``: whether its points
    count towards the share that the phase asks for.
    """

    control_id: str
    verdict: Verdict
    shortfall: float
    must: bool
    in_share: bool


@dataclass(frozen=True, slots=True)
class PhaseState:
    """Whether the exit rule of one phase holds, the phases below aside.

    ``threshold``, 0 to 1: the share of weighted points that the rule asks for, ``None`` where it asks for none;
    ``proven_share`` and ``possible_share`` are ``None`` then, and where nothing is applicable. ``missing``: the
    weighted points between what is proven and the threshold. ``blockers``: empty where the rule is proven.
    """

    phase: Phase
    proven: bool
    possible: bool
    threshold: float | None
    proven_share: float | None
    possible_share: float | None
    missing: float
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True)
class Maturity:
    """The highest phase whose rule holds together with those below, what is unknown counted against and for.

    ``None`` where not even the first holds, or where there is nothing to judge by: then ``reason`` says why.
    """

    proven: Phase | None
    possible: Phase | None
    phases: tuple[PhaseState, ...]
    reason: NoScore | None

    @property
    def next(self) -> PhaseState | None:
        """The first phase that is not proven; ``None`` when all are, or there is nothing to judge by."""
        return next((state for state in self.phases if not state.proven), None)


def maturity(compliance: Compliance) -> Maturity:
    """The phase of one service. Live controls of its team and of the organisation count where their results were judged
    together with the service's; else they are not connected, and Excellence does not hold."""
    reason = _reason(compliance)
    if reason is not None:
        return Maturity(None, None, (), reason)
    states = tuple(_state(phase, compliance.entries) for phase in Phase)
    return Maturity(
        proven=_highest((state.phase, state.proven) for state in states),
        possible=_highest((state.phase, state.possible) for state in states),
        phases=states,
        reason=None,
    )


def _reason(compliance: Compliance) -> NoScore | None:
    if not compliance.scanned:
        return NoScore.NOT_SCANNED
    judged = any(entry.is_applicable and not entry.control.is_live for entry in compliance.entries)
    return None if judged else NoScore.NOTHING_APPLICABLE


def _highest(holds: Iterable[tuple[Phase, bool]]) -> Phase | None:
    reached = None
    for phase, held in holds:
        if not held:
            break
        reached = phase
    return reached


def _state(phase: Phase, entries: Iterable[Entry]) -> PhaseState:
    asked = [entry for entry in entries if _is_asked(entry.control, phase)]
    share = _Share.of(phase, asked)
    proven = share.is_proven and all(_may_stand(entry.control, entry.at_worst, phase) for entry in asked)
    return PhaseState(
        phase=phase,
        proven=proven,
        possible=share.is_possible and all(_may_stand(entry.control, entry.at_best, phase) for entry in asked),
        threshold=share.threshold,
        proven_share=share.ratio(share.proven),
        possible_share=share.ratio(share.possible),
        missing=share.missing,
        blockers=() if proven else _blockers(phase, asked, share),
    )


def may_block(control: Control, verdict: Verdict, phase: Phase) -> bool:
    """Whether a control with this verdict can keep a service from the phase, what is unknown counted as failed."""
    if not _is_asked(control, phase):
        return False
    worst = Verdict.FAIL if verdict is Verdict.UNKNOWN else verdict
    _, levels = _SHARE_BY_PHASE.get(phase, (None, frozenset()))
    return not _may_stand(control, worst, phase) or (
        control.level in levels and worst in (Verdict.FAIL, Verdict.PARTIAL)
    )


def _is_asked(control: Control, phase: Phase) -> bool:
    """An ALTERNATIVE of its own never gates. Excellence asks for live controls of every phase, the others for none."""
    if control.level is Level.ALTERNATIVE or control.signal == READS_THE_PHASE:
        return False
    return control.is_live if phase is Phase.EXCELLENCE else control.phase is phase and not control.is_live


def _may_stand(control: Control, verdict: Verdict, phase: Phase) -> bool:
    """Whether the phase can be left with this verdict of the control, whatever the others say."""
    match phase:
        case Phase.ASSESSMENT:
            return verdict is not Verdict.FAIL
        case Phase.FOUNDATION:
            return not (verdict is Verdict.FAIL and control.weight == CRITICAL_WEIGHT)
        case Phase.EXCELLENCE:
            return verdict is not Verdict.NOT_CONNECTED and not (
                verdict is Verdict.FAIL and _is_success_metric(control)
            )
    return True


def _is_success_metric(control: Control) -> bool:
    return control.level is Level.PROGRAMME and control.phase is Phase.EXCELLENCE


@dataclass(frozen=True, slots=True)
class _Share:
    """The weighted points of a phase that asks for a share of them; of the others nothing is asked."""

    threshold: float | None
    levels: frozenset[Level]
    proven: float
    possible: float
    denominator: float

    @classmethod
    def of(cls, phase: Phase, entries: Iterable[Entry]) -> "_Share":
        if phase not in _SHARE_BY_PHASE:
            return cls(None, frozenset(), 0.0, 0.0, 0.0)
        threshold, levels = _SHARE_BY_PHASE[phase]
        found = score(entry for entry in entries if entry.control.level in levels)
        return cls(threshold, levels, found.proven_numerator, found.possible_numerator, found.denominator)

    @property
    def wanted(self) -> float:
        return (self.threshold or 0.0) * self.denominator - _TOLERANCE

    @property
    def is_proven(self) -> bool:
        return self.proven >= self.wanted

    @property
    def is_possible(self) -> bool:
        return self.possible >= self.wanted

    @property
    def missing(self) -> float:
        return 0.0 if self.is_proven else (self.threshold or 0.0) * self.denominator - self.proven

    def ratio(self, numerator: float) -> float | None:
        return numerator / self.denominator if self.denominator else None


def _blockers(phase: Phase, asked: Iterable[Entry], share: _Share) -> tuple[Blocker, ...]:
    """What must be mended, then what adds most to the share; equal ones in the standard's order."""
    found = [_blocker(entry, phase, share) for entry in asked]
    blocking = [blocker for blocker in found if blocker.must or (blocker.in_share and not share.is_proven)]
    return tuple(
        sorted(
            (blocker for blocker in blocking if blocker.must or blocker.shortfall > 0),
            key=lambda blocker: (not blocker.must, -blocker.shortfall),
        )
    )


def _blocker(entry: Entry, phase: Phase, share: _Share) -> Blocker:
    return Blocker(
        control_id=entry.control.id,
        verdict=entry.verdict,
        shortfall=entry.shortfall,
        must=not _may_stand(entry.control, entry.at_worst, phase),
        in_share=entry.control.level in share.levels,
    )
