"""How fast incidents are acknowledged, against the limit of their severity.

Definition: metrics.md, "Response to incidents".
"""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from ingest.window import Window
from scorecards.metrics.records import STANDARD_LIMITS, Incident, Limits

DEFAULT_SEVERITY = "sev3"


class Acknowledgement(NamedTuple):
    """How an incident was responded to, dated by its opening.

    ``seconds`` until it was acknowledged, ``None`` while it is not; negative is left out of figures and counted.
    ``within_limit``: ``None`` where there is no limit, or while neither is known.
    ``changes_at``: the moment after which an unacknowledged incident is missed, while it is still within its limit.
    """

    opened_at: datetime
    incident_id: int
    seconds: float | None
    within_limit: bool | None
    changes_at: datetime | None = None


def acknowledgements(
    incidents: Iterable[Incident], now: datetime, limits: Limits = STANDARD_LIMITS
) -> Iterator[Acknowledgement]:
    """One per incident whose opening is known, judged as of ``now``."""
    for incident in incidents:
        if incident.opened_at is not None:
            yield _acknowledgement(incident, incident.opened_at, now, limits)


def mean_time_to_acknowledge(responses: Iterable[Acknowledgement], window: Window) -> float | None:
    """Mean seconds over acknowledged incidents opened in ``window``, of any severity; ``None`` when there is none."""
    known = [r.seconds for r in responses if r.opened_at in window and r.seconds is not None and r.seconds >= 0]
    return math.fsum(known) / len(known) if known else None


def within_limit(responses: Iterable[Acknowledgement], window: Window) -> float | None:
    """The share (0 to 1) within the limit of those opened in ``window`` that could be judged; ``None`` of none."""
    judged = [r.within_limit for r in responses if r.opened_at in window and r.within_limit is not None]
    return sum(judged) / len(judged) if judged else None


def _acknowledgement(incident: Incident, opened_at: datetime, now: datetime, limits: Limits) -> Acknowledgement:
    limit = getattr(limits, incident.severity or DEFAULT_SEVERITY, None)
    if incident.acknowledged_at is not None:
        seconds = (incident.acknowledged_at - opened_at).total_seconds()
        within = None if limit is None or seconds < 0 else seconds <= limit.total_seconds()
        return Acknowledgement(opened_at, incident.id, seconds, within)
    if limit is None:
        return Acknowledgement(opened_at, incident.id, None, None)
    if now > opened_at + limit:
        return Acknowledgement(opened_at, incident.id, None, False)
    return Acknowledgement(opened_at, incident.id, None, None, opened_at + limit)
