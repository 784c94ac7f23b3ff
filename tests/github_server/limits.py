"""Rate limits: docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, and the same for GraphQL."""

from collections.abc import Callable
from dataclasses import dataclass, field

HOUR = 3600
ANONYMOUS = 60  # calls an hour


@dataclass(slots=True)
class Window:
    """What a caller used of ``limit`` until ``reset`` (seconds since 1970)."""

    resource: str
    limit: int
    reset: int
    used: int = 0

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)

    def headers(self) -> dict[str, str]:
        told = {"limit": self.limit, "remaining": self.remaining, "used": self.used, "reset": self.reset}
        return {f"X-RateLimit-{name.title()}": str(value) for name, value in told.items()} | {
            "X-RateLimit-Resource": self.resource
        }

    def shape(self) -> dict[str, int]:
        return {"limit": self.limit, "used": self.used, "remaining": self.remaining, "reset": self.reset}


@dataclass
class Limits:
    """Each token's windows. ``core``: calls an hour; ``graphql``: points an hour."""

    clock: Callable[[], float]
    core: int = 5000
    graphql: int = 5000
    windows: dict[tuple[str, str], Window] = field(default_factory=dict)

    def window(self, resource: str, token: str) -> Window:
        """The one that is open; a new one begins with the first call after it."""
        now, key = self.clock(), (resource, token)
        if key not in self.windows or self.windows[key].reset <= now:
            limit = {"core": self.core if token else ANONYMOUS, "graphql": self.graphql}[resource]
            self.windows[key] = Window(resource, limit, int(now) + HOUR)
        return self.windows[key]

    def exhaust(self, resource: str = "core", token: str = "a-token") -> Window:
        """Use up all that is left."""
        window = self.window(resource, token)
        window.used = window.limit
        return window
