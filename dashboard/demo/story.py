"""(pure) What happened to one service: pull requests, deployments, incidents, before they become events."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Commit:
    """``parents`` ``None``: not told."""

    sha: str
    authored_at: datetime
    committed_at: datetime
    author: str
    title: str
    parents: tuple[str, ...] | None = None
    merge: bool = False


@dataclass(slots=True)
class Review:
    at: datetime
    reviewer: str
    state: str


@dataclass(slots=True)
class PullRequest:
    """``commits`` are those of its branch; ``base_commit`` is what the merge put on the default branch, if told.

    Neither merged nor closed: still open. ``number`` 0: not numbered yet.
    """

    title: str
    author: str
    bot: bool
    first_authored_at: datetime
    opened_at: datetime
    reviews: list[Review]
    commits: list[Commit]
    commits_known: bool
    merged_at: datetime | None
    closed_at: datetime | None = None
    merge_sha: str = ""
    how: str = "squash"
    base_commit: Commit | None = None
    number: int = 0


@dataclass(slots=True)
class Deployment:
    """``status`` empty and ``finished_at`` ``None``: still running. ``pull_requests`` ``None``: no list is told."""

    id: str
    environment: str
    started_at: datetime
    finished_at: datetime | None
    status: str
    sha: str
    version: str
    by: str
    pull_requests: list[PullRequest] | None
    kind: str = "release"
    rollback_of: str = ""
    fixes: str = ""


@dataclass(slots=True)
class Incident:
    """``cause``: a deployment's id; ``None``: known to come from none; empty: nothing is said of it."""

    id: str
    severity: str
    title: str
    cause: str | None
    opened_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    by: str


@dataclass(slots=True)
class Story:
    pull_requests: list[PullRequest] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
