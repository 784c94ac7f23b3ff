"""(pure) Flagger's Canary objects: analysis, metrics with their templates, hooks, generated services."""

from dataclasses import dataclass
from math import isfinite

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.canaries.measures import Measure, kind_of
from scorecards.reading.kubernetes import Manifest, of_group
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.references import find
from scorecards.reading.schemas import facts

DEADLINE = 600.0  # seconds; Flagger's default of progressDeadlineSeconds


@dataclass(frozen=True, slots=True, eq=False)
class CanaryMetric:
    """A metric of an analysis. ``reference``: (namespace, name) of its template; ``template`` where it is found."""

    node: Node
    measure: Measure
    reference: tuple[str, str] | None
    template: Manifest | None
    templated_namespace: bool = False

    @property
    def name(self) -> str:
        return self.measure.name

    @property
    def place(self) -> Place:
        return self.measure.place


@dataclass(frozen=True, slots=True, eq=False)
class Hook:
    """A webhook. ``type`` is empty where none is named: Flagger runs it during the rollout then."""

    node: Node

    @property
    def name(self) -> str:
        return self.node.text_at("name")

    @property
    def type(self) -> str:
        return self.node.text_at("type")

    @property
    def url(self) -> str:
        return self.node.text_at("url")

    @property
    def task(self) -> str:
        """What kind of task the load tester is asked for; its default is a command."""
        return self.node.text_at("metadata", "type") or "cmd"

    @property
    def command(self) -> str:
        return self.node.text_at("metadata", "cmd")

    @property
    def place(self) -> Place:
        return self.node.place


@dataclass(frozen=True, slots=True, eq=False)
class Canary:
    """A Canary object; ``analysis`` is ``None`` where it has none, so that nothing is analysed."""

    manifest: Manifest
    analysis: Node | None
    metrics: tuple[CanaryMetric, ...]
    hooks: tuple[Hook, ...]

    @property
    def unit(self) -> str:
        return self.manifest.unit

    @property
    def target(self) -> tuple[str, str]:
        """Kind and name of the workload."""
        return self.manifest.text_at("spec", "targetRef", "kind"), self.manifest.text_at("spec", "targetRef", "name")

    @property
    def apex(self) -> str:
        """The name of the Service that Flagger makes for users; ``NAME-canary`` leads to the version under test."""
        return self.manifest.text_at("spec", "service", "name") or self.target[1]

    @property
    def port(self) -> str:
        return self.manifest.text_at("spec", "service", "port")

    @property
    def provider(self) -> str:
        return self.manifest.text_at("spec", "provider")

    @property
    def measures(self) -> tuple[Measure, ...]:
        return tuple(metric.measure for metric in self.metrics)

    @property
    def weighted(self) -> bool:
        """Whether traffic is shifted by weights."""
        names = ("stepWeight", "maxWeight", "stepWeights")
        return self.analysis is not None and any(self.analysis.has(name) for name in names)

    def place_of(self, *keys: str) -> Place:
        return self.manifest.place_of("spec", *keys)

    def analysis_place(self, *keys: str) -> Place:
        return self.place_of("canaryAnalysis" if self.manifest.get("spec", "analysis") is None else "analysis", *keys)


def canaries(tree: RepositoryTree) -> list[Canary]:
    """The Canary objects of a tree that have a spec."""
    return tree.derive(_canaries)


def _canaries(tree: RepositoryTree) -> list[Canary]:
    found = of_group(tree, "flagger.app", "Canary")
    return [_canary(tree, manifest) for manifest in found if _is_mapping(manifest.get("spec"))]


def _is_mapping(node: Node | None) -> bool:
    return node is not None and node.is_mapping


def _canary(tree: RepositoryTree, manifest: Manifest) -> Canary:
    analysis = manifest.get("spec", "analysis") or manifest.get("spec", "canaryAnalysis")
    if analysis is None or not (analysis.is_mapping or analysis.tag in (OPEN, OPAQUE)):
        return Canary(manifest, None, (), ())
    metrics = tuple(_metric(tree, manifest, node) for node in analysis.items_at("metrics") if node.is_mapping)
    hooks = tuple(Hook(node) for node in analysis.items_at("webhooks") if node.is_mapping)
    return Canary(manifest, analysis, metrics, hooks)


def _metric(tree: RepositoryTree, canary: Manifest, node: Node) -> CanaryMetric:
    name = node.text_at("name")
    reference = node.get("templateRef")
    wanted, template, opaque = None, None, False
    if reference is not None and reference.is_mapping:
        told = reference.get("namespace")
        opaque = told is not None and told.tag == OPAQUE
        wanted = (reference.text_at("namespace") or canary.namespace, reference.text_at("name"))
        own = reference.text_at("namespace") or None
        template = find(tree, canary, "MetricTemplate", wanted[1], own)
    builtin = name in facts("flagger")["builtin_metrics"]
    query = node.text_at("query") or (template.text_at("spec", "query") if template else "")
    kind = kind_of(name, "" if builtin else query)
    low, high, unknown = _bounds(node, name)
    measure = Measure(name, kind, node.place, low, high, query, builtin, opaque=unknown)
    return CanaryMetric(node, measure, wanted, template, opaque)


def finite(node: Node | None) -> float | None:
    """A number that can be counted with; ``None`` for anything else, infinities too."""
    number = node.number if node is not None else None
    return number if number is not None and isfinite(number) else None


def _bounds(node: Node, name: str) -> tuple[float | None, float | None, bool]:
    """(low, high, whether only rendering tells). The older single threshold bounds as Flagger does."""
    limits = node.get("thresholdRange")
    if limits is not None:
        low, high = limits.get("min"), limits.get("max")
        opaque = any(bound is not None and finite(bound) is None for bound in (low, high))
        return finite(low), finite(high), opaque or limits.tag in (OPEN, OPAQUE)
    single = node.get("threshold")
    number = finite(single) if single is not None else 0.0
    opaque = number is None or node.tag in (OPEN, OPAQUE)
    if name == "request-success-rate":
        return number, None, opaque
    return None, number, opaque


def alert_providers(tree: RepositoryTree) -> list[Manifest]:
    """The AlertProvider objects of a tree."""
    return of_group(tree, "flagger.app", "AlertProvider")
