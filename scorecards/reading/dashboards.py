"""(pure) Grafana dashboards as code: files, ConfigMaps, GrafanaDashboard objects; wrapped or bare."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.embedded import json_in
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.promql import Query
from scorecards.reading.rules import query_of

MAX_PANELS = 2_000
MAX_TARGETS = 100
_PROMETHEUS = ("prometheus", "mimir", "cortex", "thanos", "amazonprometheus")
_OTHERS = (
    "loki", "elastic", "influx", "cloudwatch", "mysql", "postgres", "tempo", "jaeger", "graphite", "opentsdb", "azure",
    "stackdriver", "bigquery", "clickhouse", "mssql", "zipkin", "victoria", "github", "jira", "testdata", "datadog",
    "newrelic", "sentry", "pyroscope", "opensearch", "sqlite", "timescale", "snowflake", "dashboard", "grafana",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One query of a panel. ``query`` is ``None`` where it is empty; ``foreign``: its source is not Prometheus."""

    ref: str
    node: Node
    query: Query | None
    foreign: bool


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    node: Node
    targets: tuple[Target, ...]
    has_source: bool

    @property
    def title(self) -> str:
        return self.node.text_at("title")

    @property
    def type(self) -> str:
        return self.node.text_at("type")


@dataclass(frozen=True, slots=True, eq=False)
class Dashboard:
    """``importable`` is false where a strict reader refuses the file, because comments stand in it."""

    unit: str
    root: Node
    panels: tuple[Panel, ...]
    importable: bool = True

    @property
    def title(self) -> str:
        return self.root.text_at("title")


def dashboards(tree: RepositoryTree) -> list[Dashboard]:
    """Every dashboard that stands as a document somewhere."""
    return tree.derive(_dashboards)


def hidden_dashboards(tree: RepositoryTree) -> bool:
    """Whether programs make dashboards here (Jsonnet, Terraform, Python), whose output is not at hand."""
    if tree.files("**/*dashboard*/**.{jsonnet,libsonnet}", "**/*dashboard*.{jsonnet,libsonnet}", "**/*.dashboard.py"):
        return True
    return any("grafana_dashboard" in (tree.text(found.path) or "") for found in kinds.found(tree, "tf"))


def _dashboards(tree: RepositoryTree) -> list[Dashboard]:
    found = [_of_file(tree, each.path, each.root) for each in kinds.found(tree, "grafana") if each.root is not None]
    for manifest in manifests(tree, "ConfigMap", "GrafanaDashboard"):
        found += [_dashboard(unit, root, True) for unit, root in _in_manifest(manifest)]
    return found


def _of_file(tree: RepositoryTree, path: str, root: Node) -> Dashboard:
    file = tree.json(path)
    return _dashboard(f"dashboard {path}", root, not (file is not None and file.commented))


def _in_manifest(manifest: Manifest) -> Iterator[tuple[str, Node]]:
    data = manifest.get("data") if manifest.kind == "ConfigMap" else manifest.get("spec")
    for name, _, value in data.members() if data is not None else ():
        may_be = name.endswith(".json") or (manifest.kind == "GrafanaDashboard" and name == "json")
        if may_be and '"panels"' in value.text and (root := json_in(value).root) is not None and root.is_mapping:
            yield f"dashboard {name} of {manifest.unit}", root


def _dashboard(unit: str, root: Node, importable: bool) -> Dashboard:
    board = root.get("dashboard")
    board = board if board is not None and board.is_mapping else root
    sources = _sources(board)
    return Dashboard(unit, board, tuple(_panel(node, sources) for node in _panels(board)), importable)


def _panels(board: Node) -> Iterator[Node]:
    """Every panel, those of rows too; rows themselves are none."""
    waiting = [*board.items_at("panels"), *board.items_at("rows")][:MAX_PANELS]
    seen: set[int] = set()
    while waiting and len(seen) < MAX_PANELS:
        node = waiting.pop(0)
        if id(node) in seen or not node.is_mapping:
            continue
        seen.add(id(node))
        waiting = [*node.items_at("panels")[:MAX_PANELS], *waiting]
        if node.text_at("type") != "row" and not node.has("panels"):
            yield node


def _panel(node: Node, sources: dict[str, str]) -> Panel:
    own = node.get("datasource")
    targets = [each for each in node.items_at("targets")[:MAX_TARGETS] if each.is_mapping]
    has_source = _is_given(own) or any(_is_given(each.get("datasource")) for each in targets)
    return Panel(node, tuple(_target(each, own, sources) for each in targets), has_source)


def _is_given(source: Node | None) -> bool:
    return source is not None and not source.is_null and (source.is_mapping or bool(source.text))


def _target(node: Node, panel: Node | None, sources: dict[str, str]) -> Target:
    own = node.get("datasource")
    kind = _kind_of(own if _is_given(own) else panel, sources)
    foreign = not any(name in kind for name in _PROMETHEUS) and any(name in kind for name in _OTHERS)
    expression = node.get("expr")
    return Target(node.text_at("refId"), expression or node, None if foreign else query_of(expression), foreign)


def _kind_of(source: Node | None, sources: dict[str, str]) -> str:
    """The type of a data source, in lower case, through the dashboard's variables; empty where nobody tells."""
    if source is None:
        return ""
    if source.is_mapping and source.text_at("type"):
        return source.text_at("type").lower()
    name = source.text or source.text_at("uid")
    return sources.get(name.strip("${}[]"), name).lower()


def _sources(board: Node) -> dict[str, str]:
    """Types of data sources by the names of variables and inputs."""
    inputs = {each.text_at("name"): each.text_at("pluginId") for each in board.items_at("__inputs")}
    variables = {
        each.text_at("name"): each.text_at("query")
        for each in board.items_at("templating", "list")
        if each.text_at("type") == "datasource"
    }
    return inputs | variables
