"""(pure) What a chart depends on, and whether a lock or an archive holds it."""

import posixpath
import re
from dataclasses import dataclass
from typing import Literal

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.charts.chart import Chart
from scorecards.reading.semver import Version, is_any, is_exact, satisfies, version

MAX_DEPENDENCIES = 200
_SOME = Version(1, 0, 0)
Pin = Literal["exact", "range", "open", "unclear"]
# Names of charts that bring a database or queue of their own.
_STORES = re.compile(
    r"^(?:postgresql|postgresql-ha|postgres|mysql|mariadb|mariadb-galera|mongodb|mongodb-sharded|redis|redis-cluster"
    r"|valkey|valkey-cluster|keydb|memcached|rabbitmq|kafka|zookeeper|elasticsearch|opensearch|cassandra|scylla"
    r"|clickhouse|influxdb2?|minio|etcd|couchdb|neo4j|cockroachdb|nats|timescaledb)$"
)


@dataclass(frozen=True, slots=True, eq=False)
class Dependency:
    """One dependency. ``locked`` is the version that the lock names, empty without one."""

    node: Node
    name: str
    wanted: str
    repository: str
    condition: str
    alias: str
    locked: str
    lock_place: Place | None
    vendored: str
    is_local: bool

    @property
    def place(self) -> Place:
        return self.node.place

    @property
    def key(self) -> str:
        """Where its values stand in the chart's own."""
        return self.alias or self.name

    @property
    def pin(self) -> Pin:
        if is_exact(self.wanted):
            return "exact"
        if is_any(self.wanted):
            return "open"
        return "range" if satisfies(_SOME, self.wanted) is not None else "unclear"

    @property
    def is_held(self) -> bool:
        """Whether a lock or an archive in charts/ holds one version that is wanted."""
        for text in (self.locked, self.vendored):
            found = version(text)
            if found is not None and (satisfies(found, self.wanted) or text == self.wanted):
                return True
        return False

    @property
    def is_store(self) -> bool:
        return bool(_STORES.match(self.name))


def dependencies(tree: RepositoryTree, chart: Chart) -> list[Dependency]:
    """The dependencies of a chart, also those that version 1 writes into requirements.yaml."""
    items = chart.root.items_at("dependencies") or _requirements(tree, chart)
    archives = tree.derive(_archives).get(posixpath.join(chart.folder, "charts"), [])
    return [_dependency(tree, chart, item, archives) for item in items[:MAX_DEPENDENCIES] if item.is_mapping]


def _requirements(tree: RepositoryTree, chart: Chart) -> list[Node]:
    path = posixpath.join(chart.folder, "requirements.yaml")
    documents = tree.yaml(path) if tree.exists(path) else []
    return documents[0].root.items_at("dependencies") if documents else []


def _dependency(tree: RepositoryTree, chart: Chart, node: Node, archives: list[str]) -> Dependency:
    name, repository = node.text_at("name"), node.text_at("repository")
    locked = _locked(chart, name, node.text_at("alias"))
    inside = posixpath.join(chart.folder, "charts", name, "Chart.yaml")
    is_local = repository.startswith("file://") or (bool(name) and tree.exists(inside))
    return Dependency(
        node=node,
        name=name,
        wanted=node.text_at("version"),
        repository=repository,
        condition=node.text_at("condition"),
        alias=node.text_at("alias"),
        locked=locked.text_at("version") if locked is not None else "",
        lock_place=locked.place if locked is not None else None,
        vendored=_archived(archives, name),
        is_local=is_local,
    )


def _locked(chart: Chart, name: str, alias: str) -> Node | None:
    entries = chart.lock.items_at("dependencies") if chart.lock is not None else []
    named = [entry for entry in entries if entry.text_at("name") in (name, alias) and name]
    return named[0] if named else None


def _archives(tree: RepositoryTree) -> dict[str, list[str]]:
    """Packed charts by folder."""
    found: dict[str, list[str]] = {}
    for path in tree.all_files("**/charts/*.tgz"):
        found.setdefault(posixpath.dirname(path), []).append(path)
    return found


def _archived(archives: list[str], name: str) -> str:
    """The version in the name of an archive of this chart."""
    for path in archives:
        stem = posixpath.basename(path).removesuffix(".tgz")
        if name and stem.startswith(f"{name}-") and version(stem[len(name) + 1 :]) is not None:
            return stem[len(name) + 1 :]
    return ""
