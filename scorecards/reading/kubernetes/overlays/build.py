"""(pure) Each overlay built: resources, components, patches, generators and the small transformations, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.kubernetes.overlays.generating import with_generated
from scorecards.reading.kubernetes.overlays.kustomization import Kustomization, kustomizations
from scorecards.reading.kubernetes.overlays.labelling import labelled
from scorecards.reading.kubernetes.overlays.patching import Budget, patched
from scorecards.reading.kubernetes.overlays.placing import placed
from scorecards.reading.kubernetes.overlays.renaming import named
from scorecards.reading.kubernetes.overlays.resource import Resource
from scorecards.reading.kubernetes.overlays.sizing import sized

MAX_RESOURCES = 5_000  # of one overlay
MAX_BUILT = 50_000  # of all together
MAX_WORK = 500_000  # matches of patches with resources, and their changes, of all together


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """What one kustomization gives. ``complete`` is false where it takes in more than is seen."""

    folder: str
    resources: tuple[Resource, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Overlays:
    """``roots``: those that no other one takes in. ``used``: the files that any of them reads."""

    roots: tuple[Overlay, ...] = ()
    used: frozenset[str] = field(default_factory=frozenset)


def overlays(tree: RepositoryTree) -> Overlays:
    """The overlays of a tree."""
    return tree.derive(_overlays)


def _overlays(tree: RepositoryTree) -> Overlays:
    found = kustomizations(tree)
    taken_in = {folder for one in found.values() for folder in (*one.inputs, *one.components) if folder in found}
    builder = _Builder(tree, found)
    roots = [
        builder.build(folder) for folder in found if folder not in taken_in and not tree.is_excluded(found[folder].path)
    ]
    return Overlays(tuple(roots), frozenset(_used(found)))


def _used(found: dict[str, Kustomization]) -> Iterator[str]:
    for one in found.values():
        yield from one.used
        yield from (path for path in one.inputs if path not in found)


class _Builder:
    """Builds what is below before what stands on it, without recursion; a circle is cut where it closes."""

    def __init__(self, tree: RepositoryTree, found: dict[str, Kustomization]) -> None:
        self.tree, self.found = tree, found
        self.built: dict[str, Overlay] = {}
        self.count = 0
        self.budget = Budget(MAX_WORK)

    def build(self, folder: str) -> Overlay:
        waiting, entered = [folder], set[str]()
        while waiting:
            current = waiting[-1]
            below = self._below(self.found[current])
            open_below = [one for one in below if one not in self.built and one not in entered]
            if current in self.built:
                waiting.pop()
            elif open_below and current not in entered:
                entered.add(current)
                waiting += open_below
            else:
                self.built[current] = self._overlay(self.found[current])
                waiting.pop()
        return self.built[folder]

    def _below(self, one: Kustomization) -> list[str]:
        """The folders that must be built before one: those that it and its components take in."""
        parts = [one, *self._components(one)]
        return [path for part in parts for path in part.inputs if path in self.found]

    def _components(self, one: Kustomization) -> list[Kustomization]:
        """The components of a kustomization, those of a component before itself."""
        found: dict[str, Kustomization] = {}
        waiting = [(path, False) for path in reversed(one.components)]
        entered: set[str] = set()
        while waiting:
            path, is_done = waiting.pop()
            if path not in self.found or path in found:
                continue
            if is_done:
                found[path] = self.found[path]
            elif path not in entered:
                entered.add(path)
                waiting.append((path, True))
                waiting += [(inner, False) for inner in reversed(self.found[path].components)]
        return list(found.values())

    def _overlay(self, one: Kustomization) -> Overlay:
        resources, complete = self._taken(one)
        for component in self._components(one):
            more, whole = self._taken(component)
            resources, complete = self._applied(component, resources + more), complete and whole
        resources = self._applied(one, resources)
        self.count += len(resources)
        is_complete = complete and not one.is_component and self.budget.left >= 0
        return Overlay(one.folder, tuple(resources), is_complete)

    def _applied(self, one: Kustomization, resources: list[Resource]) -> list[Resource]:
        resources = with_generated(self.tree, one, resources)
        resources = patched(self.tree, one, resources, self.budget, "patchesStrategicMerge", "patches")
        resources = labelled(self.tree, one, placed(one.root, named(one.root, resources)))
        return sized(one.root, patched(self.tree, one, resources, self.budget, "patchesJson6902"))

    def _taken(self, one: Kustomization) -> tuple[list[Resource], bool]:
        resources: list[Resource] = []
        complete = one.complete
        for path in one.inputs:
            below = self.built.get(path)
            if below is not None:
                resources += below.resources
                complete = complete and below.complete
            elif path not in self.found and self.tree.text(path) is not None:
                resources += self.tree.derive(_resources_in, path)
            else:
                complete = False
        too_many = len(resources) > MAX_RESOURCES or self.count + len(resources) > MAX_BUILT
        return ([], False) if too_many else (resources, complete)


def _resources_in(tree: RepositoryTree, path: str) -> tuple[Resource, ...]:
    """The objects of a file; lists of objects are expanded."""
    return tuple(Resource(root) for _, root in kinds.documents(tree, path) if kinds.is_kubernetes(root))
