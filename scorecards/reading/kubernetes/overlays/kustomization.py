"""(pure) The kustomizations of a tree and what each takes in."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
MAX_ENTRIES = 2_000

_REMOTE = re.compile(r"^(?:[a-z][a-z0-9+.-]{0,20}:|git@|github\.com/|bitbucket\.org/|gitlab\.com/)|[?&]ref=|//")


@dataclass(frozen=True, slots=True, eq=False)
class Kustomization:
    """A folder's kustomization. ``folder`` is ``""`` at the top.

    ``files`` and ``folders`` are what it takes in, in order: paths of this tree. ``complete`` is false where it takes
    in more than this tree holds: remote resources, inflated charts, files that are not there.
    """

    folder: str
    path: str
    root: Node
    inputs: tuple[str, ...]
    components: tuple[str, ...]
    complete: bool
    is_component: bool = False
    used: frozenset[str] = field(default_factory=frozenset)


def kustomizations(tree: RepositoryTree) -> dict[str, Kustomization]:
    """By folder. Folders that are left out of scores are among them only where another one takes them in."""
    found: dict[str, Kustomization] = {}
    waiting = [posixpath.dirname(document.path) for document in kinds.found(tree, "kustomization")]
    while waiting:
        folder = waiting.pop()
        if folder not in found and (one := tree.derive(_kustomization, folder)) is not None:
            found[folder] = one
            waiting += [path for path in (*one.inputs, *one.components) if path not in found]
    return dict(sorted(found.items()))


def path_in(folder: str, name: str) -> str | None:
    """A path written in a folder's kustomization, as a path of the tree; ``None`` where it leads out of it."""
    path = posixpath.normpath(posixpath.join(folder, name.strip()))
    if path in (".", ""):
        return ""
    return None if path.startswith(("..", "/")) else path


def _file_of(tree: RepositoryTree, folder: str) -> str | None:
    paths = [posixpath.join(folder, name) for name in NAMES]
    return next((path for path in paths if tree.exists(path)), None)


def _kustomization(tree: RepositoryTree, folder: str) -> Kustomization | None:
    path = _file_of(tree, folder)
    documents = tree.yaml(path) if path else []
    if path is None or not documents or not documents[0].root.is_mapping:
        return None
    root = documents[0].root
    taken = [
        _taken(tree, folder, name) for name in ("resources", "bases") for name in root.texts_at(name)[:MAX_ENTRIES]
    ]
    components = [_taken(tree, folder, name) for name in root.texts_at("components")[:MAX_ENTRIES]]
    more = any(root.has(name) for name in ("helmCharts", "helmChartInflationGenerator", "generators"))
    return Kustomization(
        folder=folder,
        path=path,
        root=root,
        inputs=tuple(dict.fromkeys(one for one in taken if one is not None)),
        components=tuple(dict.fromkeys(one for one in components if one is not None)),
        complete=not more and None not in taken and None not in components,
        is_component=root.text_at("kind") == "Component",
        used=frozenset({path, *_files_used(folder, root)}),
    )


def _taken(tree: RepositoryTree, folder: str, name: str) -> str | None:
    """The file or the folder with a kustomization that an entry names; ``None`` where this tree does not hold it."""
    path = path_in(folder, name) if name and not _REMOTE.search(name) else None
    if path is None:
        return None
    return path if (path and tree.exists(path)) or _file_of(tree, path) else None


def _files_used(folder: str, root: Node) -> Iterator[str]:
    """The files that a kustomization reads beside its resources: patches, and sources of generators."""
    names = root.texts_at("patchesStrategicMerge") + root.texts_at("patches")  # old ones list patches by name alone
    for list_name in ("patches", "patchesJson6902", "replacements"):
        names += [item.text_at("path") for item in root.items_at(list_name)]
    names += root.texts_at("configurations") + root.texts_at("transformers") + root.texts_at("crds")
    for name in names:
        if name and "\n" not in name and (path := path_in(folder, name)):
            yield path
