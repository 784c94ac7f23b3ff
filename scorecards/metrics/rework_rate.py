"""Which share of deployments was unplanned repair.

Definition: metrics.md, "Rework rate" (DORA: deployment rework rate).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from ingest.window import Window
from scorecards.metrics.delivered import finish
from scorecards.metrics.deployment_frequency import succeeded
from scorecards.metrics.records import Definitions, JudgedService


class Succeeded(NamedTuple):
    """A succeeded deployment, and whether it was a rollback or a hotfix."""

    at: datetime
    deployment_id: int
    rework: bool


def reworked_deployments(judged: JudgedService, definitions: Definitions) -> Iterator[Succeeded]:
    """Every deployment that counts. A hotfix is one by its kind alone."""
    for judgement in succeeded(judged, definitions):
        deployment = judgement.deployment
        rework = judgement.rollback or deployment.kind == "hotfix"
        yield Succeeded(finish(deployment), deployment.id, rework)


def rework_rate(deployments: Iterable[Succeeded], window: Window) -> float | None:
    """Rollbacks and hotfixes / succeeded deployments (0 to 1) in ``window``; ``None`` when none succeeded."""
    rework = [deployment.rework for deployment in deployments if deployment.at in window]
    return sum(rework) / len(rework) if rework else None
