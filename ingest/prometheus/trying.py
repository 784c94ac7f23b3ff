"""A query tried before anybody relies on it: which services it tells of, and which label values name none.

Nothing is kept. It looks at the last day, and takes at most ``SECONDS``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ingest.errors import AccessDenied, IngestError, SourceUnavailable
from ingest.models import PrometheusServer, Service, Signal
from ingest.prometheus.client import AGAIN, TooMuch, open_server
from ingest.prometheus.deployments import status_of
from ingest.prometheus.named import known_services, name_in
from ingest.prometheus.series import Increase, Sample, Series, increases, increases_of_sum, is_selector
from ingest.prometheus.told import COUNTERS

SECONDS = 10
FOR_THE_DAY = 6  # of these; the rest is for the moment alone, where a day is too much
DAY = timedelta(days=1)
STEP = 300  # seconds between two looks; a sample is seen for five minutes
LOOK = "Look whether it runs, and whether the address is right."
Growth = Callable[[Sequence[Sample]], list[Increase]]
NOW_ALONE = "A whole day of it is too much to look at here: this is the present moment alone."


@dataclass(frozen=True, slots=True)
class Matched:
    """A service that the query tells of. ``value``: of a counter by how much it grew within the day, where that was
    looked at; else what was said last; ``None`` where no number was said."""

    service: Service
    value: float | None
    series: int


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A value of the label that names no service."""

    name: str
    value: float | None
    series: int


@dataclass(slots=True)
class Tried:
    """``missing_label``: series without the label that names the service. ``statuses``: of a counter of deployments,
    the words that mean succeeded, failed, or neither. ``error``: why nothing came."""

    matched: list[Matched] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    missing_label: int = 0
    series_count: int = 0
    sample_count: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    labels: Sequence[str] = ()
    statuses: dict[str, set[str]] = field(default_factory=dict)
    error: str = ""
    notes: list[str] = field(default_factory=list)


def try_signal(signal: Signal, now: datetime) -> Tried:
    """What a signal would tell of the last day; it need not be stored."""
    found = Tried()
    try:
        series, whole = _asked(signal.server, signal.query, now)
    except IngestError as error:
        found.error = said(error)
        return found
    if not whole:
        found.notes.append(NOW_ALONE)
    _count(found, series)
    _match(found, signal, series, _growth(signal) if whole and signal.kind in COUNTERS else None)
    _look_at_labels(found, signal, series)
    return found


def try_connection(server: PrometheusServer) -> str:
    """Why a server does not answer; empty where it does."""
    try:
        with open_server(_quick(server, SECONDS)) as client:
            client.ready()
    except IngestError as error:
        return said(error)
    return ""


def try_number(server: PrometheusServer, query: str, now: datetime, seconds: float = SECONDS / 2) -> float | None:
    """The sum of what a query says now; ``None`` where it says nothing. Raises ``IngestError``."""
    with open_server(_quick(server, seconds)) as client:
        values = [series.samples[-1].value for series in client.at(query, now) if series.samples]
    return sum(values) if values else None


def said(error: IngestError) -> str:
    """An error with what to look at, in the place of the promise to try again, which holds for readings alone."""
    return str(error).replace(AGAIN, LOOK).strip()


def _asked(server: PrometheusServer, query: str, now: datetime) -> tuple[list[Series], bool]:
    """The series, and whether they are of the whole day. Raises ``IngestError``."""
    try:
        with open_server(_quick(server, FOR_THE_DAY)) as client:
            return client.between(query, now - DAY, now, STEP), True
    except AccessDenied:
        raise
    except (TooMuch, SourceUnavailable) as error:
        if isinstance(error, SourceUnavailable) and "in time" not in str(error):
            raise
    with open_server(_quick(server, SECONDS - FOR_THE_DAY)) as client:
        return client.at(query, now), False


def _quick(server: PrometheusServer, seconds: float) -> PrometheusServer:
    """The server with less patience."""
    quick = copy(server)
    quick.timeout_seconds = min(server.timeout_seconds, seconds)
    return quick


def _count(found: Tried, series: Sequence[Series]) -> None:
    times = [sample.at for one in series for sample in one.samples]
    found.series_count = len(series)
    found.sample_count = len(times)
    if times:
        found.first_at, found.last_at = (datetime.fromtimestamp(at, UTC) for at in (min(times), max(times)))


def _growth(signal: Signal) -> Growth:
    """How a counter's samples are counted, as by a reading."""
    if is_selector(signal.query):
        return lambda samples: increases(None, samples)
    return lambda samples: increases_of_sum(None, samples)[0]


def _match(found: Tried, signal: Signal, series: Iterable[Series], growth: Growth | None) -> None:
    """Sort series by the service that their labels name."""
    by_name: dict[str, list[Series]] = defaultdict(list)
    for one in series:
        name = name_in(signal, one.labels)
        if name:
            by_name[name].append(one)
        else:
            found.missing_label += 1
    known = known_services(by_name)
    services = Service.objects.in_bulk(known.values())
    by_service: dict[int, list[Series]] = defaultdict(list)
    for name, members in sorted(by_name.items()):
        if name in known:
            by_service[known[name]] += members
        else:
            found.unmatched.append(Unmatched(name, _value(members, growth), len(members)))
    found.matched = [Matched(services[pk], _value(some, growth), len(some)) for pk, some in by_service.items()]
    found.matched.sort(key=lambda one: one.service.name)


def _value(members: Sequence[Series], growth: Growth | None) -> float | None:
    if growth is not None:
        return sum(step.count for one in members for step in growth(one.samples))
    newest = [one.samples[-1] for one in members if one.samples]
    return max(newest).value if newest else None


def _look_at_labels(found: Tried, signal: Signal, series: Sequence[Series]) -> None:
    """Which labels there are, and what the one of the status says, so that one sees what to write."""
    found.labels = sorted({name for one in series for name in one.labels if name != "__name__"})
    if signal.kind in COUNTERS:
        for one in series:
            word = one.labels.get(signal.status_label, "")
            found.statuses.setdefault(status_of(signal, one.labels) or "neither", set()).add(word)
    if found.sample_count == 0 and series:
        found.notes.append("It says no number (NaN) all day: no data.")
