"""Gauges -> the values that they took: how long rollbacks took, how gamedays went."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import Count

from ingest.models import ChangedService, Signal, SignalKind, SignalSample
from ingest.prometheus.client import QueryRefused
from ingest.prometheus.named import name_in, registered_services
from ingest.prometheus.series import Sample, Series, changes, key_of, newest

GAMEDAYS = (SignalKind.GAMEDAY_SCORE, SignalKind.GAMEDAY_MTTR)
MOST_A_DAY = 100  # values of one series
DAY = timedelta(days=1)
MAX_LABEL = 300
MAX_ENVIRONMENT = 200


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a series took at ``at`` and had not before. ``service``: as labels call it; empty for none."""

    series: str
    at: datetime
    value: float
    service: str
    environment: str
    label: str


@dataclass(slots=True)
class Taken:
    """What a chunk says. ``spans``: of each series, from after when to when its values are known."""

    values: list[Value] = field(default_factory=list)
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    state: dict[str, list[float]] = field(default_factory=dict)
    unmatched: set[str] = field(default_factory=set)


def take(signal: Signal, found: Iterable[Series], state: dict[str, list[float]]) -> Taken:
    """The values that gauges took in a chunk and had not before."""
    taken = Taken()
    for one in found:
        name = name_in(signal, one.labels)
        if not name and (signal.kind not in GAMEDAYS or signal.service_label in one.labels):
            taken.unmatched.add(one.labels.get(signal.service_label, "")[:200])
            continue
        if one.samples:
            _take_series(taken, signal, one, name, state.get(key_of(one.labels)))
    return taken


def _take_series(taken: Taken, signal: Signal, one: Series, name: str, before: list[float] | None) -> None:
    key, last = key_of(one.labels), Sample(*before) if before else None
    label = one.labels.get(signal.scenario_label, "")[:MAX_LABEL] if signal.kind in GAMEDAYS else ""
    where = environment_of(signal, one.labels)
    for sample in changes(last, one.samples):
        # A gauge that was never set says 0: no rollback took no time.
        if signal.kind != SignalKind.ROLLBACK_DURATION or sample.value > 0:
            taken.values.append(Value(key, moment(sample.at), sample.value, name, where, label))
    newest_one = newest(last, one.samples)
    if newest_one is not None:
        taken.state[key] = list(newest_one)
        taken.spans[key] = (last.at if last else one.samples[0].at - 0.001, newest_one.at)


def environment_of(signal: Signal, labels: dict[str, str]) -> str:
    """The environment that a series tells of."""
    told = labels.get(signal.environment_label, "").strip() if signal.environment_label else ""
    return told if 0 < len(told) <= MAX_ENVIRONMENT else signal.environment


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds * 1_000) / 1_000, UTC)


def keep(signal: Signal, taken: Taken) -> None:
    """Store the values. Within what was read nothing else stays: where an earlier reading began, it took the first
    value for a new one. In the transaction that moves the signal on.

    Raises:
        QueryRefused: a series changes more often than rollbacks and gamedays happen.
    """
    _check_pace(signal, taken)
    ids = registered_services(value.service for value in taken.values)
    wanted = {(value.series, value.at) for value in taken.values}
    touched = {ids[value.service] for value in taken.values if value.service}
    gone = []
    if taken.spans:
        first, last = min(start for start, _ in taken.spans.values()), max(end for _, end in taken.spans.values())
        rows = SignalSample.objects.filter(signal=signal, at__gt=moment(first), at__lte=moment(last))
        for row in rows:
            span = taken.spans.get(row.series)
            if span and span[0] < row.at.timestamp() <= span[1] and (row.series, row.at) not in wanted:
                gone.append(row.pk)
                touched |= {row.service_id} if row.service_id else set()
    SignalSample.objects.filter(pk__in=gone).delete()
    made = [
        SignalSample(
            signal=signal, service_id=ids.get(value.service), environment=value.environment, label=value.label,
            series=value.series, value=value.value, at=value.at,
        )
        for value in taken.values
    ]  # fmt: skip
    SignalSample.objects.bulk_create(made, ignore_conflicts=True)
    if signal.kind == SignalKind.ROLLBACK_DURATION:
        ChangedService.objects.bulk_create([ChangedService(service_id=pk) for pk in sorted(touched)])


def _check_pace(signal: Signal, taken: Taken) -> None:
    """Values of a day are counted, also where it is read minute by minute."""
    if not taken.values:
        return
    count = Counter(value.series for value in taken.values)
    first, last = min(value.at for value in taken.values), max(value.at for value in taken.values)
    held = SignalSample.objects.filter(signal=signal, series__in=list(count), at__gt=last - DAY, at__lt=first)
    count.update(dict(held.order_by().values_list("series").annotate(Count("pk"))))
    series, most = count.most_common(1)[0]
    if most > MOST_A_DAY:
        names = {value.series: value.service or value.label for value in taken.values}
        raise QueryRefused(
            f"The gauge of {names[series]} took {most:,} values within a day: no rollbacks or gamedays, it seems."
        )
