"""(pure) The namespaces that a repository owns: it holds the object, an overlay's setting or a deployer's target."""

from collections.abc import Iterator

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.kubernetes import manifests
from scorecards.reading.secret_names import is_expression

SYSTEM = ("kube-system", "kube-public", "kube-node-lease")
CREATES = "CreateNamespace=true"


def owned(tree: RepositoryTree) -> dict[str, Place]:
    """Where the repository says that a namespace is its own, by name; those of Kubernetes itself are left out."""
    return tree.derive(_owned)


def _owned(tree: RepositoryTree) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for name, place in [*_objects(tree), *_overlays(tree), *_argo(tree), *_flux(tree)]:
        if name and name not in SYSTEM and not is_expression(name):
            found.setdefault(name, place)
    return found


def _objects(tree: RepositoryTree) -> Iterator[tuple[str, Place]]:
    for manifest in manifests(tree, "Namespace"):
        if not manifest.group and manifest.origin != "chart":
            yield manifest.name, manifest.place_of("metadata", "name")


def _overlays(tree: RepositoryTree) -> Iterator[tuple[str, Place]]:
    for found in kinds.found(tree, "kustomization"):
        if found.root is not None and not found.root.text_at("apiVersion").startswith("kustomize.toolkit.fluxcd.io"):
            yield found.root.text_at("namespace"), found.root.place_of("namespace")


def _argo(tree: RepositoryTree) -> Iterator[tuple[str, Place]]:
    for manifest in manifests(tree, "Application", "ApplicationSet"):
        way = ("spec", "template", "spec") if manifest.kind == "ApplicationSet" else ("spec",)
        spec = manifest.get(*way)
        if spec is not None and manifest.group == "argoproj.io" and (_creates(spec) or _is_here(tree, spec)):
            yield spec.text_at("destination", "namespace"), spec.place_of("destination", "namespace")


def _creates(spec: Node) -> bool:
    return CREATES in spec.texts_at("syncPolicy", "syncOptions")


def _is_here(tree: RepositoryTree, spec: Node) -> bool:
    sources = [source for source in (spec.get("source"), *spec.items_at("sources")) if source is not None]
    return any(_is_folder(tree, source.text_at("path")) for source in sources)


def _is_folder(tree: RepositoryTree, path: str) -> bool:
    folder = path.removeprefix("./").strip("/")
    return bool(folder) and tree.is_folder(folder)


def _flux(tree: RepositoryTree) -> Iterator[tuple[str, Place]]:
    for manifest in manifests(tree, "Kustomization", "HelmRelease"):
        if not manifest.group.endswith("toolkit.fluxcd.io"):
            continue
        creates = manifest.get("spec", "install", "createNamespace")
        if _is_folder(tree, manifest.text_at("spec", "path")) or (creates is not None and creates.is_true):
            yield manifest.text_at("spec", "targetNamespace"), manifest.place_of("spec", "targetNamespace")
