"""Whether a person gave their password in this session lately: asked before something that outlives the session."""

import time
from datetime import timedelta
from typing import Any

from django.contrib.auth import user_logged_in
from django.http import HttpRequest

FRESH = timedelta(minutes=15)
_AT = "password_given_at"


def note(request: HttpRequest, now: float) -> None:
    """The password was right. ``now``: seconds since the epoch."""
    request.session[_AT] = int(now)


def lately(request: HttpRequest, now: float) -> bool:
    """Within the last 15 minutes; not in a session that began before these were noted."""
    at = request.session.get(_AT)
    return isinstance(at, int) and 0 <= now - at <= FRESH.total_seconds()


def watch() -> None:
    """Every sign-in is one."""
    user_logged_in.connect(_signed_in, dispatch_uid="dashboard.confirmed")


def _signed_in(sender: object, request: HttpRequest | None, **told: Any) -> None:
    if request is not None:
        note(request, time.time())
