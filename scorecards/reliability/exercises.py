"""Runs of gamedays, from what gauges told."""

from collections.abc import Collection

from ingest.models import SignalKind, SignalSample
from scorecards.reliability.gamedays import Run, Told, runs

NEWEST = 20_000  # values that are looked through
KINDS = (SignalKind.GAMEDAY_SCORE, SignalKind.GAMEDAY_MTTR)


def runs_of(services: Collection[int] | None = None) -> list[Run]:
    """Newest first: of these services, or of all and of what names no service."""
    rows = SignalSample.objects.filter(signal__kind__in=KINDS)
    if services is not None:
        rows = rows.filter(service__in=list(services))
    newest = rows.order_by("-at", "-pk").values_list("label", "service", "at", "value", "signal__kind")[:NEWEST]
    return runs(
        Told(scenario, service_id, at, value, kind == SignalKind.GAMEDAY_MTTR)
        for scenario, service_id, at, value, kind in newest
    )
