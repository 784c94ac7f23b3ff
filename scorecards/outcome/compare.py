"""(pure) Two groups of services side by side: the median of each, and how far apart these are, with an interval."""

from collections.abc import Iterable
from dataclasses import dataclass

from scorecards.outcome.figures import FIGURES, LEAST, TOO_FEW, Difference, Figure, Figures
from scorecards.outcome.resample import median, of_difference


@dataclass(frozen=True, slots=True)
class Group:
    """``count`` of ``services`` have the figure; ``median`` of these, ``None`` where it is not told."""

    services: int
    count: int
    median: float | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both groups. ``difference``: of ``those`` less ``others``; ``None`` with its ``reason``."""

    figure: Figure
    those: Group
    others: Group
    difference: Difference | None = None
    reason: str = ""


def compare(those: Iterable[Figures], others: Iterable[Figures]) -> list[Compared]:
    """Each figure of two groups of services. A group of which fewer than eight have the figure tells how many alone.

    Definition: docs/definitions.md, "Outcomes".
    """
    first, second = list(those), list(others)
    return [_compared(figure, first, second) for figure in FIGURES]


def _compared(figure: Figure, those: list[Figures], others: list[Figures]) -> Compared:
    mine, theirs = known(figure, those), known(figure, others)
    if min(len(mine), len(theirs)) < LEAST:
        return Compared(figure, Group(len(those), len(mine)), Group(len(others), len(theirs)), reason=TOO_FEW)
    first, second = median(mine), median(theirs)
    interval = of_difference(mine, theirs)
    return Compared(
        figure,
        Group(len(those), len(mine), first),
        Group(len(others), len(theirs), second),
        Difference(first - second, interval.low, interval.high),
    )


def known(figure: Figure, group: Iterable[Figures]) -> list[float]:
    """The values of the services that have the figure, in their order."""
    return sorted(value for told in group if (value := told.get(figure)) is not None)
