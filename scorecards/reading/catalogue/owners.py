"""(pure) Who a repository says it belongs to: files of other catalogues, and CODEOWNERS."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds

# File -> the ways at which it names the owner.
_OTHERS: dict[str, tuple[tuple[str | int, ...], ...]] = {
    "opslevel": (("service", "owner"), ("repository", "owner")),
    "cortex": (
        ("info", "x-cortex-owners", 0, "name"), ("info", "x-cortex-owners", 0, "email"), ("info", "x-cortex-team"),
    ),
    "compass": (("ownerId",), ("owner",)),
    "score": (("metadata", "annotations", "owner"), ("metadata", "owner")),
}  # fmt: skip


class Registration(NamedTuple):
    """An entry in another catalogue than Backstage's; ``owner`` is empty where it names none."""

    catalogue: str
    owner: str
    place: Place


def registrations(tree: RepositoryTree) -> list[Registration]:
    """Entries in files of OpsLevel, Cortex, Compass and Score at the top of the repository."""
    return list(_registrations(tree))


def _registrations(tree: RepositoryTree) -> Iterator[Registration]:
    for name, ways in _OTHERS.items():
        for path in tree.files(f"{name}.yml", f"{name}.yaml", f".{name}.yml", f".{name}.yaml"):
            for document in tree.yaml(path)[:5]:
                if document.root.is_mapping:
                    yield _registration(name, document.root, ways)


def _registration(name: str, root: Node, ways: tuple[tuple[str | int, ...], ...]) -> Registration:
    way = next((way for way in ways if root.text_at(*way).strip()), None)
    return Registration(name, root.text_at(*way).strip() if way else "", root.place_of(*way) if way else root.place)


def default_owners(tree: RepositoryTree) -> tuple[tuple[str, ...], Place] | None:
    """The owners of everything by CODEOWNERS, and where; ``None`` without a rule that names anyone.

    Without a rule for all paths these are the owners of the last rule.
    """
    for found in kinds.found(tree, "codeowners")[:1]:
        rules = list(_rules(tree.lines(found.path)))
        whole = [rule for rule in rules if rule[0] in ("*", "/", "**", "/**", "/*")]
        if rules:
            _, owners, line = (whole or rules)[-1]
            return owners, Place(found.path, line)
    return None


def _rules(lines: list[str]) -> Iterator[tuple[str, tuple[str, ...], int]]:
    for number, line in enumerate(lines[:10_000], 1):
        words = line[:2_000].partition("#")[0].split()
        if len(words) > 1 and not words[0].startswith(("[", "^[")):
            yield words[0], tuple(word for word in words[1:] if "@" in word), number
