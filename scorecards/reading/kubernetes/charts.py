"""(pure) The objects that the charts of a tree give, one set for each values file."""

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.charts import Chart, Values, chart_at, charts
from scorecards.reading.kinds import is_kubernetes
from scorecards.reading.kubernetes.grafting import mapping, overlaid, with_member
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.kubernetes.templates.render import release_of, rendered

MAX_DEPTH = 4  # of charts within charts
MAX_OBJECTS = 20_000
MAX_TEMPLATES = 2_000  # rendered in all before only the defaults of the charts that follow are


class ChartObject(NamedTuple):
    """An object of the chart in ``folder``, installed by the chart in ``release``: itself or one that holds it.

    ``complete`` is false where other charts, which are not here, are installed with it. ``off``: these values turn it
    off.
    """

    root: Node
    rendered: str
    folder: str
    release: str
    complete: bool
    off: bool


def chart_objects(tree: RepositoryTree) -> list[ChartObject]:
    """The objects of every chart that lies in no other one, with its subcharts, for each of its values files."""
    found: list[ChartObject] = []
    rendered_count = 0
    for chart in charts(tree):
        if chart.parent is not None or chart.is_library:
            continue
        for values in chart.values or (Values(chart.path, mapping(chart.root)),):
            if values is not chart.default and rendered_count > MAX_TEMPLATES:
                continue
            found += _objects(tree, chart, values)
            rendered_count += len(chart.templates)
            if len(found) > MAX_OBJECTS:
                return found
    return found


def values_of(chart: Chart, values: Values) -> Node:
    """The values of an environment laid over the defaults."""
    if chart.default is None or values is chart.default:
        return values.root
    return overlaid(chart.default.root, values.root)


def set_name(chart: Chart, values: Values) -> str:
    """How the set of objects of a chart with these values is called."""
    inside = values.path.removeprefix(f"{chart.folder}/") if chart.folder else values.path
    return f"{chart.unit} ({inside})"


def _objects(tree: RepositoryTree, chart: Chart, values: Values) -> list[ChartObject]:
    name = set_name(chart, values)
    complete = not chart.root.items_at("dependencies") or _holds_all(chart)
    return [
        ChartObject(root, name, owner, chart.folder, complete, off)
        for owner, root, off in _rendered(tree, chart, values_of(chart, values), _helpers(tree, chart, 0), 0)
        if is_kubernetes(root) and _has_kind(root)
    ]


def _holds_all(chart: Chart) -> bool:
    return len(chart.subcharts) >= len(chart.root.items_at("dependencies"))


def _has_kind(root: Node) -> bool:
    kind = root.get("kind")
    return kind is not None and kind.tag != OPAQUE


def _helpers(tree: RepositoryTree, chart: Chart, level: int) -> list[str]:
    """The files with named templates, those of subcharts first: names are shared in a release."""
    found: list[str] = []
    for folder in chart.subcharts if level < MAX_DEPTH else ():
        inner = chart_at(tree, folder)
        found += _helpers(tree, inner, level + 1) if inner is not None else []
    return [*found, *chart.templates, *chart.helpers]


def _rendered(
    tree: RepositoryTree, chart: Chart, values: Node, helpers: list[str], level: int
) -> Iterator[tuple[str, Node, bool]]:
    release = release_of(tree, chart.root, values, helpers)
    for path in chart.templates:
        if not chart.is_library:
            yield from ((chart.folder, root, off) for root, off in rendered(tree, release, path))
    for folder in chart.subcharts if level < MAX_DEPTH else ():
        inner = chart_at(tree, folder)
        if inner is not None:
            yield from _rendered(tree, inner, _inner_values(chart, inner, values), helpers, level + 1)


def _inner_values(chart: Chart, inner: Chart, values: Node) -> Node:
    """A subchart's values: its own, with what the parent says below its name and globally."""
    name = posixpath.basename(inner.folder)
    alias = next(
        (one.text_at("alias") for one in chart.root.items_at("dependencies") if one.text_at("name") == name), ""
    )
    own = inner.default.root if inner.default else mapping(inner.root)
    told = values.get(alias or name)
    result = overlaid(own, told) if told is not None and told.is_mapping else own
    everywhere = values.get("global")
    return with_member(result, "global", everywhere) if everywhere is not None else result
