"""Reads signals: in chunks of time, from where the last reading ended, each kept together with how far it is read.

Who is killed goes on from the last chunk that was kept, so that nothing is lost and nothing counts twice.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, transaction

from ingest.errors import AccessDenied, IngestError, SourceUnavailable
from ingest.models import PrometheusServer, Signal, SignalKind
from ingest.prometheus import deployments, gauges
from ingest.prometheus.client import Prometheus, QueryRefused, TooMuch
from ingest.prometheus.named import known_services, name_in
from ingest.prometheus.series import Series, is_selector
from ingest.window import midnight

logger = logging.getLogger(__name__)

FIRST = timedelta(days=90)  # read back to, where the signal does not say
CHUNK = timedelta(days=1)
SHORTEST = timedelta(minutes=5)
OVERLAP = timedelta(minutes=5)  # looked at again: a sample may be stored later than its time
STEP = 60  # seconds, where an expression is asked
MAX_SERIES = 10_000
MAX_UNMATCHED = 200
KEPT_SERIES = 2 * MAX_SERIES  # in the state; beyond, the oldest go
# Asked when it is judged, and kept nowhere: here only whose they are is looked at.
LIVE = (SignalKind.ERROR_RATE, SignalKind.P99_LATENCY, SignalKind.RESTARTS, SignalKind.MEMORY_GROWTH)
CountT = TypeVar("CountT")
Report = Callable[[str], None]


class Changed(Exception):
    """A person changed the signal while it was read: the next pass reads it as it is by then."""


@dataclass(frozen=True, slots=True)
class Turn:
    """``renew``: called in the transaction of each chunk; raises where somebody else has taken over. ``seconds``: how
    long one signal may take of a pass, ``None`` for as long as there is something to read."""

    now: datetime
    renew: Callable[[], None] = lambda: None
    seconds: float | None = None


def read_signals(prometheus: Prometheus, server: PrometheusServer, turn: Turn, report: Report) -> None:
    """Read what is new of each signal of a server. What one of them fails at is told with it and stops no other.

    Raises:
        SourceUnavailable, AccessDenied: it is the server that fails.
    """
    for signal in server.signals.filter(enabled=True).select_related("server__source").order_by("pk"):
        try:
            report(f"{signal.name}: {read_signal(prometheus, signal, turn)}")
        except Changed:
            continue
        except QueryRefused as error:
            _tell(signal, str(error), turn.now, report)
        except (SourceUnavailable, AccessDenied) as error:
            _tell(signal, str(error), turn.now, report)
            prometheus.ready()  # raises where it is the server's fault
        except (DatabaseError, IngestError):
            raise
        except Exception as error:
            logger.exception("Signal %s can't be read", signal.pk)
            _tell(signal, f"It can't be read ({type(error).__name__}). It is tried again.", turn.now, report)


def read_signal(prometheus: Prometheus, signal: Signal, turn: Turn) -> str:
    """Read what is new of a signal; a few words on what that was. Raises as the client does, and ``Changed``."""
    if signal.kind in LIVE:
        return _look(prometheus, signal, turn)
    begun, at, width, count, error = time.monotonic(), _start(signal, turn.now), CHUNK, 0, ""
    while at < turn.now:
        end = min(at + width, turn.now)
        try:
            found = _asked(prometheus, signal, at, end)
        except TooMuch as much:
            if end - at <= SHORTEST:
                raise QueryRefused(f"Even {SHORTEST.seconds // 60} minutes are too much at once. {much}") from much
            width = max(SHORTEST, (end - at) / 2)
            continue
        if len(found) > MAX_SERIES:
            raise QueryRefused(
                f"The query gives {len(found):,} series. At most {MAX_SERIES:,} are read: narrow it down."
            )
        count += _kept(signal, found, end, turn)
        error = _nameless(signal, found) if found else error
        at = end
        if turn.seconds is not None and time.monotonic() - begun > turn.seconds:
            break
    _answered(signal, turn, error)
    what = "deployments" if signal.kind == SignalKind.DEPLOYMENTS else "values"
    return f"{count:,} {what}, read up to {at:%Y-%m-%d %H:%M} UTC"


def _start(signal: Signal, now: datetime) -> datetime:
    if signal.read_to is not None:
        return signal.read_to
    if signal.since is not None:
        return midnight(signal.since, settings.ORGANISATION_ZONE)
    return now - FIRST


def _asked(prometheus: Prometheus, signal: Signal, start: datetime, end: datetime) -> list[Series]:
    """The samples of a chunk: as they are stored, or of an expression its value of each minute."""
    if signal.read_to is not None:
        start -= OVERLAP
    if is_selector(signal.query):
        seconds = int((end - start).total_seconds()) + 1
        return prometheus.at(f"{signal.query.strip()}[{seconds}s]", end)
    first = datetime.fromtimestamp(start.timestamp() // STEP * STEP, UTC)
    return prometheus.between(signal.query, first, end, STEP)


def _kept(signal: Signal, found: list[Series], end: datetime, turn: Turn) -> int:
    """Keep what a chunk says, and how far the signal is read, or nothing of it; how much that was."""
    state = dict(signal.state.get("series", {}))
    told: dict[str, Any] = {"exact": is_selector(signal.query), "undated": signal.state.get("undated", 0)}
    with transaction.atomic():
        turn.renew()
        if signal.kind == SignalKind.DEPLOYMENTS:
            counted = deployments.count(signal, found, state)
            deployments.keep(signal, counted.rows, turn.now)
            told["undated"] += counted.undated
            told["statuses"] = sorted(counted.statuses)[: deployments.MAX_TOLD] or signal.state.get("statuses", [])
            news, unmatched, count = counted.state, counted.unmatched, counted.deployments
        else:
            taken = gauges.take(signal, found, state)
            gauges.keep(signal, taken)
            news, unmatched, count = taken.state, taken.unmatched, len(taken.values)
        told["series"] = _newest_series(state | news)
        values: dict[str, Any] = {"state": told, "read_to": end}
        if found:
            values |= {"series_count": len(found), "unmatched": sorted(unmatched - {""})[:MAX_UNMATCHED]}
        _move(signal, values)
    return count


def _nameless(signal: Signal, found: list[Series]) -> str:
    """What to say where nothing tells whose the series are."""
    if signal.kind in gauges.GAMEDAYS or any(one.labels.get(signal.service_label, "").strip() for one in found):
        return ""
    return f"None of its {len(found):,} series has the label {signal.service_label}, which is to name the service."


def _newest_series(state: dict[str, list[float]]) -> dict[str, list[float]]:
    if len(state) <= KEPT_SERIES:
        return state
    return dict(sorted(state.items(), key=lambda pair: pair[1][0])[-KEPT_SERIES:])


def _move(signal: Signal, values: dict[str, Any]) -> None:
    """Write how far a signal is read, unless a person changed it meanwhile. Raises ``Changed``."""
    held = Signal.objects.filter(pk=signal.pk, kind=signal.kind, query=signal.query, read_to=signal.read_to)
    if not held.update(**values):
        raise Changed
    for name, value in values.items():
        setattr(signal, name, value)


def _look(prometheus: Prometheus, signal: Signal, turn: Turn) -> str:
    """Whose values a signal gives right now."""
    found = prometheus.at(signal.query, turn.now)
    names = {name_in(signal, one.labels) for one in found} - {""}
    known = known_services(names)
    unmatched = {
        one.labels.get(signal.service_label, "")[:200] for one in found if name_in(signal, one.labels) not in known
    }
    values = {"series_count": len(found), "unmatched": sorted(unmatched - {""})[:MAX_UNMATCHED], "read_to": turn.now}
    _move(signal, values)
    _answered(signal, turn, _nameless(signal, found) if found else "")
    return f"{len(known):,} services"


def _answered(signal: Signal, turn: Turn, error: str) -> None:
    signal.answered_at, signal.error = turn.now, error
    signal.failing_since = (signal.failing_since or turn.now) if error else None
    signal.save(update_fields=["answered_at", "failing_since", "error"])


def _tell(signal: Signal, error: str, now: datetime, report: Report) -> None:
    """Note why nothing is read, and since when; what was read stays as it is."""
    report(f"{signal.name}: {error}")
    signal.error, signal.failing_since = error[:2_000], signal.failing_since or now
    signal.save(update_fields=["error", "failing_since"])
