"""(pure) Objectives of OpenSLO."""

from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.durations import seconds_of
from scorecards.reading.kubernetes import manifests
from scorecards.reading.slos.model import MAX_SLOS, Expression, Indicator, Slo, SloDocument, expression_of, slo_of


def openslo_slos(tree: RepositoryTree, document: SloDocument) -> Iterator[Slo]:
    body = document.body
    objectives = [each for each in body.items_at("objectives")[:MAX_SLOS] if each.is_mapping]
    for index, node in enumerate(objectives):
        indicator = _openslo_indicator(tree, body, node)
        name = "" if len(objectives) == 1 else node.text_at("displayName") or f"objective {index + 1}"
        target = node.get("targetPercent") or node.get("target")
        yield slo_of(
            document, name, node, indicator, target, scale=1 if node.has("targetPercent") else 100,
            window=_openslo_window(body),
        )  # fmt: skip


def _openslo_indicator(tree: RepositoryTree, body: Node, objective: Node) -> Indicator:
    spec = objective.get("indicator", "spec") or body.get("indicator", "spec")
    if spec is None and (ref := objective.text_at("indicatorRef") or body.text_at("indicatorRef")):
        spec = _sli_named(tree, ref)
        if spec is None:
            return Indicator("plugin")
    ratio = objective.get("ratioMetrics") or (spec.get("ratioMetric") if spec is not None else None)
    if ratio is None:
        return Indicator("threshold")
    if (raw := ratio.get("raw")) is not None:
        success = ratio.text_at("rawType") == "success"
        found = _source(raw)
        return Indicator("ratio", bad=None if success else found, good=found if success else None, of_good=success)
    good, bad = _source(ratio.get("good")), _source(ratio.get("bad"))
    return Indicator("events", bad=bad, good=good, total=_source(ratio.get("total")))


def _sli_named(tree: RepositoryTree, name: str) -> Node | None:
    named = (each for each in manifests(tree, "SLI") if each.api_version.startswith("openslo") and each.name == name)
    return next((each.get("spec") for each in named), None)


def _source(node: Node | None) -> Expression | None:
    """The query of a metric; those of other systems than Prometheus have none that could be read."""
    if node is None:
        return None
    kind = (node.text_at("metricSource", "type") or node.text_at("queryType") or node.text_at("source")).lower()
    query = node.get("metricSource", "spec", "query") or node.get("metricSource", "spec", "promql") or node.get("query")
    if query is None or (kind and kind not in ("prometheus", "promql", "thanos", "mimir", "cortex")):
        return None
    return expression_of(query)


def _openslo_window(body: Node) -> float | None:
    window = body.get("timeWindow", 0) or body.get("timeWindow") or body.get("timeWindows", 0)
    if window is None:
        return None
    if window.has("duration"):
        return seconds_of(window.text_at("duration"))
    count = window.get("count")
    unit = window.text_at("unit").lower()
    return seconds_of(f"{count.text}{unit}") if count is not None else None
