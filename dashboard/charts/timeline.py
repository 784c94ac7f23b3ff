"""A service's deployments on a line: a tick each, failed ones as triangles, incidents as bars below."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from dashboard.formats import plural
from ingest.window import Window

WIDTH = 1200
HEIGHT = 64
BASE = 34
MONTHLY_FROM = 120
NARROWEST = 60.0


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment to draw. ``href`` is its page, ``title`` what it was."""

    at: datetime
    failed: bool
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident to draw; ``until`` is ``None`` while it is open."""

    since: datetime
    until: datetime | None
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    failed: bool
    points: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float
    open: bool
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the template draws, in a box of ``width`` by ``height``; ``base`` is where the line stands."""

    width: int
    height: int
    base: int
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    title: str


def timeline(deployed: Iterable[Deployed], incidents: Iterable[Incident], window: Window, now: datetime) -> Timeline:
    """The strip of ``window``; what lies outside is left out, an incident is cut at the ends."""
    ticks = tuple(_tick(one, window) for one in deployed if one.at in window)
    bars = tuple(_bar(one, window, now) for one in incidents if _touches(one, window, now))
    failed = sum(tick.failed for tick in ticks)
    title = f"{plural(len(ticks), 'deployment')}, {failed} failed, {plural(len(bars), 'incident')}"
    return Timeline(WIDTH, HEIGHT, BASE, ticks, bars, tuple(_labels(window)), title)


def _x(at: datetime, window: Window) -> float:
    share = (at - window.starts_at) / (window.ends_at - window.starts_at)
    return round(4 + min(1.0, max(0.0, share)) * (WIDTH - 8), 1)


def _tick(one: Deployed, window: Window) -> Tick:
    x = _x(one.at, window)
    points = f"{x:g},{BASE - 15} {x + 5:g},{BASE - 5} {x - 5:g},{BASE - 5}"
    return Tick(x, one.failed, points, one.title, one.href)


def _touches(one: Incident, window: Window, now: datetime) -> bool:
    return one.since < window.ends_at and (one.until or now) >= window.starts_at


def _bar(one: Incident, window: Window, now: datetime) -> Bar:
    start = _x(one.since, window)
    return Bar(start, max(4.0, round(_x(one.until or now, window) - start, 1)), one.until is None, one.title, one.href)


def _labels(window: Window) -> Iterator[Label]:
    interval = "month" if window.day_count > MONTHLY_FROM else "week"
    parts = window.split("month") if interval == "month" else window.split("week")
    every = max(1, len(parts) // 8)
    latest = -NARROWEST
    for part in parts[::every]:
        x = _x(part.starts_at, window)
        if x - latest >= NARROWEST and x <= WIDTH - NARROWEST:
            latest = x
            yield Label(x, f"{part.start:%b %Y}" if interval == "month" else f"{part.start.day} {part.start:%b}")
