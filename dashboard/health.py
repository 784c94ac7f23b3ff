"""What a load balancer or an orchestrator asks: is the process alive, may it be sent requests."""

import logging
import socket
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

Check = Literal["ok", "unavailable", "pending", "unknown"]
DEFAULT_PORTS = {"amqp": 5672, "amqps": 5671, "pyamqp": 5672, "redis": 6379, "rediss": 6379}
# An orchestrator's own limit is often one second.
BROKER_TIMEOUT_SECONDS = 0.5


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is looked at, so that a broken database does not restart every web process."""
    return JsonResponse({"status": "ok", "checks": {}})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when pages can be served: the database answers and knows every migration; else 503.

    A broker that is down is told and costs nothing: deliveries wait in the inbox until a sweep finds them.
    """
    database, migrations = _database()
    checks: dict[str, Check] = {"database": database, "migrations": migrations}
    if settings.BROKER_URL:
        checks["broker"] = _broker(settings.BROKER_URL)
    able = database == migrations == "ok"
    return JsonResponse({"status": "ok" if able else "unavailable", "checks": checks}, status=200 if able else 503)


def _database() -> tuple[Check, Check]:
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except Error as error:
        # The text may hold a host or a user name, so it goes to the log and not to whoever asks.
        logger.warning("The database does not answer: %s", error)
        return "unavailable", "unknown"
    return "ok", "ok" if _known_migrations() <= applied.keys() else "pending"


@lru_cache(maxsize=1)
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _broker(url: str) -> Check:
    # Celery takes several brokers, separated by semicolons; the first is the one in use.
    parts = urlsplit(url.split(";", maxsplit=1)[0])
    if not parts.hostname:
        return "unknown"
    try:
        address = (parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme, 0))
        with socket.create_connection(address, timeout=BROKER_TIMEOUT_SECONDS):
            return "ok"
    except (OSError, ValueError) as error:
        logger.warning("The broker does not answer: %s", error)
        return "unavailable"
