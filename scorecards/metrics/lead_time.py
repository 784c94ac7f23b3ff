"""How long a change takes from its author to production, and where the time goes.

Definition: metrics.md, "Lead time for changes" (DORA: change lead time).
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ingest.window import Window
from scorecards.metrics.delivered import finish
from scorecards.metrics.deployment_frequency import succeeded
from scorecards.metrics.records import Definitions, DeliveredChange, DeliveredPullRequest, JudgedService
from scorecards.metrics.spread import Spread, spread


@dataclass(frozen=True, slots=True)
class StageMeans:
    """Mean seconds of each stage, over ``count`` pull requests that have all four."""

    coding: float
    pickup: float
    review: float
    release: float
    count: int


class Mapped(NamedTuple):
    """A deployment that should bring changes, and whether it brought any that are known."""

    at: datetime
    deployment_id: int
    mapped: bool


def delivered_changes(judged: JudgedService) -> Iterator[DeliveredChange]:
    """Every delivered change of a service; ``seconds`` may be negative, and is then left out of figures and counted."""
    for brought in judged.brought.values():
        yield from brought.changes


def delivered_pull_requests(judged: JudgedService) -> Iterator[DeliveredPullRequest]:
    for brought in judged.brought.values():
        yield from brought.pull_requests


def lead_time(delivered: Iterable[DeliveredChange], window: Window, bots: bool = True) -> Spread | None:
    """Seconds from authored to delivered, of the changes delivered in ``window``.

    A change counts in the window in which its deployment finished. Negative spans are left out. ``bots`` false leaves
    out changes by bots.

    Returns:
        ``None`` when nothing was delivered: no data is not a lead time of zero.
    """
    return spread(
        change.seconds
        for change in delivered
        if change.seconds >= 0 and change.delivered_at in window and (bots or not change.bot)
    )


def negative_count(delivered: Iterable[DeliveredChange], window: Window) -> int:
    """How many changes of the window were left out because an author's clock was wrong."""
    return sum(change.seconds < 0 and change.delivered_at in window for change in delivered)


def stages(delivered: Iterable[DeliveredPullRequest], window: Window) -> StageMeans | None:
    """Where the time goes, over the pull requests delivered in ``window``; ``None`` when none has all four stages."""
    full = [
        (p.coding, p.pickup, p.review, p.release)
        for p in delivered
        if p.delivered_at in window
        if p.coding is not None and p.pickup is not None and p.review is not None and p.release is not None
    ]
    if not full:
        return None
    coding, pickup, review, release = (math.fsum(stage) / len(full) for stage in zip(*full, strict=True))
    return StageMeans(coding, pickup, review, release, len(full))


def mapped_deployments(judged: JudgedService, definitions: Definitions) -> Iterator[Mapped]:
    """What coverage stands on: succeeded deployments without rollbacks, redeploys, baselines and empty lists."""
    for judgement in succeeded(judged, definitions):
        deployment = judgement.deployment
        brought = judged.brought[deployment.id]
        if not (judgement.rollback or judgement.redeploy or brought.baseline or brought.content == "empty_list"):
            yield Mapped(finish(deployment), deployment.id, bool(brought.changes))


def coverage(mapped: Iterable[Mapped], window: Window) -> float | None:
    """The share (0 to 1) of the window's deployments that brought known changes; ``None`` of none."""
    known = [deployment.mapped for deployment in mapped if deployment.at in window]
    return sum(known) / len(known) if known else None
