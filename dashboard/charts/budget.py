"""Error budgets drawn: a small bar of what is left, and how the budget of a window was spent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.charts import theme

BAR_WIDTH, BAR_HEIGHT = 72, 8
LOWEST = -100.0  # what is overspent by more than a whole budget would press all else flat
HEAD_ROOM = 4.0
STRIP = 0.17  # the share of the height that deployments and incidents have


@dataclass(frozen=True, slots=True)
class Bar:
    """What the template draws in a box of ``width`` by ``height``: the part from the left that is filled."""

    width: int
    height: int
    filled: float


@dataclass(frozen=True, slots=True)
class Left:
    """The budget left (1 untouched, below 0 overspent) at a moment, in words too; ``None`` is no data."""

    at: datetime
    left: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """A step of the policy: at how many percent it begins, and what it asks."""

    percent: float
    text: str


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment beside the budget."""

    at: datetime
    failed: bool
    text: str


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident beside the budget; ``until`` is ``None`` while it is open."""

    since: datetime
    until: datetime | None
    text: str


def bar(left: float | None) -> Bar | None:
    """What is left of a whole budget; ``None`` without data."""
    if left is None:
        return None
    filled = min(1.0, max(0.0, left)) * BAR_WIDTH
    return Bar(BAR_WIDTH, BAR_HEIGHT, round(filled, 1))


def left_by_day(days: Sequence[tuple[float, float] | None], objective: float) -> list[float | None]:
    """The budget left after each day of a window, of which ``days`` tells bad and total; ``None``: no data that day."""
    allowed = sum(day[1] for day in days if day is not None) * (1 - objective)
    if allowed <= 0:
        return [None for _ in days]
    found: list[float | None] = []
    bad = 0.0
    for day in days:
        bad += day[0] if day is not None else 0.0
        found.append(None if day is None else 1 - bad / allowed)
    return found


def burn_down(
    points: Sequence[Left],
    *,
    thresholds: Sequence[Threshold] = (),
    deployed: Iterable[Deployed] = (),
    incidents: Iterable[Incident] = (),
    now: datetime,
) -> theme.Figure | None:
    """A Plotly figure: the line of what is left, the policy's steps, and below it what happened meanwhile.

    ``None`` with nothing to draw.
    """
    known = [point.left * 100 for point in points if point.left is not None]
    if not known:
        return None
    low = min(0.0, max(LOWEST, min(known)))
    top = max(100.0, *known) + HEAD_ROOM
    bottom = low - HEAD_ROOM if low < 0 else -HEAD_ROOM / 2
    layout = theme.layout(unit="%", height=280)
    layout["margin"] |= {"r": 100}
    layout["xaxis"] |= {
        "range": [points[0].at.isoformat(), points[-1].at.isoformat()],
        "hoverformat": "%a %-d %b, %H:%M",
        "tickformat": "%-d %b",
        "tickangle": 0,
        "nticks": 6,
        "anchor": "y2",
    }
    layout["yaxis"] |= {"range": [bottom, top], "rangemode": "normal", "domain": [STRIP, 1]}
    layout["yaxis2"] = {"range": [0, 3], "domain": [0, STRIP - 0.03], "visible": False, "fixedrange": True}
    layout["shapes"] = [_zero(), *(_line(one) for one in thresholds if one.percent > low)]
    layout["annotations"] = [_label(one) for one in thresholds if one.percent >= low]
    traces = [_left(points), *_deployments(list(deployed))]
    traces += [_incident(one, now) for one in incidents]
    return {"data": traces, "layout": layout}


def _left(points: Sequence[Left]) -> theme.Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [point.at.isoformat() for point in points],
        "y": [None if point.left is None else round(max(LOWEST, point.left * 100), 2) for point in points],
        "customdata": [point.text for point in points],
        "hovertemplate": "%{customdata}<extra></extra>",
        "connectgaps": False,
        "line": {"color": theme.ACCENT, "width": 2},
    }


def _zero() -> theme.Figure:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": 0,
        "y1": 0,
        "line": {"color": theme.INK, "width": 1},
    }


def _line(threshold: Threshold) -> theme.Figure:
    return _zero() | {
        "y0": threshold.percent,
        "y1": threshold.percent,
        "line": {"color": theme.SOFT, "width": 1, "dash": "dot"},
    }


def _label(threshold: Threshold) -> theme.Figure:
    """Beside the plot, where the line can't hide it."""
    return {
        "text": threshold.text,
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 4,
        "yref": "y",
        "y": threshold.percent,
        "showarrow": False,
        "font": {"color": theme.SOFT, "size": 11},
    }


def _deployments(deployed: Sequence[Deployed]) -> list[theme.Figure]:
    """Ticks, and triangles for those that failed."""
    kinds = (
        (False, {"symbol": "line-ns-open", "color": theme.SOFT, "size": 9, "line": {"width": 1.5}}),
        (True, {"symbol": "triangle-up", "color": theme.BAD, "size": 9}),
    )
    found = []
    for failed, marker in kinds:
        chosen = [one for one in deployed if one.failed is failed]
        if chosen:
            found.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "yaxis": "y2",
                    "x": [one.at.isoformat() for one in chosen],
                    "y": [2 for _ in chosen],
                    "customdata": [one.text for one in chosen],
                    "hovertemplate": "%{customdata}<extra></extra>",
                    "cliponaxis": False,
                    "marker": marker,
                }
            )
    return found


def _incident(one: Incident, now: datetime) -> theme.Figure:
    """A bar below the deployments, as long as it lasted."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "yaxis": "y2",
        "x": [one.since.isoformat(), (one.until or now).isoformat()],
        "y": [0.6, 0.6],
        "customdata": [one.text, one.text],
        "hovertemplate": "%{customdata}<extra></extra>",
        "line": {"color": theme.BAD, "width": 5},
        "marker": {"color": theme.BAD, "symbol": "square", "size": 5},
    }
