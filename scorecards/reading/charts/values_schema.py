"""(pure) Whether values fit their values.schema.json: the common words of JSON Schema, no more."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree

MAX_DEPTH = 30
MAX_MISFITS = 50
_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})


class Misfit(NamedTuple):
    """A value that the schema does not accept, or (``of_schema``) a part of the schema that is none."""

    what: str
    place: Place
    of_schema: bool


def misfits(tree: RepositoryTree, path: str, values: Node | None) -> list[Misfit]:
    """What is wrong with a schema, and with values by it. Words that it does not know are not judged."""
    parsed = tree.json(path)
    root = parsed.root if parsed is not None else None
    if root is None or not root.is_mapping:
        return [Misfit("the schema is no JSON object", Place(path, 1), True)]
    found = list(_of_schema(root, 0))
    if not found and values is not None:
        found = list(_Reader().of(root, values, "", 0))
    return found[:MAX_MISFITS]


def _of_schema(schema: Node, level: int) -> Iterator[Misfit]:
    """Where a schema itself is wrong: types that don't exist, properties that are no mapping."""
    for name in schema.texts_at("type") if not _is_mapping(schema.get("type")) else ["a mapping"]:
        if name not in _TYPES:
            yield Misfit(f"the schema knows no type “{name[:40]}”", schema.place_of("type"), True)
    properties = schema.get("properties")
    if properties is not None and not properties.is_mapping:
        yield Misfit("properties of the schema are no mapping", schema.place_of("properties"), True)
    for _, _, inner in properties.members() if properties is not None and level < MAX_DEPTH else ():
        yield from _of_schema(inner, level + 1)


def _is_mapping(node: Node | None) -> bool:
    return node is not None and node.is_mapping


class _Reader:
    """Compares values to schemas; a pair that was met is not met again."""

    def __init__(self) -> None:
        self.met: set[tuple[int, int]] = set()

    def of(self, schema: Node, value: Node, way: str, level: int) -> Iterator[Misfit]:
        if level > MAX_DEPTH or (id(schema), id(value)) in self.met:
            return
        self.met.add((id(schema), id(value)))
        types = schema.texts_at("type")
        if types and not any(_is_of(value, name) for name in types):
            yield Misfit(f"{way or 'values'} is no {' or '.join(types)[:60]}", value.place, False)
            return
        yield from self._enum(schema, value, way)
        if value.is_mapping:
            yield from self._members(schema, value, way, level)
        items = schema.get("items")
        if items is not None and items.is_mapping:
            for number, item in enumerate(value.items()[:100]):
                yield from self.of(items, item, f"{way}[{number}]", level + 1)

    def _enum(self, schema: Node, value: Node, way: str) -> Iterator[Misfit]:
        allowed = schema.items_at("enum")
        if allowed and value.is_scalar and not any(one.value == value.value for one in allowed):
            yield Misfit(f"{way or 'values'} is none of the values that are allowed", value.place, False)

    def _members(self, schema: Node, value: Node, way: str, level: int) -> Iterator[Misfit]:
        properties = schema.get("properties")
        known = properties if properties is not None and properties.is_mapping else None
        for name in schema.texts_at("required"):
            if not value.has(name):
                yield Misfit(f"{_below(way, name)} is required but missing", value.place, False)
        closed = schema.get("additionalProperties")
        for name, key, inner in value.members():
            own = known.get(name) if known is not None else None
            if own is not None:
                yield from self.of(own, inner, _below(way, name), level + 1)
            elif closed is not None and closed.is_false and not schema.has("patternProperties") and name != "global":
                yield Misfit(f"{_below(way, name)} is not in the schema", key.place, False)


def _below(way: str, name: str) -> str:
    return f"{way}.{name}"[-80:] if way else name[:80]


def _is_of(value: Node, name: str) -> bool:
    if name in ("object", "array"):
        return value.kind == ("mapping" if name == "object" else "sequence")
    if value.kind != "scalar":
        return False
    match name:
        case "string":
            return isinstance(value.value, str)
        case "boolean":
            return isinstance(value.value, bool)
        case "integer":
            return value.number is not None and float(value.number).is_integer()
        case "number":
            return value.number is not None
        case _:
            return value.is_null
