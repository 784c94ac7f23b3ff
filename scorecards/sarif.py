"""(pure) Findings as SARIF."""

from collections.abc import Sequence
from typing import Any

from scorecards.scanning.report import Report


def as_sarif(reports: Sequence[Report]) -> dict[str, Any]:
    """A SARIF log."""
    return {"version": "2.1.0", "runs": []}
