"""What happened in an organisation, in order: from it, the webhooks that GitHub would have sent are rendered."""

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.github_server.records import (
    Account,
    Commit,
    Deployment,
    DeploymentStatus,
    Issue,
    Label,
    PullRequest,
    Release,
    Repository,
    Review,
    WorkflowRun,
)

Part = (
    Account
    | Commit
    | Deployment
    | DeploymentStatus
    | Issue
    | Label
    | PullRequest
    | Release
    | Review
    | WorkflowRun
    | list[Commit]
    | str
    | bool
    | dict[str, Any]
    | None
)
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@dataclass(slots=True, eq=False)
class Happening:
    """One event as it was at the time: ``parts`` and ``repository`` are copies, which later changes leave alone."""

    number: int
    at: datetime
    event: str
    action: str | None
    repository: Repository
    sender: Account
    parts: dict[str, Part] = field(default_factory=dict)


@dataclass(eq=False)
class Journal:
    """Time, ids and events of an organisation. Its time stands still but for a minute with each change."""

    account: Account
    now: datetime = NOW
    happenings: list[Happening] = field(default_factory=list)
    last_id: int = 1_000_000

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def at(self, told: datetime | None) -> datetime:
        """The time of a change: the one told, else a minute later than the last."""
        if told is None:
            self.now += timedelta(minutes=1)
            return self.now
        self.now = max(self.now, told)
        return told

    def note(
        self, at: datetime, event: str, action: str | None, repository: Repository, sender: Account, **parts: Part
    ) -> None:
        """Keep an event as everything is at this moment."""
        then = copy.copy(repository)
        frozen = {name: _copied(part, then) for name, part in parts.items()}
        self.happenings.append(Happening(len(self.happenings), at, event, action, then, sender, frozen))


def _copied(part: Part, repository: Repository) -> Part:
    """A copy deep enough that its lists stay as they are, in the repository as it was named then."""
    found = copy.copy(part)
    if isinstance(found, PullRequest | Issue | Deployment | Release | WorkflowRun):
        found.repository = repository
    if isinstance(found, DeploymentStatus):
        found.deployment = copy.copy(found.deployment)
        found.deployment.repository = repository
    if isinstance(found, Review):
        found.pull = copy.copy(found.pull)
        found.pull.repository = repository
    if isinstance(found, PullRequest | Issue):
        found.labels = list(found.labels)
    if isinstance(found, PullRequest):
        found.commits, found.reviews = list(found.commits), list(found.reviews)
    if isinstance(found, WorkflowRun):
        found.jobs = [copy.copy(job) for job in found.jobs]
    return found
