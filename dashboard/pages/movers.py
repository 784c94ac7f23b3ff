"""What changed most between two periods, said in sentences."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dashboard import formats
from scorecards.rollups.summary import Stages, Summary

SMALLEST = math.log(1.2)
SENTENCES = 5
NAMES = {
    "deployment_frequency": "deployment frequency",
    "lead_time": "lead time",
    "change_failure_rate": "change failure rate",
    "mttr": "mean time to recovery",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A team or service in two periods; ``href`` is its page."""

    name: str
    href: str
    now: Summary
    before: Summary


@dataclass(frozen=True, slots=True)
class Move:
    """One sentence: who, what changed from what to what, and how far (a logarithm of the ratio)."""

    name: str
    href: str
    text: str
    size: float


def movers(compared: Iterable[Compared], limit: int = SENTENCES) -> list[Move]:
    """The largest moves, one a name, the largest first. Moves under a fifth, and of few values, are noise."""
    largest = (max(_moves(one), key=lambda move: move.size, default=None) for one in compared)
    found = [move for move in largest if move is not None and move.size >= SMALLEST]
    return sorted(found, key=lambda move: (-move.size, move.name))[:limit]


def _moves(one: Compared) -> Iterator[Move]:
    for metric, (now, before) in _pairs(one.now, one.before).items():
        first, last = formats.amount(metric, before), formats.amount(metric, now)
        values = f"{first.number if metric == 'deployment_frequency' else first} to {last}"
        text = f"{NAMES[metric]} changed from {values}{_why(metric, one)}"
        yield Move(one.name, one.href, text, abs(math.log(_floor(metric, now) / _floor(metric, before))))


def _pairs(now: Summary, before: Summary) -> dict[str, tuple[float, float]]:
    pairs: dict[str, tuple[float, float]] = {}
    if now.deployment_frequency is not None and before.deployment_frequency is not None and _often(now, before):
        pairs["deployment_frequency"] = (now.deployment_frequency, before.deployment_frequency)
    if now.lead_time and before.lead_time and min(now.lead_time.count, before.lead_time.count) >= 5:
        pairs["lead_time"] = (now.lead_time.median, before.lead_time.median)
    if now.change_failure_rate is not None and before.change_failure_rate is not None and _many(now, before):
        pairs["change_failure_rate"] = (now.change_failure_rate, before.change_failure_rate)
    if now.mttr is not None and before.mttr is not None and min(now.restored_count, before.restored_count) >= 3:
        pairs["mttr"] = (now.mttr, before.mttr)
    return pairs


def _often(now: Summary, before: Summary) -> bool:
    return max(now.deployments or 0, before.deployments or 0) >= 10


def _many(now: Summary, before: Summary) -> bool:
    return min(now.finished_deployments or 0, before.finished_deployments or 0) >= 20


def _floor(metric: str, value: float) -> float:
    """Keeps a move from or to nearly nothing from outweighing all others."""
    floors = {"deployment_frequency": 0.05, "change_failure_rate": 0.02}
    return max(value, floors.get(metric, 60.0))


def _why(metric: str, one: Compared) -> str:
    if metric != "lead_time" or not one.now.stages or not one.before.stages:
        return ""
    name, gap = _stage_that_moved(one.now.stages, one.before.stages)
    if abs(gap) < 600:
        return ""
    verb = "takes" if name in ("coding", "release") else "waits"
    return f"; {name} {verb} {formats.duration(abs(gap))} {'longer' if gap > 0 else 'less'}"


def _stage_that_moved(now: Stages, before: Stages) -> tuple[str, float]:
    gaps = {name: getattr(now, name) - getattr(before, name) for name in ("coding", "pickup", "review", "release")}
    return max(gaps.items(), key=lambda item: abs(item[1]))
