"""(pure) Services that changed: the same figure before and after, each service beside itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from scorecards.outcome.figures import FIGURES, LEAST, TOO_FEW, Difference, Figure, Figures
from scorecards.outcome.resample import median, of_median


@dataclass(frozen=True, slots=True)
class Changed:
    """One service's figures over the days before it changed, and over as many after."""

    before: Figures
    after: Figures


@dataclass(frozen=True, slots=True)
class Paired:
    """One figure of the ``count`` services, of ``services``, that have it both before and after.

    ``before`` and ``after`` are medians; ``difference`` is the median of each service's own, which need not be their
    difference. ``None`` with its ``reason``.
    """

    figure: Figure
    services: int
    count: int
    before: float | None = None
    after: float | None = None
    difference: Difference | None = None
    reason: str = ""


def before_and_after(changed: Iterable[Changed]) -> list[Paired]:
    """Each figure of the services that changed. Under eight of them, it tells how many alone.

    Definition: docs/definitions.md, "Outcomes".
    """
    services = list(changed)
    return [_paired(figure, services) for figure in FIGURES]


def _paired(figure: Figure, services: list[Changed]) -> Paired:
    pairs = [
        (before, after)
        for one in services
        if (before := one.before.get(figure)) is not None and (after := one.after.get(figure)) is not None
    ]
    if len(pairs) < LEAST:
        return Paired(figure, len(services), len(pairs), reason=TOO_FEW)
    gaps = sorted(after - before for before, after in pairs)
    interval = of_median(gaps)
    return Paired(
        figure,
        len(services),
        len(pairs),
        median(sorted(before for before, _ in pairs)),
        median(sorted(after for _, after in pairs)),
        Difference(median(gaps), interval.low, interval.high),
    )
