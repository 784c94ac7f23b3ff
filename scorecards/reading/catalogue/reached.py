"""(pure) Which files a catalogue reads: the one at the top, and what Locations and its own configuration lead to."""

import posixpath
from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.catalogue.entities import entities

TOP = ("catalog-info.yaml", "catalog-info.yml")
MAX_STEPS = 1_000
MAX_STARS = 3  # a pattern of many takes long to match


def reached(tree: RepositoryTree) -> frozenset[str]:
    """The files of this repository that a catalogue which knows its top file reads."""
    return tree.derive(_reached)


def _reached(tree: RepositoryTree) -> frozenset[str]:
    located: dict[str, list[Node]] = {}
    for entity in entities(tree, "location"):
        located.setdefault(entity.root.path, []).append(entity.root)
    waiting = [path for path in TOP if tree.exists(path)] + list(_configured(tree))
    found: set[str] = set()
    while waiting and len(found) < MAX_STEPS:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for root in located.get(path, ()):
            waiting += _targets(tree, path, root)
    return frozenset(found)


def _targets(tree: RepositoryTree, path: str, location: Node) -> list[str]:
    written = location.texts_at("spec", "targets") + location.texts_at("spec", "target")
    return [one for text in written[:200] for one in _matching(tree, posixpath.dirname(path), text)]


def _configured(tree: RepositoryTree) -> Iterator[str]:
    """What an app-config.yaml names as files of this repository."""
    for path in tree.files("app-config*.yaml"):
        for document in tree.yaml(path):
            for location in document.root.items_at("catalog", "locations")[:200]:
                if location.text_at("type") == "file":
                    # Its paths are those of the backend's folder, two levels below the top.
                    target = location.text_at("target")
                    yield from _matching(tree, "", target.removeprefix("../../"))


def _matching(tree: RepositoryTree, folder: str, written: str) -> list[str]:
    """The files that a target names: a path or a pattern, or an address whose end is one."""
    if "://" in written:
        parts = written.split("/blob/", 1)[-1].split("/", 1)
        end = parts[1] if "/blob/" in written and len(parts) > 1 else ""
        return [end] if end and tree.exists(end) else []
    pattern = posixpath.normpath(posixpath.join(folder, written[:500])) if written else ""
    if not pattern or pattern.startswith("..") or pattern.count("*") + pattern.count("{") > MAX_STARS:
        return []
    return tree.files(pattern)[:200]
