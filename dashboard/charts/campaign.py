"""(pure) A campaign as it is drawn: how far it is as a bar, and its burn-up with what it would come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard.charts import theme
from dashboard.charts.labels import apart, beside

WIDTH, HEIGHT = 160, 10
BEYOND = timedelta(days=30)  # so far after the deadline a projection is drawn
HEAD_ROOM = 1.08
FEW = 5


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bar: its class, where it begins and how long it is."""

    name: str
    x: float
    length: float


@dataclass(frozen=True, slots=True)
class Bar:
    """Done, then waived, then unknown, within a frame for all in scope; ``goal``: where it is reached, if before."""

    width: int
    height: int
    parts: tuple[Part, ...]
    goal: float | None


def bar(in_scope: int, done: int, waived: int, unknown: int, goal: int) -> Bar | None:
    """``None`` where nobody is asked."""
    if in_scope <= 0:
        return None
    parts, start = [], 0.0
    for name, count in (("done", done), ("waived", waived), ("unknown", unknown)):
        length = round(count * WIDTH / in_scope, 1)
        if count > 0:
            parts.append(Part(name, round(start, 1), length))
        start += length
    return Bar(WIDTH, HEIGHT, tuple(parts), round(goal * WIDTH / in_scope, 1) if goal < in_scope - waived else None)


@dataclass(frozen=True, slots=True)
class Day:
    """Counts of a day, in words too. ``goal``: how many have to be done."""

    day: date
    done: int
    goal: int
    text: str


def burn_up(
    days: Sequence[Day], *, starts_on: date, deadline: date, ends_on: date | None, projected: date | None
) -> theme.Figure | None:
    """A Plotly figure: what is done against what has to be; dashed, how it would go on. ``None`` with nothing to draw.

    ``ends_on``: the day on which it ended; then nothing is projected.
    """
    if not days:
        return None
    last = days[-1]
    until = max(deadline, last.day, min(projected or deadline, deadline + BEYOND))
    layout = theme.layout(unit="")
    highest = max(max(one.goal, one.done) for one in days) or 1
    layout["yaxis"] |= {"range": [0, highest * HEAD_ROOM], "rangemode": "normal"}
    if highest <= FEW:  # no half services
        layout["yaxis"] |= {"dtick": 1}
    layout["xaxis"] |= {
        "range": [(starts_on - timedelta(days=1)).isoformat(), (until + timedelta(days=1)).isoformat()],
        "hoverformat": "%-d %b %Y",
        "tickformat": "%-d %b",
        "tickangle": 0,
        "nticks": 4,
    }
    layout["margin"] |= {"r": 72, "t": 22}
    layout["shapes"] = [_deadline(deadline)]
    layout["annotations"] = [_deadline_name(deadline)]
    goal = _line(days, [one.goal for one in days], {"color": theme.INK, "width": 1, "dash": "dot"})
    if ends_on is None:  # until the deadline it asks for as many as today
        goal["x"].append(until.isoformat())
        goal["y"].append(last.goal)
    done = _line(days, [one.done for one in days], {"color": theme.ACCENT, "width": 2.5})
    words = {"customdata": [one.text for one in days], "hovertemplate": "%{customdata}<extra></extra>"}
    traces = [goal | {"hoverinfo": "skip"}, done | words]
    if projected is not None and ends_on is None:
        traces.append(_projection(last, projected, until))
    heights = apart([float(last.goal), float(last.done)], highest)
    names = ((f"to do {last.goal}", theme.INK), (f"done {last.done}", theme.ACCENT))
    layout["annotations"] += [
        beside(name, height, colour) for (name, colour), height in zip(names, heights, strict=True)
    ]
    return {"data": traces, "layout": layout}


def _line(days: Sequence[Day], counts: Sequence[int], line: theme.Figure) -> theme.Figure:
    """With points, so that a single day can be seen."""
    return {
        "type": "scatter",
        "mode": "lines" if len(days) > 1 else "lines+markers",
        "x": [one.day.isoformat() for one in days],
        "y": list(counts),
        "line": line | {"shape": "hv"},
        "marker": {"color": line["color"], "size": 5},
    }


def _projection(last: Day, projected: date, until: date) -> theme.Figure:
    """From today towards the goal; cut where the drawing ends."""
    whole = max((projected - last.day).days, 1)
    shown = min(whole, (until - last.day).days)
    end = last.done + (last.goal - last.done) * shown / whole
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [last.day.isoformat(), (last.day + timedelta(days=shown)).isoformat()],
        "y": [last.done, round(end, 2)],
        "line": {"color": theme.ACCENT, "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
    }


def _deadline(day: date) -> theme.Figure:
    x = day.isoformat()
    line = {"color": theme.SOFT, "width": 1, "dash": "dash"}
    return {"type": "line", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": line}


def _deadline_name(day: date) -> theme.Figure:
    return {
        "text": "last day",
        "x": day.isoformat(),
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": theme.SOFT, "size": 11},
    }
