"""(pure) Which line of the .gitignore files hides a path."""

import re
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.directory import folder_of

_MAX_LINES, _MAX_LENGTH = 1_000, 300


class Rule(NamedTuple):
    """A line: ``parts`` are the names of its way, one where it may match at any depth."""

    number: int
    parts: tuple[str, ...]
    shows: bool
    only_folders: bool
    anchored: bool


def hidden_by(tree: RepositoryTree, path: str) -> Place | None:
    """The line that makes git ignore a path which is not tracked; ``None`` where none does."""
    found: Place | None = None
    for folder in _above(folder_of(path)):
        file = f"{folder}/.gitignore" if folder else ".gitignore"
        if not tree.exists(file):
            continue
        parts = path[len(folder) :].strip("/").split("/")
        for rule in tree.derive(_rules, file):
            if _matches(rule, parts):
                found = None if rule.shows else Place(file, rule.number)
    return found


def _above(folder: str) -> list[str]:
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


def _rules(tree: RepositoryTree, file: str) -> list[Rule]:
    """The rules of a file, no more than a thousand."""
    found = []
    for number, line in enumerate(tree.lines(file)[:_MAX_LINES], 1):
        pattern = line[:_MAX_LENGTH].rstrip().removeprefix("!")
        bare = pattern.rstrip("/")
        if bare and not line.startswith("#"):
            parts = tuple(bare.removeprefix("/").split("/"))
            found.append(Rule(number, parts, line.startswith("!"), pattern.endswith("/"), "/" in bare))
    return found


def _matches(rule: Rule, parts: list[str]) -> bool:
    """Whether a rule matches a path or a folder on the way to it."""
    names = parts[:-1] if rule.only_folders else parts
    if not rule.anchored:
        return any(_fits_name(rule.parts[0], name) for name in names)
    return any(_fits(rule.parts, parts[:end]) for end in range(1, len(names) + 1))


def _fits_name(pattern: str, name: str) -> bool:
    return pattern == name or _compiled(pattern).match(name) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Shell patterns become expressions that never search twice."""
    return re.compile(translate(pattern))


def _fits(pattern: tuple[str, ...], given: list[str]) -> bool:
    """Whether a way fits a pattern in which two stars stand for any folders; takes the product of their lengths."""
    at, index, back, mark = 0, 0, -1, 0
    while index < len(given):
        if at < len(pattern) and pattern[at] == "**":
            back, mark = at, index
            at += 1
        elif at < len(pattern) and _fits_name(pattern[at], given[index]):
            at, index = at + 1, index + 1
        elif back >= 0:
            at, index, mark = back + 1, mark + 1, mark + 1
        else:
            return False
    return all(part == "**" for part in pattern[at:])
