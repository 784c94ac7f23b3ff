"""(pure) Lines that cannot be taken in, so that the page of data health has something to show."""

from datetime import datetime, timedelta

import orjson

from dashboard.demo.chance import generator
from dashboard.demo.company import PAYMENTS, SERVICES
from dashboard.demo.lines import Event, service_declared, told


def bad_lines(seed: int, now: datetime) -> list[bytes]:
    """One line each: cut off, of an unknown type, in the future, a key used before, ended before it began."""
    run = generator(seed, "refused").randrange(4_000, 9_000)
    finished = _finished(f"payouts-production-{run}", now - timedelta(hours=5), now - timedelta(hours=4))
    return [
        orjson.dumps(finished)[:140],
        orjson.dumps({**finished, "event": f"build/{run}", "type": "build.finished"}),
        orjson.dumps(_finished("sms-gateway-production-900", now, now + timedelta(hours=26))),
        orjson.dumps(_declared_otherwise(now)),
        orjson.dumps(_finished("app-config-production-901", now - timedelta(hours=2), now - timedelta(hours=3))),
    ]


def _finished(deployment: str, started_at: datetime, finished_at: datetime) -> Event:
    service = deployment.rpartition("-production-")[0]
    return {"event": f"{service}/production/{deployment}/finished", "type": "deployment.finished",
            "at": told(finished_at), "service": service, "deployment": deployment, "environment": "production",
            "started_at": told(started_at), "status": "success"}  # fmt: skip


def _declared_otherwise(now: datetime) -> Event:
    """The key of a declaration that went before, with another tier."""
    ledger = next(service for service in SERVICES if service.slug == "ledger")
    return {**service_declared(ledger, PAYMENTS, now), "tier": "low"}
