"""(pure) The delivery figures that outcomes are told by, and what both comparisons share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Figure = Literal["deployments_per_day", "lead_time", "change_failure_rate", "mttr"]
FIGURES: tuple[Figure, ...] = ("deployments_per_day", "lead_time", "change_failure_rate", "mttr")
DAYS = 90
LEAST = 8  # services on either side: of fewer, nothing is told but how many they are

TOO_FEW = "too_few_services"

# Of one service; seconds, a ratio or a rate; ``None`` is no data.
Figures: TypeAlias = Mapping[Figure, float | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """What it is, and from where to where it may as well be."""

    estimate: float
    low: float
    high: float

    @property
    def is_shown(self) -> bool:
        """Whether the interval leaves zero out; else chance alone may have made it."""
        return self.low > 0 or self.high < 0
