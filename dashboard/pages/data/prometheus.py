"""Prometheus on the data page: what does not answer, what has no data and since when, what names no service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from dashboard import formats
from dashboard.pages.figures import Status
from dashboard.pages.prometheus import health
from ingest.models import PrometheusServer, Signal, Slo

SHOWN = 50
VALUES = 5  # label values that are named


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing. ``since`` is ``None`` where nobody can tell."""

    subject: str
    href: str
    status: Status
    since: datetime | None
    says: str


@dataclass(frozen=True, slots=True)
class Prometheus:
    """``servers``: all; ``answering``: those that answer. ``reasons``: why objectives are not measured."""

    servers: int
    answering: int
    signals: int
    lacks: Sequence[Lack]
    objectives: int
    not_measured: int
    reasons: Sequence[tuple[str, int]]


def state(now: datetime) -> Prometheus | None:
    """What is to say of it; ``None`` where no server is set up and no objective known."""
    servers = list(PrometheusServer.objects.select_related("source"))
    objectives = Slo.objects.filter(ended_at=None)
    count = objectives.count()
    if not servers and not count:
        return None
    signals = Signal.objects.filter(enabled=True, server__source__paused_at=None).select_related("server__source")
    lacks = [*_of_servers(servers, now), *(lack for one in signals for lack in _of_signal(one, now))]
    answering = sum(health.server_state(one, now)[0].kind == "good" for one in servers)
    reasons = _reasons()
    not_measured = sum(number for _, number in reasons)
    return Prometheus(len(servers), answering, len(signals), lacks[:SHOWN], count, not_measured, reasons)


def _of_servers(servers: Sequence[PrometheusServer], now: datetime) -> Iterator[Lack]:
    for one in servers:
        status, says = health.server_state(one, now)
        if status.kind in ("bad", "warn"):
            href = reverse("prometheus-server", args=[one.pk])
            yield Lack(one.source.name, href, status, one.failing_since or one.source.paused_at, says)


def _of_signal(signal: Signal, now: datetime) -> Iterator[Lack]:
    href, name = reverse("prometheus-signal", args=[signal.pk]), f"{signal.server.source.name}: {signal.name}"
    status, says = health.signal_state(signal, now)
    failing = status.kind == "bad"
    if failing and signal.server.failing_since is not None:
        return  # the server's line says it
    if status.kind in ("bad", "warn") and status.word != "partly matched":
        yield Lack(name, href, status, signal.failing_since if failing else health.data_until(signal), says)
    if signal.unmatched:
        yield Lack(name, href, Status("warn", "values without a service"), None, _named(signal))
    if health.undated(signal):
        count = formats.plural(health.undated(signal), "deployment", "deployments")
        says = f"{count} counted before its first known sample: nobody can tell when. They count nowhere."
        yield Lack(name, href, Status("none", "not datable"), None, says)


def _named(signal: Signal) -> str:
    values = [str(value) or "(empty)" for value in signal.unmatched]
    more = len(values) - VALUES
    return f"{', '.join(values[:VALUES])}{f' and {formats.number(more)} more' if more > 0 else ''}."


def _reasons() -> list[tuple[str, int]]:
    """Objectives that are not measured, by why: the most frequent first."""
    found: dict[str, int] = {}
    rows = Slo.objects.filter(ended_at=None).filter(~Q(problem_code="") | Q(failing_since__isnull=False))
    for code in rows.values_list("problem_code", flat=True):
        words = REASONS.get(code, "it can't be read as it is written") if code else "its server or query fails"
        found[words] = found.get(words, 0) + 1
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


REASONS = {
    "wrong_measure": "it counts the wrong events",
    "plugin": "a plugin holds its queries",
    "no_window": "it names no window",
    "no_indicator": "it names no queries",
    "template": "its queries have variables",
    "unreadable": "its queries can't be read",
    "no_range": "it reads a counter without a window",
}
