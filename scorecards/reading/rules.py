"""(pure) Prometheus rules: alerts and recordings of rule files and PrometheusRule objects."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds, promql
from scorecards.reading.kubernetes import manifests
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN, texts

MAX_RULES = 5_000  # of one document; aliases can repeat one without end
PAGING = frozenset({"critical", "page"})
TICKETING = frozenset({"warning", "ticket"})


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """An alert or a recording. ``query`` is ``None`` where the expression is empty or only rendering tells it."""

    group: str
    node: Node
    query: promql.Query | None

    @property
    def alert(self) -> str:
        return self.node.text_at("alert")

    @property
    def name(self) -> str:
        return self.alert or self.node.text_at("record")

    @property
    def labels(self) -> dict[str, str]:
        return texts(self.node.get("labels"))

    @property
    def annotations(self) -> dict[str, str]:
        return texts(self.node.get("annotations"))

    @property
    def severity(self) -> str:
        """Of the label, or as Sloth tells it beside the organisation's own word."""
        return (self.labels.get("sloth_severity") or self.labels.get("severity", "")).strip().lower()

    @property
    def templated(self) -> bool:
        """Whether only rendering tells its labels or annotations."""
        held = (self.node, self.node.get("labels"), self.node.get("annotations"))
        return any(node is not None and node.tag in (OPEN, OPAQUE) for node in held)

    @property
    def place(self) -> Place:
        return self.node.place_of("alert" if self.alert else "record")


@dataclass(frozen=True, slots=True, eq=False)
class RuleFile:
    """One document of rules. ``unit`` is its identity in findings."""

    unit: str
    root: Node
    rules: tuple[Rule, ...]

    @property
    def path(self) -> str:
        return self.root.path

    @property
    def alerts(self) -> list[Rule]:
        return [rule for rule in self.rules if rule.alert]


def rule_files(tree: RepositoryTree) -> list[RuleFile]:
    """Every document of rules; those for logs (groups of another type) hold no rules here."""
    return tree.derive(_rule_files)


def _rule_files(tree: RepositoryTree) -> list[RuleFile]:
    objects = [(each.unit, each.root, each.get("spec", "groups")) for each in manifests(tree, "PrometheusRule")]
    files = [
        (f"rules in {found.path}", found.root, found.root.get("groups"))
        for found in kinds.found(tree, "prom-rule")
        if found.root is not None and not kinds.is_kubernetes(found.root)
    ]
    return [RuleFile(unit, root, tuple(islice(_rules(groups), MAX_RULES))) for unit, root, groups in [*objects, *files]]


def _rules(groups: Node | None) -> Iterator[Rule]:
    for group in groups.items()[:MAX_RULES] if groups is not None else ():
        if group.text_at("type") in ("", "prometheus"):
            for node in group.items_at("rules")[:MAX_RULES]:
                if node.is_mapping and (node.has("alert") or node.has("record")):
                    yield Rule(group.text_at("name"), node, query_of(node.get("expr")))


def query_of(node: Node | None) -> promql.Query | None:
    """The query that a scalar holds; ``None`` where there is none, or only rendering tells it."""
    if node is None or not node.is_scalar or node.tag == OPAQUE:
        return None
    return promql.parse(node.text)
