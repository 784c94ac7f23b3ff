"""Where lead time goes: coding, pickup, review and release as one stacked bar."""

from dataclasses import dataclass

from dashboard.formats import duration
from scorecards.rollups.summary import Stages

WIDTH = 1000.0


@dataclass(frozen=True, slots=True)
class Part:
    """One stage: where its piece begins and how wide it is (of ``WIDTH``), its mean and its share in words."""

    name: str
    x: float
    width: float
    text: str
    share: str


def stages_bar(stages: Stages) -> tuple[Part, ...]:
    """The four pieces in order; empty where all are zero."""
    spans = {
        "coding": stages.coding,
        "pickup": stages.pickup,
        "review": stages.review,
        "release": stages.release,
    }
    total = sum(spans.values())
    if total <= 0:
        return ()
    parts: list[Part] = []
    x = 0.0
    for name, seconds in spans.items():
        width = WIDTH * seconds / total
        parts.append(Part(name, round(x, 1), round(width, 1), str(duration(seconds)), f"{100 * seconds / total:.0f} %"))
        x += width
    return tuple(parts)
