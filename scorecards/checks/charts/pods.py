"""(pure) The pods that a chart makes with one set of values."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.charts import Chart, Values, chart_at, charts
from scorecards.reading.kubernetes import Container, Manifest, Workload, manifests
from scorecards.reading.kubernetes.charts import set_name, values_of
from scorecards.reading.kubernetes.manifest import WORKLOAD_KINDS
from scorecards.reading.kubernetes.objects import workload_of

HOOK = "helm.sh/hook"
MAX_VALUES_DEPTH = 4
MAX_BLOCKS = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Installed:
    """An application chart with one values file. ``told`` are its values laid over the defaults."""

    chart: Chart
    values: Values
    told: Node
    rendered: str

    @property
    def unit(self) -> str:
        return f"{self.values.path} (inline values)" if self.values.inline else self.values.path

    @property
    def has_templates(self) -> bool:
        return bool(self.chart.templates)

    @property
    def is_umbrella(self) -> bool:
        """Whether all that it installs comes from charts that are not here."""
        return not self.chart.templates and bool(self.chart.root.items_at("dependencies"))

    def manifests(self, tree: RepositoryTree, *kinds: str) -> list[Manifest]:
        own = tree.derive(_by_set).get((self.rendered, self.chart.folder), [])
        return [one for one in own if one.kind in kinds]

    def workloads(self, tree: RepositoryTree) -> list[Workload]:
        """What makes pods, without hooks; what the values turn off only where nothing else is on."""
        made = [workload_of(one) for one in self.manifests(tree, *WORKLOAD_KINDS) if HOOK not in one.annotations]
        own = [one for one in made if one is not None]
        return [one for one in own if not one.manifest.switched_off] or own

    def containers(self, tree: RepositoryTree) -> list[Container]:
        return [container for workload in self.workloads(tree) for container in workload.containers]


def _by_set(tree: RepositoryTree) -> dict[tuple[str, str], list[Manifest]]:
    """The objects of charts by set and by the chart that holds them."""
    found: dict[tuple[str, str], list[Manifest]] = {}
    for one in manifests(tree):
        if one.chart is not None:
            found.setdefault((one.rendered, one.chart), []).append(one)
    return found


def installed(tree: RepositoryTree) -> Iterator[Installed]:
    """Every values file of every application chart; of a chart within another one only its own defaults."""
    for chart in charts(tree):
        if chart.is_library:
            continue
        top = _top(tree, chart)
        for values in chart.values if top is chart else chart.values[:1]:
            if top is chart:
                yield Installed(chart, values, values_of(chart, values), set_name(chart, values))
            elif top.default is not None:
                yield Installed(chart, values, values.root, set_name(top, top.default))


def _top(tree: RepositoryTree, chart: Chart) -> Chart:
    seen = {chart.folder}
    while chart.parent is not None and chart.parent not in seen:
        above = chart_at(tree, chart.parent)
        if above is None:
            break
        chart = above
        seen.add(chart.folder)
    return chart


def blocks(values: Node, *names: str) -> Iterator[tuple[tuple[str, ...], Node]]:
    """(way, mapping) of the members of values whose keys are or end with one of these names, in any case."""
    ends = tuple(name.lower() for name in names)
    waiting: list[tuple[tuple[str, ...], Node]] = [((), values)]
    for _ in range(MAX_BLOCKS):
        if not waiting:
            return
        way, node = waiting.pop(0)
        for name, _, value in node.members():
            if not value.is_mapping:
                continue
            if name.lower().endswith(ends):
                yield (*way, name), value
            elif len(way) < MAX_VALUES_DEPTH:
                waiting.append(((*way, name), value))
