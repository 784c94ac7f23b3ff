"""(pure) Which members a tool's document may have: bundled shapes (schemas/*.yaml), and what departs from them."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple

import yaml

from ingest.repository.node import Node, Place
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN

Shape = Any  # a word, a mapping of keys to shapes, or a list of one shape; see the head of each file
_SCALARS = frozenset({"text", "int", "number", "bool"})
MAX_DEPTH = 20


class Departure(NamedTuple):
    """A member that the shape does not know, lacks, or wants otherwise. ``way`` leads to it, dotted."""

    kind: Literal["unknown", "missing", "value"]
    way: str
    place: Place
    known: tuple[str, ...] = ()  # the keys or values that would do


@cache
def shapes(name: str) -> Mapping[str, Shape]:
    """The shapes of a packaged file, by entry."""
    text = resources.files("scorecards.reading").joinpath(f"schemas/{name}.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Shape] = yaml.safe_load(text)
    return loaded


def departures(node: Node, file: str, entry: str) -> Iterator[Departure]:
    """Where a node departs from a shape. What a template fills in departs from nothing."""
    return _Reading(shapes(file)).departures(node, f"${entry}", "", 0)


class _Reading:
    """Reads against the shapes of one file; a node that aliases share is read once for each shape."""

    def __init__(self, known: Mapping[str, Shape]) -> None:
        self.known = known
        self.seen: set[tuple[int, int]] = set()

    def departures(self, node: Node, shape: Shape, way: str, depth: int) -> Iterator[Departure]:
        while isinstance(shape, str) and shape.startswith("$"):
            shape = self.known[shape[1:]]
        if node.tag == OPAQUE or depth > MAX_DEPTH or shape == "any" or (id(node), id(shape)) in self.seen:
            return
        self.seen.add((id(node), id(shape)))
        if isinstance(shape, dict):
            yield from self.of_mapping(node, shape, way, depth)
        elif isinstance(shape, list):
            if not node.is_sequence and not node.is_null:
                yield Departure("value", way, node.place, ("a list",))
            for index, item in enumerate(node.items()):
                yield from self.departures(item, shape[0], f"{way}[{index}]", depth + 1)
        else:
            yield from _of_scalar(node, shape, way)

    def of_mapping(self, node: Node, shape: Mapping[str, Shape], way: str, depth: int) -> Iterator[Departure]:
        if node.is_null:
            return
        if not node.is_mapping:
            yield Departure("value", way, node.place, ("a mapping",))
            return
        by_key = {name.rstrip("!"): (name, below) for name, below in shape.items()}
        for name, key, value in node.members():
            here = f"{way}.{name}" if way else name
            if name in by_key or "*" in by_key:
                yield from self.departures(value, (by_key.get(name) or by_key["*"])[1], here, depth + 1)
            elif name != "<<":
                yield Departure("unknown", here, key.place, tuple(by_key))
        for name, (written, _) in by_key.items():
            if written.endswith("!") and not node.has(name) and node.tag != OPEN:
                yield Departure("missing", f"{way}.{name}" if way else name, node.place)


def _of_scalar(node: Node, shape: str, way: str) -> Iterator[Departure]:
    allowed = tuple(shape.split("|")) if shape not in _SCALARS else ()
    if not node.is_scalar:
        yield Departure("value", way, node.place, allowed or ("a single value",))
    elif allowed and node.text not in allowed and "{{" not in node.text:
        yield Departure("value", way, node.place, allowed)
