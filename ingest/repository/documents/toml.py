"""(pure) TOML with the line of every key: the standard library reads the values, a scan of the statements the lines.

The scan also keeps the limits, because the library recurses over brackets and its memory explodes on long dotted keys.
"""

import math
import re
import tomllib
from datetime import date, datetime, time
from typing import Any, NamedTuple

from ingest.repository.documents.yaml import MAX_DEPTH
from ingest.repository.node import Node, Problem

MAX_SIZE = 300_000  # characters; nobody writes more by hand, and the library takes seconds for a few times that

Way = tuple[str | int, ...]

_KEY_PART = re.compile(r"""[ \t]*+(?:([\w-]++)|"((?:[^"\\\n]++|\\.)*+)"|'([^'\n]*+)')[ \t]*+(\.?)""")
_PIECE = re.compile(
    r""""{3}(?:[^"\\]++|\\(?s:.)|"{1,2}(?!"))*+"{3,5}
    | \'{3}(?:[^\']++|\'{1,2}(?!\'))*+\'{3,5}
    | "(?!"")(?:[^"\\\n]++|\\.)*+" | \'(?!\'\')[^\'\n]*+\' | \#[^\n]*+ | [\[\]{},\n=] | [^"\'\#\[\]{},\n=]++""",
    re.X,
)
_AT_LINE = re.compile(r"\(at (?:line ([0-9]+)|end of document)")


class _Where(NamedTuple):
    line: int
    column: int


class _Unreadable(Exception):
    def __init__(self, line: int, message: str, code: str = "broken") -> None:
        super().__init__(f"This is not valid TOML: {message}." if code == "broken" else message)
        self.line, self.code = line, code


def read_toml(path: str, text: str) -> tuple[Node | None, list[Problem]]:
    """The file as a mapping, ``None`` when it can't be read. Dates, times and infinite numbers are texts."""
    if len(text) > MAX_SIZE:
        return None, [Problem(path, 1, "too_large", f"TOML files up to {MAX_SIZE:,} characters are read.")]
    text = text.removeprefix("\ufeff")
    try:
        places = _Scan(text).places()
        values = _values(text)
    except _Unreadable as error:
        return None, [Problem(path, error.line, error.code, str(error))]
    return _tree(path, values, places), []


