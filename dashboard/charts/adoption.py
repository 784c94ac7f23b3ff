"""(pure) Adoption as it is drawn: its course with the target, the funnel of a capability as a bar and over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.charts import labels, standing, theme
from dashboard.charts.standing import Band

WIDTH, HEIGHT = 160, 10


def course(bands: Sequence[Band], target: float) -> theme.Figure | None:
    """A Plotly figure: the band from what is proven to what is possible, and the target as a line; ``None`` with
    nothing to draw. ``target``: a share of 0 to 1."""
    figure = standing.standing(bands)
    if figure is None:
        return None
    figure["data"][1] |= {"fill": "tonexty", "fillcolor": theme.WASH}
    level = round(target * 100, 1)
    line = {"color": theme.INK, "width": 1, "dash": "dash"}
    figure["layout"] |= {
        "shapes": [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level, "line": line}],
        "annotations": [labels.beside("target", level, theme.INK)],
    }
    return figure


# ---------------------------------------------------------------- funnel


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the bar: its class, where it begins and how long it is."""

    name: str
    x: float
    length: float


@dataclass(frozen=True, slots=True)
class Bar:
    """Within a frame for all that could use it: configured, used, retained, each over the one before; then, after what
    is used, what is unknown."""

    width: int
    height: int
    steps: tuple[Step, ...]


def bar(eligible: int, configured: int, used: int, retained: int, unknown: int) -> Bar | None:
    """The funnel as a bar; ``None`` where nothing could use it."""
    if eligible <= 0:
        return None
    scale = WIDTH / eligible
    lengths = {"configured": configured, "used": used, "retained": retained}
    steps = [Step(name, 0.0, round(min(count, eligible) * scale, 1)) for name, count in lengths.items() if count > 0]
    if unknown > 0:
        start = max(used, configured) if configured + unknown <= eligible else used
        begins = min(start, eligible - min(unknown, eligible))
        steps.append(Step("unknown", round(begins * scale, 1), round(min(unknown, eligible) * scale, 1)))
    return Bar(WIDTH, HEIGHT, tuple(steps))


@dataclass(frozen=True, slots=True)
class Counts:
    """A capability's funnel on a day, in words too; ``None`` where no service was active."""

    day: date
    counts: tuple[int, int, int, int] | None
    text: str


LINES = (
    ("eligible", {"color": theme.SOFT, "width": 1, "dash": "dot"}),
    ("configured", {"color": theme.SOFT, "width": 1.5}),
    ("used", {"color": theme.ACCENT, "width": 2.5}),
    ("for months", {"color": theme.ACCENT, "width": 1.5, "dash": "dash"}),
)


def funnel(days: Sequence[Counts]) -> theme.Figure | None:
    """A Plotly figure: a line for each step of the funnel, named at its end; ``None`` with nothing to draw."""
    known = [one.counts for one in days if one.counts is not None]
    if not known:
        return None
    highest = max(max(counts) for counts in known) or 1
    layout = theme.layout(unit="")
    layout["yaxis"] |= {"range": [0, highest * 1.06], "rangemode": "normal"}
    layout["xaxis"] |= {"hoverformat": "%-d %b %Y", "tickformat": "%-d %b", "tickangle": 0, "nticks": 4}
    layout["margin"] |= {"r": 92}
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [one.day.isoformat() for one in days],
            "y": [one.counts[at] if one.counts is not None else None for one in days],
            "connectgaps": False,
            "line": line | {"shape": "hv"},
            "hoverinfo": "skip",
        }
        for at, (_, line) in enumerate(LINES)
    ]
    traces[2] |= {
        "hoverinfo": "text",
        "customdata": [one.text for one in days],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    layout["annotations"] = [
        labels.beside(f"{name} {count}", level, str(line["color"]))
        for (name, line), count, level in zip(LINES, known[-1], labels.apart(known[-1], highest), strict=True)
    ]
    return {"data": traces, "layout": layout}
