"""(pure) What a template or an API asks of its users: parameters with type, bounds and default."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node, Place

_NAMES = re.compile(
    r"(?i)(?:name|namespace|owner|team|project|tenant|(?:^|[_.-])id|[a-z]Id|ref|email|description|title|selector)\Z"
)
_BOUNDS = (
    "enum",
    "pattern",
    "const",
    "format",
    "minimum",
    "maximum",
    "ui:field",
    "enumNames",
    "x-kubernetes-validations",
)
_TYPED = ("$ref", "oneOf", "anyOf", "allOf", "enum", "const", "properties", "x-kubernetes-int-or-string")
_SIMPLE = re.compile(r"(\w{1,40})=(?:\"([^\"]{0,1000})\"|([^\s\"]{1,1000}))")
MAX_DEPTH = 8
MAX_PARAMETERS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """``name`` is the dotted way to it. ``choices`` are those of its enum, or of a boolean; none where it has no such.

    ``default`` is its text; ``None`` without one.
    """

    name: str
    place: Place
    type: str
    description: str = ""
    default: str | None = None
    choices: tuple[str, ...] = ()
    bounded: bool = False
    required: bool = False
    within: bool = False  # a part of an optional object

    @property
    def is_named(self) -> bool:
        """Whether it only names something."""
        return bool(_NAMES.search(self.name.rpartition(".")[2]))

    @property
    def is_open(self) -> bool:
        """A text that may be anything."""
        return self.type in ("string", "") and not self.bounded and not self.is_named

    @property
    def is_answered(self) -> bool:
        return self.required or self.default is not None or self.type in ("object", "array") or self.within


def of_schema(schema: Node, prefix: str = "") -> list[Parameter]:
    """The properties of a JSON schema, objects taken apart."""
    return list(_of_schema(schema, prefix, 0, within=False))[:MAX_PARAMETERS]


def _of_schema(schema: Node, prefix: str, depth: int, *, within: bool) -> Iterator[Parameter]:
    properties, required = schema.get("properties"), schema.texts_at("required")
    if properties is None or depth > MAX_DEPTH:
        return
    for name, key, node in properties.members():
        way = f"{prefix}{name}"[:300]
        if node.is_mapping and node.has("properties"):
            yield from _of_schema(node, f"{way}.", depth + 1, within=within or name not in required)
        elif node.is_mapping:
            yield _of_node(way, key.place, node, name in required, within=within)


def of_list(items: list[Node]) -> list[Parameter]:
    """Entries that name themselves."""
    return [
        _of_node(item.text_at("name")[:300], item.place, item, bool((flag := item.get("required")) and flag.is_true))
        for item in items[:MAX_PARAMETERS]
        if item.is_mapping and item.text_at("name")
    ]


def _of_node(name: str, place: Place, node: Node, required: bool, *, within: bool = False) -> Parameter:
    kind = node.text_at("type") or ("any" if any(node.has(key) for key in _TYPED) else "")
    if node.is_mapping and node.has("x-kubernetes-preserve-unknown-fields"):
        kind = kind or "object"
    default = node.get("default")
    choices = tuple(node.texts_at("enum"))
    if kind == "boolean" and not choices:
        choices = ("true", "false")
    text = None if default is None or default.is_null else default.text if default.is_scalar else "…"
    bounded = any(node.has(key) for key in _BOUNDS) or node.has("maxLength")
    return Parameter(
        name, place, kind, node.text_at("description") or node.text_at("title"), text, choices, bounded, required,
        within,
    )  # fmt: skip


def of_simple(node: Node, prefix: str = "", depth: int = 0) -> Iterator[Parameter]:
    """The simple schema of kro: ``string | default="x" enum="a,b"`` at each name."""
    for name, key, value in node.members():
        way = f"{prefix}{name}"[:300]
        if value.is_mapping and depth < MAX_DEPTH:
            yield from of_simple(value, f"{way}.", depth + 1)
        elif value.is_scalar:
            kind, _, markers = value.text[:2_000].partition("|")
            told = {match[1]: match[2] if match[2] is not None else match[3] for match in _SIMPLE.finditer(markers)}
            choices = tuple(part.strip() for part in told.get("enum", "").split(",") if part.strip())
            if kind.strip() == "boolean":
                choices = ("true", "false")
            bounded = not {"enum", "pattern", "minimum", "maximum", "validation"}.isdisjoint(told)
            yield Parameter(
                way, key.place, kind.strip(), told.get("description", ""), told.get("default"), choices, bounded,
                told.get("required") == "true",
            )  # fmt: skip
