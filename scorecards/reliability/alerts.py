"""(pure) Multi-window, multi-burn-rate alerts (``alerts.yaml``), and whether they fire."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from scorecards.reliability.burn import SECONDS_BY_WINDOW, spent

State = Literal["firing", "quiet", "no_data"]


class Alert(NamedTuple):
    """``budget``: the share of the budget that is spent over the long window where the burn rate is the factor."""

    severity: str
    long: str
    short: str
    budget: float

    def factor(self, window: float) -> float:
        """The burn rate above which it fires, for an objective over ``window`` seconds."""
        return self.budget * window / SECONDS_BY_WINDOW[self.long]


class Table(NamedTuple):
    """The alerts, and where they are published."""

    title: str
    year: int
    url: str
    alerts: tuple[Alert, ...]


class AlertState(NamedTuple):
    """How an alert stands. A burn rate is ``None`` where there is no data over its window."""

    severity: str
    long: str
    short: str
    factor: float
    long_rate: float | None
    short_rate: float | None
    state: State

    def plain(self) -> dict[str, Any]:
        return self._asdict()


@cache
def table() -> Table:
    """Read once from the file beside this module."""
    data = yaml.safe_load(Path(__file__).with_name("alerts.yaml").read_text(encoding="utf-8"))
    return Table(data["title"], data["year"], data["url"], tuple(Alert(**entry) for entry in data["alerts"]))


def states(rates: Mapping[str, float | None], window: float) -> list[AlertState]:
    """Every alert that an objective over ``window`` seconds can have: its long window is no longer than that.

    ``rates``: burn rates by window.
    """
    fitting = [each for each in table().alerts if SECONDS_BY_WINDOW[each.long] <= window]
    return [_state(each, each.factor(window), rates.get(each.long), rates.get(each.short)) for each in fitting]


def _state(alert: Alert, factor: float, long_rate: float | None, short_rate: float | None) -> AlertState:
    return AlertState(
        alert.severity, alert.long, alert.short, factor, long_rate, short_rate, _told(factor, long_rate, short_rate)
    )


def _told(factor: float, long_rate: float | None, short_rate: float | None) -> State:
    known = [rate for rate in (long_rate, short_rate) if rate is not None]
    if any(rate <= factor for rate in known):
        return "quiet"  # both must be above it, so that one alone decides
    return "firing" if len(known) == 2 else "no_data"


def fires_after(alert: Alert, error_ratio: float, objective: float, window: float) -> float | None:
    """Seconds of a steady share of errors, none before, until it fires; ``None``: it never does."""
    rate = error_ratio / (1 - objective)
    seconds = SECONDS_BY_WINDOW[alert.long] * alert.factor(window) / rate if rate > 0 else None
    return seconds if seconds is not None and seconds < SECONDS_BY_WINDOW[alert.long] else None


def spends(alert: Alert, window: float) -> float:
    """The share of the budget that is gone after the long window at the alert's factor."""
    return spent(alert.factor(window), SECONDS_BY_WINDOW[alert.long], window)
