"""What an organisation at GitHub holds, as plain records; how they look in its API stands in ``shapes``.

A record is changed by the methods of ``Organisation`` alone, so that what GitHub would have sent of it is noted.
"""

from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from typing import Any


def node_id(prefix: str, *parts: int | str) -> str:
    """A global id as GitHub's look: the kind, and something opaque."""
    return f"{prefix}_{urlsafe_b64encode(':'.join(map(str, parts)).encode()).decode().rstrip('=')}"


def parts_of(told: str) -> tuple[str, list[str]]:
    """What ``node_id`` was given; for any other text an empty kind."""
    kind, _, opaque = told.partition("_")
    try:
        return kind, urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4)).decode().split(":")
    except ValueError:
        return "", [""]


def blob_id(text: str) -> str:
    """The id that git gives a file of that text."""
    data = text.encode()
    return sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass(slots=True, eq=False)
class Account:
    """A person, a bot, or the organisation itself (``kind``: User, Bot, Organization)."""

    number: int
    login: str
    name: str
    email: str
    kind: str = "User"

    @property
    def node_id(self) -> str:
        return node_id({"User": "U", "Bot": "BOT", "Organization": "O"}[self.kind], self.number)


@dataclass(slots=True, eq=False)
class Commit:
    """A commit. ``author`` and ``committer`` are accounts; their names and addresses stand in the commit itself."""

    repository: "Repository" = field(repr=False)
    sha: str
    tree: str
    message: str
    parents: list[str]
    author: Account
    committer: Account
    authored_at: datetime
    committed_at: datetime
    files: list[str] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return node_id("C", self.repository.number, self.sha)


@dataclass(slots=True, eq=False)
class Label:
    number: int
    name: str
    color: str = "d73a4a"
    description: str | None = None

    @property
    def node_id(self) -> str:
        return node_id("LA", self.number)


@dataclass(slots=True, eq=False)
class Review:
    """A review. ``state``: APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED."""

    pull: "PullRequest" = field(repr=False)
    number: int
    author: Account
    state: str
    submitted_at: datetime
    sha: str
    body: str = ""

    @property
    def node_id(self) -> str:
        return node_id("PRR", self.number)


@dataclass(slots=True, eq=False)
class PullRequest:
    """A pull request. ``id`` is GitHub's, ``number`` the repository's; ``commits`` are those of its branch.

    ``merge_sha``: the commit that it became on the base; of one that is not merged, a trial merge.
    """

    repository: "Repository" = field(repr=False)
    id: int
    number: int
    title: str
    body: str
    author: Account
    base: str
    base_sha: str
    head: str
    head_sha: str
    created_at: datetime
    updated_at: datetime
    merge_sha: str | None
    draft: bool = False
    state: str = "open"
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: Account | None = None
    ready_at: datetime | None = None
    commits: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return node_id("PR", self.id)

    def brings(self, sha: str) -> bool:
        """Whether the commit is one of its branch, or what it became on the base."""
        return sha in self.commits or (self.merged_at is not None and sha == self.merge_sha)


@dataclass(slots=True, eq=False)
class DeploymentStatus:
    """How a deployment went. ``state``: error, failure, inactive, in_progress, pending, queued or success."""

    deployment: "Deployment" = field(repr=False)
    number: int
    state: str
    environment: str
    creator: Account
    created_at: datetime
    description: str = ""
    log_url: str = ""
    environment_url: str = ""

    @property
    def node_id(self) -> str:
        return node_id("DES", self.number)


@dataclass(slots=True, eq=False)
class Deployment:
    """A deployment. ``payload`` is what the deployer put in: an object or a text."""

    repository: "Repository" = field(repr=False)
    number: int
    sha: str
    ref: str
    task: str
    environment: str
    original_environment: str
    payload: Any
    description: str | None
    creator: Account
    created_at: datetime
    updated_at: datetime
    production: bool
    transient: bool = False
    statuses: list[DeploymentStatus] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return node_id("DE", self.number)


@dataclass(slots=True, eq=False)
class Release:
    repository: "Repository" = field(repr=False)
    number: int
    tag: str
    target: str
    name: str
    body: str
    author: Account
    created_at: datetime
    published_at: datetime | None
    draft: bool = False
    prerelease: bool = False

    @property
    def node_id(self) -> str:
        return node_id("RE", self.number)


@dataclass(slots=True, eq=False)
class Job:
    number: int
    name: str
    status: str
    conclusion: str | None
    created_at: datetime
    started_at: datetime
    completed_at: datetime | None

    @property
    def node_id(self) -> str:
        return node_id("CR", self.number)


