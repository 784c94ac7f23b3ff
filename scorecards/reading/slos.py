"""(pure) Service level objectives: Sloth, OpenSLO, Pyrra and burn-rate rules written by hand, told alike."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.burn_rates import BurnRates, burn_rates
from scorecards.reading.durations import seconds_of
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.kubernetes.manifest import OPAQUE, texts
from scorecards.reading.promql import Query
from scorecards.reading.rules import query_of
from scorecards.reading.services import ServiceUnit, folded, service_of, services
from scorecards.reading.subject import Subject

Tool = Literal["sloth-kind", "sloth-file", "openslo", "pyrra", "rules"]
Aim = Literal["availability", "latency", "other"]
_NOWHERE = Place("")
DEFAULT_WINDOW = 30 * 86_400.0  # seconds; of Sloth

OWNER_LABELS = frozenset({"owner", "team", "squad", "owned-by", "owning-team", "owner-team"})
_SERVICE_LABELS = ("service", "app", "app.kubernetes.io/name", "pyrra.dev/service", "sloth_service", "job")
_LATENCY = re.compile(r"latenc|duration|response[ _-]?time|\bfast|\bslow|\bp\d\d\b|within \d+ ?m?s\b|\d ?ms\b", re.I)
_OTHER = re.compile(r"fresh|durab|correct|throughput|coverage|satisf|saturat|staleness|\blag\b", re.I)


@dataclass(frozen=True, slots=True)
class Expression:
    """A query of an indicator, and the node that holds it. ``query`` is ``None`` where only rendering tells it."""

    node: Node
    query: Query | None

    def place_of(self, needle: str = "") -> Place:
        """The line on which a part of the text stands; the first one where it does not stand."""
        lines = self.node.text.splitlines()
        offset = next((at for at, line in enumerate(lines) if needle and needle in line), 0)
        return Place(self.node.path, self.node.line_at(offset))


@dataclass(frozen=True, slots=True)
class Indicator:
    """``events``: two queries; ``ratio``: one that is an error (or, ``of_good``, a success) ratio already."""

    kind: Literal["events", "ratio", "plugin", "native", "gauge", "threshold", "none"]
    bad: Expression | None = None
    good: Expression | None = None
    total: Expression | None = None
    of_good: bool = False

    @property
    def expressions(self) -> list[Expression]:
        return [each for each in (self.bad, self.good, self.total) if each is not None]


@dataclass(frozen=True, slots=True, eq=False)
class SloDocument:
    """A file or object that holds objectives. ``body`` is what the tool reads: the root, or its ``spec``."""

    tool: Tool
    unit: str
    root: Node
    body: Node
    service: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.root.path


@dataclass(frozen=True, slots=True, eq=False)
class Slo:
    """One objective. ``objective`` is a percentage, ``None`` where it can't be read; ``window`` in seconds.

    ``templated``: the objective is given, and only rendering tells it. ``labels`` are those of the document too.
    """

    document: SloDocument
    name: str
    node: Node
    indicator: Indicator
    aim: Aim
    objective: float | None = None
    templated: bool = False
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    window: float | None = None
    objective_place: Place = _NOWHERE
    burning: BurnRates | None = None

    @property
    def unit(self) -> str:
        return self.document.unit if self.name in ("", self.document.unit) else f"{self.name} of {self.document.unit}"

    @property
    def place(self) -> Place:
        return self.node.place

    @property
    def owner(self) -> str:
        """The team that a label names; empty where none does."""
        named = (value for name, value in self.labels.items() if folded(name.rpartition("/")[2]) in OWNER_LABELS)
        return next((value for value in named if value.strip()), "")


def documents(tree: RepositoryTree) -> list[SloDocument]:
    """Every document of objectives; burn-rate rules written by hand are none."""
    return tree.derive(_documents)


def slos(tree: RepositoryTree) -> list[Slo]:
    """Every objective, of documents first, then of rules written by hand."""
    return tree.derive(_slos)


def slos_of(subject: Subject, service: ServiceUnit) -> list[Slo]:
    """The objectives of a service: by its name or label, else by the folder in which they lie."""
    return [slo for slo in slos(subject.tree) if service_for(subject, slo) is service]


def service_for(subject: Subject, slo: Slo) -> ServiceUnit:
    """The service that an objective is about."""
    named = {folded(slo.document.service)} | {folded(slo.labels.get(label, "")) for label in _SERVICE_LABELS}
    found = next((unit for unit in services(subject) if folded(unit.name) in named), None)
    return found or service_of(subject, slo.document.path)


def service_name(subject: Subject, slo: Slo) -> str:
    """The name of the service as the objective writes it, else as the repository does."""
    return slo.document.service or service_for(subject, slo).name


def _documents(tree: RepositoryTree) -> list[SloDocument]:
    objects = [document for each in manifests(tree) if (document := _of_manifest(each)) is not None]
    files = [
        _of_file(found.root)
        for found in kinds.found(tree, "sloth")
        if found.root is not None and not kinds.is_kubernetes(found.root)
    ]
    return [*objects, *files]


def _of_file(root: Node) -> SloDocument:
    service = root.text_at("service")
    return SloDocument(
        "sloth-file", f"SLOs of {service or '?'} in {root.path}", root, root, service, texts(root.get("labels"))
    )


def _of_manifest(manifest: Manifest) -> SloDocument | None:
    tool = _tool_of(manifest)
    body = manifest.get("spec")
    if tool is None:
        return None
    labels = {**texts(manifest.get("metadata", "annotations")), **_labels(manifest.get("metadata", "labels"))}
    labels |= texts(body.get("labels")) if body is not None else {}
    service = body.text_at("service") if body is not None else ""
    return SloDocument(tool, manifest.unit, manifest.root, body or manifest.root, service, labels)


def _tool_of(manifest: Manifest) -> Tool | None:
    if manifest.kind == "PrometheusServiceLevel":
        return "sloth-kind"
    if manifest.api_version.startswith("openslo") and manifest.kind == "SLO":
        return "openslo"
    return "pyrra" if manifest.group == "pyrra.dev" and manifest.kind == "ServiceLevelObjective" else None


def _labels(node: Node | None) -> dict[str, str]:
    """Labels, where OpenSLO gives a list of values the first of them."""
    found = texts(node)
    for name, _, value in node.members() if node is not None else ():
        if value.is_sequence and value.texts_at():
            found[name] = value.texts_at()[0]
    return found


def _slos(tree: RepositoryTree) -> list[Slo]:
    readers = {"sloth-kind": _of_sloth, "sloth-file": _of_sloth, "openslo": _of_openslo, "pyrra": _of_pyrra}
    found = [slo for document in documents(tree) for slo in readers[document.tool](tree, document)]
    return [*found, *(_of_rules(each) for each in burn_rates(tree))]


# ---------------------------------------------------------------- the tools


def _of_sloth(tree: RepositoryTree, document: SloDocument) -> Iterator[Slo]:
    for node in document.body.items_at("slos"):
        if not node.is_mapping:
            continue
        indicator = _sloth_indicator(node.get("sli"))
        yield _slo(
            document, node.text_at("name"), node, indicator, node.get("objective"), labels=texts(node.get("labels")),
            window=DEFAULT_WINDOW,
        )  # fmt: skip


def _sloth_indicator(sli: Node | None) -> Indicator:
    if sli is None:
        return Indicator("none")
    if (events := sli.get("events")) is not None:
        bad = _expression(events.get("errorQuery") or events.get("error_query"))
        return Indicator("events", bad=bad, total=_expression(events.get("totalQuery") or events.get("total_query")))
    if (raw := sli.get("raw")) is not None:
        return Indicator("ratio", bad=_expression(raw.get("errorRatioQuery") or raw.get("error_ratio_query")))
    return Indicator("plugin" if sli.has("plugin") else "none")


def _of_pyrra(tree: RepositoryTree, document: SloDocument) -> Iterator[Slo]:
    body = document.body
    window = seconds_of(body.text_at("window"))
    yield _slo(document, "", body, _pyrra_indicator(body.get("indicator")), body.get("target"), window=window)


def _pyrra_indicator(node: Node | None) -> Indicator:
    if node is None:
        return Indicator("none")
    if (ratio := node.get("ratio")) is not None:
        bad, total = ratio.get("errors", "metric"), ratio.get("total", "metric")
        return Indicator("events", bad=_expression(bad), total=_expression(total))
    if (latency := node.get("latency")) is not None:
        good, total = latency.get("success", "metric"), latency.get("total", "metric")
        return Indicator("events", good=_expression(good), total=_expression(total))
    if (native := node.get("latencyNative")) is not None:
        return Indicator("native", total=_expression(native.get("total", "metric")))
    if (gauge := node.get("bool_gauge")) is not None:
        return Indicator("gauge", good=_expression(gauge.get("metric")))
    return Indicator("none")


def _of_openslo(tree: RepositoryTree, document: SloDocument) -> Iterator[Slo]:
    body = document.body
    objectives = [each for each in body.items_at("objectives") if each.is_mapping]
    for index, node in enumerate(objectives):
        indicator = _openslo_indicator(tree, body, node)
        name = "" if len(objectives) == 1 else node.text_at("displayName") or f"objective {index + 1}"
        target = node.get("targetPercent") or node.get("target")
        yield _slo(
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
    return _expression(query)


def _openslo_window(body: Node) -> float | None:
    window = body.get("timeWindow", 0) or body.get("timeWindow") or body.get("timeWindows", 0)
    if window is None:
        return None
    if window.has("duration"):
        return seconds_of(window.text_at("duration"))
    count = window.get("count")
    unit = window.text_at("unit").lower()
    return seconds_of(f"{count.text}{unit}") if count is not None else None


def _of_rules(found: BurnRates) -> Slo:
    labels = dict(found.labels)
    service = next((labels[name] for name in _SERVICE_LABELS if labels.get(name)), "")
    document = SloDocument("rules", found.unit, found.file.root, found.first.node, service, labels)
    aim = _aim(f"{found.group} {found.first.name}", Indicator("none"))
    return Slo(
        document, found.unit, found.first.node, Indicator("none"), aim, found.objective,
        description=found.first.annotations.get("description", "") or found.first.annotations.get("summary", ""),
        labels=labels, objective_place=found.first.place, burning=found,
    )  # fmt: skip


# ---------------------------------------------------------------- what they share


def _slo(
    document: SloDocument,
    name: str,
    node: Node,
    indicator: Indicator,
    objective: Node | None,
    *,
    labels: Mapping[str, str] | None = None,
    window: float | None = None,
    scale: float = 1,
) -> Slo:
    description = node.text_at("description") or document.body.text_at("description")
    templated = objective is not None and objective.tag == OPAQUE
    place = objective.place if objective is not None else node.place
    told = f"{name} {description} {document.root.text_at('metadata', 'name')}"
    return Slo(
        document, name, node, indicator, _aim(told, indicator), _percentage(objective, scale), templated, description,
        {**document.labels, **(labels or {})}, window, place,
    )  # fmt: skip


def _percentage(node: Node | None, scale: float) -> float | None:
    if node is None or not node.is_scalar:
        return None
    try:
        return round(float(node.text.rstrip("%")) * scale, 6)
    except ValueError:
        return None


def _expression(node: Node | None) -> Expression | None:
    return Expression(node, query_of(node)) if node is not None and node.is_scalar else None


def _aim(told: str, indicator: Indicator) -> Aim:
    """What an objective is about: by what is measured, else by how it is called."""
    measured = [each.query for each in indicator.expressions if each.query is not None]
    metrics = [selector.metric for query in measured for selector in query.selectors]
    if indicator.kind == "native" or any(metric.endswith("_bucket") for metric in metrics):
        return "latency"
    if _LATENCY.search(told):
        return "latency"
    return "other" if _OTHER.search(told) else "availability"
