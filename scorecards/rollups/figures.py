"""(pure) A day's bucket as figures in columns of its row: what adds up over days, and the spread of the day."""

from typing import Any

from scorecards.rollups.bucket import Bucket
from scorecards.rollups.durations import Durations

FIGURES = (
    "finished_deployments",
    "failed_deployments",
    "rework_deployments",
    "mappable_deployments",
    "mapped_deployments",
    "lead_time_count",
    "lead_time_median",
    "lead_time_mean",
    "lead_time_p75",
    "lead_time_p90",
    "restored_count",
    "restoration_seconds",
    "recovered_count",
    "recovery_median",
    "incident_count",
    "acknowledged_count",
    "acknowledge_seconds",
    "limited_count",
    "within_limit_count",
)
NO_FIGURES: tuple[Any, ...] = (None,) * len(FIGURES)
NO_SPREAD = (0, None, None, None, None)


def figures(bucket: Bucket) -> tuple[Any, ...]:
    """The values of ``FIGURES``; null where the day has no data. Definition: metrics.md, "The delivery metrics"."""
    lead_time = _lead_times(bucket).spread()
    recovery = bucket.recoveries.spread()
    spread = NO_SPREAD
    if lead_time is not None:
        spread = (lead_time.count, lead_time.median, lead_time.mean, lead_time.p75, lead_time.p90)  # type: ignore[assignment]
    return (
        bucket.finished,
        bucket.failed,
        bucket.rework,
        bucket.mappable,
        bucket.mapped,
        *spread,
        bucket.restored,
        round(bucket.restoration_seconds, 6),
        bucket.recovered,
        recovery.median if recovery else None,
        bucket.incidents,
        bucket.acknowledged,
        round(bucket.acknowledge_seconds, 6),
        bucket.limited,
        bucket.within_limit,
    )


def _lead_times(bucket: Bucket) -> Durations:
    """Bots' changes among them, as pages have it by default."""
    if not bucket.bot_lead_times.count:
        return bucket.lead_times
    every = Durations()
    every.merge(bucket.lead_times)
    every.merge(bucket.bot_lead_times)
    return every
