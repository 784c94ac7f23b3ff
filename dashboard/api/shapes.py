"""(pure) JSON Schema in few words: what endpoints say of what they take and answer."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]

DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


def text(says: str = "", *, one_of: Sequence[str] = (), **more: Any) -> Schema:
    """A text; one of a few where they are told."""
    return told({"type": "string"} | ({"enum": list(one_of)} if one_of else {}) | more, says)


def number(says: str = "", **more: Any) -> Schema:
    return told({"type": "number"} | more, says)


def integer(says: str = "", **more: Any) -> Schema:
    return told({"type": "integer"} | more, says)


def ratio(says: str = "") -> Schema:
    """0 to 1."""
    return number(says, minimum=0, maximum=1)


def boolean(says: str = "") -> Schema:
    return told({"type": "boolean"}, says)


def day(says: str = "") -> Schema:
    return told(DAY, says)


def moment(says: str = "") -> Schema:
    """An instant, in UTC."""
    return told(MOMENT, says)


def list_of(items: Schema, says: str = "") -> Schema:
    return told({"type": "array", "items": items}, says)


def fields(said: Mapping[str, Schema], says: str = "") -> Schema:
    """An object of exactly these fields, all of which are always there."""
    return told(
        {"type": "object", "properties": dict(said), "required": list(said), "additionalProperties": False}, says
    )


def by_name(values: Schema, says: str = "") -> Schema:
    """An object whose keys are names, and values alike."""
    return told({"type": "object", "additionalProperties": values}, says)


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    kind = schema.get("type")
    if not isinstance(kind, str):
        return schema
    either = schema | {"type": [kind, "null"]}
    return either | {"enum": [*schema["enum"], None]} if "enum" in schema else either


def told(schema: Schema, says: str) -> Schema:
    return schema | {"description": says} if says else schema
