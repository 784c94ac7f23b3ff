"""(pure) The groups of inventories, and the environments whose inventories define them."""

import re

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.environments import environment

MAX_LINES = 5_000
_GLOBS = ("**/inventory/**", "**/inventories/**", "**/environments/**", "**/hosts", "**/*inventory*", "**/hosts.*")
_VARIABLES = frozenset({"group_vars", "host_vars", "vars", "roles", "tasks", "handlers", "templates", "files"})
_SECTION = re.compile(r"\s{0,10}\[([A-Za-z0-9_.-]{1,100})(?::children)?\]")
_YAML = (".yml", ".yaml")
_PLAIN = ("", ".ini", ".cfg")


def environments_of(tree: RepositoryTree, group: str) -> frozenset[str]:
    """The environments that define a group; an empty text among them for an inventory that tells none."""
    return frozenset(tree.derive(_groups).get(group, ()))


def _groups(tree: RepositoryTree) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in tree.files(*_GLOBS):
        folders, _, name = path.rpartition("/")
        ending = name[name.rindex(".") :] if "." in name else ""
        if not _VARIABLES.isdisjoint(folders.split("/")) or ending not in (*_PLAIN, *_YAML):
            continue
        for group in _of_yaml(tree, path) if ending in _YAML else _of_lines(tree, path):
            found.setdefault(group, set()).add(environment(path))
    return found


def _of_lines(tree: RepositoryTree, path: str) -> set[str]:
    return {match[1] for line in tree.lines(path)[:MAX_LINES] if (match := _SECTION.match(line)) is not None}


def _of_yaml(tree: RepositoryTree, path: str) -> set[str]:
    found: set[str] = set()
    for document in tree.yaml(path):
        if document.root.is_mapping and any(_is_group(value) for _, _, value in document.root.members()):
            found.update(document.root.keys())
            for way, node in document.root.walk(lambda one: one.is_mapping):
                if way[-1:] == ("children",):
                    found.update(node.keys())
    return found


def _is_group(node: Node) -> bool:
    return node.has("hosts") or node.has("children")
