"""(pure) What the templates of a chart need: named templates, values, and whether their actions balance."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.documents.helm import Masked
from ingest.repository.node import Node, Place, Problem
from ingest.repository.tree import RepositoryTree
from scorecards.reading.charts.chart import Chart, chart_at, charts

MAX_DEPTH = 4
MAX_USES = 20_000
Path = tuple[str, ...]


class Unmet(NamedTuple):
    """Something that a template asks for and that is not there."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Faults:
    """``broken``: actions that do not balance. ``includes``: named templates that nobody defines. ``values``: paths
    that values.yaml does not have."""

    broken: tuple[Unmet, ...]
    includes: tuple[Unmet, ...]
    values: tuple[Unmet, ...]


def template_paths(chart: Chart) -> list[str]:
    """Every file of a chart that may hold actions and named templates."""
    return [*chart.helpers, *chart.templates]


def faults(tree: RepositoryTree, chart: Chart) -> Faults:
    """What keeps the templates of a chart from rendering, as far as it can be told without doing so."""
    return tree.derive(_faults, chart)


def _faults(tree: RepositoryTree, chart: Chart) -> Faults:
    files = [(path, masked) for path in template_paths(chart) if (masked := tree.masked(path)) is not None]
    found = tree.derive(_broken)
    broken = [
        Unmet(problem.message.rstrip("."), Place(path, problem.line))
        for path, _ in files
        for problem in found.get(path, ())
    ]
    defined = tree.derive(_defined, _top(tree, chart), 0)
    return Faults(tuple(broken), tuple(_unknown_includes(files, defined)), tuple(_undefined(tree, chart, files)))


def _broken(tree: RepositoryTree) -> dict[str, list[Problem]]:
    """What is wrong with the actions of templates, by file."""
    for chart in charts(tree):
        for path in template_paths(chart):
            tree.masked(path)
    found: dict[str, list[Problem]] = {}
    for problem in tree.problems:
        if problem.code == "broken":
            found.setdefault(problem.path, []).append(problem)
    return found


def _top(tree: RepositoryTree, chart: Chart) -> Chart:
    """The chart that a subchart is installed with: named templates are shared with it."""
    for _ in range(MAX_DEPTH):
        above = chart_at(tree, chart.parent) if chart.parent is not None else None
        if above is None:
            break
        chart = above
    return chart


def _defined(tree: RepositoryTree, chart: Chart, level: int) -> frozenset[str]:
    """The names that a chart and its subcharts define."""
    names: set[str] = set()
    for path in template_paths(chart):
        masked = tree.masked(path)
        if masked is not None:
            names.update(define.name for define in masked.defines)
    for folder in chart.subcharts if level < MAX_DEPTH else ():
        inner = chart_at(tree, folder)
        names |= tree.derive(_defined, inner, level + 1) if inner is not None else frozenset()
    return frozenset(names)


def _unknown_includes(files: list[tuple[str, Masked]], defined: frozenset[str]) -> Iterator[Unmet]:
    for path, masked in files:
        for include in masked.includes:
            if include.name not in defined and include.name:
                yield Unmet(include.name, Place(path, include.line))


def _undefined(tree: RepositoryTree, chart: Chart, files: list[tuple[str, Masked]]) -> Iterator[Unmet]:
    """The first use of each value that values.yaml lacks, unless the same file has a default or a test for it."""
    roots = [chart.default.root if chart.default is not None else None, _from_parent(tree, chart)]
    given = _given_from_outside(chart)
    seen: set[Path] = set()
    for path, masked in files:
        tested = {use.path for use in masked.values if use.has_default}
        for use in masked.values[:MAX_USES]:
            way = use.path
            if not way or "*" in way or way in seen or way in tested or way[0] in given:
                continue
            seen.add(way)
            if not any(_is_there(root, way) or _is_guarded(root, way, tested) for root in roots):
                yield Unmet(".Values." + ".".join(way), Place(path, use.line))


def _from_parent(tree: RepositoryTree, chart: Chart) -> Node | None:
    """What the chart around a subchart gives it."""
    parent = chart_at(tree, chart.parent) if chart.parent is not None else None
    if parent is None or parent.default is None:
        return None
    return parent.default.root.get(posixpath.basename(chart.folder))


def _is_guarded(root: Node | None, way: Path, tested: set[Path]) -> bool:
    """Whether something above a value is tested first and is not there."""
    if root is None:
        return False
    above = [way[:end] for end in range(1, len(way))]
    return any(prefix in tested and not _is_there(root, prefix) for prefix in above)


def _given_from_outside(chart: Chart) -> set[str]:
    """What others fill in: global values, and the values of dependencies."""
    names = {"global"}
    for item in chart.root.items_at("dependencies"):
        names |= {item.text_at("name"), item.text_at("alias")}
    return names | {posixpath.basename(folder) for folder in chart.subcharts}


def _is_there(root: Node | None, way: Path) -> bool:
    """Whether values.yaml has a path. What stands below an empty mapping or null is left to who installs the chart."""
    node = root
    for number, name in enumerate(way):
        if node is None or node.kind != "mapping":
            return node is not None and number > 0
        if number and not len(node):
            return True
        node = node.get(name)
    return node is not None


def is_used(tree: RepositoryTree, chart: Chart, way: Path) -> bool:
    """Whether a template of a chart names a value, or something above it."""
    used = tree.derive(_used, chart)
    return any(way[:end] in used for end in range(1, len(way) + 1))


def _used(tree: RepositoryTree, chart: Chart) -> frozenset[Path]:
    """The values that templates name."""
    found: set[Path] = set()
    for path in template_paths(chart):
        masked = tree.masked(path)
        for use in masked.values[:MAX_USES] if masked is not None else ():
            found.add(use.path[: use.path.index("*")] if "*" in use.path else use.path)
    return frozenset(found)


def is_of_dependency(chart: Chart, way: Path) -> bool:
    """Whether a value is for a chart that this one installs."""
    return bool(way) and way[0] in _given_from_outside(chart)


def secret_values(tree: RepositoryTree, chart: Chart) -> dict[Path, Place]:
    """The values that templates of Secrets write, and where."""
    return tree.derive(_secret_values, chart)


def _secret_values(tree: RepositoryTree, chart: Chart) -> dict[Path, Place]:
    found: dict[Path, Place] = {}
    for path in chart.templates:
        masked = tree.masked(path)
        if masked is None or "Secret" not in masked.text:
            continue
        ranges = _secret_lines(masked.text.split("\n"))
        for use in masked.values:
            if use.path and any(first <= use.line <= last for first, last in ranges):
                found.setdefault(use.path, Place(path, use.line))
    return found


def _secret_lines(lines: list[str]) -> list[tuple[int, int]]:
    """The lines of the data of each Secret of a template."""
    found: list[tuple[int, int]] = []
    start, is_secret, data = 1, False, 0
    for number, line in enumerate([*lines, "---"], 1):
        if line.startswith("---"):
            if is_secret and data:
                found.append((data, number - 1))
            start, is_secret, data = number, False, 0
        elif line.rstrip() in ("kind: Secret", 'kind: "Secret"'):
            is_secret = True
        elif line.startswith(("data:", "stringData:")):
            data = data or number
        elif data and start and line[:1].isalpha() and is_secret:
            found.append((data, number - 1))
            data = 0
    return found
