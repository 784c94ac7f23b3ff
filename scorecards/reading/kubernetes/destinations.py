"""(pure) The namespaces into which Argo CD and Flux put what lies in folders of this repository."""

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.charts.named import local_folder, sources_of


class Destination(NamedTuple):
    """Where a folder's objects go. ``namespace`` is empty where deployers disagree.

    ``deep``: folders below it, too. ``overrides``: objects that name another namespace move as well.
    """

    namespace: str
    deep: bool = False
    overrides: bool = False


def destinations(tree: RepositoryTree) -> dict[str, Destination]:
    """By folder."""
    return tree.derive(_destinations)


def destination_of(tree: RepositoryTree, folder: str) -> Destination | None:
    """Where the objects of a folder go; ``None`` where no deployer of this repository says so."""
    known = destinations(tree)
    if folder in known:
        return known[folder]
    while folder:
        folder = posixpath.dirname(folder)
        found = known.get(folder)
        if found is not None:
            return found if found.deep else None
    return None


def _destinations(tree: RepositoryTree) -> dict[str, Destination]:
    found: dict[str, Destination] = {}
    for folder, destination in (*_by_argo(tree), *_by_flux(tree)):
        if folder and tree.is_folder(folder):
            known = found.setdefault(folder, destination)
            if known.namespace != destination.namespace:
                found[folder] = Destination("", known.deep or destination.deep)
    return found


def _by_argo(tree: RepositoryTree) -> Iterator[tuple[str | None, Destination]]:
    for document in kinds.found(tree, "argocd"):
        root = document.root
        spec = root.get("spec") if root is not None else None
        if root is None or spec is None or root.text_at("kind") == "AppProject":
            continue
        told = spec.get("template", "spec") if root.text_at("kind") == "ApplicationSet" else spec
        namespace = told.text_at("destination", "namespace") if told is not None else ""
        if not namespace or "{{" in namespace:
            continue
        for source in sources_of(root):
            recurse = source.get("directory", "recurse")
            deep = recurse is not None and recurse.is_true
            yield local_folder(source.text_at("path")), Destination(namespace, deep)


def _by_flux(tree: RepositoryTree) -> Iterator[tuple[str | None, Destination]]:
    for document in kinds.found(tree, "flux"):
        root = document.root
        if root is None:
            continue
        if root.text_at("kind") == "Kustomization" and root.text_at("spec", "targetNamespace"):
            namespace = root.text_at("spec", "targetNamespace")
            yield local_folder(root.text_at("spec", "path")), Destination(namespace, deep=True, overrides=True)
        elif root.text_at("kind") == "HelmRelease":
            yield _of_release(root)


def _of_release(root: Node) -> tuple[str | None, Destination]:
    chart = root.text_at("spec", "chart", "spec", "chart")
    namespace = root.text_at("spec", "targetNamespace") or root.text_at("metadata", "namespace")
    return (local_folder(chart) if "/" in chart and namespace else None), Destination(namespace)
