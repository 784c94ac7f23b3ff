"""(pure) A service's standing on a day as numbers that add up: for teams, the organisation, and trends."""

from collections.abc import Iterable, Mapping
from typing import Any

from scorecards.compliance import Compliance, Meets
from scorecards.maturity import Maturity
from scorecards.standards.score import Score
from scorecards.standards.standard import Standard

SUMS = ("proven_numerator", "possible_numerator", "denominator", "unit_count", "known_count", "waived_count")


def tally_of(standard: Standard, compliance: Compliance, reached: Maturity) -> dict[str, Any]:
    """The fields of a service's ``ComplianceDay``."""
    meets = compliance.meets_required
    return {
        "version": standard.version,
        "services": int(compliance.scanned),
        "unscanned": int(not compliance.scanned),
        "met": int(meets is Meets.MET),
        "open": int(meets is Meets.UNKNOWN),
        "judged": int(meets is not None),
        "phase": str(reached.proven or ""),
        "possible_phase": str(reached.possible or ""),
        "tally": {
            "all": sums(compliance.score),
            "levels": {str(level): sums(score) for level, score in compliance.by_level.items()},
            "sections": {section: sums(score) for section, score in compliance.by_section.items()},
            "phases": {str(phase): sums(score) for phase, score in compliance.by_phase.items()},
        },
    }


def sums(score: Score) -> dict[str, float]:
    return {name: getattr(score, name) for name in SUMS}


def score_of(told: Mapping[str, float], scopes: int) -> Score:
    """The score that was told. ``scopes``: how many services it sums over."""
    counts = {name: told.get(name, 0) for name in SUMS}
    return Score(**counts, scope_count=scopes)  # type: ignore[arg-type]


def added(tallies: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Several tallies as one: sums, never a mean of ratios."""
    found = list(tallies)
    return {
        "all": _added(tally.get("all", {}) for tally in found),
        **{
            group: {
                key: _added(tally.get(group, {}).get(key, {}) for tally in found)
                for key in sorted({key for tally in found for key in tally.get(group, {})})
            }
            for group in ("levels", "sections", "phases")
        },
    }


def _added(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    found = list(parts)
    return {name: sum(part.get(name, 0) for part in found) for name in SUMS}
