"""(pure) The course of the headline: the band from proven to possible, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.charts import theme


@dataclass(frozen=True, slots=True)
class Band:
    """Shares of 0 to 1 on a day, in words too; ``None`` before the first scan."""

    day: date
    low: float | None
    high: float | None
    text: str


def standing(bands: Sequence[Band]) -> theme.Figure | None:
    """A Plotly figure: the proven share as a line, the possible one dotted above; ``None`` with nothing to draw."""
    if not any(band.low is not None for band in bands):
        return None
    layout = theme.layout(unit="%")
    layout["yaxis"] |= {"range": [0, 104], "rangemode": "normal"}
    layout["xaxis"] |= {"hoverformat": "%-d %b %Y", "tickformat": "%-d %b", "tickangle": 0, "nticks": 4}
    high = _line(bands, [band.high for band in bands], {"color": theme.SOFT, "width": 1, "dash": "dot"})
    low = _line(bands, [band.low for band in bands], {"color": theme.ACCENT, "width": 2})
    words = {"customdata": [band.text for band in bands], "hovertemplate": "%{customdata}<extra></extra>"}
    return {"data": [high | {"hoverinfo": "skip"}, low | words], "layout": layout}


def _line(bands: Sequence[Band], shares: Sequence[float | None], line: theme.Figure) -> theme.Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [band.day.isoformat() for band in bands],
        "y": [None if share is None else round(share * 100, 1) for share in shares],
        "connectgaps": False,
        "line": line | {"shape": "hv"},
    }
