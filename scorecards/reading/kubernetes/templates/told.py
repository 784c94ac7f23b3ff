"""(pure) What an expression of a template is worth: a node, nothing, the root of the release, or not to be told."""

from enum import Enum

from ingest.repository.node import Node
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN

ROOT_TAG = "!root"  # of a scalar in a mapping made by ``dict`` that stands for the release itself


class Special(Enum):
    """``ROOT`` is what ``.`` is at the top of a template; ``UNKNOWN`` is only told by rendering."""

    ROOT = "root"
    UNKNOWN = "unknown"


ROOT = Special.ROOT
UNKNOWN = Special.UNKNOWN
Told = Node | Special | None  # ``None``: nothing stands there


def told(node: Node | None) -> Told:
    """What a node is worth."""
    if node is None or node.tag not in (OPAQUE, ROOT_TAG):
        return node
    return UNKNOWN if node.tag == OPAQUE else ROOT


def as_text(value: Told) -> str | None:
    """How a value is written into a text; ``None`` where that is not told."""
    if value is None:
        return ""
    if isinstance(value, Special) or value.kind != "scalar":
        return None
    if value.is_null:
        return ""
    return str(value.value).lower() if isinstance(value.value, bool) else value.raw


def is_truthy(value: Told) -> bool | None:
    """Whether a condition holds; ``None`` where that is not told."""
    if value is None:
        return False
    if isinstance(value, Special):
        return True if value is ROOT else None
    if value.kind != "scalar":
        return True if len(value) else None if value.tag == OPEN else False
    if value.is_true or value.is_false or value.is_null:
        return value.is_true
    return bool(value.number) if value.number is not None else value.raw != ""
