"""Badges and small charts as SVG that stands alone: no style sheet, no font, no script; the colours of the pages."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

from dashboard.charts.sparkline import Sparkline

Kind = Literal["good", "warn", "bad", "none"]
HEIGHT, SIZE, PAD, SHAPE, GAP = 20, 11, 6, 8, 4
TREND_WIDTH, TREND_HEIGHT, MARGIN, LINE_HEIGHT = 224, 84, 12, 28
AS_THICK = 'vector-effect="non-scaling-stroke"'  # whatever the line was drawn for
FONT = 'font-family="Verdana,DejaVu Sans,sans-serif"'

# Pixels of a letter at 11 px, as Chromium measures DejaVu Sans, about as wide as Verdana; others 7, wide ones 11.
WIDTHS: Mapping[str, float] = {
    letter: width
    for width, letters in {
        3.1: "ijlI'",
        3.3: "J",
        3.6: " .,:;/\\|",
        4.3: "t()[]f!",
        4.6: "r-",
        5.5: '*_`"–?',
        5.8: "sz",
        6.1: "cL",
        6.5: "vxykFP",
        6.8: "aeoTYSE",
        7.0: "bdghnpqu0123456789$B",
        7.6: "ACKRVXZ",
        8.3: "DHNU",
        8.7: "GOQ&",
        9.3: "w+#<=>^~−×M",
        10.6: "m%",
        11.0: "W@…",
    }.items()
    for letter in letters
}
SHAPES: Mapping[Kind, str] = {
    "good": '<circle cx="5" cy="5" r="4.5" fill="{0}"/>',
    "warn": '<circle cx="5" cy="5" r="4" fill="none" stroke="{0}"/><path d="M5 1a4 4 0 0 1 0 8z" fill="{0}"/>',
    "bad": '<path d="M5 .5l4.7 9H.3z" fill="{0}"/>',
    "none": '<path d="M1 5h8" stroke="{0}" stroke-width="1.5"/>',
}
# What XML 1.0 does not hold, and what turns the direction of the text around it.
UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours, as ``static/css/tokens.css`` has them."""

    ground: str
    raised: str
    line: str
    ink: str
    soft: str
    accent: str
    good: str
    warn: str
    bad: str

    def of(self, kind: Kind) -> str:
        return self.soft if kind == "none" else str(getattr(self, kind))


