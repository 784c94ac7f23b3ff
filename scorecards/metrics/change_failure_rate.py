"""Which share of deployments failed.

Definition: metrics.md, "Change failure rate" (DORA: change fail rate).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from ingest.window import Window
from scorecards.metrics.delivered import finish
from scorecards.metrics.failures import counts
from scorecards.metrics.records import Definitions, FailureRule, JudgedService, Judgement


class Finished(NamedTuple):
    """A finished deployment, and the rules by which it failed: none if it did not."""

    at: datetime
    deployment_id: int
    failed_by: tuple[FailureRule, ...]


def finished_deployments(judged: JudgedService, definitions: Definitions) -> Iterator[Finished]:
    """The denominator: succeeded and failed deployments without redeploys.

    In DORA's reading (``exclude_status_failed``) an attempt that never went live is not among them.
    """
    for judgement in judged.judgements.values():
        if is_among(judgement, definitions):
            yield Finished(finish(judgement.deployment), judgement.deployment.id, tuple(judgement.failed_by))


def is_among(judgement: Judgement, definitions: Definitions) -> bool:
    """Whether a finished deployment is in the denominator."""
    never_live = judgement.deployment.status == "failed" and definitions.exclude_status_failed
    return not never_live and counts(judgement, definitions)


def change_failure_rate(finished: Iterable[Finished], window: Window) -> float | None:
    """Failed / finished (0 to 1) of the deployments that finished in ``window``; ``None`` when none did.

    A deployment counts once, whatever the number of its rules or incidents.
    """
    failed = [bool(deployment.failed_by) for deployment in finished if deployment.at in window]
    return sum(failed) / len(failed) if failed else None
