"""Counters of deployments -> deliveries of the server's source, which the inbox records and can replay.

A counter is exact: each increase between two samples counts once, whatever a read was cut into.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from ingest.bodies import pack
from ingest.models import Delivery, Signal
from ingest.models.inbox import DeliveryStatus
from ingest.parsers.prometheus import MAX_COUNT
from ingest.prometheus.client import QueryRefused
from ingest.prometheus.gauges import environment_of
from ingest.prometheus.named import name_in
from ingest.prometheus.series import Sample, Series, Sum, increases, increases_of_sum, is_selector, key_of, newest

KIND = "deployments"
SUCCEEDED = ("success", "succeeded", "successful", "ok", "passed", "complete", "completed")
FAILED = ("failed", "failure", "fail", "error", "errored")
MOST_TOGETHER = 5_000  # deployments of one delivery
MOST = 50_000  # of one chunk
MAX_TOLD = 20  # words of statuses that are told

Row = dict[str, Any]


@dataclass(slots=True)
class Counted:
    """What a chunk says. ``state``: by series the sample that the next chunk goes on from; ``undated``: what series
    had counted when they were first seen; ``statuses``: words that mean neither succeeded nor failed."""

    rows: list[Row] = field(default_factory=list)
    state: dict[str, list[float]] = field(default_factory=dict)
    undated: float = 0
    unmatched: set[str] = field(default_factory=set)
    statuses: set[str] = field(default_factory=set)

    @property
    def deployments(self) -> int:
        return sum(row["count"] for row in self.rows)


def count(signal: Signal, found: Iterable[Series], state: dict[str, list[float]]) -> Counted:
    """What the series of a chunk add to what is known of them.

    Raises:
        QueryRefused: they grow by more than deployments do.
    """
    counted, exact = Counted(), is_selector(signal.query)
    for one in found:
        name, status = name_in(signal, one.labels), status_of(signal, one.labels)
        if not name:
            counted.unmatched.add(one.labels.get(signal.service_label, "")[:200])
        if not status:
            counted.statuses.add(one.labels.get(signal.status_label, "")[:200])
        if name and status and one.samples:
            key = series_key(signal, one.labels)
            told = {"service": name, "status": status, "series": key, "environment": environment_of(signal, one.labels)}
            _count_series(counted, one, told, state.get(key), exact=exact)
    if counted.deployments > MOST:
        raise QueryRefused(f"The query counts {counted.deployments:,} within a short time: no deployments, it seems.")
    counted.rows.sort(key=lambda row: (row["at"], row["series"]))
    return counted


def _count_series(
    counted: Counted, one: Series, told: dict[str, str], before: list[float] | None, *, exact: bool
) -> None:
    samples = [Sample(sample.at, float(round(sample.value))) for sample in one.samples]
    held: Sample | Sum | None
    if exact:
        last = Sample(*before[:2]) if before else None
        grown, held = increases(last, samples), newest(last, samples)
    else:
        grown, held = increases_of_sum(Sum(*before) if before else None, samples)
    for increase in grown:
        if increase.count > MAX_COUNT:
            raise QueryRefused(
                f"The counter of {told['service']} grows by {increase.count:,.0f} at once: no deployments, it seems."
            )
        counted.rows.append({**told, "at": round(increase.at * 1_000), "count": int(increase.count)})
    if before is None:
        counted.undated += samples[0].value
    if held is not None:
        counted.state[told["series"]] = list(held)


def status_of(signal: Signal, labels: dict[str, str]) -> str:
    """``succeeded``, ``failed``, or empty for what is neither."""
    word = labels.get(signal.status_label, "")
    for status, own, usual in (("succeeded", signal.succeeded, SUCCEEDED), ("failed", signal.failed, FAILED)):
        if word in own or (not own and word.lower() in usual):
            return status
    return ""


def series_key(signal: Signal, labels: dict[str, str]) -> str:
    """A series' name among all of the server; what an expression gives has no name of its own."""
    return key_of(labels if is_selector(signal.query) else {**labels, "": signal.query})


def keep(signal: Signal, rows: Sequence[Row], now: datetime) -> None:
    """Keep increases as a delivery; of very many, as several. In the transaction that moves the signal on."""
    made = [_delivery(signal, part, now) for part in _parts(rows)]
    Delivery.objects.bulk_create(made, ignore_conflicts=True)


def _parts(rows: Sequence[Row]) -> Iterator[list[Row]]:
    part: list[Row] = []
    for row in rows:
        if part and sum(one["count"] for one in part) + row["count"] > MOST_TOGETHER:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _delivery(signal: Signal, rows: Sequence[Row], now: datetime) -> Delivery:
    told = {"signal": signal.name, "environment": signal.environment, "increases": list(rows)}
    text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    digest = sha256(text).hexdigest()
    body, packed = pack(text)
    return Delivery(
        source_id=signal.server.source_id,
        key=f"signal/{signal.pk}/{digest[:40]}",
        kind=KIND,
        body=body,
        packed=packed,
        digest=digest,
        origin="read from Prometheus",
        status=DeliveryStatus.PENDING,
        received_at=now,
    )
