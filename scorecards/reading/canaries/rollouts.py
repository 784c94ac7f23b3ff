"""(pure) Rollouts of Argo: strategy, steps, and the analyses that they run."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.canaries.measures import Measure, kind_of
from scorecards.reading.kubernetes import Manifest, of_group
from scorecards.reading.references import find

MAX_TEMPLATES = 50


@dataclass(frozen=True, slots=True, eq=False)
class Rollout:
    """``strategy`` is the canary or blue-green part of it. ``templates`` are the analysis templates that were found,
    ``missing`` the names of those that were not."""

    manifest: Manifest
    kind: str  # "canary" or "blueGreen"
    strategy: Node
    templates: tuple[Manifest, ...]
    missing: tuple[str, ...]

    @property
    def unit(self) -> str:
        return self.manifest.unit

    @property
    def steps(self) -> list[Node]:
        return self.strategy.items_at("steps")

    @property
    def metrics(self) -> list[Node]:
        """Every metric of every template."""
        return [
            metric
            for template in self.templates
            for metric in template.items_at("spec", "metrics")
            if metric.is_mapping
        ]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The metrics that are queries."""
        return tuple(_measure(metric) for metric in self.metrics if not _is_task(metric))

    @property
    def tasks(self) -> list[Node]:
        """The metrics that run a job or call an address: tests and load."""
        return [metric for metric in self.metrics if _is_task(metric)]


def _is_task(metric: Node) -> bool:
    return metric.has("provider", "job") or metric.has("provider", "web")


def _measure(metric: Node) -> Measure:
    name = metric.text_at("name")
    query = query_of(metric)
    condition = metric.text_at("successCondition") or metric.text_at("failureCondition")
    return Measure(name, kind_of(name, query), metric.place, query=query, condition=condition.strip())


def query_of(metric: Node) -> str:
    """The query of a metric, of whichever provider."""
    provider = metric.get("provider")
    if provider is None:
        return ""
    for _, _, told in provider.members():
        if text := told.text_at("query"):
            return text
    return ""


def rollouts(tree: RepositoryTree) -> list[Rollout]:
    """The Rollouts of a tree that have a canary or blue-green strategy."""
    return tree.derive(_rollouts)


def _rollouts(tree: RepositoryTree) -> list[Rollout]:
    return [
        _rollout(tree, manifest, kind, strategy)
        for manifest in of_group(tree, "argoproj.io", "Rollout")
        for kind in ("canary", "blueGreen")
        if (strategy := manifest.get("spec", "strategy", kind)) is not None and strategy.is_mapping
    ]


def _rollout(tree: RepositoryTree, manifest: Manifest, kind: str, strategy: Node) -> Rollout:
    found: list[Manifest] = []
    missing: list[str] = []
    for name, wide in dict.fromkeys(_names(strategy)):
        template = find(tree, manifest, "ClusterAnalysisTemplate" if wide else "AnalysisTemplate", name)
        if template is None:
            missing.append(name)
        else:
            found.append(template)
    nested, unresolved = _included(tree, found)
    return Rollout(manifest, kind, strategy, (*found, *nested), (*missing, *unresolved))


def _names(strategy: Node) -> Iterator[tuple[str, bool]]:
    """(name, cluster-wide) of each analysis template that a strategy names."""
    analyses = [strategy.get(way) for way in ("analysis", "prePromotionAnalysis", "postPromotionAnalysis")]
    for step in strategy.items_at("steps"):
        analyses.append(step.get("analysis"))
        for analysis in step.items_at("experiment", "analyses"):
            yield analysis.text_at("templateName"), _is_wide(analysis)
    for one in analyses:
        if one is not None:
            yield from _templates_of(one)


def _templates_of(analysis: Node) -> Iterator[tuple[str, bool]]:
    for template in analysis.items_at("templates"):
        if name := template.text_at("templateName"):
            yield name, _is_wide(template)


def _is_wide(template: Node) -> bool:
    wide = template.get("clusterScope")
    return wide is not None and wide.is_true


def _included(tree: RepositoryTree, found: list[Manifest]) -> tuple[list[Manifest], list[str]]:
    """Templates that templates name, and names of those that are not here."""
    seen = {id(template.root) for template in found}
    more: list[Manifest] = []
    missing: list[str] = []
    waiting = list(found)
    while waiting and len(seen) < MAX_TEMPLATES:
        one = waiting.pop()
        spec = one.get("spec")
        for name, wide in _templates_of(spec) if spec is not None else ():
            template = find(tree, one, "ClusterAnalysisTemplate" if wide else "AnalysisTemplate", name)
            if template is None:
                missing.append(name)
            elif id(template.root) not in seen:
                seen.add(id(template.root))
                more.append(template)
                waiting.append(template)
    return more, missing
