"""A word-sized line, drawn by the server as SVG paths; a bucket without data is a gap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Sparkline:
    """What the template draws: ``paths`` for runs of values, ``dots`` for values that stand alone, ``last`` the newest
    value. ``title`` says it in words."""

    width: int
    height: int
    paths: tuple[str, ...]
    dots: tuple[Dot, ...]
    last: Dot | None
    title: str

    @property
    def drawn(self) -> str:
        """All runs as one path: a template's loop over them costs more than all else of the line."""
        return "".join(self.paths)

    @property
    def dotted(self) -> str:
        """The dots as one path of strokes without length, which round ends make visible."""
        return "".join(f"M{dot.x:g} {dot.y:g}h0" for dot in self.dots)


def sparkline(values: Sequence[float | None], *, title: str, width: int = 96, height: int = 20) -> Sparkline | None:
    """A sparkline from zero up, or ``None`` where no bucket has data."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    points = list(_points(values, width, height, top=max(known)))
    runs = list(_runs(points))
    return Sparkline(
        width=width,
        height=height,
        paths=tuple(_path(run) for run in runs if len(run) > 1),
        dots=tuple(run[0] for run in runs if len(run) == 1),
        last=points[-1],
        title=title,
    )


def _points(values: Sequence[float | None], width: int, height: int, *, top: float) -> Iterator[Dot | None]:
    inset = 2.0
    step = (width - 2 * inset) / max(1, len(values) - 1)
    for place, value in enumerate(values):
        share = 0.0 if value is None or top <= 0 else max(0.0, value) / top
        y = height - inset - share * (height - 2 * inset)
        yield None if value is None else Dot(round(inset + place * step, 1), round(y, 1))


def _runs(points: Sequence[Dot | None]) -> Iterator[list[Dot]]:
    run: list[Dot] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []


def _path(run: Sequence[Dot]) -> str:
    return "M" + "L".join(f"{dot.x:g} {dot.y:g}" for dot in run)
