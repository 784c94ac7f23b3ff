"""(pure) The rules of CODEOWNERS, and who owns a path by them: the last rule that matches counts."""

import re
from typing import Any, NamedTuple

import re2

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds

MAX_RULES = 2_000
MAX_LINE = 2_000
MAX_TRIES = 300_000  # of a pattern on a path, in one repository
_SPACE = re.compile(r"(?<!\\)\s+")


class OwnerRule(NamedTuple):
    """``pattern`` as written; ``owners`` may be empty, which takes owners away."""

    pattern: str
    owners: tuple[str, ...]
    place: Place


def owner_rules(tree: RepositoryTree) -> list[OwnerRule]:
    """The rules of the first CODEOWNERS file, in its order."""
    return [rule for rule, _ in tree.derive(_book).rules]


def owners_of(tree: RepositoryTree, path: str) -> tuple[str, ...] | None:
    """Who owns a file; nobody where no rule matches, ``None`` where too many rules had to be tried already."""
    return tree.derive(_book).owners(path)


def owners_of_folder(tree: RepositoryTree, folder: str) -> tuple[str, ...] | None:
    """Who owns what is put into a folder; of the whole repository where it is empty."""
    return owners_of(tree, f"{folder}/any" if folder else "any")


class _Book:
    """The rules with their patterns, and how many tries are left."""

    def __init__(self, rules: "list[tuple[OwnerRule, Any]]") -> None:
        self.rules = rules
        self._left = MAX_TRIES
        self._known: dict[str, tuple[str, ...] | None] = {}

    def owners(self, path: str) -> tuple[str, ...] | None:
        if path not in self._known:
            self._known[path] = self._found(path)
        return self._known[path]

    def _found(self, path: str) -> tuple[str, ...] | None:
        if self._left < len(self.rules):
            return None
        for rule, pattern in reversed(self.rules):
            self._left -= 1
            if pattern is not None and pattern.search(path):
                owners: tuple[str, ...] = rule.owners
                return owners
        return ()


def _book(tree: RepositoryTree) -> _Book:
    return _Book(_rules(tree))


def _rules(tree: RepositoryTree) -> "list[tuple[OwnerRule, Any]]":
    found = kinds.found(tree, "codeowners")
    if not found:
        return []
    path = found[0].path
    rules: list[tuple[OwnerRule, Any]] = []
    for number, line in enumerate(tree.lines(path), 1):
        words = _SPACE.split(line[:MAX_LINE].partition(" #")[0].strip())
        if words[0] and not words[0].startswith(("#", "[", "^[")) and len(rules) < MAX_RULES:
            rule = OwnerRule(words[0], tuple(word for word in words[1:] if "@" in word), Place(path, number))
            rules.append((rule, _compiled(words[0])))
    return rules


def _compiled(pattern: str) -> Any:
    """RE2 runs in linear time, whatever stars a pattern has. ``None``: it is too large."""
    options = re2.Options()
    options.log_errors, options.max_mem = False, 1 << 20
    try:
        return re2.compile(_translated(pattern), options)
    except re2.error:
        return None


def _translated(pattern: str) -> str:
    body = pattern.strip("/").replace("\\ ", " ")
    anchored = "/" in pattern.rstrip("/")
    parts = [_part(part) for part in re.split(r"(\*\*/|/\*\*|\*\*|\*|\?)", body) if part]
    ends = "$" if pattern.endswith("/*") else "/" if pattern.endswith("/") else "(?:/|$)"
    return ("^" if anchored else "(?:^|/)") + "".join(parts) + ("" if body in ("", "*", "**") else ends)


def _part(part: str) -> str:
    known = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return known.get(part) or re2.escape(part)
