"""(pure) The package manifests of a tree."""

from collections.abc import Callable
from typing import NamedTuple

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.rules.packages import lines, nodes, xml
from scorecards.rules.packages.model import Told

# (files, ecosystem, reader), by what the reader takes.
_OF_TEXT: tuple[tuple[tuple[str, ...], str, Callable[[str], Told]], ...] = (
    (("**/pom.xml",), "maven", xml.pom),
    (("**/*.csproj", "**/*.fsproj"), "nuget", xml.project),
    (("**/go.mod",), "go", lines.go_module),
    (("**/requirements*.txt", "**/requirements/*.txt"), "pypi", lines.requirements),
    (("**/build.gradle", "**/build.gradle.kts"), "maven", lines.gradle),
)
_OF_JSON: tuple[tuple[str, str, Callable[[Node], Told]], ...] = (
    ("**/package.json", "npm", nodes.npm),
    ("**/composer.json", "composer", nodes.composer),
)
_OF_TOML: tuple[tuple[str, str, Callable[[Node], Told]], ...] = (
    ("**/pyproject.toml", "pypi", nodes.pyproject),
    ("**/Cargo.toml", "cargo", nodes.cargo),
)


class Manifest(NamedTuple):
    """A file and what it tells; ``told`` is ``None`` where it can't be read."""

    path: str
    ecosystem: str
    told: Told | None


def manifests(tree: RepositoryTree) -> list[Manifest]:
    """The manifests, by path; what is left out of scores is not among them."""
    return tree.derive(_manifests)


def _manifests(tree: RepositoryTree) -> list[Manifest]:
    found = [
        *(
            Manifest(path, name, _of_text(tree, path, read))
            for globs, name, read in _OF_TEXT
            for path in tree.files(*globs)
        ),
        *(
            Manifest(path, name, _of(_json(tree, path), read))
            for glob, name, read in _OF_JSON
            for path in tree.files(glob)
        ),
        *(
            Manifest(path, name, _of(tree.toml(path), read))
            for glob, name, read in _OF_TOML
            for path in tree.files(glob)
        ),
    ]
    return sorted(found, key=lambda one: one.path)


def _of_text(tree: RepositoryTree, path: str, read: Callable[[str], Told]) -> Told | None:
    text = tree.text(path)
    try:
        return read(text) if text is not None else None
    except xml.Unread:
        return None


def _json(tree: RepositoryTree, path: str) -> Node | None:
    parsed = tree.json(path)
    return parsed.root if parsed is not None else None


def _of(root: Node | None, read: Callable[[Node], Told]) -> Told | None:
    return read(root) if root is not None and root.is_mapping else None
