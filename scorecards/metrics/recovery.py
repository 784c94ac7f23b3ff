"""How long it takes to restore service: MTTR, and failed deployment recovery time.

Both are dated by the moment of restoration. A contribution may be negative (what two sources told does not fit): it is
left out of every figure and counted.

Definition: metrics.md, "Recovery".
"""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from ingest.window import Window
from scorecards.metrics.delivered import finish
from scorecards.metrics.failures import counts
from scorecards.metrics.records import Definitions, Incident, JudgedService, Judgement, Rollback
from scorecards.metrics.spread import Spread, spread

Kind = Literal["incident", "deployment", "rollback"]


class Restoration(NamedTuple):
    """Service was restored at ``at``, ``seconds`` after ``since``: the incident opened, the deployment finished, or the
    rollback began."""

    at: datetime
    seconds: float
    kind: Kind
    id: int
    since: datetime


class Open(NamedTuple):
    """What is not restored: an incident since it opened, or a failed deployment since it finished."""

    since: datetime
    kind: Kind
    id: int


def restorations(
    judged: JudgedService, incidents: Iterable[Incident], definitions: Definitions
) -> Iterator[Restoration]:
    """What MTTR is the mean of: resolved incidents, and restored failed deployments that have no incident; of those
    that counters tell of the durations of rollbacks instead, where there are any."""
    for incident in incidents:
        if incident.opened_at is not None and incident.resolved_at is not None:
            seconds = (incident.resolved_at - incident.opened_at).total_seconds()
            yield Restoration(incident.resolved_at, seconds, "incident", incident.id, incident.opened_at)
    alone = (j for j in failed_deployments(judged, definitions) if not j.incidents)
    yield from _recoveries(j for j in alone if not is_replaced(j, judged))
    for rollback in judged.rollbacks:
        yield Restoration(rollback.at, rollback.seconds, "rollback", rollback.id, began(rollback))


def failed_deployment_recoveries(judged: JudgedService, definitions: Definitions) -> Iterator[Restoration]:
    """What failed deployment recovery time is the median of: each restored failed deployment, with incidents or not."""
    yield from _recoveries(failed_deployments(judged, definitions))


def still_open(judged: JudgedService, incidents: Iterable[Incident], definitions: Definitions) -> Iterator[Open]:
    """Unresolved incidents, and unrestored failed deployments that have no incident: shown, in no mean."""
    for incident in incidents:
        if incident.opened_at is not None and incident.resolved_at is None:
            yield Open(incident.opened_at, "incident", incident.id)
    for judgement in failed_deployments(judged, definitions):
        if judgement.restored_at is None and not judgement.incidents and not is_replaced(judgement, judged):
            yield Open(finish(judgement.deployment), "deployment", judgement.deployment.id)


def mttr(restored: Iterable[Restoration], window: Window) -> float | None:
    """Mean seconds of what was restored in ``window``; ``None`` when nothing was."""
    seconds = [r.seconds for r in restored if r.seconds >= 0 and r.at in window]
    return math.fsum(seconds) / len(seconds) if seconds else None


def failed_deployment_recovery_time(restored: Iterable[Restoration], window: Window) -> Spread | None:
    """Seconds from a failed deployment's finish to its restoration in ``window``; the median is the figure."""
    return spread(r.seconds for r in restored if r.seconds >= 0 and r.at in window)


def negative_count(restored: Iterable[Restoration], window: Window) -> int:
    """How many restorations of the window were left out as negative."""
    return sum(r.seconds < 0 and r.at in window for r in restored)


def is_replaced(judgement: Judgement, judged: JudgedService) -> bool:
    """Whether the durations of rollbacks stand in MTTR for this deployment, should it have failed without incident."""
    return judgement.deployment.by_counter and bool(judged.rollbacks)


def began(rollback: Rollback) -> datetime:
    return rollback.at - timedelta(seconds=rollback.seconds)


def failed_deployments(judged: JudgedService, definitions: Definitions) -> Iterator[Judgement]:
    for judgement in judged.judgements.values():
        if judgement.failed and counts(judgement, definitions):
            yield judgement


def _recoveries(failed: Iterable[Judgement]) -> Iterator[Restoration]:
    for judgement in failed:
        if judgement.restored_at is not None:
            since = finish(judgement.deployment)
            seconds = (judgement.restored_at - since).total_seconds()
            yield Restoration(judgement.restored_at, seconds, "deployment", judgement.deployment.id, since)
