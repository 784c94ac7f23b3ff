"""One metric over time, week by week, with its target as a thin line and incidents as marks on the axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from dashboard.charts import theme

DAY_MS = 86_400_000
LABELS_ABREAST = 5  # on a phone
SCALES = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket of ``days`` from ``day`` on: its value (seconds, ratio or rate; ``None`` is no data), in words too."""

    day: date
    value: float | None
    text: str
    days: int = 7


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, shown on the axis: its moment and what it was."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A day from which on another definition holds, and what changed, by whom and why."""

    day: date
    text: str


Measure = Literal["duration", "ratio", "rate"]


def scale(points: Sequence[Point], measure: Measure, target: float | None = None) -> tuple[float, str]:
    """What to divide values by, and the unit that leaves: the largest unit that the middle value fills."""
    if measure == "ratio":
        return 0.01, "%"
    if measure == "rate":
        return 1.0, "a day and service"
    known = sorted(point.value for point in points if point.value is not None) or [target or 0.0]
    middle = known[len(known) // 2]
    return next(((divisor, unit) for divisor, unit in SCALES if middle >= divisor), SCALES[-1])


def trend(
    points: Sequence[Point],
    *,
    measure: Measure,
    target: float | None = None,
    marks: Sequence[Mark] = (),
    changed: Sequence[Changed] = (),
) -> theme.Figure:
    """A Plotly figure: bars for rates, else a line with a gap where there is no data. Colours are CSS variables."""
    divisor, unit = scale(points, measure, target)
    layout = theme.layout(unit=unit)
    layout["xaxis"] |= _time_axis(points)
    traces = [_series(points, measure, divisor)]
    if target is not None:
        layout["shapes"] = [_target_line(target / divisor)]
        layout["annotations"] = [_target_label(target / divisor)]
        highest = max([target / divisor, *(p.value / divisor for p in points if p.value is not None)])
        layout["yaxis"] |= {"range": [0, highest * 1.08], "rangemode": "normal"}
    if marks:
        traces.append(_marks(marks))
    if changed:
        layout["shapes"] = [*layout.get("shapes", ()), *(_change_line(day) for day in _days(changed))]
        layout["annotations"] = [
            *layout.get("annotations", ()),
            *(_change_label(day) for day in _apart(_days(changed), points)),
        ]
        layout["margin"] |= {"t": 22}
        traces.append(_changes(changed))
    return {"data": traces, "layout": layout}


def _time_axis(points: Sequence[Point]) -> theme.Figure:
    """From a day before the first bucket to the end of the last, with ticks on Mondays, or months where it is long."""
    if not points:
        return {}
    start, last = points[0].day - timedelta(days=1), points[-1]
    end = last.day + timedelta(days=last.days)
    span = {"range": [start.isoformat(), end.isoformat()]}
    weeks = (end - start).days // 7
    if weeks > 20:
        return span | {"dtick": f"M{max(1, weeks // 24)}", "tickformat": "%b %Y", "tickangle": 0}
    monday = start + timedelta(days=-start.weekday() % 7)
    every = 7 * max(1, round(weeks / 4))
    return span | {"tick0": monday.isoformat(), "dtick": every * DAY_MS, "tickformat": "%-d %b", "tickangle": 0}


def _series(points: Sequence[Point], measure: Measure, divisor: float) -> theme.Figure:
    values = [None if point.value is None else round(point.value / divisor, 4) for point in points]
    shared: theme.Figure = {
        "x": [point.day.isoformat() for point in points],
        "y": values,
        "customdata": [point.text for point in points],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    if measure == "rate":
        widths = [point.days * 0.8 * DAY_MS for point in points]
        return shared | {"type": "bar", "width": widths, "offset": 0, "marker": {"color": theme.ACCENT}}
    return shared | {
        "type": "scatter",
        "mode": "lines+markers",
        "connectgaps": False,
        "line": {"color": theme.ACCENT, "width": 2},
        "marker": {"color": theme.ACCENT, "size": 5},
    }


def _target_line(value: float) -> theme.Figure:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": theme.SOFT, "width": 1, "dash": "dot"},
    }


def _target_label(value: float) -> theme.Figure:
    """Beside the plot, where no bar can stand behind it."""
    return {
        "text": "target",
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 4,
        "yref": "y",
        "y": value,
        "showarrow": False,
        "font": {"color": theme.SOFT, "size": 11},
    }


def _marks(marks: Sequence[Mark]) -> theme.Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [mark.at.isoformat() for mark in marks],
        "y": [0 for _ in marks],
        "customdata": [mark.text for mark in marks],
        "hovertemplate": "%{customdata}<extra></extra>",
        "cliponaxis": False,
        "marker": {"color": theme.BAD, "symbol": "triangle-up", "size": 9},
    }


def _days(changed: Sequence[Changed]) -> list[date]:
    return sorted({one.day for one in changed})


def _apart(days: Sequence[date], points: Sequence[Point]) -> list[date]:
    """Those days whose labels have room beside the one before."""
    room = timedelta(days=sum(point.days for point in points)) / LABELS_ABREAST
    found: list[date] = []
    for day in days:
        if not found or day - found[-1] >= room:
            found.append(day)
    return found


def _change_line(day: date) -> theme.Figure:
    return {
        "type": "line",
        "yref": "paper",
        "x0": day.isoformat(),
        "x1": day.isoformat(),
        "y0": 0,
        "y1": 1,
        "line": {"color": theme.SOFT, "width": 1, "dash": "dash"},
    }


def _change_label(day: date) -> theme.Figure:
    return {
        "text": "redefined",
        "x": day.isoformat(),
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": theme.SOFT, "size": 11},
    }


def _changes(changed: Sequence[Changed]) -> theme.Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [one.day.isoformat() for one in changed],
        "y": [0 for _ in changed],
        "customdata": [one.text for one in changed],
        "hovertemplate": "%{customdata}<extra></extra>",
        "cliponaxis": False,
        "marker": {"color": theme.SOFT, "symbol": "diamond", "size": 8},
    }
