"""(pure) Source files by lexical rules: functions with their lines, imports, statements; nothing is compiled or run.

Comments and texts are left as they are: a rule that must not match in them asks ``code``, which blanks them out.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ingest.repository.tree import RepositoryTree

MAX_TEXT = 300_000
MAX_FUNCTIONS = 1_000
MAX_CALLS, MAX_CALL, MAX_HEAD = 200, 3_000, 3_000

_HEADS = {
    "go": re.compile(r"^func\s(?:\([^()\n]{1,200}\)\s?)?(\w{1,100})\s?[\[(]", re.M),
    "py": re.compile(r"^([ \t]{0,40})(?:async[ ]+)?def[ ]+(\w{1,100})\s?\(", re.M),
    "ts": re.compile(
        r"^[ \t]{0,40}(?:export\s)?(?:default\s)?(?:async\s)?function\s?\*?\s?(\w{1,100})\s?[(<]"
        r"|^[ \t]{0,40}(?:export\s)?const\s(\w{1,100})[^=\n]{0,200}=\s?(?:async\s)?"
        r"(?:\([^()\n]{0,300}\)|\w{1,60})[^=\n]{0,100}=>"
        r"|^[ \t]{0,40}(?:\w{1,60}\.)(?:post|put|patch|delete)\(\s?([\"'`][^\"'`\n]{0,200}[\"'`])"
        r"|^[ \t]{2,40}(?:public\s|private\s)?async\s(\w{1,100})\s?\(",
        re.M,
    ),
    "java": re.compile(
        r"^[ \t]{0,40}(?:public|protected|internal|private|suspend|override|open|fun)\b[^=;(){}\n]{0,200}?"
        r"\b(\w{1,100})\s?\(",
        re.M,
    ),
}  # fmt: skip
# The brace that opens a body: at the end of a line, behind the brackets, or behind the arrow of a route's handler.
_BODIES = {
    "go": re.compile(r"\{(?=[ \t]*\n)"),
    "ts": re.compile(r"\)[^(){};]{0,200}\{|=>\s{0,10}\{"),
    "java": re.compile(r"\)[^(){};=]{0,200}\{"),
}
_KEPT = re.compile(
    r"""//[^\n]*+|/\*(?s:.*?)(?:\*/|\Z)|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`[^`]*+`""",
)
_KEPT_PY = re.compile(
    r'''\#[^\n]*+|"""(?s:.*?)(?:"""|\Z)|\'\'\'(?s:.*?)(?:\'\'\'|\Z)|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+\''''
)
_NO_BREAK = re.compile(r"[^\n]")


class Function(NamedTuple):
    """A function's text from its first decorator or head to its end; ``line`` is that of the first line of ``text``."""

    name: str
    path: str
    line: int
    text: str

    def line_at(self, offset: int) -> int:
        """The file's line of a place in ``text``."""
        return self.line + self.text.count("\n", 0, offset)


def language(path: str) -> str:
    """``go``, ``py``, ``ts`` (also JavaScript) or ``java`` (also Kotlin and C#); empty for others."""
    ending = path.rpartition(".")[2].lower()
    if ending in ("tsx", "js", "jsx", "mjs"):
        return "ts"
    return "java" if ending in ("kt", "cs") else ending if ending in _HEADS else ""


def code(path: str, text: str) -> str:
    """A text with comments and quoted texts blanked out, every letter at its place."""
    pattern = _KEPT_PY if path.endswith(".py") else _KEPT
    return pattern.sub(lambda match: _NO_BREAK.sub(" ", match[0]), text[:MAX_TEXT])


def functions(tree: RepositoryTree, path: str) -> list[Function]:
    """The functions of a file in its order; a method belongs to none but itself."""
    return tree.derive(_functions, path)


def _functions(tree: RepositoryTree, path: str) -> list[Function]:
    text, kind = tree.text(path), language(path)
    if text is None or not kind or len(text) > MAX_TEXT:
        return []
    found = _indented(path, text) if kind == "py" else _braced(path, text, kind)
    return list(islice(found, MAX_FUNCTIONS))


