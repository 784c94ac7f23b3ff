"""The standard's targets, and DORA's benchmarks by edition (``levels.yaml``).

Definition: metrics.md, the targets of each metric and "Performance levels".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Verdict = Literal["met", "missed"]

# Seconds, or a ratio: a figure meets its target when it is under it.
TARGET_BY_METRIC: Mapping[str, float] = {"lead_time": 3600.0, "change_failure_rate": 0.05, "mttr": 1800.0}

EDITIONS = ("2018", "2019", "2021", "2023", "2024", "2025")

_DAY = 86400.0
_SECONDS_BY_UNIT = {
    "hour": 3600.0,
    "day": _DAY,
    "week": 7 * _DAY,
    "month": 365.25 / 12 * _DAY,
    "6 months": 365.25 / 2 * _DAY,
}


def target_verdict(metric: str, value: float | None) -> Verdict | None:
    """Whether a figure is under its target: lead time 1 hour, change failure rate 5 %, MTTR 30 minutes.

    ``value`` of ``mttr`` is that of services of tier critical alone. ``None``: no data, or a metric without a target.
    """
    target = TARGET_BY_METRIC.get(metric)
    if value is None or target is None:
        return None
    return "met" if value < target else "missed"


def frequency_verdict(deployment_count: int, working_days: int) -> Verdict | None:
    """Whether ONE service deployed daily: as often as the window has working days; ``None`` when it has none."""
    if working_days == 0:
        return None
    return "met" if deployment_count >= working_days else "missed"


@dataclass(frozen=True, slots=True)
class _Band:
    level: str
    low: float
    low_included: bool
    high: float
    high_included: bool

    def __contains__(self, value: float) -> bool:
        over = value > self.low or (self.low_included and value == self.low)
        return over and (value < self.high or (self.high_included and value == self.high))

    def has_limits_of(self, other: "_Band") -> bool:
        return (self.low, self.low_included, self.high, self.high_included) == (
            other.low,
            other.low_included,
            other.high,
            other.high_included,
        )


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of the benchmark: its year, the title of its source, and its bands from best to worst."""

    year: int
    title: str
    scored: bool
    shares: frozenset[str]
    bands: Mapping[str, tuple[_Band, ...]]


def level(edition: str, metric: str, value: float | None) -> str | None:
    """Where a figure stands in an edition, in words: "high", "high or medium" where bands are equal, "between high and
    medium" in a published gap, "worse than low" beyond the last band; in 2025 a score such as "6.0 of 10".

    ``value``: seconds, a ratio, or deployments per day and service. ``None``: no data, or nothing published to compare
    with. Raises: KeyError for an edition that is not in ``EDITIONS``.
    """
    chosen = editions()[edition]
    if value is None:
        return None
    if metric in chosen.shares:
        return _score(10 * (1 - value))
    bands = chosen.bands.get(metric)
    if bands is None:
        return None
    if chosen.scored:
        return next(_score(float(band.level)) for band in bands if value in band)
    return _level(bands, value, more_is_better=metric == "deployment_frequency")


@cache
def editions() -> Mapping[str, Edition]:
    """Every edition by its name, read once from the file beside this module."""
    data = yaml.safe_load(Path(__file__).with_name("levels.yaml").read_text(encoding="utf-8"))
    return {name: _edition(entry) for name, entry in data.items()}


def _score(score: float) -> str:
    return f"{score:.1f} of 10"


def _level(bands: Sequence[_Band], value: float, more_is_better: bool) -> str:
    best = next((band for band in bands if value in band), None)
    if best is not None:
        return _either([band.level for band in bands if band.has_limits_of(best)])
    missed = [band for band in bands if (value <= band.low if more_is_better else value >= band.high)]
    following = bands[len(missed) :]
    if not following:
        return f"worse than {bands[-1].level}"
    return f"between {missed[-1].level} and {following[0].level}"


def _either(levels: Sequence[str]) -> str:
    return levels[0] if len(levels) == 1 else f"{', '.join(levels[:-1])} or {levels[-1]}"


def _edition(entry: Mapping[str, Any]) -> Edition:
    return Edition(
        year=entry["year"],
        title=entry["title"],
        scored="shares" in entry,
        shares=frozenset(entry.get("shares", ())),
        bands={metric: tuple(_band(band) for band in bands) for metric, bands in entry["bands"].items()},
    )


def _band(entry: Mapping[str, Any]) -> _Band:
    low, high = entry.get("min", entry.get("over")), entry.get("max", entry.get("under"))
    return _Band(
        level=str(entry["level"]),
        low=float("-inf") if low is None else _limit(low),
        low_included="min" in entry,
        high=float("inf") if high is None else _limit(high),
        high_included="max" in entry,
    )


def _limit(text: str) -> float:
    """Seconds of "1 week", times a day of "1/week", ratio of "15 %"."""
    if text.endswith(" %"):
        return float(text.removesuffix(" %")) / 100
    if text.startswith("1/"):
        return _DAY / _SECONDS_BY_UNIT[text.removeprefix("1/")]
    return _SECONDS_BY_UNIT[text.removeprefix("1 ")]
