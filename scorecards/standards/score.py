"""(pure) A score as numerators and a denominator, so that teams and the organisation can sum over services."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import fsum

from scorecards.standards.entry import Entry
from scorecards.standards.verdict import Verdict


class NoScore(StrEnum):
    """Why there is no score."""

    NOT_SCANNED = "not_scanned"
    ALL_WAIVED = "all_waived"
    NOT_CONNECTED = "not_connected"
    NOTHING_APPLICABLE = "nothing_applicable"


@dataclass(frozen=True, slots=True)
class Score:
    """Weighted points reached and to be reached, of one service or of several: ``scope_count`` of them."""

    proven_numerator: float = 0.0
    possible_numerator: float = 0.0
    denominator: float = 0.0
    unit_count: int = 0
    known_count: int = 0
    waived_count: int = 0
    unconnected_count: int = 0
    scope_count: int = 0

    @property
    def proven(self) -> float | None:
        """0 to 1, what is unknown counted as failed; ``None``: see ``reason``."""
        return self.proven_numerator / self.denominator if self.denominator else None

    @property
    def possible(self) -> float | None:
        """0 to 1, what is unknown counted as passed; ``None``: see ``reason``."""
        return self.possible_numerator / self.denominator if self.denominator else None

    @property
    def known_weight(self) -> float:
        """The part of the denominator that rests on units which could be looked at."""
        return self.denominator - (self.possible_numerator - self.proven_numerator)

    @property
    def coverage(self) -> float | None:
        """The share of applicable units that could be looked at; ``None`` when no unit is applicable."""
        return self.known_count / self.unit_count if self.unit_count else None

    @property
    def reason(self) -> NoScore | None:
        """Why ``proven`` and ``possible`` are ``None``; ``None`` when they are told."""
        if self.denominator:
            return None
        if not self.scope_count:
            return NoScore.NOT_SCANNED
        if self.waived_count:
            return NoScore.ALL_WAIVED
        return NoScore.NOT_CONNECTED if self.unconnected_count else NoScore.NOTHING_APPLICABLE


def score(entries: Iterable[Entry]) -> Score:
    """The score of one service over these entries."""
    found = list(entries)
    scored = [(entry.weight, entry.proven, entry.possible) for entry in found]
    return Score(
        proven_numerator=fsum(weight * proven for weight, proven, _ in scored if proven is not None),
        possible_numerator=fsum(weight * possible for weight, _, possible in scored if possible is not None),
        denominator=fsum(weight for weight, proven, _ in scored if proven is not None),
        unit_count=sum(entry.unit_count for entry in found),
        known_count=sum(entry.known_count for entry in found),
        waived_count=sum(entry.waived_count for entry in found),
        unconnected_count=sum(entry.verdict is Verdict.NOT_CONNECTED for entry in found),
        scope_count=1,
    )


def total(scores: Iterable[Score]) -> Score:
    """The score of several services together: sums, never a mean of ratios."""
    found = list(scores)
    return Score(
        proven_numerator=fsum(score.proven_numerator for score in found),
        possible_numerator=fsum(score.possible_numerator for score in found),
        denominator=fsum(score.denominator for score in found),
        unit_count=sum(score.unit_count for score in found),
        known_count=sum(score.known_count for score in found),
        waived_count=sum(score.waived_count for score in found),
        unconnected_count=sum(score.unconnected_count for score in found),
        scope_count=sum(score.scope_count for score in found),
    )
