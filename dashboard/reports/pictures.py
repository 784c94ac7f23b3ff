"""(pure) Small pictures of a figure's course as PNG: mail programs show no SVG, and none from afar without asking."""

from collections.abc import Sequence

import resvg_py

from dashboard.charts.sparkline import Sparkline, sparkline

WIDTH, HEIGHT = 96, 20
STROKE = "#5b8def"  # reads on white and on near-black alike; the ground is clear


def picture(course: Sequence[float | None], title: str) -> bytes:
    """The course as a line, twice as large for sharp screens; empty where fewer than two weeks are known."""
    if sum(value is not None for value in course) < 2:
        return b""
    line = sparkline(course, title=title, width=WIDTH, height=HEIGHT)
    return resvg_py.svg_to_bytes(svg_string=_svg(line), zoom=2, skip_system_fonts=True) if line else b""


def _svg(line: Sparkline) -> str:
    last = (
        f'<circle cx="{line.last.x:g}" cy="{line.last.y:g}" r="2" fill="{STROKE}" stroke="none"/>' if line.last else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="{STROKE}"'
        f' stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"><path d="{line.drawn}"/>'
        f'<path d="{line.dotted}" stroke-width="3"/>{last}</svg>'
    )
