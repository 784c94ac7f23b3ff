"""(pure) Verdicts, and what a control's units came to.

Definition: metrics.md, "Standards"; the ranks and scores are the catalogue's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The answers for a unit or a control, by rank: the worst comes first and wins."""

    FAIL = "fail"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105 - an answer, no password
    NOT_APPLICABLE = "not_applicable"
    NOT_CONNECTED = "not_connected"
    WAIVED = "waived"


OUTSIDE = frozenset({Verdict.NOT_APPLICABLE, Verdict.NOT_CONNECTED})


@dataclass(frozen=True, slots=True)
class ControlResult:
    """How many units of one control came to which verdict. No unit at all: the control applies to nothing there."""

    control_id: str
    outcomes: Mapping[Verdict, int]

    @property
    def verdict(self) -> Verdict:
        """The worst of the units."""
        return _worst(self.outcomes)

    @property
    def at_worst(self) -> Verdict:
        """The verdict if every unknown unit failed."""
        return Verdict.FAIL if self._count(Verdict.UNKNOWN) else self.verdict

    @property
    def at_best(self) -> Verdict:
        """The verdict if every unknown unit passed."""
        if not self._count(Verdict.UNKNOWN):
            return self.verdict
        return _worst({**self.outcomes, Verdict.UNKNOWN: 0, Verdict.PASS: 1})

    @property
    def proven(self) -> float | None:
        """The mean of unit scores, 0 to 1, an unknown unit counted as 0; ``None``: no unit has a score."""
        return self._mean(unknown=0)

    @property
    def possible(self) -> float | None:
        """The mean of unit scores, 0 to 1, an unknown unit counted as 1; ``None``: no unit has a score."""
        return self._mean(unknown=1)

    @property
    def unit_count(self) -> int:
        """The applicable units, waived ones among them."""
        return sum(count for verdict, count in self.outcomes.items() if verdict not in OUTSIDE)

    @property
    def known_count(self) -> int:
        """The applicable units that could be looked at."""
        return self.unit_count - self._count(Verdict.UNKNOWN)

    @property
    def waived_count(self) -> int:
        return self._count(Verdict.WAIVED)

    def _count(self, verdict: Verdict) -> int:
        return self.outcomes.get(verdict, 0)

    def _mean(self, unknown: int) -> float | None:
        halves = 2 * self._count(Verdict.PASS) + self._count(Verdict.PARTIAL)
        halves += 2 * unknown * self._count(Verdict.UNKNOWN)
        scored = self.unit_count - self.waived_count
        return halves / (2 * scored) if scored else None


def control_result(control_id: str, verdicts: Iterable[Verdict]) -> ControlResult:
    """The result of a control from the verdict of each of its units."""
    return ControlResult(control_id, Counter(verdicts))


def merged(results: Iterable[ControlResult]) -> dict[str, ControlResult]:
    """One result a control, by its id: units of several repositories are units of the one service."""
    outcomes_by_id: dict[str, Counter[Verdict]] = {}
    for result in results:
        outcomes_by_id.setdefault(result.control_id, Counter()).update(result.outcomes)
    return {control_id: ControlResult(control_id, outcomes) for control_id, outcomes in outcomes_by_id.items()}


def _worst(outcomes: Mapping[Verdict, int]) -> Verdict:
    return next((verdict for verdict in Verdict if outcomes.get(verdict, 0) > 0), Verdict.NOT_APPLICABLE)
