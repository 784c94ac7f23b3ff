"""What all large charts share. Colours are names of CSS variables: the page puts in the values of its theme."""

from typing import Any

Figure = dict[str, Any]

ACCENT = "var(--accent)"
INK = "var(--ink)"
SOFT = "var(--soft)"
LINE = "var(--line)"
BAD = "var(--bad)"
GROUND = "var(--ground)"
WASH = "var(--accent-wash)"


def layout(*, unit: str, height: int = 220) -> Figure:
    """A layout without Plotly's template, legend or title: those stand in the page, around the chart."""
    axis = {"color": SOFT, "gridcolor": LINE, "linecolor": LINE, "zeroline": False, "fixedrange": True}
    return {
        "height": height,
        "margin": {"l": 48, "r": 46, "t": 8, "b": 32},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": SOFT},
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": GROUND, "bordercolor": LINE, "font": {"color": INK}},
        "xaxis": axis | {"type": "date", "showgrid": False, "hoverformat": "week of %-d %b %Y"},
        "yaxis": axis | {"rangemode": "tozero", "ticksuffix": f" {unit}" if unit == "%" else "", "nticks": 5},
    }
