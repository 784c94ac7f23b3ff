"""One pass over the servers that are due: what is new of their signals and objectives.

Who is at work holds a lease that is renewed while it asks. A server that fails is asked again after 1, 2, 4 and then
every 15 minutes; since when it fails is told, and what was read before stays.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import DatabaseError
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from ingest.errors import AccessDenied, IngestError, SourceUnavailable
from ingest.leases import is_dead, own_name
from ingest.models import PrometheusServer, Signal, Slo
from ingest.prometheus.client import Prometheus, open_server
from ingest.prometheus.declared import declare
from ingest.prometheus.objectives import first_server, read_objectives
from ingest.prometheus.signals import Turn, read_signals

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
RENEWED_EVERY = 20.0  # seconds
PATIENCE = 20.0  # seconds of a pass that one signal may take while others wait
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
Report = Callable[[str], None]


class LeaseLost(IngestError):
    """Another worker reads this server by now."""


def follow(now: datetime | None = None) -> int:
    """Make what the file of PROMETHEUS_CONFIG and the environment tell, and read every server that is due; how many
    were."""
    now = now or timezone.now()
    for problem in declare():
        _warn(problem)
    return sum(synchronise(server, now, patience=PATIENCE) for server in due(now))


@lru_cache(maxsize=100)
def _warn(problem: str) -> None:
    """Once a process, for it is found anew each minute."""
    logger.warning("%s", problem)


def due(now: datetime) -> list[PrometheusServer]:
    """Those that are neither paused nor to be left alone for a while after they failed."""
    rows = PrometheusServer.objects.select_related("source").filter(source__paused_at=None)
    return list(rows.filter(Q(not_before=None) | Q(not_before__lte=now)))


def synchronise(
    server: PrometheusServer, now: datetime, report: Report | None = None, *, patience: float | None = None
) -> bool:
    """Read what is new of a server; ``False`` where somebody else is at it, or it is paused.

    ``report`` is told what was read, a line each. ``patience``: seconds that one signal may take; ``None``: until it is
    read. How it went stands with the server, its signals and objectives; no error of the server escapes.
    """
    by = own_name()
    if server.source.paused_at is not None or not claim(server, by, now):
        return False
    lease = _Lease(server, by)
    try:
        with open_server(server, before=lease.hold) as prometheus:
            _read(prometheus, server, Turn(now, lease.renew, patience), report or (lambda text: None))
    except LeaseLost:
        return True
    except (SourceUnavailable, AccessDenied) as error:
        _failed(server, by, str(error), now)
    except DatabaseError:
        raise
    except Exception as error:
        logger.exception("The server %s can't be read", server.pk)
        _failed(server, by, f"It can't be read ({type(error).__name__}). It is tried again.", now)
    else:
        _end(server, by, {"error": "", "failing_since": None, "not_before": None, "answered_at": now})
    if report and server.error:
        report(server.error)
    return True


def _read(prometheus: Prometheus, server: PrometheusServer, turn: Turn, report: Report) -> None:
    prometheus.ready()
    read_signals(prometheus, server, turn, report)
    read_objectives(prometheus, server, turn.now, report, patience=turn.seconds)


def claim(server: PrometheusServer, by: str, now: datetime) -> bool:
    """Take the lease, unless somebody else is at work. Who died on this machine needs no waiting for."""
    clock = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=clock) | Q(lease_by=by)
    if is_dead(server.lease_by):
        free |= Q(lease_by=server.lease_by)
    rows = PrometheusServer.objects.filter(free, pk=server.pk)
    taken = rows.update(lease_until=clock + LEASE, lease_by=by, asked_at=now)
    server.refresh_from_db()
    return bool(taken)


class _Lease:
    """Ours while nobody took it; ``renew`` writes, ``hold`` only from time to time. Both raise ``LeaseLost``."""

    def __init__(self, server: PrometheusServer, by: str) -> None:
        self._pk, self._by, self._renewed = server.pk, by, time.monotonic()

    def renew(self) -> None:
        held = PrometheusServer.objects.filter(pk=self._pk, lease_by=self._by)
        if not held.update(lease_until=timezone.now() + LEASE):
            raise LeaseLost("Another worker has taken over.")
        self._renewed = time.monotonic()

    def hold(self) -> None:
        if time.monotonic() - self._renewed > RENEWED_EVERY:
            self.renew()


def _failed(server: PrometheusServer, by: str, error: str, now: datetime) -> None:
    """Note why and since when the server gives nothing, and so nothing is known anew of all that it is asked for."""
    since = server.failing_since or now
    wait = min(LONGEST_WAIT, max(now - since, timedelta(0)) + FIRST_WAIT)
    _end(server, by, {"error": error[:2_000], "failing_since": since, "not_before": now + wait})
    told = {"error": error[:2_000], "failing_since": Coalesce(F("failing_since"), now)}
    Signal.objects.filter(server=server, enabled=True).update(**told)
    whose = Q(server=server) | Q(server=None) if server == first_server() else Q(server=server)
    Slo.objects.filter(whose, ended_at=None, problem_code="").update(**told)


def _end(server: PrometheusServer, by: str, values: dict[str, object]) -> None:
    """Write how a pass went and give the lease back; what a person changed meanwhile is not overwritten."""
    held = PrometheusServer.objects.filter(pk=server.pk, lease_by=by)
    held.filter(url=server.url).update(**values)
    held.update(lease_by="", lease_until=None)
    server.refresh_from_db()
