"""(pure) The definition of an API entity: where it is, and whether it is what it says."""

import posixpath
from typing import Literal, NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.catalogue.entities import Entity
from scorecards.reading.embedded import roots_in

_SUBSTITUTIONS = ("$text", "$json", "$yaml", "$openapi", "$asyncapi")
_ROOTS = {"openapi": ("openapi", "swagger"), "asyncapi": ("asyncapi",)}
_WORDS = {"graphql": ("type ", "schema", "extend ", "interface "), "grpc": ("syntax", "message ", "service ")}
State = Literal["valid", "missing", "invalid", "remote"]


class Definition(NamedTuple):
    """``told`` is the file or address, or what is wrong; ``place`` where the entity names it."""

    state: State
    told: str
    place: Place


def definition_of(tree: RepositoryTree, api: Entity) -> Definition:
    """What an API entity's definition leads to."""
    node = api.root.get("spec", "definition")
    place = api.root.place_of("spec", "definition")
    kind = api.text("type").lower()
    if node is None or node.is_null or (node.is_scalar and not node.text.strip()):
        return Definition("invalid", "no definition", place)
    if node.is_scalar:
        is_sound = _is_sound_text(kind, node.text, roots_in(node))
        return Definition("valid" if is_sound else "invalid", "the text in the entity", place)
    name = next((name for name in _SUBSTITUTIONS if node.has(name)), "")
    if not name:
        return Definition("invalid", "a mapping that is no placeholder", place)
    return _of_target(tree, api, kind, node.text_at(name).strip(), node.place_of(name))


def _of_target(tree: RepositoryTree, api: Entity, kind: str, target: str, place: Place) -> Definition:
    if "://" in target:
        return Definition("remote", target[:200], place)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(api.root.path), target[:1_000] or "?"))
    text = tree.text(path) if not path.startswith("..") else None
    if text is None:
        return Definition("missing", path[:200], place)
    is_sound = _is_sound_text(kind, text, _roots(tree, path) if kind in _ROOTS else [])
    return Definition("valid" if is_sound else "invalid", path[:200], place)


def _roots(tree: RepositoryTree, path: str) -> list[Node]:
    if path.endswith(".json"):
        parsed = tree.json(path)
        return [parsed.root] if parsed is not None and parsed.root is not None else []
    return [document.root for document in tree.yaml(path)]


def _is_sound_text(kind: str, text: str, roots: list[Node]) -> bool:
    """Whether a text is of the kind that the entity names; of kinds that are not known, whether there is any."""
    if kind in _ROOTS:
        return any(root.has(name) for root in roots for name in _ROOTS[kind])
    if kind in _WORDS:
        return any(word in text for word in _WORDS[kind])
    return bool(text.strip())
