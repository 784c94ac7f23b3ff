"""What was tried, as the page shows it: services with their values, and label values that name none."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from dashboard import formats
from ingest.models import Signal, SignalKind
from ingest.prometheus.signals import LIVE
from ingest.prometheus.trying import Tried

SHOWN = 50
MAPPED = 30  # rows to map
STATUSES = {"succeeded": "succeeded", "failed": "failed", "neither": "neither, and not counted"}
DURATIONS = (SignalKind.ROLLBACK_DURATION, SignalKind.GAMEDAY_MTTR, SignalKind.P99_LATENCY)


@dataclass(frozen=True, slots=True)
class Line:
    """``href`` is empty for a value that names no service."""

    name: str
    href: str
    value: str
    series: int


@dataclass(frozen=True, slots=True)
class Shown:
    """``more``: services beyond those shown, and ``more_unmatched`` values. ``becomes``: what an unmatched one does."""

    tried: Tried
    matched: Sequence[Line]
    unmatched: Sequence[Line]
    more: int
    more_unmatched: int
    becomes: str
    statuses: Sequence[tuple[str, str]]
    says: str

    @property
    def names(self) -> list[str]:
        """The values that can be mapped."""
        return [line.name for line in self.unmatched]


LEFT_OUT = "They are left out, unless you say what they stand for."
BECOMES = "Each becomes a service of team unassigned, unless you say what it stands for."


def shown(tried: Tried, signal: Signal) -> Shown:
    matched = [
        Line(
            one.service.name,
            reverse("service", args=[one.service.slug]),
            value_text(signal.kind, one.value),
            one.series,
        )
        for one in tried.matched[:SHOWN]
    ]
    unmatched = [Line(one.name, "", value_text(signal.kind, one.value), one.series) for one in tried.unmatched[:MAPPED]]
    return Shown(
        tried,
        matched,
        unmatched,
        len(tried.matched) - len(matched),
        len(tried.unmatched) - len(unmatched),
        LEFT_OUT if signal.kind in LIVE else BECOMES,
        [(STATUSES[kind], ", ".join(sorted(words)) or "none") for kind, words in sorted(tried.statuses.items())],
        _says(tried),
    )


def _says(tried: Tried) -> str:
    if not tried.series_count:
        return "The server answers, and found nothing within the last day."
    series = formats.plural(tried.series_count, "series", "series")
    return f"{series} with {formats.plural(tried.sample_count, 'value')} within the last day."


def value_text(kind: str, value: float | None) -> str:
    """A value in the unit of its kind."""
    if value is None:
        return "no number"
    if kind == SignalKind.DEPLOYMENTS:
        return f"{formats.number(value)} in a day"
    if kind in DURATIONS:
        return f"{value * 1_000:.0f}{formats.NO_BREAK}ms" if 0 < value < 1 else str(formats.duration(value))
    if kind == SignalKind.ERROR_RATE:
        return str(formats.percent(value)) if 0 <= value <= 1 else f"{value:g}, which is no share of 1"
    if kind == SignalKind.MEMORY_GROWTH:
        return f"{value / 1_048_576:.3f}{formats.NO_BREAK}MiB/s"
    return f"{value:,.4g}"
