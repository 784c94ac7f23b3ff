"""(pure) Names beside the ends of lines and bars, so that no legend is needed."""

from collections.abc import Sequence

from dashboard.charts import theme

ROOM = 0.08  # of the height: names closer than that would lie over each other


def beside(text: str, level: float, colour: str) -> theme.Figure:
    """A name at the right edge, at a height of the y axis."""
    return {
        "text": text,
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 4,
        "yref": "y",
        "y": level,
        "showarrow": False,
        "font": {"color": colour, "size": 11},
    }


def apart(levels: Sequence[float], highest: float) -> list[float]:
    """The heights of names from the top down: each at its level, moved down where two would lie over each other, and up
    from the axis."""
    room = ROOM * highest
    found = list(levels)
    for at in range(1, len(found)):
        found[at] = min(found[at], found[at - 1] - room)
    for at in reversed(range(len(found))):
        floor = 0.0 if at == len(found) - 1 else found[at + 1] + room
        found[at] = max(found[at], floor)
    return found
