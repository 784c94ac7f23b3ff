"""(pure) JSON with the line of every key and value; comments and trailing commas are read, as editors' files have them.

An own reader without recursion, because the standard library's tells no lines and fails on deep nesting.
"""

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # public, but unknown to the stubs
from typing import Any, NamedTuple

from ingest.repository.documents.scalar import typed
from ingest.repository.documents.yaml import MAX_DEPTH, MAX_DUPLICATES, duplicate
from ingest.repository.node import Node, Problem, Style

# What may stand where a key, and where a value is awaited. A text with escapes is met at its quote only.
_SPACE = r"[ \t\r\n]*+"
_TEXT = r'"([^"\\\x00-\x1f]*+)"'
_KEY = re.compile(rf'{_SPACE}(?:{_TEXT}{_SPACE}:|(")|(}}){_SPACE},?)')
_VALUE = re.compile(rf'{_SPACE}(?:(?:{_TEXT}|([-+.\w]++)|(\])){_SPACE},?|([{{\[])|("))')
_MEMBERS = re.compile(rf"{_SPACE}{_TEXT}{_SPACE}:{_SPACE}(?:{_TEXT}|([-+.\w]++)){_SPACE}(,?)")
_ITEMS = re.compile(rf"{_SPACE}(?:{_TEXT}|([-+.\w]++)){_SPACE}(,?)")
_COMMA = re.compile(_SPACE + ",?")
_SPACES = re.compile(_SPACE)
_COMMENTS = re.compile(r"(?:[ \t\r\n]++|//[^\n]*+|/\*(?s:.*?)\*/)*+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
_NO_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})
_SURROGATE = re.compile("[\ud800-\udfff]")
_CLOSES = {"}": "mapping", "]": "sequence"}


class JsonFile(NamedTuple):
    """A file's value, ``None`` when it can't be read; whether it has comments, which a strict reader refuses."""

    root: Node | None
    commented: bool


def read_json(path: str, text: str) -> tuple[JsonFile, list[Problem]]:
    """A file's value, and what is wrong in it. A second value, as in NDJSON, makes the file broken."""
    reader = _Reader(path, text)
    root = None
    try:
        root = reader.read()
    except _Unreadable as error:
        reader.problems.append(Problem(path, text.count("\n", 0, error.at) + 1, error.code, str(error)))
    return JsonFile(root, reader.commented), reader.problems


class _Unreadable(Exception):
    def __init__(self, at: int, message: str, code: str = "broken") -> None:
        super().__init__(f"This is not valid JSON: {message}." if code == "broken" else message)
        self.at, self.code = at, code