def _values(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found and found[1] else text.rstrip().count("\n") + 1
        reason = str(error)[: found.start() if found else 200].strip()
        raise _Unreadable(line, f"{reason[:1].lower()}{reason[1:200]}") from None


class _Scan:
    """Goes over the pieces of a text that may be no TOML at all. ``places`` raises ``_Unreadable``."""

    def __init__(self, text: str) -> None:
        self.text, self.line, self.line_start = text, 1, 0
        self.found: dict[Way, _Where] = {(): _Where(1, 1)}
        self.table: Way = ()
        self.counts: dict[Way, int] = {}  # of a list of tables: the number of the last one
        self.way: Way = ()  # of the statement at hand
        self.depth = self.dots = 0
        self.element = -1  # of the list that the statement's value is
        self.is_new = True  # a statement, or an element of its list, may begin
        self.awaits_value = False

    def places(self) -> dict[Way, _Where]:
        """Where each table, key and element of a list stands."""
        text, pos, end = self.text, 0, len(self.text)
        while pos < end:
            match = _PIECE.match(text, pos)
            if match is None:
                raise _Unreadable(self.line, "a text is not closed")
            piece = match[0]
            if not piece.isspace() and piece[0] != "#":
                if self.is_new:
                    self._begin(piece, pos)
                self._take(piece, pos)
            elif piece == "\n":
                self._end_line(pos)
            pos = match.end()
        return self.found

    def _take(self, piece: str, pos: int) -> None:
        first = piece[0]
        if first in "[{":
            self._open(first)
        elif first in "]}":
            self.depth -= 1
        elif first == ",":
            self._next_element()
        elif first in "\"'":
            if "\n" in piece:
                self.line, self.line_start = self.line + piece.count("\n"), pos + piece.rfind("\n") + 1
        elif first != "=":
            self.dots += piece.count(".")
            if self.dots >= MAX_DEPTH:
                raise self._too_deep()
        self.awaits_value = first == "=" and self.depth == 0
        self.dots = self.dots if first not in "=,[{" else 0

    def _next_element(self) -> None:
        if self.depth == 1 and self.element >= 0:
            self.element += 1
            self.is_new = True

    def _open(self, bracket: str) -> None:
        if self.awaits_value and bracket == "[":
            self.element, self.is_new = 0, True
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._too_deep()

    def _end_line(self, pos: int) -> None:
        self.line, self.line_start = self.line + 1, pos + 1
        if self.depth <= 0:
            self.depth = self.dots = 0
            self.element, self.is_new = -1, True

    def _too_deep(self) -> _Unreadable:
        return _Unreadable(self.line, f"Nested deeper than {MAX_DEPTH} levels.", "too_deep")

    def _begin(self, piece: str, pos: int) -> None:
        """A statement, or an element of the list that the statement's value is."""
        self.is_new = False
        pos += len(piece) - len(piece.lstrip())
        where = _Where(self.line, pos - self.line_start + 1)
        if self.element >= 0:
            self.found.setdefault((*self.way, self.element), where)
        elif piece == "[":
            self._header(pos, where)
        else:
            self.way = self._tell(self.table, self._names(pos), where)

    def _header(self, pos: int, where: _Where) -> None:
        if not self.text.startswith("[[", pos):
            self.table = self._tell((), self._names(pos + 1), where)
            return
        way = self._tell((), self._names(pos + 2), where, of_list=True)
        self.counts[way] = self.counts.get(way, -1) + 1
        self.table = (*way, self.counts[way])
        self.found[self.table] = where

    def _names(self, pos: int) -> list[str]:
        """The parts of the dotted key that stands there."""
        names: list[str] = []
        while len(names) < MAX_DEPTH and (match := _KEY_PART.match(self.text, pos)):
            names.append(_unescaped(match[2]) if match[2] is not None else match[1] or match[3] or "")
            pos = match.end()
            if not match[4]:
                break
        return names

    def _tell(self, way: Way, names: list[str], where: _Where, *, of_list: bool = False) -> Way:
        """The full way of a key, told with all that it passes; a table of a list is the latest one."""
        for number, name in enumerate(names, 1):
            way = (*way, name)
            self.found.setdefault(way, where)
            if way in self.counts and not (of_list and number == len(names)):
                way = (*way, self.counts[way])
        return way


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return next(iter(tomllib.loads(f'"{text}" = 0')))
    except ValueError:
        return text


def _tree(path: str, values: dict[str, Any], places: dict[Way, _Where]) -> Node:
    """The values as nodes; what the scan has no place for stands where what holds it does."""
    root = Node("mapping", path, 1)
    waiting: list[tuple[Way, Any, Node, _Where]] = [((), values, root, places[()])]
    while waiting:
        way, value, node, where = waiting.pop()
        for name, member in value.items() if isinstance(value, dict) else enumerate(value):
            below = (*way, name)
            found = places.get(below, where)
            made = _node(path, member, found)
            if isinstance(value, dict):
                key = Node("scalar", path, found.line, found.column, str(name), name)
                node.entries[name] = (key, made)
            else:
                node.entries.append(made)
            if made.kind != "scalar":
                waiting.append((below, member, made, found))
    return root


def _node(path: str, value: Any, where: _Where) -> Node:
    if isinstance(value, dict):
        return Node("mapping", path, where.line, where.column)
    if isinstance(value, list):
        return Node("sequence", path, where.line, where.column)
    if isinstance(value, str):
        return Node("scalar", path, where.line, where.column, value, value, "double")
    if isinstance(value, datetime | date | time):
        value = value.isoformat()
    elif isinstance(value, float) and not math.isfinite(value):
        value = str(value)
    raw = str(value).lower() if isinstance(value, bool) else str(value)
    return Node("scalar", path, where.line, where.column, raw, value)
