"""(pure) Go source as tokens and functions; read as text, so that a line that is no Go costs itself only."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree

_TOKEN = re.compile(
    r"""\s*+(?:(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<raw>`[^`]*(?:`|\Z))|(?P<string>"(?:[^"\\\n]|\\[^\n])*\\?(?:"|(?=\n)|\Z))
    |(?P<rune>'(?:\\[^'\n]{1,10}|[^'\\\n])')|(?P<ident>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<op>:=|[^\s]))""",
    re.X | re.S,
)
_MAX_TEXT = 300_000
_MAJOR = re.compile(r"/v\d{1,4}$", re.A)
_ESCAPE = re.compile(r"\\(.)", re.S)
_OPENS, _CLOSES = ("(", "[", "{"), (")", "]", "}")


class Token(NamedTuple):
    """``kind`` is ident, string, number or op; ``text`` of a string is what it means.

    ``span`` of an opening bracket is how many tokens further on it closes; it may lie behind the end of a stretch.
    """

    kind: str
    text: str
    line: int
    span: int = 0


class Function(NamedTuple):
    """A function with its body's tokens; ``receiver`` is empty where it is no method."""

    name: str
    receiver: str
    path: str
    line: int
    body: tuple[Token, ...]

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)


class GoFile(NamedTuple):
    """``imports`` are the paths by their names in the file; ``assigned`` where each name is first set."""

    path: str
    tokens: tuple[Token, ...]
    functions: tuple[Function, ...]
    imports: dict[str, str]
    assigned: dict[str, int]


def go_file(tree: RepositoryTree, path: str) -> GoFile:
    """A file as far as it can be read, but no more than its first 300,000 characters."""
    return tree.derive(_go_file, path)


def _go_file(tree: RepositoryTree, path: str) -> GoFile:
    tokens = tuple(_paired(_tokens((tree.text(path) or "")[:_MAX_TEXT])))
    return GoFile(path, tokens, tuple(_functions(path, tokens)), _imports(tokens), assignments(tokens))


def _tokens(text: str) -> list[Token]:
    found = []
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind in ("comment", "rune"):
            continue
        start, value = match.start(kind), match[kind]
        line += text.count("\n", at, start)
        at = start
        if kind == "raw":
            kind, value = "string", value.strip("`")
        elif kind == "string":
            value = _ESCAPE.sub(r"\1", value[1:-1]) if "\\" in value else value[1:-1]
        found.append(Token(kind, value, line))
    return found


def _paired(tokens: list[Token]) -> list[Token]:
    """The tokens with the distances of their brackets; one that stays open closes with the text."""
    waiting: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind == "op" and token.text in _OPENS:
            tokens[at] = token._replace(span=len(tokens) - at)
            waiting.append(at)
        elif token.kind == "op" and token.text in _CLOSES and waiting:
            first = waiting.pop()
            tokens[first] = tokens[first]._replace(span=at - first)
    return tokens


def closing(tokens: Sequence[Token], at: int) -> int:
    """The index of the bracket that closes the one at an index; the last index where none does."""
    return min(at + tokens[at].span, len(tokens) - 1)


def assignments(tokens: Sequence[Token]) -> dict[str, int]:
    """Where the value begins that a name is first set to."""
    found: dict[str, int] = {}
    for at in range(len(tokens) - 2):
        if tokens[at].kind == "ident":
            following = at + 2 if tokens[at + 1].text == "string" else at + 1
            if tokens[following].kind == "op" and tokens[following].text in (":=", "="):
                found.setdefault(tokens[at].text, following + 1)
    return found


def _functions(path: str, tokens: Sequence[Token]) -> list[Function]:
    found, at = [], 0
    while at < len(tokens):
        if tokens[at][:2] == ("ident", "func") and (function := _function(path, tokens, at)) is not None:
            found.append(function[0])
            at = function[1]
        at += 1
    return found


def _function(path: str, tokens: Sequence[Token], at: int) -> tuple[Function, int] | None:
    """The named function that begins at ``func``, and where it ends."""
    name_at, receiver = at + 1, ""
    if _is(tokens, name_at, "("):
        end = closing(tokens, name_at)
        receiver = next((token.text for token in reversed(tokens[name_at:end]) if token.kind == "ident"), "")
        name_at = end + 1
    if name_at >= len(tokens) or tokens[name_at].kind != "ident":
        return None
    open_at = _body(tokens, name_at + 1)
    if open_at is None:
        return None
    end = closing(tokens, open_at)
    return Function(tokens[name_at].text, receiver, path, tokens[at].line, tuple(tokens[open_at + 1 : end])), end


def _body(tokens: Sequence[Token], at: int) -> int | None:
    """The brace that opens a function's body, behind its parameters and results."""
    while at < len(tokens):
        if _is(tokens, at, "{"):
            if tokens[at - 1].text not in ("interface", "struct"):
                return at
            at = closing(tokens, at)
        elif _is(tokens, at, "(") or _is(tokens, at, "["):
            at = closing(tokens, at)
        elif tokens[at][:2] == ("ident", "func"):
            return None
        at += 1
    return None


def _is(tokens: Sequence[Token], at: int, text: str) -> bool:
    return at < len(tokens) and tokens[at].kind == "op" and tokens[at].text == text


def _imports(tokens: Sequence[Token]) -> dict[str, str]:
    """The texts that look like import paths, up to the first function, by the name that they have in the file.

    A major version at the end is no part of the name, and is left out.
    """
    found = {}
    for at, token in enumerate(tokens):
        if token[:2] == ("ident", "func"):
            break
        if token.kind == "string" and at and "/" in token.text:
            before = tokens[at - 1]
            alias = before.text if before.kind == "ident" and before.text != "import" else ""
            path = _MAJOR.sub("", token.text)
            found[alias or path.rpartition("/")[2].replace("-", "_")] = path
    return found


def calls_at(tokens: Sequence[Token], at: int) -> tuple[str, str] | None:
    """(what stands before the dot, name) of a call whose name is at an index; ``None`` where there is no call."""
    if tokens[at].kind != "ident" or not _is(tokens, at + 1, "("):
        return None
    dotted = at >= 2 and _is(tokens, at - 1, ".") and tokens[at - 2].kind == "ident"
    return (tokens[at - 2].text if dotted else "", tokens[at].text)


def arguments(tokens: Sequence[Token], at: int) -> list[Sequence[Token]]:
    """The arguments of the call whose opening bracket is at an index."""
    end, start, found = closing(tokens, at), at + 1, []
    index = start
    while index < end:
        if tokens[index].kind == "op" and tokens[index].text in _OPENS:
            index = closing(tokens, index)
        elif _is(tokens, index, ","):
            found.append(tokens[start:index])
            start = index + 1
        index += 1
    return [*found, tokens[start:end]] if start < end else found
