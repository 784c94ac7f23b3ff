"""(pure) What a check looks at: a tree, and what is known around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol

from ingest.repository.tree import RepositoryTree


@dataclass(frozen=True, slots=True)
class Options:
    """What an organisation decides about its checks. Defaults ask nothing that the standard does not ask."""

    registries: tuple[str, ...] = ()  # image registries that are allowed; none: any
    owner_labels: tuple[str, ...] = ()  # label keys of which one must name the owner; none: not asked
    calendar_versions: bool = False  # versions by date count as release versions
    platform_repositories: tuple[str, ...] = ()  # names (owner/name) of repositories that describe the platform
    platform_apis: tuple[str, ...] = ()  # names of repositories that hold a platform API
    secrets_elsewhere: bool = False  # cluster secrets come from outside the repositories
    secret_manager_required: bool = False
    secret_age_days: int = 365
    default_deny_elsewhere: bool = False  # a cluster-wide policy of the platform denies by default
    mesh_mtls_elsewhere: bool = False  # a mesh-wide STRICT policy of the platform
    audit_by_platform: bool = False
    state_backend_injected: bool = False  # a wrapper gives Terraform its backend
    production_names: tuple[str, ...] = ("production", "prod", "prd", "live")
    runbook_hosts: tuple[str, ...] = ()  # hosts that runbook links may lead to
    resource_kinds: tuple[str, ...] = ("ResourceTemplate",)  # the organisation's own self-service kinds
    constrained_names: tuple[str, ...] = ()  # more words that hint at a closed set of values of a variable
    workflow_owner: str = ""  # whose reusable workflows may inherit secrets; empty: the repository's owner


class Tag(NamedTuple):
    """A tag and its commit. ``at``: the tag's own time where it is annotated, else the commit's."""

    name: str
    sha: str
    at: datetime
    annotated: bool


class CommitSeen(NamedTuple):
    """A commit of the default branch, newest first in a history."""

    sha: str
    at: datetime
    subject: str
    body: str
    bot: bool
    merge: bool


class History(Protocol):
    """What git tells of the past."""

    @property
    def known(self) -> bool:
        """Whether there is any git data at all."""

    @property
    def shallow(self) -> bool:
        """Whether the clone was cut, so that a past may be missing."""

    @property
    def tags(self) -> tuple[Tag, ...]: ...

    @property
    def commits(self) -> tuple[CommitSeen, ...]:
        """Commits of the default branch of the last year, newest first."""

    @property
    def first_commit_at(self) -> datetime | None:
        """When the first visible commit was made."""

    def last_changed(self, path: str) -> datetime | None:
        """When a file was last changed; ``None`` where that can't be told."""

    def unchanged_since_first(self, path: str) -> bool:
        """Whether the last visible change is the first visible commit, so that the true age is unknown."""


class NoHistory:
    """No git data."""

    known = False
    shallow = False
    tags: tuple[Tag, ...] = ()
    commits: tuple[CommitSeen, ...] = ()
    first_commit_at: datetime | None = None

    def last_changed(self, path: str) -> datetime | None:
        return None

    def unchanged_since_first(self, path: str) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the latest scans of all other repositories hold, by name. Names are lower case."""

    repositories: frozenset[str] = frozenset()  # owner/name of every scanned repository
    entities: frozenset[str] = frozenset()  # catalogue entities, as kind:namespace/name
    projects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # Argo CD projects -> wildcards they have
    slo_services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # service -> kinds of objectives
    reconciled: frozenset[str] = frozenset()  # paths or repositories that a reconciler object covers
    tools: frozenset[str] = frozenset()  # tools deployed or used
    ci_systems: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()  # Kubernetes Services, as name.namespace
    workloads: frozenset[str] = frozenset()  # namespace/name
    metrics: frozenset[str] = frozenset()  # metric names that source code, exporters or rules make
    runbooks: frozenset[str] = frozenset()  # owner/name/path of runbook pages
    on_call: frozenset[str] = frozenset()  # services with routed and escalated on-call
    incident_process: bool = False  # an organisation's document on incident response passes
    metric_dashboard: bool = False  # an organisation's dashboard of the delivery metrics passes


@dataclass(frozen=True, slots=True)
class Subject:
    """One repository at one commit, as of a day.

    ``name`` is owner/name as registered or as the clone's remote says, lower case; empty where nobody knows.
    ``fleet`` is ``None`` where only this repository is known: what needs the others is then unknown.
    """

    tree: RepositoryTree
    as_of: date
    options: Options = field(default_factory=Options)
    history: History = field(default_factory=NoHistory)
    fleet: Fleet | None = None
    name: str = ""
    ships_events: bool = False  # deployments of a service of this repository are received

    @property
    def owner(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def short_name(self) -> str:
        return self.name.rpartition("/")[2]
