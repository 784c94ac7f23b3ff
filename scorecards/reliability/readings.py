"""What the four queries of the standard's deployment dashboard would read, computed from our own facts.

Section 8.3 of the standard asks Prometheus for attempts a second and for shares of attempts, by the status that a
pipeline told. Our figures are deployments a day, and what failed in the end: docs/metrics-endpoint.md.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Min, Q, QuerySet

from scorecards.models import JudgedDeployment

FREQUENCY = "sum(rate(deployments_total[1h])) by (service)"
SUCCESS_RATE = 'sum(rate(deployments_total{status="success"}[1h])) / sum(rate(deployments_total[1h])) * 100'
RECOVERY = "avg(deployment_rollback_duration_seconds) by (service)"
FAILURE_RATE = 'sum(rate(deployments_total{status="failed"}[7d])) / sum(rate(deployments_total[7d])) * 100'

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
ROLLBACKS_OVER = timedelta(days=90)
PRODUCTION = "production"

NoReading = Literal["no_attempt", "no_attempt_in_hour", "no_attempt_in_week", "no_rollback"]


class Reading(NamedTuple):
    """``value`` is null where the query answers nothing or NaN, with why."""

    value: float | None
    reason: NoReading | Literal[""] = ""


class Readings(NamedTuple):
    """Of some services together: attempts a second over the last hour; the share (0 to 1) of attempts that succeeded
    in it; the share that failed over 7 days; mean seconds to a rollback over 90 days, of services' own means."""

    frequency: Reading
    success_rate: Reading
    recovery: Reading
    failure_rate: Reading


class Rollbacks(NamedTuple):
    """Mean seconds from a failed deployment's finish to the rollback that restored it. It holds until ``until``, when
    the oldest is too long ago to count, unless facts change."""

    seconds: float
    until: datetime


def readings(services: Collection[int] | None, now: datetime) -> Readings:
    """Of these services, or of all, as of ``now``."""
    attempts = _production(services)
    counts = attempts.filter(finished_at__gt=now - WEEK, finished_at__lte=now).aggregate(
        week=Count("pk"),
        failed=Count("pk", filter=Q(status="failed")),
        hour=Count("pk", filter=Q(finished_at__gt=now - HOUR)),
        succeeded=Count("pk", filter=Q(finished_at__gt=now - HOUR, status="succeeded")),
    )
    known = counts["week"] or attempts.exists()
    means = [each.seconds for each in rollbacks(services, now).values()]
    return Readings(
        frequency=Reading(counts["hour"] / HOUR.total_seconds()) if known else Reading(None, "no_attempt"),
        success_rate=_share(counts["succeeded"], counts["hour"], "no_attempt_in_hour" if known else "no_attempt"),
        recovery=Reading(sum(means) / len(means)) if means else Reading(None, "no_rollback"),
        failure_rate=_share(counts["failed"], counts["week"], "no_attempt_in_week" if known else "no_attempt"),
    )


def rollbacks(services: Collection[int] | None, now: datetime) -> dict[int, Rollbacks]:
    """By service, where a rollback restored a failed deployment to production in the last 90 days.

    Dated by the restoration; negative spans, of clocks that differ, are left out, and what took over 90 days, so that
    a service's whole history need not be read. Definition: metrics.md, "Recovery".
    """
    since = now - ROLLBACKS_OVER
    restored = _production(services).filter(
        failed=True, restored_at__gt=since, restored_at__gte=F("finished_at"), restored_by__judged__rollback=True,
        finished_at__gt=since - ROLLBACKS_OVER,
    )  # fmt: skip
    span = ExpressionWrapper(F("restored_at") - F("finished_at"), output_field=DurationField())
    rows = restored.values("service_id").annotate(mean=Avg(span), oldest=Min("restored_at"))
    return {
        row["service_id"]: Rollbacks(row["mean"].total_seconds(), row["oldest"] + ROLLBACKS_OVER)
        for row in rows.order_by()
    }


def _production(services: Collection[int] | None) -> QuerySet[JudgedDeployment]:
    found = JudgedDeployment.objects.filter(environment_class=PRODUCTION)
    return found if services is None else found.filter(service__in=services)


def _share(part: int, whole: int, reason: NoReading) -> Reading:
    return Reading(part / whole) if whole else Reading(None, reason)