class _Reader:
    """Takes tokens, keeps the open containers on a stack of its own."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text
        self.problems: list[Problem] = []
        self.commented = False
        self.root: Node | None = None
        self.stack: list[Node] = []
        self.key: Node | None = None  # of the innermost mapping, while its value is awaited
        self.pos = 1 if text.startswith("\ufeff") else 0
        if text.startswith("#", self.pos):  # a first line that names the file, as other formats comment
            self.pos, self.commented = (text.find("\n") + 1) or len(text), True
        self.may_follow = True  # a comma or an opening bracket was just read
        self.meanings = dict(_WORDS)
        self.line = 1
        self.ends = [0, *(match.end() for match in re.finditer("\n", text)), len(text) + 1]

    def read(self) -> Node:
        """The file's value; raises ``_Unreadable``."""
        stack = self.stack
        while self.root is None or stack:
            if not stack or self.key is not None:
                self._take_value()
            elif stack[-1].kind == "mapping":
                self._take_members(stack[-1].entries)
                self._take_key()
            else:
                self._take_items(stack[-1].entries)
                self._take_value()
        self._skip_comments()
        if self.pos < len(self.text) or self.may_follow:
            raise self._unexpected("a second value follows")
        return self.root

    def _take_members(self, entries: dict[str, tuple[Node, Node]]) -> None:
        """As many ``"key": scalar`` as follow, which is most of any file, at once."""
        path, ends, line, member = self.path, self.ends, self.line, _MEMBERS.match
        while self.may_follow and (match := member(self.text, self.pos)):
            name, raw, word, comma = match.groups()
            at = match.start(1) - 1
            while at >= ends[line]:
                line += 1
            key = Node("scalar", path, line, at - ends[line - 1] + 1, name, name, "double")
            at = match.start(3) if raw is None else match.start(2) - 1
            while at >= ends[line]:
                line += 1
            column = at - ends[line - 1] + 1
            if raw is None:
                value = Node("scalar", path, line, column, word, self._meaning(word, at))
            else:
                value = Node("scalar", path, line, column, raw, raw, "double")
            if name in entries:
                self._duplicate(key)
            entries[name] = (key, value)
            self.pos, self.may_follow = match.end(), comma != ""
        self.line = line

    def _take_items(self, entries: list[Node]) -> None:
        """As many scalars of a list as follow."""
        path, ends, line, item = self.path, self.ends, self.line, _ITEMS.match
        while self.may_follow and (match := item(self.text, self.pos)):
            raw, word, comma = match.groups()
            at = match.start(2) if raw is None else match.start(1) - 1
            while at >= ends[line]:
                line += 1
            column = at - ends[line - 1] + 1
            if raw is None:
                entries.append(Node("scalar", path, line, column, word, self._meaning(word, at)))
            else:
                entries.append(Node("scalar", path, line, column, raw, raw, "double"))
            self.pos, self.may_follow = match.end(), comma != ""
        self.line = line

    def _take_key(self) -> None:
        match = _KEY.match(self.text, self.pos)
        if match is None:
            self._go_on("a key is missing")
        elif (kind := match.lastindex) == 3:
            self._close(match)
        elif not self.may_follow:
            raise self._unexpected("a comma is missing")
        elif kind == 1:
            self.pos = match.end()
            self.key = self._scalar(match.start(1) - 1, match[1], match[1], "double")
        else:
            self.key = self._escaped(match.start(2))
            self._skip_comments()
            if self.text[self.pos : self.pos + 1] != ":":
                raise self._unexpected("a colon is missing")
            self.pos += 1

    def _take_value(self) -> None:
        match = _VALUE.match(self.text, self.pos)
        if match is None:
            self._go_on("a value is missing")
        elif (kind := match.lastindex) == 3:
            self._close(match)
        elif not self.may_follow:
            raise self._unexpected("a comma is missing")
        elif kind == 4:
            self._open(match)
        elif kind == 5:
            self._add(self._escaped(match.start(5)))
            self._after(_COMMA.match(self.text, self.pos))
        else:
            if kind == 1:
                self._add(self._scalar(match.start(1) - 1, match[1], match[1], "double"))
            else:
                self._add(self._scalar(match.start(2), match[2], self._meaning(match[2], match.start(2)), "plain"))
            self._after(match)

    def _after(self, match: "re.Match[str] | None") -> None:
        if match is not None:
            self.pos = end = match.end()
            self.may_follow = self.text[end - 1] == ","

    def _open(self, match: "re.Match[str]") -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise _Unreadable(match.start(4), f"Nested deeper than {MAX_DEPTH} levels.", "too_deep")
        line, column = self._where(match.start(4))
        node = Node("mapping" if match[4] == "{" else "sequence", self.path, line, column)
        self._add(node)
        self.stack.append(node)
        self.pos, self.may_follow = match.end(), True

    def _close(self, match: "re.Match[str]") -> None:
        """A closing bracket, with a comma before it or not."""
        if not self.stack or self.key is not None or self.stack[-1].kind != _CLOSES[match[3]]:
            raise self._unexpected(f"“{match[3]}” closes nothing")
        self.stack.pop()
        self._after(match)

    def _add(self, node: Node) -> None:
        key = self.key
        if not self.stack:
            self.root = node
        elif key is None:
            self.stack[-1].entries.append(node)
        else:
            entries = self.stack[-1].entries
            if key.raw in entries:
                self._duplicate(key)
            entries[key.raw] = (key, node)
            self.key = None

    def _duplicate(self, key: Node) -> None:
        if len(self.problems) < MAX_DUPLICATES:
            self.problems.append(duplicate(key))

    def _where(self, at: int) -> tuple[int, int]:
        """Line and column; tokens come in order, so the line moves onwards only."""
        while at >= self.ends[self.line]:
            self.line += 1
        return self.line, at - self.ends[self.line - 1] + 1

    def _scalar(self, at: int, raw: str, value: Any, style: Style) -> Node:
        line, column = self._where(at)
        return Node("scalar", self.path, line, column, raw, value, style)

    def _escaped(self, at: int) -> Node:
        """A text with backslashes; halves of a surrogate pair, which no encoding can carry, are replaced."""
        try:
            raw, self.pos = scanstring(self.text, at + 1, True)
        except JSONDecodeError as error:
            raise _Unreadable(error.pos, f"{error.msg[:1].lower()}{error.msg[1:].removesuffix(' at')}") from None
        raw = _SURROGATE.sub("\ufffd", raw)
        return self._scalar(at, raw, raw, "double")

    def _meaning(self, word: str, at: int) -> Any:
        """What a word or number means; told once for each, since most stand many times."""
        if word not in self.meanings:
            if not _NUMBER.fullmatch(word) and word not in _NO_NUMBERS:
                raise _Unreadable(at, f"“{word[:40]}” is no value")
            self.meanings[word] = typed(word)
        return self.meanings[word]

    def _go_on(self, missing: str) -> None:
        """Past comments, and a comma that stands behind them; raises where there are none."""
        before = self.pos
        self._skip_comments()
        if not self.may_follow and self.text.startswith(",", self.pos):
            self.pos, self.may_follow = self.pos + 1, True
        if self.pos == before:
            raise self._unexpected(missing)

    def _skip_comments(self) -> None:
        match = _COMMENTS.match(self.text, self.pos)
        if match is not None:
            self.commented = self.commented or "/" in match[0]
            self.pos = match.end()

    def _unexpected(self, message: str) -> _Unreadable:
        at = _SPACES.match(self.text, self.pos)
        return _Unreadable(at.end() if at else self.pos, message)
