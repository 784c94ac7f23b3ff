"""(pure) An object on its way through an overlay, and what chooses it."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import re2

from ingest.repository.node import Node

MAX_PATTERN = 300


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """``former`` are the names that it had before it was renamed; patches and references may still use them."""

    root: Node
    former: tuple[str, ...] = ()
    generated: bool = False

    @property
    def kind(self) -> str:
        return self.root.text_at("kind")

    @property
    def group(self) -> str:
        group, slash, _ = self.root.text_at("apiVersion").partition("/")
        return group if slash else ""

    @property
    def name(self) -> str:
        return self.root.text_at("metadata", "name")

    @property
    def namespace(self) -> str:
        return self.root.text_at("metadata", "namespace")

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.former)

    def with_root(self, root: Node) -> "Resource":
        return self if root is self.root else replace(self, root=root)


def is_meant(resource: Resource, patch: Node) -> bool:
    """Whether a partial object names this one."""
    group, slash, _ = patch.text_at("apiVersion").partition("/")
    namespace = patch.text_at("metadata", "namespace")
    return (
        patch.text_at("kind") == resource.kind
        and (group if slash else "") == resource.group
        and patch.text_at("metadata", "name") in resource.names
        and (not namespace or not resource.namespace or namespace == resource.namespace)
    )


def is_selected(resource: Resource, target: Node) -> bool:
    """Whether a patch's target selects it: all that the target names must match; names are patterns."""
    return (
        _matches(target.text_at("kind"), (resource.kind,))
        and _matches(target.text_at("group"), (resource.group,))
        and _matches(target.text_at("version"), (resource.root.text_at("apiVersion").rpartition("/")[2],))
        and _matches(target.text_at("name"), resource.names)
        and _matches(target.text_at("namespace"), (resource.namespace, "default" if not resource.namespace else ""))
        and _selects(target.text_at("labelSelector"), resource.root.get("metadata", "labels"))
        and _selects(target.text_at("annotationSelector"), resource.root.get("metadata", "annotations"))
    )


def _matches(pattern: str, texts: tuple[str, ...]) -> bool:
    if not pattern or pattern in texts:
        return True
    compiled = _compiled(pattern)
    return compiled is not None and any(compiled.fullmatch(text) is not None for text in texts)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    """A pattern in linear time; ``None`` for what is none."""
    try:
        return re2.compile(pattern) if len(pattern) <= MAX_PATTERN else None
    except re2.error:
        return None


def _selects(selector: str, labels: Node | None) -> bool:
    """Equality and presence terms of a label selector; one that says more selects nothing."""
    return all(_holds(term.strip(), labels) for term in selector.split(",")) if selector else True


def _holds(term: str, labels: Node | None) -> bool:
    name, equals, value = term.replace("==", "=").partition("=")
    told = labels.text_at(name.rstrip("!").strip()) if labels is not None else ""
    if name.endswith("!"):
        return told != value.strip()
    present = labels is not None and labels.has(name.strip("! "))
    if not equals:
        return present != name.startswith("!")
    return present and told == value.strip()
