"""(pure) What a check looks at: a tree, and what is known around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ingest.repository.history import CommitSeen, History, NoHistory, Tag
from ingest.repository.tree import Dependency, RepositoryTree

__all__ = ["AS_OF", "FLEET", "HISTORY", "CommitSeen", "Fleet", "History", "NoHistory", "Options", "Subject", "Tag"]

AS_OF = Dependency("key", "as_of")
HISTORY = Dependency("key", "history")
FLEET = Dependency("key", "fleet")


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


class Subject:
    """One repository at one commit, as of a day.

    ``name`` is owner/name as registered or as the clone's remote says, lower case; empty where nobody knows.
    ``fleet`` is ``None`` where only this repository is known: what needs the others is then unknown.
    ``ships_events``: deployments of a service of this repository are received.

    Who asks for the day, the past or the fleet is remembered like who reads a file: a change of these alone makes no
    other check run again.
    """

    __slots__ = ("_as_of", "_fleet", "_history", "_ships_events", "name", "options", "tree")

    def __init__(
        self,
        tree: RepositoryTree,
        as_of: date,
        *,
        options: Options = Options(),
        history: History | None = None,
        fleet: Fleet | None = None,
        name: str = "",
        ships_events: bool = False,
    ) -> None:
        self.tree = tree
        self.options = options
        self.name = name
        self._as_of = as_of
        self._history: History = history or NoHistory()
        self._fleet = fleet
        self._ships_events = ships_events

    @property
    def as_of(self) -> date:
        self.tree.depends(AS_OF)
        return self._as_of

    @property
    def history(self) -> History:
        self.tree.depends(HISTORY)
        return self._history

    @property
    def fleet(self) -> Fleet | None:
        self.tree.depends(FLEET)
        return self._fleet

    @property
    def ships_events(self) -> bool:
        self.tree.depends(FLEET)
        return self._ships_events

    @property
    def owner(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def short_name(self) -> str:
        return self.name.rpartition("/")[2]
