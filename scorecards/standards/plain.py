"""(pure) A part of a YAML file as plain data: what an organisation's rule is kept as."""

from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ingest.catalogue.documents import BadEntry, Entry, line_of

MAX_DEPTH = 20
MAX_CHARACTERS = 2_000

_SCALARS = yaml.constructor.SafeConstructor
_STANDARD = "tag:yaml.org,2002:"


def plain(node: Node, depth: int = 0) -> Any:
    """Mappings, lists, texts, numbers, true, false and null. A date is kept as the text that it is written as.

    The file must be known to hold no alias, else shared parts multiply.

    Raises:
        BadEntry: nested deeper than ``MAX_DEPTH``, a text too long, a number that is none, or a tag or key that
            ``Entry`` refuses.
    """
    if depth > MAX_DEPTH:
        raise BadEntry(line_of(node), f"A rule is nested at most {MAX_DEPTH} deep.")
    match node:
        case MappingNode():
            Entry(node)  # refuses what it can't take: tags, merges, names that stand twice
            return {str(key.value): plain(value, depth + 1) for key, value in node.value}
        case SequenceNode():
            _refuse_tag(node, "seq")
            return [plain(item, depth + 1) for item in node.value]
        case ScalarNode():
            return _scalar(node)
    raise BadEntry(line_of(node), "This can't be read.")


def _scalar(node: ScalarNode) -> Any:
    if len(node.value) > MAX_CHARACTERS:
        raise BadEntry(line_of(node), f"A text of a rule has at most {MAX_CHARACTERS:,} characters.")
    _refuse_tag(node, "str", "int", "float", "bool", "null", "timestamp", "value")
    try:
        match node.tag.removeprefix(_STANDARD):
            case "int":
                return _SCALARS().construct_yaml_int(node)
            case "float":
                return _SCALARS().construct_yaml_float(node)
            case "bool":
                return _SCALARS().construct_yaml_bool(node)
            case "null":
                return None
    except (ValueError, KeyError, IndexError, OverflowError) as error:
        raise BadEntry(line_of(node), "This is not a value of its kind.") from error
    return node.value


def _refuse_tag(node: Node, *names: str) -> None:
    if node.tag not in {_STANDARD + name for name in names}:
        raise BadEntry(line_of(node), f"The tag {node.tag} is not taken. Write the value itself.")
