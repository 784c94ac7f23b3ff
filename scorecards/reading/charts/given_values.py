"""(pure) Every place that gives values to a chart: values files, Argo CD, Flux, Terraform; told as slots."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.documents.hcl import Block, Expr
from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.charts.chart import Chart, charts
from scorecards.reading.charts.named import inline_values, sources_of
from scorecards.reading.embedded import roots_in

MAX_SLOTS = 50_000
_INDEX = re.compile(r"\[[0-9]{1,4}\]|\\(?=\.)")


class Slot(NamedTuple):
    """A value with the way to it. ``text`` is empty for null; ``known`` is false for what is computed."""

    way: tuple[str, ...]
    text: str
    place: Place
    known: bool = True

    @property
    def name(self) -> str:
        return self.way[-1] if self.way else ""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The values that one file or object gives. ``chart`` is the local chart that they are for, if known."""

    unit: str
    place: Place
    slots: tuple[Slot, ...]
    chart: Chart | None = None
    encrypted: bool = False


def given_values(tree: RepositoryTree) -> list[Given]:
    """In the order: files, Argo CD, Flux, Terraform."""
    return [*_files(tree), *_applications(tree), *_releases(tree), *_terraform(tree)]


def _files(tree: RepositoryTree) -> Iterator[Given]:
    met: set[str] = set()
    for chart in charts(tree):
        for values in chart.values:
            if not values.inline and values.path not in met:
                met.add(values.path)
                is_encrypted = values.root.has("sops", "mac")
                place = Place(values.path, values.root.line)
                yield Given(values.path, place, tuple(slots_of([values.root])), chart, is_encrypted)


def _applications(tree: RepositoryTree) -> Iterator[Given]:
    for document in kinds.found(tree, "argocd"):
        for source in sources_of(document.root) if document.root is not None else []:
            helm = source.get("helm")
            slots = [*slots_of(inline_values(helm)), *_parameters(helm)]
            if document.root is not None and slots:
                yield Given(_unit(document.root), (helm or source).place, tuple(slots))


def _parameters(helm: Node | None) -> Iterator[Slot]:
    for item in helm.items_at("parameters") if helm is not None else []:
        value = item.get("value")
        if value is not None:
            yield Slot(_way(item.text_at("name")), value.text, value.place)


def _releases(tree: RepositoryTree) -> Iterator[Given]:
    for document in kinds.found(tree, "flux"):
        root = document.root
        values = root.get("spec", "values") if root is not None and root.text_at("kind") == "HelmRelease" else None
        if root is not None and values is not None and values.is_mapping:
            yield Given(_unit(root), values.place, tuple(slots_of([values])), None, root.has("sops", "mac"))


def _unit(root: Node) -> str:
    namespace = root.text_at("metadata", "namespace")
    name = root.text_at("metadata", "name")
    return f"values of {root.text_at('kind')} {f'{namespace}/{name}' if namespace else name} in {root.path}"


def slots_of(roots: Iterable[Node]) -> Iterator[Slot]:
    """Every scalar; of a list's entry with name and value, the value by that name."""
    count = 0
    for root in roots:
        for way, node in root.walk():
            count += 1
            if count > MAX_SLOTS:
                return
            names = tuple(str(part) for part in way)
            if node.is_scalar and names:
                yield Slot(names, node.text, node.place)
            elif node.is_mapping and node.has("value") and node.text_at("name"):
                value = node.get("value")
                if value is not None and value.is_scalar:
                    yield Slot((*names, node.text_at("name")), value.text, value.place)


def _way(name: str) -> tuple[str, ...]:
    """The way that ``--set a.b[0].c`` names."""
    return tuple(part for part in _INDEX.sub("", name[:500]).split(".") if part)


# ---------------------------------------------------------------- Terraform


def _terraform(tree: RepositoryTree) -> Iterator[Given]:
    for document in kinds.found(tree, "tf"):
        text = tree.text(document.path)
        parsed = tree.hcl(document.path) if text is not None and "helm_release" in text else None
        for block in parsed.body.blocks_of("resource", "helm_release") if parsed is not None else []:
            name = block.labels[1] if len(block.labels) > 1 else ""
            slots = tuple(_of_block(document.path, block))
            if slots:
                yield Given(f"helm_release {name} in {document.path}", Place(document.path, block.line), slots)


def _of_block(path: str, block: Block) -> Iterator[Slot]:
    for kind in ("set", "set_sensitive"):
        for inner in block.body.blocks_of(kind):
            yield from _of_set(path, inner.body.text("name"), inner.body.get("value"))
        listed = block.body.get(kind)
        for item in listed.items if listed is not None else []:
            name = item.get("name")
            yield from _of_set(path, name.text if name is not None else "", item.get("value"))
    values = block.body.get("values")
    for item in values.items if values is not None else []:
        yield from _of_values(path, item)


def _of_set(path: str, name: str, value: Expr | None) -> Iterator[Slot]:
    if name and value is not None:
        yield Slot(_way(name), value.text, Place(path, value.line), value.is_literal)


def _of_values(path: str, item: Expr) -> Iterator[Slot]:
    """A document of values: a text, or what ``yamlencode`` is given."""
    if item.kind in ("literal", "template"):
        text = item.text or "x".join(item.parts)
        style = "literal" if item.text_line > item.line else "double"
        line = item.text_line - 1 if style == "literal" else item.line
        node = Node("scalar", path, line, 1, text, text, style)  # type: ignore[arg-type]
        yield from slots_of(roots_in(node))
    for argument in item.arguments if item.function in ("yamlencode", "jsonencode") else []:
        yield from _of_object(path, argument)


def _of_object(path: str, root: Expr) -> Iterator[Slot]:
    waiting: list[tuple[tuple[str, ...], Expr]] = [((), root)]
    count = 0
    while waiting and count < MAX_SLOTS:
        way, expr = waiting.pop()
        count += 1
        if expr.kind == "literal" and way:
            yield Slot(way, expr.text, Place(path, expr.line))
        waiting += [((*way, name), member) for name, member in expr.members.items()]
        waiting += [((*way, str(number)), member) for number, member in enumerate(expr.items)]
