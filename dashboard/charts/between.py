"""An interval drawn beside zero: from where to where a difference may lie, and what it is."""

from dataclasses import dataclass

WIDTH, HEIGHT = 160, 16
INSET = 5.0


@dataclass(frozen=True, slots=True)
class Between:
    """What the template draws in a box of ``width`` by ``height``: places from the left."""

    width: int
    height: int
    zero: float
    low: float
    high: float
    estimate: float

    @property
    def middle(self) -> float:
        return self.height / 2


def between(low: float, estimate: float, high: float) -> Between:
    """``low <= estimate <= high``; the scale is the figure's own, with zero always on it."""
    start, end = min(low, 0.0), max(high, 0.0)
    span = end - start
    room = WIDTH - 2 * INSET

    def place(value: float) -> float:
        return round(INSET + (room * (value - start) / span if span else room / 2), 1)

    return Between(WIDTH, HEIGHT, place(0.0), place(low), place(high), place(estimate))
