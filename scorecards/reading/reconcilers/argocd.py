"""(pure) Argo CD's Applications, written by hand or made by an ApplicationSet, and their projects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest, of_group
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN, Looked, look
from scorecards.reading.reconcilers.environments import Environment, environment_of
from scorecards.reading.references import named


@dataclass(frozen=True, slots=True, eq=False)
class Application:
    """``spec`` is the Application's own, or that of the template of an ApplicationSet."""

    manifest: Manifest
    spec: Node
    patched: bool = False  # an ApplicationSet changes its template by text that nobody reads here

    @property
    def unit(self) -> str:
        return self.manifest.unit

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def place(self) -> Place:
        return self.manifest.place

    @property
    def project(self) -> Node | None:
        return self.spec.get("project")

    @property
    def sources(self) -> list[Node]:
        """What is deployed; sources that only lend their files to others are left out."""
        one = self.spec.get("source")
        several = [source for source in self.spec.items_at("sources") if source.is_mapping]
        alone = [one] if one is not None and one.is_mapping else []
        return alone + [each for each in several if not each.has("ref") or each.has("path") or each.has("chart")]

    @property
    def destination(self) -> tuple[str, str]:
        """(cluster, namespace); the cluster by name or address."""
        cluster = self.spec.text_at("destination", "name") or self.spec.text_at("destination", "server")
        return cluster, self.spec.text_at("destination", "namespace")

    def look(self, *keys: str) -> Looked:
        """What stands at a way; not known either where a patch of the set may put something there."""
        found = look(self.spec, *keys)
        return Looked(None, False) if found.missing and self.patched else found

    def environment(self, production: Sequence[str]) -> Environment:
        paths = [source.text_at("path") for source in self.sources]
        return environment_of([self.name, *self.destination[::-1], *paths, self.manifest.path], production)


def applications(tree: RepositoryTree) -> list[Application]:
    """The Applications of a tree; an ApplicationSet counts once, by its template."""
    return tree.derive(_applications)


def _applications(tree: RepositoryTree) -> list[Application]:
    return [
        Application(manifest, spec, patched)
        for manifest in of_group(tree, "argoproj.io", "Application", "ApplicationSet")
        for spec, patched in _spec_of(manifest)
    ]


def _spec_of(manifest: Manifest) -> Iterator[tuple[Node, bool]]:
    way = ("spec",) if manifest.kind == "Application" else ("spec", "template", "spec")
    spec = manifest.get(*way)
    if spec is not None and spec.is_mapping:
        yield spec, manifest.get("spec", "templatePatch") is not None


def is_templated(node: Node | None) -> bool:
    """Whether only rendering tells a value: a chart's, or the generator of an ApplicationSet."""
    return node is not None and (node.tag in (OPAQUE, OPEN) or "{{" in node.text)


# ---------------------------------------------------------------- how it is synchronised


def sync_gaps(application: Application) -> list[tuple[str, Place]]:
    """What keeps an Application from following its source by itself; ``("", place)`` is what nobody can tell."""
    automated = application.look("syncPolicy", "automated")
    place = application.spec.place_of("syncPolicy", "automated")
    if automated.undecided or is_templated(automated.node):
        return [("", place)]
    node = automated.node
    if node is None or node.is_null or ((enabled := node.get("enabled")) is not None and enabled.is_false):
        return [("it is not synchronised by itself (syncPolicy.automated)", place)]
    return [*_switched_off(node), *_endless(application)]


def _switched_off(automated: Node) -> Iterator[tuple[str, Place]]:
    for name, told in (("prune", "what leaves the source stays in the cluster (prune)"),
                       ("selfHeal", "changes by hand stay (selfHeal)")):  # fmt: skip
        value = look(automated, name)
        if value.undecided or is_templated(value.node):
            yield "", automated.place_of(name)
        elif value.node is None or not value.node.is_true:
            yield told, automated.place_of(name)


def _endless(application: Application) -> Iterator[tuple[str, Place]]:
    limit = application.spec.get("syncPolicy", "retry", "limit")
    if limit is not None and limit.number is not None and limit.number < 0:
        yield "it retries without end (retry.limit)", application.spec.place_of("syncPolicy", "retry", "limit")


# ---------------------------------------------------------------- projects


def project_of(tree: RepositoryTree, name: str) -> Manifest | None:
    """The AppProject of a name, wherever the repository holds it."""
    return next((one for one in named(tree, "AppProject", name) if one.group == "argoproj.io"), None)


def wildcards(tree: RepositoryTree, project: Manifest) -> dict[str, Place]:
    """What a project leaves open: ``sources``, ``destinations``, each with its place."""
    return tree.derive(_wildcards, project)


def _wildcards(tree: RepositoryTree, project: Manifest) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for index, source in enumerate(project.items_at("spec", "sourceRepos")):
        if source.text in ("*", "**"):
            found["sources"] = project.place_of("spec", "sourceRepos", index)
    for destination in project.items_at("spec", "destinations"):
        anywhere = any(destination.text_at(name) == "*" for name in ("server", "name"))
        if anywhere and destination.text_at("namespace") == "*":
            found["destinations"] = destination.place
    return found
