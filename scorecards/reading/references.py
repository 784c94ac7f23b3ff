"""(pure) Which object another one names."""

from collections.abc import Iterable

from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest, manifests, same_set

MAX_ALIKE = 200  # objects of one kind and name; more are no honest repository's


def named(tree: RepositoryTree, kind: str, name: str) -> list[Manifest]:
    """Every object of a kind and name in the repository, whichever set it is applied with."""
    return list(tree.derive(_by_name).get((kind, name), ())) if name else []


def _by_name(tree: RepositoryTree) -> dict[tuple[str, str], list[Manifest]]:
    index: dict[tuple[str, str], list[Manifest]] = {}
    for manifest in manifests(tree):
        alike = index.setdefault((manifest.kind, manifest.name), [])
        if len(alike) < MAX_ALIKE:
            alike.append(manifest)
    return index


def same_namespace(one: str, other: str) -> bool:
    """Whether two namespaces may be the same one: an empty name is decided by whoever applies the object."""
    return not one or not other or one == other


def find(tree: RepositoryTree, near: Manifest, kind: str, name: str, namespace: str | None = None) -> Manifest | None:
    """The object that ``near`` names: of its own set and namespace; ``namespace`` where the reference has one.

    A namespace of its own may be filled from another set of the repository, so that all sets are looked at then.
    """
    wanted = near.namespace if namespace is None else namespace
    found = [one for one in named(tree, kind, name) if same_namespace(one.namespace, wanted)]
    ours = [one for one in found if same_set(near, one)]
    if ours:
        return _closest(ours, wanted)
    elsewhere = namespace is not None and namespace != near.namespace
    return _closest(found, wanted) if found and elsewhere else None


def _closest(found: Iterable[Manifest], namespace: str) -> Manifest:
    return min(found, key=lambda one: (one.namespace != namespace, one.rendered, one.path, one.line))
