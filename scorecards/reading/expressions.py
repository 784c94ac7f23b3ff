"""(pure) Every PromQL expression of a tree, and how it may be misused."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.dashboards import dashboards
from scorecards.reading.kubernetes import of_group
from scorecards.reading.promql import Part, Query
from scorecards.reading.rules import query_of, rule_files
from scorecards.reading.slos import slos

_COUNTERS = ("_total", "_bucket")
_OF_DISTRIBUTIONS = ("_count", "_sum")  # elsewhere gauges are often called so too
_DISTRIBUTED = re.compile(
    r"second|milli|_ms|byte|duration|latency|size|time|request|response|rpc|handl|call|histogram|summary|delay|wait",
    re.I,
)
# Under one of these a counter is read as it should be, or its mere presence is asked.
_SOUND = frozenset(
    {"rate", "irate", "increase", "delta", "idelta", "deriv", "resets", "changes", "absent", "absent_over_time",
     "present_over_time", "count_over_time", "timestamp", "count", "group", "count_values", "predict_linear"}
)  # fmt: skip
_WORD = "variable"


class Asked(NamedTuple):
    """An expression where it stands. ``query`` is ``None`` where only rendering tells it."""

    unit: str
    node: Node
    query: Query | None

    @property
    def place(self) -> Place:
        return Place(self.node.path, self.node.line_at(0))


def expressions(tree: RepositoryTree) -> list[Asked]:
    """The expressions of objectives, rules, dashboards and metric templates; empty ones are left out."""
    return tree.derive(_expressions)


def _expressions(tree: RepositoryTree) -> list[Asked]:
    found: list[Asked] = []
    counts: dict[str, int] = {}
    for asked in _asked(tree):
        if not asked.node.is_scalar or not asked.node.text.strip():
            continue
        unit = asked.unit
        counts[unit] = counts.get(unit, 0) + 1
        found.append(asked._replace(unit=f"{unit} #{counts[unit]}") if counts[unit] > 1 else asked)
    return found


def _asked(tree: RepositoryTree) -> Iterator[Asked]:
    for slo in slos(tree):
        if slo.document.tool != "pyrra":  # it takes selectors and makes the queries itself
            yield from (Asked(f"query of {slo.unit}", each.node, each.query) for each in slo.indicator.expressions)
    for file in rule_files(tree):
        for rule in file.rules:
            if (node := rule.node.get("expr")) is not None:
                yield Asked(f"rule {rule.group}/{rule.name} of {file.unit}", node, rule.query)
    for board in dashboards(tree):
        for panel in board.panels:
            for target in panel.targets:
                if not target.foreign and target.query is not None:
                    unit = f"panel {panel.title or '?'} {target.ref} of {board.unit}".replace("  ", " ")
                    yield Asked(unit, target.node, target.query)
    yield from _of_canaries(tree)


def _of_canaries(tree: RepositoryTree) -> Iterator[Asked]:
    for template in of_group(tree, "flagger.app", "MetricTemplate"):
        node = template.get("spec", "query")
        if node is not None and template.text_at("spec", "provider", "type") in ("", "prometheus"):
            yield Asked(f"query of {template.unit}", node, query_of(node))


def misuses(query: Query) -> list[str]:
    """What is wrong with an expression that parses: counters without a rate, buckets summed away."""
    if query.root is None:
        return []
    return [*_bare_counters(query.root), *_quantiles(query.root)]


def _bare_counters(root: Part) -> Iterator[str]:
    named: dict[str, None] = {}
    waiting: list[tuple[Part, bool]] = [(root, False)]
    while waiting:
        part, sound = waiting.pop()
        if part.kind == "selector":
            if not sound and is_counter(part.name):
                named[part.name] = None
            continue
        sound = sound or part.name in _SOUND or _is_difference(part)
        is_filter = part.kind == "binary" and part.name in ("and", "unless")
        waiting += [(below, sound or (is_filter and at == 1)) for at, below in enumerate(part.parts)]
    for name in named:
        yield f"{name} is a counter; read it by rate() or increase()"


def is_counter(name: str) -> bool:
    """Whether a metric's name says that it only grows; recordings may be anything."""
    if ":" in name:
        return False
    return name.endswith(_COUNTERS) or (name.endswith(_OF_DISTRIBUTIONS) and bool(_DISTRIBUTED.search(name)))


def _is_difference(part: Part) -> bool:
    """Whether a counter is taken from itself, as ``x - x offset 10m``."""
    return part.kind == "binary" and part.name == "-" and len({each.name for each in part.parts}) == 1


def _quantiles(root: Part) -> Iterator[str]:
    for part in root.walk():
        if part.name == "histogram_quantile" and len(part.parts) == 2 and not _keeps_bounds(part.parts[1]):
            yield "histogram_quantile() needs le; add it to the labels of by"


def _keeps_bounds(part: Part) -> bool:
    metrics = [each.name for each in part.walk() if each.kind == "selector"]
    if not any("bucket" in name for name in metrics):
        return True  # a native histogram has no such label, and a recording may be anything
    summed = next((each for each in part.walk() if each.kind == "aggregation"), None)
    if summed is None or _WORD in summed.labels:
        return True
    return (
        "le" in summed.labels
        if summed.grouping == "by"
        else (summed.grouping == "without" and "le" not in summed.labels)
    )


def divides_by_nothing(query: Query) -> bool:
    """Whether a division has a denominator without a guard against an empty or zero vector."""
    parts = query.root.walk() if query.root else ()
    return any(each.kind == "binary" and each.name == "/" and not is_guarded(each.parts[1]) for each in parts)


def is_guarded(part: Part) -> bool:
    """Whether a denominator is a number, or kept from being zero or empty."""
    if part.kind == "number":
        return True
    guards = {"clamp_min", "clamp", "absent", "vector"}
    return any(
        (each.kind == "binary" and each.name in ("or", ">", "!=", ">=")) or each.name in guards for each in part.walk()
    )
