"""(pure) Flux objects: what they are, which source they follow, whether their keys and versions are served."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from posixpath import normpath
from typing import Any

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest, of_group
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.reconcilers.revisions import DEFAULT_BRANCHES
from scorecards.reading.references import MAX_ALIKE, find, named, same_namespace
from scorecards.reading.schemas import facts

SOURCES = ("GitRepository", "OCIRepository", "HelmRepository", "Bucket")
BOOTSTRAPPED = "flux-system"  # the source and reconciler that the bootstrap makes, often outside the repository


def flux_objects(tree: RepositoryTree, *kinds: str) -> list[Manifest]:
    """The Flux objects of a tree, of these kinds if named, whose kind the bundled table knows."""
    return [
        manifest
        for manifest in of_group(tree, ".toolkit.fluxcd.io", *kinds)
        if manifest.kind in (_group_facts(manifest).get("kinds") or {})
    ]


def kustomizations(tree: RepositoryTree) -> list[Manifest]:
    return flux_objects(tree, "Kustomization")


def _group_facts(manifest: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = facts("flux")["groups"].get(manifest.group, {})
    return found


def _kind_facts(manifest: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = _group_facts(manifest)["kinds"][manifest.kind]
    return found


# ---------------------------------------------------------------- versions and keys


def served_version(manifest: Manifest) -> str:
    return str(_kind_facts(manifest)["served"])


def outdated(manifest: Manifest, as_of: date) -> str:
    """What is wrong with an object's version as of a day; empty for the newest one and for one that nobody knows."""
    served = served_version(manifest)
    if manifest.version == served or not manifest.version.startswith("v"):
        return ""
    removed = _group_facts(manifest)["removed"].get(manifest.version)
    if removed is None:
        return f"version {manifest.version} is not served: use {served}" if _is_older(manifest.version, served) else ""
    word = f"is no longer served since {removed:%Y-%m}" if removed <= as_of else "is deprecated"
    return f"version {manifest.version} {word}: use {served}"


def _is_older(version: str, served: str) -> bool:
    return "alpha" in version or ("beta" in version and "beta" not in served)


def unknown_keys(manifest: Manifest) -> list[tuple[str, Place]]:
    """The keys of spec that the served version does not know."""
    spec = manifest.get("spec")
    known = _kind_facts(manifest)["keys"]
    return [(name, key.place) for name, key, _ in spec.members() if name not in known] if spec is not None else []


def missing_keys(manifest: Manifest) -> list[str]:
    """The keys of spec that must be there and surely are not."""
    return [name for name in _kind_facts(manifest)["required"] if manifest.look("spec", name).missing]


# ---------------------------------------------------------------- what follows what


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What a reconciler names as its source. ``found`` is ``None`` where the repository does not hold it."""

    node: Node
    kind: str
    name: str
    namespace: str
    found: Manifest | None

    @property
    def bootstrapped(self) -> bool:
        """Whether it is the source that ``flux bootstrap`` makes: the repository that holds the reconciler."""
        return self.name == BOOTSTRAPPED and self.found is None

    def is_elsewhere(self, reconciler: Manifest) -> bool:
        """Whether another namespace than the reconciler's own holds it, which another repository may fill."""
        return self.found is None and self.namespace != reconciler.namespace

    @property
    def templated(self) -> bool:
        name = self.node.get("name")
        return name is None or name.tag in (OPAQUE, OPEN) or "${" in name.text


def source_of(tree: RepositoryTree, reconciler: Manifest) -> Reference | None:
    """The source of a Kustomization or HelmRelease; ``None`` where it names none."""
    for way in (("sourceRef",), ("chartRef",), ("chart", "spec", "sourceRef")):
        node = reconciler.get("spec", *way)
        if node is not None and node.is_mapping:
            return _reference(tree, reconciler, node)
    return None


def _reference(tree: RepositoryTree, reconciler: Manifest, node: Node) -> Reference:
    kind, name = node.text_at("kind"), node.text_at("name")
    told = node.text_at("namespace")
    return Reference(node, kind, name, told or reconciler.namespace, resolve(tree, reconciler, kind, name, told))


def resolve(tree: RepositoryTree, near: Manifest, kind: str, name: str, namespace: str) -> Manifest | None:
    """A Flux object that another names. Reconcilers apply many sets to one cluster, so that any set may hold it."""
    if found := find(tree, near, kind, name, namespace or None):
        return found
    wanted = namespace or near.namespace
    if kind == "ExternalArtifact":
        return _generator_of(tree, name, wanted)
    others = [one for one in named(tree, kind, name) if same_namespace(one.namespace, wanted)]
    return others[0] if others else None


def _generator_of(tree: RepositoryTree, name: str, namespace: str) -> Manifest | None:
    """What makes an artifact of a name."""
    made = tree.derive(_generators).get(name, ())
    return next((generator for generator in made if same_namespace(generator.namespace, namespace)), None)


def _generators(tree: RepositoryTree) -> dict[str, list[Manifest]]:
    found: dict[str, list[Manifest]] = {}
    for generator in of_group(tree, "source.extensions.fluxcd.io", "ArtifactGenerator"):
        for artifact in generator.items_at("spec", "artifacts"):
            found.setdefault(artifact.text_at("name"), []).append(generator)
    return found


def reconcilers_of(tree: RepositoryTree, source: Manifest) -> list[Manifest]:
    """The Kustomizations and HelmReleases that follow a source."""
    return list(tree.derive(_by_source).get(source, ()))


def _by_source(tree: RepositoryTree) -> dict[Manifest, list[Manifest]]:
    followers: dict[Manifest, list[Manifest]] = {}
    for reconciler in flux_objects(tree, "Kustomization", "HelmRelease"):
        reference = source_of(tree, reconciler)
        if reference is not None and reference.found is not None:
            followers.setdefault(reference.found, []).append(reconciler)
    return followers


def folder_of(kustomization: Manifest) -> str | None:
    """The folder that a Kustomization builds, ``""`` for the whole source; ``None`` where only rendering tells."""
    node = kustomization.get("spec", "path")
    if node is None:
        return ""
    if node.tag or "${" in node.text:
        return None
    folder = normpath(node.text.strip().lstrip("/") or ".")
    return "" if folder == "." else folder


def follows_default_branch(source: Manifest) -> bool:
    """Whether a source serves what is looked at here, and not a branch of its own."""
    ref = source.get("spec", "ref")
    return ref is None or ref.text_at("branch") in DEFAULT_BRANCHES


def alerts_for(tree: RepositoryTree, reconciler: Manifest) -> Iterator[Manifest]:
    """The Alerts that tell of a reconciler's failures."""
    covered = tree.derive(_alerts)
    for name in ("*", reconciler.name):
        for alert, namespace in covered.get((reconciler.kind, name), ()):
            if same_namespace(namespace, reconciler.namespace):
                yield alert


def _alerts(tree: RepositoryTree) -> dict[tuple[str, str], list[tuple[Manifest, str]]]:
    """The Alerts with the namespace that they look at, by kind and name of what they cover."""
    found: dict[tuple[str, str], list[tuple[Manifest, str]]] = {}
    for alert in flux_objects(tree, "Alert"):
        for source in alert.items_at("spec", "eventSources") if not is_suspended(alert) else ():
            alike = found.setdefault((source.text_at("kind"), source.text_at("name")), [])
            if len(alike) < MAX_ALIKE:
                alike.append((alert, source.text_at("namespace") or alert.namespace))
    return found


def is_suspended(manifest: Manifest) -> bool:
    """Whether an object is switched off."""
    suspended = manifest.get("spec", "suspend")
    return suspended is not None and suspended.is_true