def _braced(path: str, text: str, kind: str) -> Iterator[Function]:
    bare = code(path, text)
    ends = _pairs(bare)
    last = 0
    for match in _HEADS[kind].finditer(text):
        if match.start() < last or bare[match.start() : match.end()].isspace():
            continue
        opening = _opening(bare, match.end(), kind)
        end = ends.get(opening)
        if end is None:
            continue
        start = _with_decorators(text, match.start())
        name = next(group for group in match.groups() if group)
        yield Function(name.strip("\"'`"), path, text.count("\n", 0, start) + 1, text[start : end + 1])
        last = end


def _opening(bare: str, at: int, kind: str) -> int:
    """Where the body begins, counted from the head's end; -1 where there is none."""
    start = at - 2  # an arrow is part of the head
    window = bare[start : at + MAX_HEAD]
    found = _BODIES[kind].search(window)
    if found is None or (kind == "java" and ";" in window[: found.start()]):
        return -1
    return start + found.end() - 1


def _pairs(bare: str) -> dict[int, int]:
    """Every opening brace with the one that closes it."""
    stack: list[int] = []
    found: dict[int, int] = {}
    for match in re.finditer(r"[{}]", bare):
        if match[0] == "{":
            stack.append(match.start())
        elif stack:
            found[stack.pop()] = match.start()
    return found


def _with_decorators(text: str, at: int) -> int:
    """The start of annotations, attributes and decorators that stand right above."""
    while at > 0:
        before = text.rfind("\n", 0, at - 1) + 1
        if not re.match(r"\s{0,40}(?:@\w|\[\w)", text[before : at - 1][:200]):
            return at
        at = before
    return at


def _indented(path: str, text: str) -> Iterator[Function]:
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    bare = code(path, text)
    for match in _HEADS["py"].finditer(text):
        if bare[match.start() : match.end()].isspace():
            continue
        number = text.count("\n", 0, match.start())
        end, depth = number + 1, len(match[1])
        while end < len(lines) and (
            not lines[end].strip() or _depth(lines[end]) > depth or lines[end].strip()[0] in ")]}"
        ):
            end += 1
        start = _with_decorators(text, match.start())
        yield Function(match[2], path, text.count("\n", 0, start) + 1, text[start : offsets[end]])


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


# ---------------------------------------------------------------- imports

_GO_BLOCK = re.compile(r"^import\s{1,10}\(([^()]{0,20000})\)", re.M)
_GO_ONE = re.compile(r"^import\s{1,10}(?:(\w{1,60})\s)?\"([^\"\n]{1,300})\"", re.M)
_GO_LINE = re.compile(r"^\s*(?:([\w.]{1,60})\s)?\"([^\"\n]{1,300})\"", re.M)
_VERSION = re.compile(r"v\d+\Z")


def go_packages(text: str) -> frozenset[str]:
    """The names by which a Go file knows what it imports."""
    pairs = [(match[1], match[2]) for match in _GO_ONE.finditer(text)]
    for block in _GO_BLOCK.finditer(text):
        pairs += [(match[1], match[2]) for match in _GO_LINE.finditer(block[1])]
    return frozenset(alias or _package(path) for alias, path in pairs)


def _package(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    if len(parts) > 1 and _VERSION.match(parts[-1]):
        parts.pop()
    return parts[-1].removeprefix("go-").partition(".")[0] if parts else ""


def binds(path: str, text: str, name: str) -> bool:
    """Whether a file binds a name: imports, declares, or takes it as a parameter."""
    if language(path) == "go" and name in go_packages(text):
        return True
    quoted = re.escape(name)
    return bool(
        re.search(
            rf"\bimport\b[^\n;]{{0,300}}\b{quoted}\b|\b(?:const|let|var|val|def|class|func|type)\s+{quoted}\b"
            rf"|(?<![.\w]){quoted}\s{{0,3}}:?=(?!=)|[(,]\s{{0,3}}{quoted}\s{{0,3}}[:)\s]\s?[\w*.&]|\b[A-Z]\w{{0,60}}\s{quoted}\s?[;=,)]"
            rf"|^from\s[^\n]{{1,200}}\b{quoted}\b",
            text[:MAX_TEXT],
            re.M,
        )
    )


def calls_of(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """(offset, text between the brackets) of the first calls whose opening bracket ends a match."""
    for match in islice(pattern.finditer(text), MAX_CALLS):
        depth, end = 1, match.end()
        stop = min(len(text), match.end() + MAX_CALL)
        while end < stop and depth:
            depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(text[end], 0)
            end += 1
        yield match.start(), text[match.end() : end - 1]
