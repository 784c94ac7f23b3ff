"""The counters of ``/metrics``: how many deployments to production finished, by service and observed status.

They are counted from the first exposition on, in rows of their own, since facts can be taken back and a counter can't.
A scrape looks at the version of each service's rollups and counts again only where that moved, and there only the last
days: its cost follows the number of services, not their history. Where nothing moved, nothing is written.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F
from django.db.models.functions import TruncDate

from dashboard.models import ExposedCounter
from ingest.facts import bulk
from ingest.models import Service, Source
from ingest.models.inbox import SourceKind
from ingest.window import midnight
from scorecards.models import JudgedDeployment, ScopeVersion
from scorecards.reliability.readings import PRODUCTION, rollbacks

# What becomes known on a later day than this after it finished is not counted: a history that is read in, most of all.
LATE = timedelta(days=7)
# A service that comes later shows 0 for as long, so that a scrape sees what it began from and an increase after it.
SHOWS_ZERO = timedelta(minutes=5)
STATUSES = ("succeeded", "failed")
WRITTEN = (*STATUSES, "seen", "seen_version", "rollback_seconds", "rollback_until")

Days = Mapping[str, int]  # how many, by day of UTC


@dataclass(frozen=True, slots=True)
class Exposed:
    """Of one service. ``rollback_seconds``: ``None`` where no rollback restored anything in the last 90 days."""

    succeeded: int
    failed: int
    rollback_seconds: float | None


def exposed(now: datetime) -> dict[int, Exposed]:
    """The counters of every service as of ``now``, after counting what came since the last time."""
    rows = {row.pk: row for row in ExposedCounter.objects.all()}
    if missing := set(Service.objects.order_by().values_list("pk", flat=True)) - rows.keys():
        rows |= _begin(missing, min((row.made_at for row in rows.values()), default=now), now)
    versions = _versions()
    moved = [pk for pk, row in rows.items() if row.seen_version != versions.get(pk, 0) or _over(row, now)]
    if moved:
        rows |= _count(moved, now)
    return {pk: _shown(row, now) for pk, row in rows.items()}


def _begin(services: Iterable[int], first_at: datetime, now: datetime) -> dict[int, ExposedCounter]:
    """The first row of each: of two that begin at the same time, one stands."""
    rows = [ExposedCounter(service_id=pk, counts_from=first_at, made_at=now) for pk in sorted(services)]
    ExposedCounter.objects.bulk_create(rows, ignore_conflicts=True)
    return {row.pk: row for row in ExposedCounter.objects.filter(pk__in=[row.pk for row in rows])}


def _versions() -> dict[int, int]:
    found = ScopeVersion.objects.filter(environment_class=PRODUCTION, tier="", scope__startswith="service:")
    return {int(scope[8:]): version for scope, version in found.values_list("scope", "version")}


def _over(row: ExposedCounter, now: datetime) -> bool:
    return row.rollback_until is not None and row.rollback_until <= now


def _count(services: Collection[int], now: datetime) -> dict[int, ExposedCounter]:
    """Count these services again. Two scrapes at once take turns: the later sees what the earlier counted."""
    first = now.astimezone(UTC).date() - LATE
    with transaction.atomic():
        locked = ExposedCounter.objects.select_for_update().filter(pk__in=services).order_by("pk")
        rows = {row.pk: row for row in locked}
        versions = _versions()  # before the counts: what comes between is counted again next time
        counts = _finished(rows.keys(), first)
        means = rollbacks(rows.keys(), now)
        for pk, row in rows.items():
            for status in STATUSES:
                more = _more(counts[pk][status], row.seen.get(status, {}), first)
                setattr(row, status, getattr(row, status) + more)
            row.seen, row.seen_version = counts[pk], versions.get(pk, 0)
            row.rollback_seconds, row.rollback_until = means.get(pk, (None, None))
        bulk.update(ExposedCounter, WRITTEN, [_cells(row) for row in rows.values()])
    return rows


def _finished(services: Collection[int], first: date) -> dict[int, dict[str, dict[str, int]]]:
    """By service, status and day, from the day ``first`` on: what finished after the row's ``counts_from``.

    Deployments that we know from the counters of a Prometheus are not told to one again: they would count twice there,
    and, read back, without end.
    """
    found = JudgedDeployment.objects.filter(
        service__in=services, environment_class=PRODUCTION, finished_at__gte=midnight(first, UTC),
        finished_at__gt=F("service__exposed__counts_from"),
    )  # fmt: skip
    if counters := list(Source.objects.filter(kind=SourceKind.PROMETHEUS).values_list("pk", flat=True)):
        found = found.exclude(deployment__source__in=counters)
    counted = found.values_list("service_id", "status", TruncDate("finished_at", tzinfo=UTC)).annotate(Count("pk"))
    counts: dict[int, dict[str, dict[str, int]]] = defaultdict(lambda: {status: {} for status in STATUSES})
    for service, status, day, count in counted.order_by():
        counts[service][status][day.isoformat()] = count
    return counts


def _more(counts: Days, seen: Days, first: date) -> int:
    """How many there are more than when they were seen, of the days from ``first`` on. Where there are fewer, the
    counter stays, and what comes later is added to it."""
    return max(0, sum(counts.values()) - sum(count for day, count in seen.items() if day >= first.isoformat()))


def _cells(row: ExposedCounter) -> tuple[object, ...]:
    values = {name: getattr(row, name) for name in WRITTEN} | {"seen": bulk.to_json(row.seen)}
    return (row.pk, *values.values())


def _shown(row: ExposedCounter, now: datetime) -> Exposed:
    young = now - row.made_at < SHOWS_ZERO
    return Exposed(0 if young else row.succeeded, 0 if young else row.failed, row.rollback_seconds)
