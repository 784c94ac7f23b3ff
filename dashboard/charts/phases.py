"""(pure) Services by phase as they are drawn: week by week as stacked bars, and a scope's as one bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.charts import labels, theme

WIDTH, HEIGHT = 160, 10
COLOURS = ("var(--phase-0)", "var(--phase-1)", "var(--phase-2)", "var(--phase-3)", "var(--phase-4)", "var(--phase-5)")
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Week:
    """Services by phase on a day, the first phase first, in words too; empty where nothing was scanned."""

    day: date
    counts: Sequence[int]
    text: str


def stacked(weeks: Sequence[Week], names: Sequence[str]) -> theme.Figure | None:
    """A Plotly figure: a bar a week, a part a phase, named at the end; ``None`` with nothing to draw."""
    highest = max((sum(week.counts) for week in weeks), default=0)
    if not highest:
        return None
    layout = theme.layout(unit="")
    layout |= {"barmode": "stack", "bargap": 0.15}
    layout["xaxis"] |= {"hoverformat": "%-d %b %Y", "tickformat": "%-d %b", "tickangle": 0, "nticks": 5}
    layout["yaxis"] |= {"range": [0, highest * 1.04], "rangemode": "normal"}
    layout["margin"] |= {"r": 104}
    traces = [
        {
            "type": "bar",
            "x": [week.day.isoformat() for week in weeks],
            "y": [week.counts[at] if week.counts else None for week in weeks],
            "marker": {"color": COLOURS[at], "line": {"color": theme.GROUND, "width": 1}},
            "hoverinfo": "skip",
        }
        for at in range(len(names))
    ]
    traces[-1] |= {
        "hoverinfo": "text",
        "customdata": [week.text for week in weeks],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    layout["annotations"] = _names(weeks[-1].counts, names, highest)
    return {"data": traces, "layout": layout}


def _names(counts: Sequence[int], names: Sequence[str], highest: int) -> list[theme.Figure]:
    """The names of the phases that some service is in, each beside the middle of its part of the last bar."""
    levels, under = [], 0
    for name, count in zip(names, counts, strict=False):
        if count:
            levels.append((under + count / 2, f"{name} {count}"))
        under += count
    levels.reverse()
    heights = labels.apart([level for level, _ in levels], highest)
    return [labels.beside(text, height, theme.INK) for (_, text), height in zip(levels, heights, strict=True)]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bar: its phase's number, where it begins and how long it is."""

    number: int
    x: float
    length: float


@dataclass(frozen=True, slots=True)
class Bar:
    width: int
    height: int
    parts: tuple[Part, ...]


def bar(counts: Mapping[int, int]) -> Bar | None:
    """Services by the number of their phase, side by side; ``None`` without any."""
    every = sum(counts.values())
    if not every:
        return None
    parts, start = [], 0
    for number, count in sorted(counts.items()):
        if count:
            parts.append(Part(number, round(start / every * WIDTH, 1), round(count / every * WIDTH, 1)))
            start += count
    return Bar(WIDTH, HEIGHT, tuple(parts))
