"""(pure) Makefiles: targets with what they need and what they run, variables put in where they are plain."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ingest.repository.tree import RepositoryTree

NAMES = ("GNUmakefile", "makefile", "Makefile")
MAX_FILES = 30
MAX_TEXT = 4_000
MAX_ROUNDS = 8

_ASSIGNED = re.compile(r"(?:export[ \t]+|override[ \t]+)*([A-Za-z_][\w.-]{0,100})[ \t]*(?:[?:!+]|::)?=[ \t]*([^\n]*)$")
_INCLUDE = re.compile(r"([-s]?)include[ \t]+([^\n#]+)")
_REFERENCE = re.compile(r"\$(?:\(([^()$\n]{1,300})\)|\{([^{}$\n]{1,300})\})")
_NAME = re.compile(r"[A-Za-z_][\w.-]*\Z")


@dataclass(slots=True)
class Target:
    """A rule. ``recipe`` is (line of the file, text) for each line, without the mark in front."""

    name: str
    path: str
    line: int
    needs: list[str] = field(default_factory=list)
    recipe: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Makefile:
    """A file with those it includes. ``complete`` is false where an included file is not in the repository."""

    path: str
    targets: dict[str, Target] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    default: str = ""
    complete: bool = True

    def target(self, name: str) -> Target | None:
        """The rule that makes a target, a pattern rule too."""
        return self.targets.get(name) or next(
            (target for pattern, target in self.targets.items() if "%" in pattern and _fits(pattern, name)), None
        )


def _fits(pattern: str, name: str) -> bool:
    before, _, after = pattern.partition("%")
    return len(name) > len(before) + len(after) and name.startswith(before) and name.endswith(after)


def makefile(tree: RepositoryTree, folder: str, name: str = "") -> Makefile | None:
    """The makefile of a folder; ``None`` where there is none."""
    for candidate in (name,) if name else NAMES:
        path = f"{folder}/{candidate}" if folder else candidate
        if tree.exists(path):
            return tree.derive(_read, path)
    return None


def _read(tree: RepositoryTree, path: str) -> Makefile:
    found = Makefile(path)
    waiting, seen = [path], set[str]()
    while waiting and len(seen) < MAX_FILES:
        current = waiting.pop(0)
        if current in seen:
            continue
        seen.add(current)
        for included, optional in _read_into(found, current, tree.lines(current)):
            resolved = [name for name in (included, _beside(current, included)) if tree.exists(name)]
            if not resolved and "*" in included:
                resolved = tree.files(included)
            waiting.extend(resolved[:1] if "*" not in included else resolved)
            found.complete = found.complete and (bool(resolved) or (optional and "$" not in included))
    return found


def _beside(path: str, name: str) -> str:
    folder = path.rpartition("/")[0]
    return f"{folder}/{name}" if folder else name


def _read_into(found: Makefile, path: str, lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Reads a file's rules and variables; yields the files that it includes, and whether they may be missing."""
    current: list[Target] = []
    defining = False
    for number, text, first in _logical(lines):
        stripped = text.strip()
        if defining or stripped.startswith("define "):
            defining = stripped != "endef"
            current = []
        elif text.startswith("\t"):
            _add_recipe(current, number, text, first)
        elif not stripped or stripped.startswith("#"):
            continue
        elif include := _INCLUDE.match(stripped):
            current = []
            yield from ((expanded(word, found.variables), bool(include[1])) for word in include[2].split()[:50])
        elif assigned := _ASSIGNED.match(stripped):
            found.variables.setdefault(assigned[1], assigned[2].split(" #")[0].strip())
        elif rule := _rule(stripped):
            current = list(_add_rule(found, path, number, *rule))


def _rule(text: str) -> tuple[str, str] | None:
    """(targets, what they need and run) of a rule's first line; ``None`` for any other line."""
    names, colon, rest = text.partition(":")
    if not colon or rest.startswith(("=", ":=")) or "=" in names or "#" in names:
        return None
    return names.strip(), rest.removeprefix(":")


def _logical(lines: list[str]) -> Iterator[tuple[int, str, bool]]:
    """(number, text, whether a recipe's command begins here): continued lines joined, but recipes line by line."""
    held, start, in_recipe = "", 0, False
    for number, line in enumerate(lines, 1):
        if line.startswith("\t") or in_recipe:
            yield number, line if line.startswith("\t") else "\t" + line, not in_recipe
            in_recipe = line.endswith("\\")
            continue
        start = start or number
        held += line
        if held.endswith("\\") and len(held) < MAX_TEXT * 5:
            held = held[:-1] + " "
            continue
        yield start, held, True
        held, start = "", 0
    if held:
        yield start, held, True


def _add_recipe(current: list[Target], number: int, text: str, first: bool) -> None:
    command = text[1:]
    if first:
        command = command.lstrip()
        command = command.lstrip("@+") if not command.startswith("-") else command
    for target in current:
        target.recipe.append((number, command))


def _add_rule(found: Makefile, path: str, number: int, names: str, rest: str) -> Iterator[Target]:
    needs, _, inline = rest.partition(";")
    if _ASSIGNED.match(needs.strip()):
        return
    for name in expanded(names, found.variables).split()[:200]:
        target = found.targets.setdefault(name, Target(name, path, number))
        if not target.recipe:
            target.path, target.line = path, number
        target.needs.extend(expanded(needs.split("#")[0].replace("|", " "), found.variables).split()[:200])
        if inline.strip():
            target.recipe.append((number, inline.strip()))
        if not found.default and not name.startswith(".") and "%" not in name:
            found.default = name
        yield target


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """A text with plain variables put in; others become shell expansions, ``$$`` the shell's dollar."""
    if "$" not in text:
        return text
    whole = _Expansion(variables).of(text, ())
    return whole.replace("\0", "$").replace("\1", "$").replace("$@", "target").replace("$<", "source")


class _Expansion:
    """Puts variables into a text: each is worked out once, none into itself, and only so much text in all."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.known: dict[str, str] = {}
        self.left = MAX_TEXT * 4

    def of(self, text: str, within: tuple[str, ...]) -> str:
        text = text.replace("$$", "\1")
        for _ in range(MAX_ROUNDS):
            replaced = _REFERENCE.sub(lambda match: self._put(match[1] or match[2], within), text)
            if replaced == text:
                break
            text = replaced
        return text

    def _put(self, name: str, within: tuple[str, ...]) -> str:
        if name not in self.variables or name in within or len(within) >= MAX_ROUNDS or self.left < 0:
            return f"\0{{{name}}}" if _NAME.match(name) else "\0{make}"
        if name not in self.known:
            self.known[name] = self.of(self.variables[name][:MAX_TEXT], (*within, name))[:MAX_TEXT]
        self.left -= len(self.known[name])
        return self.known[name]