THEMES: Mapping[str, Theme] = {
    "light": Theme(
        "#ffffff", "#f7f7f5", "#e4e3df", "#1a1a18", "#6a6963", "#1d5fc4", good="#17753f", warn="#8a5a00", bad="#b3261e"
    ),
    "dark": Theme(
        "#131416", "#1b1d20", "#2c2f33", "#ececea", "#9a9994", "#83b0ff", good="#5cc58b", warn="#e2b24c", bad="#ff8d82"
    ),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a badge says. ``value`` is empty where there is no data; ``reason`` then says why.

    ``verdict``: the shape beside the value, nothing for a value that is not judged. ``span``: of which time it is.
    ``title``: all of it in a sentence.
    """

    label: str
    value: str
    title: str
    reason: str = ""
    verdict: Kind | None = None
    line: Sparkline | None = None
    span: str = ""


def badge(told: Told, theme: Theme) -> str:
    """A line as high as text: what, a shape for how it stands, how much."""
    label, value, kind = _shown(told)
    shape = SHAPE + GAP if kind else 0
    left, right = text_width(label) + 2 * PAD, text_width(value) + 2 * PAD + shape
    width = left + right
    ink = theme.soft if not told.value else theme.ink
    drawn = [
        f'<rect x=".5" y=".5" width="{width - 1}" height="{HEIGHT - 1}" rx="3" fill="{theme.ground}" '
        f'stroke="{theme.line}"/>',
        f'<path d="M{left} 1H3.5A2.5 2.5 0 0 0 1 3.5v13A2.5 2.5 0 0 0 3.5 19H{left}z" fill="{theme.raised}"/>',
        _text(label, PAD, 14, theme.soft),
        _shape(kind, left + PAD, 6, theme) if kind else "",
        _text(value, left + PAD + shape, 14, ink),
    ]
    return _svg(width, HEIGHT, told.title, "".join(drawn))


def trend(told: Told, theme: Theme) -> str:
    """The value with its course under it; a time without data is a gap."""
    label, value, kind = _shown(told)
    shape = SHAPE + 2 * GAP if kind else 0
    inside = TREND_WIDTH - 2 * MARGIN
    drawn = [
        f'<rect x=".5" y=".5" width="{TREND_WIDTH - 1}" height="{TREND_HEIGHT - 1}" rx="3" fill="{theme.ground}" '
        f'stroke="{theme.line}"/>',
        _text(cut(label, inside - 60), MARGIN, 19, theme.soft),
        f'<text x="{TREND_WIDTH - MARGIN}" y="19" fill="{theme.soft}" text-anchor="end">{_escaped(told.span)}</text>',
        _shape(kind, MARGIN, 29, theme) if kind else "",
        f'<text x="{MARGIN + shape}" y="39" fill="{theme.ink if told.value else theme.soft}" font-size="16">'
        f"{_escaped(value)}</text>",
    ]
    if told.line is not None:
        drawn.append(_line(told.line, theme))
    elif told.reason:
        drawn.append(_text(cut(told.reason, inside), MARGIN, 65, theme.soft))
    return _svg(TREND_WIDTH, TREND_HEIGHT, told.title, "".join(drawn))


def text_width(text: str) -> int:
    """How wide the text is at 11 px, in whole pixels."""
    return -int(-sum(map(_letter_width, clean(text))) // 1)


def cut(text: str, width: int) -> str:
    """The text, or as much of it as there is room for."""
    text = clean(text)
    if text_width(text) <= width:
        return text
    while text and text_width(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def clean(text: str) -> str:
    """The text without what XML can't hold and what would turn the text beside it."""
    return UNWANTED.sub("", re.sub(r"[\t\n\r]", " ", text))


def _letter_width(letter: str) -> float:
    known = WIDTHS.get(unicodedata.normalize("NFKD", letter)[:1] or letter)
    if known is not None:
        return known
    if unicodedata.combining(letter):
        return 0.0
    return 11.0 if unicodedata.east_asian_width(letter) in "WF" else 7.0


def _shown(told: Told) -> tuple[str, str, Kind | None]:
    if not told.value:
        return told.label, "no data", "none"
    return told.label, told.value, told.verdict


def _svg(width: int, height: int, title: str, drawn: str) -> str:
    said = _escaped(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{said}"><title>{said}</title><g {FONT} font-size="{SIZE}">{drawn}</g></svg>'
    )


def _text(text: str, x: float, y: float, colour: str) -> str:
    """A text in the room that was reckoned for it, whatever font draws it."""
    return (
        f'<text x="{x}" y="{y}" fill="{colour}" textLength="{text_width(text)}" lengthAdjust="spacingAndGlyphs">'
        f"{_escaped(text)}</text>"
    )


def _shape(kind: Kind, x: float, y: float, theme: Theme) -> str:
    return f'<g transform="translate({x} {y}) scale(.8)">{SHAPES[kind].format(theme.of(kind))}</g>'


def _line(line: Sparkline, theme: Theme) -> str:
    across, up = (TREND_WIDTH - 2 * MARGIN) / line.width, LINE_HEIGHT / line.height
    stroke = f'fill="none" stroke="{theme.soft}" stroke-linejoin="round" stroke-linecap="round" {AS_THICK}'
    drawn = f'<path d="{line.drawn}" {stroke} stroke-width="1.25"/>' if line.paths else ""
    drawn += f'<path d="{line.dotted}" {stroke} stroke-width="2.5"/>' if line.dots else ""
    top = TREND_HEIGHT - MARGIN + 2 - LINE_HEIGHT
    course = f'<g transform="translate({MARGIN} {top}) scale({across:.4g} {up:.4g})">{drawn}</g>'
    if line.last is None:
        return course
    x, y = MARGIN + line.last.x * across, top + line.last.y * up
    return f'{course}<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{theme.accent}"/>'


def _escaped(text: str) -> str:
    return escape(clean(text))
