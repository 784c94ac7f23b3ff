"""How sources do: what each sent, when it was last heard, how late it is. Five queries, whatever the history."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum, Window
from django.db.models.functions import Lag, TruncDate

from ingest.facts import bulk
from ingest.inbox import counts
from ingest.inbox.silence import Silence, silence
from ingest.models import Delivery, DeliveryHour, Source
from ingest.models.inbox import DeliveryStatus

LEARNED_FROM = timedelta(days=28)
RECENT = 100  # deliveries
HOUR = timedelta(hours=1)
SPARK_DAYS = 14


@dataclass(slots=True)
class Health:
    """One source. ``events``: of all time, by status; ``received`` is the sum of the four. ``by_day``: of the last 14
    days, the oldest first. ``lag``, ``processing_lag``: medians over the last 100, in seconds, from the moment that a
    delivery speaks of to its receipt, and from there until it was worked off; ``None`` where none tells.
    """

    source: Source
    events: dict[str, int] = field(default_factory=dict)
    by_day: list[int] = field(default_factory=list)
    last_seen: datetime | None = None
    waiting_since: datetime | None = None
    silence: Silence | None = None
    lag: float | None = None
    processing_lag: float | None = None

    @property
    def received(self) -> int:
        return sum(self.events.values())


@dataclass(slots=True)
class _Recent:
    received: list[datetime] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    processing: list[float] = field(default_factory=list)


def sources(now: datetime, zone: tzinfo) -> list[Health]:
    """Every source by name, also one that never sent anything."""
    found = list(_with_times(Source.objects.order_by("name", "pk")))
    totals, days, longest = counts.totals(), _by_day(now, zone), _longest_silences(now)
    recent = _recent()
    return [
        _health(one, totals.get(one.pk, {}), days.get(one.pk, {}), longest.get(one.pk), recent.get(one.pk), now, zone)
        for one in found
    ]


def _with_times(rows: QuerySet[Source]) -> QuerySet[Any]:
    own = Delivery.objects.filter(source=OuterRef("pk"))
    waiting = own.filter(status=DeliveryStatus.PENDING).order_by("received_at")
    return rows.annotate(
        last_seen=Subquery(own.order_by("-received_at").values("received_at")[:1]),
        waiting_since=Subquery(waiting.values("received_at")[:1]),
    )


def _health(
    source: Any,
    events: dict[str, int],
    days: dict[date, int],
    longest: timedelta | None,
    recent: _Recent | None,
    now: datetime,
    zone: tzinfo,
) -> Health:
    recent = recent or _Recent()
    today = now.astimezone(zone).date()
    return Health(
        source=source,
        events={status: events.get(status, 0) for status in DeliveryStatus.values},
        by_day=[days.get(today - timedelta(days=back), 0) for back in reversed(range(SPARK_DAYS))],
        last_seen=source.last_seen,
        waiting_since=source.waiting_since,
        silence=silence(recent.received, longest or timedelta(0), now),
        lag=_median(recent.lags),
        processing_lag=_median(recent.processing),
    )


def _median(values: Iterable[float]) -> float | None:
    known = list(values)
    return median(known) if known else None


def _by_day(now: datetime, zone: tzinfo) -> dict[int, dict[date, int]]:
    rows = DeliveryHour.objects.filter(hour__gte=now - timedelta(days=SPARK_DAYS + 1))
    grouped = rows.annotate(day=TruncDate("hour", tzinfo=zone)).values("source_id", "day").annotate(sum=Sum("events"))
    found: dict[int, dict[date, int]] = {}
    for row in grouped:
        found.setdefault(row["source_id"], {})[row["day"]] = row["sum"]
    return found


def _longest_silences(now: datetime) -> dict[int, timedelta]:
    """The longest time between two hours in which a source was heard, within the last weeks; up to an hour too long."""
    heard = DeliveryHour.objects.filter(hour__gte=now - LEARNED_FROM, events__gt=0)
    before = Window(Lag("hour"), partition_by=[F("source_id")], order_by=F("hour").asc())
    gaps = heard.annotate(gap=F("hour") - before).values("source_id", "gap")
    query, params = gaps.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT source_id, MAX(gap) FROM ({query}) AS g GROUP BY source_id", params)  # noqa: S608
        return {pk: _span(gap) + HOUR for pk, gap in cursor.fetchall() if gap is not None}


def _span(gap: timedelta | int) -> timedelta:
    return gap if isinstance(gap, timedelta) else timedelta(microseconds=gap)  # SQLite counts these


def _recent() -> dict[int, _Recent]:
    """The last deliveries of each source, by one query: of each pair of times, JSON texts."""
    rows = "json_agg(json_build_array(received_at, event_at, processed_at))"
    if connection.vendor == "sqlite":
        rows = "json_group_array(json_array(received_at, event_at, processed_at))"
    with connection.cursor() as cursor:
        cursor.execute(
            # What was read of the past by an API is late by intent.
            f"SELECT s.id, (SELECT {rows} FROM (SELECT d.received_at, d.processed_at,"  # noqa: S608
            " CASE WHEN d.kind LIKE 'sync.%' THEN NULL ELSE d.event_at END AS event_at"
            f" FROM {bulk.table(Delivery)} d WHERE d.source_id = s.id ORDER BY d.received_at DESC LIMIT {RECENT}) r)"
            f" FROM {bulk.table(Source)} s"
        )
        return {pk: _of_rows(bulk.from_json(told) or []) for pk, told in cursor.fetchall()}


def _of_rows(rows: Iterable[tuple[Any, Any, Any]]) -> _Recent:
    found = _Recent()
    for received, event, processed in ((_time(one), _time(two), _time(three)) for one, two, three in rows):
        if received is None:
            continue
        found.received.append(received)
        if event is not None:
            found.lags.append((received - event).total_seconds())
        if processed is not None:
            found.processing.append((processed - received).total_seconds())
    return found


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
