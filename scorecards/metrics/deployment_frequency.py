"""How often a service is deployed.

Definition: metrics.md, "Deployment frequency".
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from ingest.window import Window
from scorecards.metrics.delivered import finish
from scorecards.metrics.failures import counts
from scorecards.metrics.records import Definitions, JudgedService, Judgement

ACTIVE_FOR = timedelta(days=90)


def succeeded(judged: JudgedService, definitions: Definitions) -> Iterator[Judgement]:
    """The deployments that count: succeeded, rollbacks and hotfixes among them, redeploys not."""
    for judgement in judged.judgements.values():
        if judgement.deployment.status == "succeeded" and counts(judgement, definitions):
            yield judgement


def deployments(judged: JudgedService, definitions: Definitions) -> Iterator[datetime]:
    """When each deployment that counts finished."""
    for judgement in succeeded(judged, definitions):
        yield finish(judgement.deployment)


def count(finished: Iterable[datetime], window: Window) -> int:
    """How many of them lie in the window. Whether 0 is known or no data is for the caller to tell."""
    return sum(at in window for at in finished)


def per_day(deployment_count: int, window: Window, today: date) -> float | None:
    """Per day of the window that has begun; ``None`` where none has."""
    days = window.days_begun(today)
    return deployment_count / days if days else None


def deployment_frequency(deployment_count: int, active_services: int, window: Window, today: date) -> float | None:
    """Per day that has begun and active service; ``None`` without either."""
    rate = per_day(deployment_count, window, today)
    return rate / active_services if rate is not None and active_services else None


def is_active(finished: Iterable[datetime], window: Window) -> bool:
    """Whether a service, if it is not retired, is active: it had a deployment in the window or the 90 days before."""
    counted = Window(window.start - ACTIVE_FOR, window.end, window.zone)
    return any(at in counted for at in finished)
