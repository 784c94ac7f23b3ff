"""(pure) Backstage entities of a repository and the references between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.templates.skeletons import in_skeleton

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?\Z")
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}\Z")
# Members of spec that refer to others, with the kind that a bare name means; none: the kind must be written.
_REFERRING = {"dependsOn": "", "providesApis": "api", "consumesApis": "api", "subcomponentOf": "component"}
MAX_REFERENCES = 500


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """A document of the catalogue. ``kind`` is lower case, ``namespace`` ``default`` where none is written."""

    root: Node
    kind: str
    name: str
    namespace: str

    @property
    def unit(self) -> str:
        where = "" if self.namespace == "default" else f"{self.namespace}/"
        return f"{self.kind} {where}{self.name or '?'}"

    @property
    def ref(self) -> str:
        """``kind:namespace/name`` in lower case, as the catalogue compares it."""
        return f"{self.kind}:{self.namespace}/{self.name}".lower()

    @property
    def place(self) -> Place:
        return self.root.place

    @property
    def owner(self) -> str:
        return self.text("owner")

    @property
    def has_valid_name(self) -> bool:
        return bool(_NAME.match(self.name))

    def text(self, *way: str) -> str:
        return self.root.text_at("spec", *way).strip()


class Reference(NamedTuple):
    """A reference from one entity to another; ``ref`` is empty where it can't be read as one."""

    role: str
    written: str
    ref: str
    place: Place


def entities(tree: RepositoryTree, *wanted: str) -> list[Entity]:
    """The entities (of these kinds, lower case); those in skeletons of templates belong to services to come."""
    found = tree.derive(_entities)
    return [entity for entity in found if entity.kind in wanted] if wanted else list(found)


def _entities(tree: RepositoryTree) -> list[Entity]:
    found = []
    for kind in ("backstage", "scaffolder"):
        for one in kinds.found(tree, kind):
            if one.root is not None and not in_skeleton(tree, one.path):
                found.append(_entity(one.root))
    return [entity for entity in found if "{{" not in entity.name and "<%" not in entity.name]


def _entity(root: Node) -> Entity:
    namespace = root.text_at("metadata", "namespace").strip().lower() or "default"
    return Entity(root, root.text_at("kind").lower(), root.text_at("metadata", "name").strip(), namespace)


def reference(written: str, kind: str, namespace: str = "default") -> str:
    """``[kind:][namespace/]name`` in full and lower case; empty where it is none, or lacks the kind."""
    text = written.strip()[:200]
    before, colon, rest = text.rpartition(":")
    kind = before if colon else kind
    inside, slash, name = rest.rpartition("/")
    namespace = inside.lower() if slash else namespace
    if not (_KIND.match(kind) and _NAMESPACE.match(namespace) and _NAME.match(name)):
        return ""
    return f"{kind}:{namespace}/{name}".lower()


def references(entity: Entity) -> list[Reference]:
    """What an entity depends on, provides, consumes and is part of."""
    return list(_references(entity))[:MAX_REFERENCES]


def _references(entity: Entity) -> Iterator[Reference]:
    for role, kind in _REFERRING.items():
        node = entity.root.get("spec", role)
        if node is None or node.is_null:
            continue
        for item in node.items() if node.is_sequence else [node]:
            yield Reference(role, item.text[:200], reference(item.text, kind, entity.namespace), item.place)
