"""(pure) The patches of a kustomization applied: strategic merges and JSON patches, inline or from files."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.embedded import roots_in
from scorecards.reading.kubernetes.grafting import copied, with_member
from scorecards.reading.kubernetes.overlays.kustomization import Kustomization, path_in
from scorecards.reading.kubernetes.overlays.resource import Resource, Selector, is_meant
from scorecards.reading.kubernetes.patches import operated, strategic


class _Patch(NamedTuple):
    """``body`` is a partial object, or the operations of a JSON patch. Without a target it names its object itself."""

    body: Node
    target: Selector | None

    def is_for(self, resource: Resource) -> bool:
        return self.target.selects(resource) if self.target is not None else is_meant(resource, self.body)


@dataclass(slots=True)
class Budget:
    """How much may still be matched and changed, by all overlays together."""

    left: int

    def spend(self, cost: int) -> bool:
        self.left -= cost
        return self.left >= 0


def patched(
    tree: RepositoryTree, one: Kustomization, resources: list[Resource], budget: Budget, *fields: str
) -> list[Resource]:
    """The resources after the patches in these fields of a kustomization; what a patch deletes is gone.

    Nothing more is changed once the budget is spent.
    """
    current: list[Resource | None] = list(resources)
    for patch in (patch for name in fields for patch in _patches(tree, one, name)):
        if not budget.spend(len(current)):
            break
        for index, resource in enumerate(current):
            if resource is not None and patch.is_for(resource):
                current[index] = _applied(patch.body, resource, budget)
    return [resource for resource in current if resource is not None]


def _applied(body: Node, resource: Resource, budget: Budget) -> Resource | None:
    if body.is_sequence:
        return resource.with_root(operated(resource.root, body, budget.spend))
    merged = strategic(resource.root, _without_identity(body), budget.spend)
    return None if merged is None else resource.with_root(merged)


def _without_identity(body: Node) -> Node:
    """A partial object without what only says which object it is for."""
    new = copied(body)
    for name in ("apiVersion", "kind"):
        new.entries.pop(name, None)
    metadata = body.get("metadata")
    if metadata is not None and metadata.is_mapping:
        rest = copied(metadata)
        for name in ("name", "namespace"):
            rest.entries.pop(name, None)
        return with_member(new, "metadata", rest if len(rest) else None)
    return new


def _patches(tree: RepositoryTree, one: Kustomization, name: str) -> Iterator[_Patch]:
    for item in one.root.items_at(name):
        told = item.get("target")
        target = Selector(told) if told is not None and told.is_mapping else None
        for body in _bodies(tree, one, item):
            if body.is_mapping or (body.is_sequence and target is not None):
                yield _Patch(body, target)


def _bodies(tree: RepositoryTree, one: Kustomization, item: Node) -> list[Node]:
    """A patch's documents: inline, or from the file that is named."""
    inline = item.get("patch")
    if inline is not None:
        return roots_in(inline)
    return _from_file(tree, one, item.text_at("path") or item.text) or roots_in(item)


def _from_file(tree: RepositoryTree, one: Kustomization, name: str) -> list[Node]:
    path = path_in(one.folder, name) if name and "\n" not in name else None
    if not path or not tree.exists(path):
        return []
    return [document.root for document in tree.yaml(path)]