@dataclass(slots=True, eq=False)
class WorkflowRun:
    """A run of a workflow. ``status``: queued, in_progress or completed; ``conclusion`` only of the last."""

    repository: "Repository" = field(repr=False)
    number: int
    run_number: int
    workflow: int
    name: str
    path: str
    event: str
    branch: str
    sha: str
    actor: Account
    suite: int
    created_at: datetime
    started_at: datetime
    updated_at: datetime
    status: str = "completed"
    conclusion: str | None = "success"
    attempt: int = 1
    jobs: list[Job] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return node_id("WFR", self.number)


@dataclass(slots=True, eq=False)
class IssueEvent:
    number: int
    event: str
    actor: Account
    created_at: datetime
    label: Label | None = None

    @property
    def node_id(self) -> str:
        return node_id("IE", self.number)


@dataclass(slots=True, eq=False)
class Issue:
    """An issue. ``reason``: completed, not_planned or reopened; ``None`` while it was never closed."""

    repository: "Repository" = field(repr=False)
    id: int
    number: int
    title: str
    body: str
    author: Account
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    reason: str | None = None
    closed_at: datetime | None = None
    closed_by: Account | None = None
    labels: list[Label] = field(default_factory=list)
    events: list[IssueEvent] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return node_id("I", self.id)


@dataclass(slots=True, eq=False)
class Team:
    """A team. ``permissions``: pull, triage, push, maintain or admin, by the repository's number."""

    number: int
    slug: str
    name: str
    description: str
    privacy: str = "closed"
    parent: "Team | None" = None
    members: list[Account] = field(default_factory=list)
    maintainers: list[Account] = field(default_factory=list)
    permissions: dict[int, str] = field(default_factory=dict)

    @property
    def node_id(self) -> str:
        return node_id("T", self.number)


@dataclass(slots=True, eq=False)
class HookDelivery:
    """An attempt to deliver; ``payload`` as it was sent. ``status_code`` 0: nobody answered."""

    number: int
    guid: str
    delivered_at: datetime
    event: str
    action: str | None
    status_code: int
    status: str
    redelivery: bool
    repository: int | None
    headers: dict[str, str]
    payload: bytes = field(repr=False)
    duration: float = 0.05
    answer: str = ""


@dataclass(slots=True, eq=False)
class Hook:
    """A hook of the organisation (``repository`` ``None``) or of a repository."""

    number: int
    url: str
    secret: str
    events: list[str]
    repository: int | None
    created_at: datetime
    active: bool = True
    content_type: str = "json"
    deliveries: list[HookDelivery] = field(default_factory=list)

    def wants(self, event: str) -> bool:
        return self.active and ("*" in self.events or event in self.events)


@dataclass(slots=True, eq=False)
class Repository:
    """A repository by its number, which a rename keeps. ``files``: the text at each path of its newest commit."""

    number: int
    name: str
    owner: Account
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    default_branch: str = "main"
    private: bool = True
    archived: bool = False
    deleted: bool = False
    language: str = "Python"
    description: str | None = None
    allows: tuple[str, ...] = ("merge", "squash", "rebase")
    files: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    pulls: list[PullRequest] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    runs: list[WorkflowRun] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    numbers: int = 0

    @property
    def open_count(self) -> int:
        """Of issues and pull requests, which the API counts together."""
        return sum(one.state == "open" for one in self.issues) + sum(one.state == "open" for one in self.pulls)

    @property
    def node_id(self) -> str:
        return node_id("R", self.number)

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    def next_number(self) -> int:
        """Of an issue or a pull request, which share them."""
        self.numbers += 1
        return self.numbers

    def resolve(self, name: str) -> str | None:
        """The sha of a branch, a tag, HEAD, or a commit's (abbreviated) id."""
        name = self.default_branch if name == "HEAD" else name
        for prefix, held in (("heads/", self.branches), ("tags/", self.tags)):
            short = name.removeprefix("refs/").removeprefix(prefix)
            if short in held:
                return held[short]
        if name in self.commits:
            return name
        if len(name) < 7:
            return None
        return next((sha for sha in self.commits if sha.startswith(name)), None)

    def history(self, sha: str) -> list[Commit]:
        """A commit and all before it, the newest first, each once."""
        found: dict[str, Commit] = {}
        waiting = [sha]
        while waiting:
            one = waiting.pop()
            if one not in found and one in self.commits:
                found[one] = self.commits[one]
                waiting += self.commits[one].parents
        order = {sha: place for place, sha in enumerate(self.commits)}
        return sorted(found.values(), key=lambda commit: (commit.committed_at, order[commit.sha]), reverse=True)

    def between(self, base: str, head: str) -> list[Commit]:
        """Those that ``head`` has and ``base`` has not, the oldest first."""
        known = {commit.sha for commit in self.history(base)}
        return [commit for commit in reversed(self.history(head)) if commit.sha not in known]

    def encoded(self, path: str) -> str:
        """A file as the API gives it: base64 in lines of sixty."""
        text = b64encode(self.files[path].encode()).decode()
        return "".join(f"{text[at : at + 60]}\n" for at in range(0, len(text), 60))
