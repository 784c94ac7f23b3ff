"""How servers and signals are doing, in words: since when nothing comes, why, and what a person can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse

from dashboard import formats
from dashboard.pages.figures import Status
from ingest.models import PrometheusServer, Signal
from ingest.models.signals import Origin
from ingest.prometheus.signals import LIVE

STALE_AFTER = timedelta(minutes=15)
ORIGINS = {Origin.SITE: "the site", Origin.FILE: "the file", Origin.ENVIRONMENT: "PROMETHEUS_URL"}


@dataclass(frozen=True, slots=True)
class ServerRow:
    """A server in the list. ``failing``: of its signals in use, how many can't be read."""

    server: PrometheusServer
    href: str
    status: Status
    says: str
    signals: int
    failing: int
    objectives: int
    origin: str


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal in the list. ``data_until``: of the newest sample that was taken; ``None`` where it keeps none.

    ``notes``: what of it is worth a look, though it is read.
    """

    signal: Signal
    href: str
    status: Status
    says: str
    data_until: datetime | None
    notes: Sequence[str]


def servers(now: datetime) -> list[ServerRow]:
    """Every server, in one query."""
    in_use, failing = Q(signals__enabled=True), Q(signals__failing_since__isnull=False)
    rows = PrometheusServer.objects.select_related("source").annotate(
        signal_count=Count("signals", filter=in_use, distinct=True),
        failing_count=Count("signals", filter=in_use & failing, distinct=True),
        objective_count=Count("slos", filter=Q(slos__ended_at=None), distinct=True),
    )
    return [
        ServerRow(
            one,
            reverse("prometheus-server", args=[one.pk]),
            *server_state(one, now),
            signals=one.signal_count,
            failing=one.failing_count,
            objectives=one.objective_count,
            origin=ORIGINS.get(Origin(one.origin), one.origin),
        )
        for one in rows
    ]


def server_state(server: PrometheusServer, now: datetime) -> tuple[Status, str]:
    """A word, and a sentence."""
    if server.source.paused_at is not None:
        since = formats.relative(server.source.paused_at, now)
        return Status("warn", "paused"), f"Paused {since}: it is not asked, and what it told stays."
    if server.failing_since is not None:
        last = f" The last answer came {formats.relative(server.answered_at, now)}." if server.answered_at else ""
        return Status("bad", "no answer"), f"{server.error}{last}"
    if server.answered_at is None:
        return Status("none", "not asked yet"), "It is asked within a minute, where a worker runs."
    if now - server.answered_at > STALE_AFTER:
        since = formats.relative(server.answered_at, now)
        return Status("warn", "not asked"), f"The last answer came {since}. Look whether a worker runs."
    return Status("good", "answers"), f"The last answer came {formats.relative(server.answered_at, now)}."


def signals(server: PrometheusServer, now: datetime) -> list[SignalRow]:
    return [signal_row(one, now) for one in server.signals.order_by("name")]


def signal_row(signal: Signal, now: datetime) -> SignalRow:
    href = reverse("prometheus-signal", args=[signal.pk])
    return SignalRow(signal, href, *signal_state(signal, now), data_until(signal), list(_notes(signal)))


def signal_state(signal: Signal, now: datetime) -> tuple[Status, str]:
    """A word, and a sentence."""
    until = data_until(signal)
    if not signal.enabled:
        return Status("warn", "paused"), "It is not read. Reading goes on where it was."
    if signal.failing_since is not None:
        if signal.server.failing_since is not None:
            return Status("bad", "failing"), "Its server does not answer."
        long = formats.duration((now - signal.failing_since).total_seconds())
        return Status("bad", "failing"), f"For {long}: {signal.error}"
    if signal.answered_at is None:
        return Status("none", "not read yet"), "It is read within a minute, where a worker runs and the server answers."
    if until is None and signal.series_count == 0:
        return Status("warn", "finds nothing"), "The server answers, and knows no such series. Try the query."
    if until is not None and signal.answered_at - until > STALE_AFTER:
        return Status("warn", "no data"), f"The server answers; the last sample is from {formats.relative(until, now)}."
    if signal.unmatched:
        count = formats.plural(len(signal.unmatched), "value names", "values name")
        return Status("warn", "partly matched"), f"{count} no service."
    return Status("good", "well"), ""


def data_until(signal: Signal) -> datetime | None:
    """When the newest sample was taken that is known; what is asked live keeps none."""
    if signal.kind in LIVE:
        return None
    times = [float(sample[0]) for sample in signal.state.get("series", {}).values()]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def undated(signal: Signal) -> int:
    """What counters had counted when they were first seen: nobody can tell when."""
    return int(signal.state.get("undated", 0))


def _notes(signal: Signal) -> list[str]:
    notes = []
    if undated(signal):
        count = formats.plural(undated(signal), "deployment was", "deployments were")
        notes.append(
            f"{count} counted before the first sample that is known: nobody can tell when, so they count nowhere."
        )
    words = [str(word) for word in signal.state.get("statuses", [])]
    if words:
        told = ", ".join(f"“{word}”" for word in words)
        notes.append(f"Neither succeeded nor failed, and not counted: {told}. Say below what it means.")
    if signal.state.get("exact") is False:
        notes.append("An expression is asked once a minute, and counts about. A plain selector is counted exactly.")
    return notes
