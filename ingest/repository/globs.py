"""(pure) Globs over paths: as a regular expression where that is quick, else in steps that no glob can multiply.

``**/`` stands for any folders or none, ``*`` and ``?`` stay within a name, ``{a,b}`` is either.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from math import prod
from typing import Protocol

# What a wildcard may try on a long path. A glob whose wildcards multiply beyond the limit is matched in steps.
_TRIES = {"**/": 64, "**": 1_000, "*": 250}
MAX_TRIES = 500_000_000
MAX_EITHER = 200  # ways to write out the braces of one glob
_TOKEN = re.compile(r"(?:\*\*/)+|\*{2,}|.", re.S)


class Matcher(Protocol):
    def match(self, string: str, /) -> object:
        """Something true where the whole path matches."""


@lru_cache(maxsize=4096)
def glob_pattern(globs: tuple[str, ...]) -> Matcher:
    """What matches the paths of any of the globs, whole."""
    if any(_tries(glob) > MAX_TRIES for glob in globs):
        return _Stepwise(globs)
    either = "|".join(map(_translated, globs))
    return re.compile(rf"(?:{either})\Z", re.S)


def _tokens(glob: str) -> list[str]:
    """Single characters and wildcards; several in a row are one."""
    return ["**/" if "/" in part and len(part) > 1 else part[:2] for part in _TOKEN.findall(glob)]


def _tries(glob: str) -> int:
    return prod(_TRIES.get(part, 1) for part in _tokens(glob))


def _translated(glob: str) -> str:
    out, at = [], 0
    tokens = _tokens(glob)
    while at < len(tokens):
        part = tokens[at]
        if part == "{" and "}" in tokens[at:]:
            end = tokens.index("}", at)
            out.append("(?:" + "|".join(map(_translated, "".join(tokens[at + 1 : end]).split(","))) + ")")
            at = end
        else:
            wild = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
            out.append(wild.get(part) or re.escape(part))
        at += 1
    return "".join(out)


class _Stepwise:
    """Every way through the globs is followed at once, character by character."""

    def __init__(self, globs: Iterable[str]) -> None:
        ways = [_tokens(one) for glob in globs for one in islice(_written_out(glob), MAX_EITHER)]
        self._ways = [(_literal(way), way) for way in ways]

    def match(self, string: str, /) -> bool:
        return any(literal in string and _matches(way, string) for literal, way in self._ways)


def _literal(way: Sequence[str]) -> str:
    """The longest text that stands in every path which matches: most paths are told apart by it alone."""
    runs = "".join(part if len(part) == 1 and part not in "*?" else "\0" for part in way).split("\0")
    return max(runs, key=len)


def _written_out(glob: str) -> Iterable[str]:
    start = glob.find("{")
    end = glob.find("}", start)
    if start < 0 or end < 0:
        return [glob]
    rest = list(islice(_written_out(glob[end + 1 :]), MAX_EITHER)) if glob.count("{") < 50 else [glob[end + 1 :]]
    return (glob[:start] + one + more for one in glob[start + 1 : end].split(",") for more in rest)


def _matches(way: Sequence[str], path: str) -> bool:
    # (part, whether the folder that a ``**/`` takes has begun)
    here = _open(way, {(0, False)})
    for character in path:
        after: set[tuple[int, bool]] = set()
        for at, begun in here:
            part = way[at] if at < len(way) else ""
            if part == "**/":
                if character != "/":
                    after.add((at, True))
                elif begun:
                    after.add((at, False))
            elif part == "**" or (part == "*" and character != "/"):
                after.add((at, False))
            elif part == character or (part == "?" and character != "/"):
                after.add((at + 1, False))
        here = _open(way, after)
        if not here:
            return False
    return (len(way), False) in here


def _open(way: Sequence[str], states: set[tuple[int, bool]]) -> set[tuple[int, bool]]:
    """With what comes after wildcards that take nothing more."""
    found, waiting = set(states), list(states)
    while waiting:
        at, begun = waiting.pop()
        if at < len(way) and len(way[at]) + (way[at] == "*") > 1 and not begun and (at + 1, False) not in found:
            found.add((at + 1, False))
            waiting.append((at + 1, False))
    return found
