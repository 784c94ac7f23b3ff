"""(pure) Which line of the .gitignore files hides a path."""

import re
from collections.abc import Callable, Sequence

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.directory import folder_of

_SETS = re.compile(r"\[[^\]\[\\]{1,60}\]")


def hidden_by(tree: RepositoryTree, path: str) -> Place | None:
    """The line that makes git ignore a path which is not tracked; ``None`` where none does."""
    found: Place | None = None
    for folder in _above(folder_of(path)):
        file = f"{folder}/.gitignore" if folder else ".gitignore"
        if not tree.exists(file):
            continue
        inside = path[len(folder) + 1 :] if folder else path
        for number, line in enumerate(tree.lines(file), 1):
            wanted = line.rstrip().removeprefix("!")
            if wanted and not wanted.startswith("#") and _matches(wanted, inside):
                found = None if line.startswith("!") else Place(file, number)
    return found


def _above(folder: str) -> list[str]:
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


def _matches(line: str, path: str) -> bool:
    """Whether a line matches a path or a folder on the way to it."""
    only_folders = line.endswith("/")
    line = _SETS.sub("?", line[:500].rstrip("/"))
    wanted = line.removeprefix("/").split("/")
    parts = path.split("/")
    ends = range(1, len(parts) + (0 if only_folders else 1))
    if "/" in line:
        return any(_fits(wanted, parts[:end], _fits_name) for end in ends)
    return any(_fits_name(line, parts[end - 1]) for end in ends)


def _fits_name(pattern: str, name: str) -> bool:
    return _fits(pattern, name, lambda one, other: one in ("?", other))


def _fits(pattern: Sequence[str], given: Sequence[str], same: Callable[[str, str], bool]) -> bool:
    """Whether a sequence fits a pattern in which a star stands for any run; takes the product of their lengths."""
    at, index, star, mark = 0, 0, -1, 0
    while index < len(given):
        if at < len(pattern) and pattern[at] in ("*", "**") and (pattern[at] == "**" or isinstance(pattern, str)):
            star, mark = at, index
            at += 1
        elif at < len(pattern) and same(pattern[at], given[index]):
            at, index = at + 1, index + 1
        elif star >= 0:
            at, index, mark = star + 1, mark + 1, mark + 1
        else:
            return False
    return all(part in ("*", "**") for part in pattern[at:])
