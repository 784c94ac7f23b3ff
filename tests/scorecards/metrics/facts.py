"""Facts with boring defaults, for the tests of the metrics: a test states only what matters to it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from scorecards.metrics.delivered import History
from scorecards.metrics.failures import judge
from scorecards.metrics.records import (
    Change,
    Definitions,
    Deployment,
    FailureRule,
    Incident,
    JudgedService,
    PullRequest,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    """So long after Monday 2026-03-02 00:00 UTC."""
    return MONDAY + timedelta(days=days, hours=hours, minutes=minutes)


def deployment(number: int, finished_at: datetime | None, **said: Any) -> Deployment:
    fields = {"id": number, "external_id": f"d{number}", "environment": "production", "status": "succeeded"}
    return Deployment(**{**fields, "finished_at": finished_at, **said})


def change(number: int, sha: str, authored_at: datetime | None = MONDAY, **said: Any) -> Change:
    return Change(id=number, sha=sha, authored_at=authored_at, **said)


def line(*shas: str, first: int = 1, **said: Any) -> list[Change]:
    """Commits, each the child of the one before; the first has no parent."""
    parents = [(), *((sha,) for sha in shas)]
    return [change(first + i, sha, at(minutes=i), parents=parents[i], **said) for i, sha in enumerate(shas)]


def pull_request(number: int, **said: Any) -> PullRequest:
    return PullRequest(**{"id": 1000 + number, "number": number, **said})


def incident(number: int, opened_at: datetime | None, resolved_at: datetime | None = None, **said: Any) -> Incident:
    fields = {"id": number, "external_id": f"i{number}", "environment": None, "severity": "sev3"}
    return Incident(**{**fields, "opened_at": opened_at, "resolved_at": resolved_at, **said})


def judged(
    deployments: Iterable[Deployment],
    incidents: Iterable[Incident] = (),
    changes: Iterable[Change] = (),
    pull_requests: Iterable[PullRequest] = (),
    definitions: Definitions | None = None,
) -> JudgedService:
    return judge(deployments, incidents, History(changes, pull_requests), definitions or Definitions())


def rules(*names: FailureRule) -> Definitions:
    return Definitions(rules=frozenset(names))
