"""(pure) An object on its way through an overlay, and what chooses it."""

from dataclasses import dataclass, replace
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


class Selector:
    """The target of a patch: all that it names must match; names are patterns."""

    def __init__(self, target: Node) -> None:
        self._patterns = [_Pattern(target.text_at(name)) for name in ("kind", "group", "version", "name", "namespace")]
        self._labels = target.text_at("labelSelector")
        self._annotations = target.text_at("annotationSelector")

    def selects(self, resource: Resource) -> bool:
        version = resource.root.text_at("apiVersion").rpartition("/")[2]
        namespaces = (resource.namespace,) if resource.namespace else ("", "default")
        told = ((resource.kind,), (resource.group,), (version,), resource.names, namespaces)
        return (
            all(pattern.matches(texts) for pattern, texts in zip(self._patterns, told, strict=True))
            and _selects(self._labels, resource.root.get("metadata", "labels"))
            and _selects(self._annotations, resource.root.get("metadata", "annotations"))
        )


class _Pattern:
    """A text or a regular expression, read in linear time; one that is neither matches nothing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.compiled: Any = None
        if text and len(text) <= MAX_PATTERN and not text.replace("-", "").isalnum():
            try:
                self.compiled = re2.compile(text)
            except re2.error:
                self.compiled = None

    def matches(self, texts: tuple[str, ...]) -> bool:
        if not self.text or self.text in texts:
            return True
        return self.compiled is not None and any(self.compiled.fullmatch(text) is not None for text in texts)


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
