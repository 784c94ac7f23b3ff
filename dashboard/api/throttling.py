"""How often a token may ask: counted in the cache, by the minute; what is left is told with every answer."""

# rest_framework.views imports this module for its defaults, so this module must not import it.

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from dashboard.models import ApiToken

logger = logging.getLogger(__name__)
WINDOW = 60  # seconds
HELD = "_rate"


@dataclass(frozen=True, slots=True)
class Rate:
    """``limit`` requests in a window, of which ``remaining`` are left; the next window begins in ``reset`` seconds."""

    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        """As many clients know them, and as draft-ietf-httpapi-ratelimit-headers has them."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
            "RateLimit-Policy": f'"token";q={self.limit};w={WINDOW}',
            "RateLimit": f'"token";r={self.remaining};t={self.reset}',
        }


class PerToken(BaseThrottle):
    """``API_RATE`` requests a minute; without a limit where that is 0."""

    def allow_request(self, request: Request, view: object) -> bool:
        limit, token = settings.API_RATE, request.auth
        if limit <= 0 or not isinstance(token, ApiToken):
            return True
        now = int(time.time())
        self.rate = Rate(limit, _counted(f"api-rate/{token.key_id}/{now // WINDOW}"), WINDOW - now % WINDOW)
        setattr(request._request, HELD, self.rate)
        return self.rate.used <= limit

    def wait(self) -> float:
        return self.rate.reset


class RateHeaders:
    """Tells with an answer what is left of the limit that its request counted against."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        rate: Rate | None = getattr(request, HELD, None)
        for name, value in (rate.headers() if rate else {}).items():
            response.headers[name] = value
        return response


def _counted(key: str) -> int:
    """The requests under the key, this one included. A cache that is away must not keep everybody out: 0."""
    try:
        cache.add(key, 0, 2 * WINDOW)
        return int(cache.incr(key))
    except (RedisError, ValueError):
        logger.exception("Requests can't be counted: the cache does not answer")
        return 0
