"""(pure) ``$filter``: a text read into conditions over columns. It knows the columns that it was given and no others.

Null as OData has it: comparing with it is true or false, never null; a text function of null is null, and ``not`` of
that is null too.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NoReturn, TypeAlias

from dashboard.datasets.columns import Column, Type

LONGEST, DEEPEST, MOST = 8_000, 30, 500
LARGEST = 2**63 - 1
FUNCTIONS = ("contains", "startswith", "endswith")
FLIPPED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
UNFILTERED = (Type.LIST, Type.JSON)


class BadOption(ValueError):
    """A query option can't be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Compare:
    """``op``: eq, ne, gt, ge, lt or le. ``value``: of the column's type, or ``None``."""

    column: str
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class In:
    column: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """``function``: of ``FUNCTIONS``."""

    column: str
    function: str
    value: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A column of booleans, by itself."""

    column: str


@dataclass(frozen=True, slots=True)
class Not:
    of: "Node"


@dataclass(frozen=True, slots=True)
class All:
    of: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    of: "tuple[Node, ...]"


Node: TypeAlias = Compare | In | Matches | Flag | Not | All | Some

_TOKENS = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+\-\x20]\d\d:\d\d))
    | (?P<day>\d{4}-\d\d-\d\d)(?![\dT])
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+\-]?\d+)?)(?![\w.])
    | (?P<name>[A-Za-z_]\w*)
    | (?P<sign>[(),])
    )""",
    re.X | re.A,
)
_KINDS: Mapping[Type, tuple[str, ...]] = {
    Type.TEXT: ("text",),
    Type.INTEGER: ("integer", "number"),
    Type.NUMBER: ("integer", "number"),
    Type.BOOLEAN: ("flag",),
    Type.TIME: ("time", "day"),
    Type.DAY: ("day",),
}


@dataclass(frozen=True, slots=True)
class _Literal:
    kind: str
    value: Any


def parse(text: str, columns: Mapping[str, Column]) -> Node:
    """The conditions of a ``$filter``. Raises ``BadOption``."""
    if len(text) > LONGEST:
        raise BadOption(f"$filter is longer than {LONGEST} characters.")
    parser = _Parser(list(_tokens(text)), columns)
    node = parser.any_of(0)
    if parser.peek() != ("end", ""):
        _unexpected(parser.peek()[1])
    return node


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKENS.match(text, place)
        if found is None or found.lastgroup is None:
            _unexpected(text[place:].strip()[:40])
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()


def _unexpected(text: str) -> NoReturn:
    raise BadOption(f"$filter makes no sense at {text[:40]!r}." if text else "$filter ends too early.")


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], columns: Mapping[str, Column]) -> None:
        self._tokens, self._columns, self._at, self._nodes = tokens, columns, 0, 0

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ("end", "")

    def any_of(self, depth: int) -> Node:
        return self._joined("or", lambda: self._joined("and", lambda: self._single(depth), All), Some)

    def _joined(self, word: str, part: Callable[[], Node], made: Callable[[tuple[Node, ...]], Node]) -> Node:
        parts = [part()]
        while self.peek() == ("name", word):
            self._at += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else made(tuple(parts))

    def _single(self, depth: int) -> Node:
        self._nodes += 1
        if depth > DEEPEST or self._nodes > MOST:
            raise BadOption("$filter has too many conditions, or too many in each other.")
        kind, text = self.peek()
        if (kind, text) == ("name", "not"):
            self._at += 1
            return Not(self._single(depth + 1))
        if (kind, text) == ("sign", "("):
            self._at += 1
            found = self.any_of(depth + 1)
            self._sign(")")
            return self._truth(found)
        if kind == "name" and text in FUNCTIONS and self.peek(1) == ("sign", "("):
            return self._truth(self._function(text))
        return self._comparison()

    def _truth(self, node: Node) -> Node:
        """The condition itself, or compared with true or false."""
        op = self.peek()
        if op not in (("name", "eq"), ("name", "ne")):
            return node
        self._at += 1
        literal = self._literal()
        if literal.kind != "flag":
            raise BadOption("A condition can be compared with true and false alone.")
        return node if literal.value is (op[1] == "eq") else Not(node)

    def _function(self, name: str) -> Node:
        self._at += 2
        column = self._column()
        self._sign(",")
        literal = self._literal()
        self._sign(")")
        if column.type is not Type.TEXT or literal.kind != "text":
            raise BadOption(f"{name} takes a column of texts and a text.")
        return Matches(column.name, name, literal.value)

    def _comparison(self) -> Node:
        if self.peek()[0] == "name" and self.peek()[1] not in ("true", "false", "null"):
            column = self._column()
            kind, op = self.peek()
            if kind == "name" and op in FLIPPED:
                self._at += 1
                return Compare(column.name, op, self._of(column, self._literal(), op))
            if (kind, op) == ("name", "in"):
                self._at += 1
                return In(column.name, self._values(column))
            if column.type is not Type.BOOLEAN:
                _unexpected(op or "")
            return Flag(column.name)
        literal = self._literal()
        kind, op = self.peek()
        if kind != "name" or op not in FLIPPED:
            _unexpected(op)
        self._at += 1
        column = self._column()
        return Compare(column.name, FLIPPED[op], self._of(column, literal, op))

    def _values(self, column: Column) -> tuple[Any, ...]:
        self._sign("(")
        values = [self._of(column, self._literal(), "eq")]
        while self.peek() == ("sign", ","):
            self._at += 1
            values.append(self._of(column, self._literal(), "eq"))
        self._sign(")")
        if len(values) > MOST:
            raise BadOption(f"in takes up to {MOST} values.")
        return tuple(values)

    def _column(self) -> Column:
        kind, name = self.peek()
        if kind != "name":
            _unexpected(name)
        if name not in self._columns:
            raise BadOption(f"There is no property {name[:40]!r}.")
        self._at += 1
        column = self._columns[name]
        if column.type in UNFILTERED:
            raise BadOption(f"{name} holds JSON text and can't be filtered by.")
        return column

    def _literal(self) -> _Literal:
        kind, text = self.peek()
        self._at += 1
        if kind == "text" and "\0" not in text:
            return _Literal("text", text[1:-1].replace("''", "'"))
        if kind == "number":
            return _number(text)
        if kind in ("time", "day"):
            return _Literal(kind, _moment(text) if kind == "time" else _day(text))
        if kind == "name" and text in ("true", "false"):
            return _Literal("flag", text == "true")
        if (kind, text) == ("name", "null"):
            return _Literal("null", None)
        _unexpected(text)

    def _of(self, column: Column, literal: _Literal, op: str) -> Any:
        """The literal's value, of the column's type."""
        if literal.kind == "null":
            return None
        if literal.kind not in _KINDS[column.type] or (column.type is Type.BOOLEAN and op not in ("eq", "ne")):
            raise BadOption(f"{column.name} is of type {column.type.value} and can't be compared with this value.")
        if column.type is Type.TIME and literal.kind == "day":
            return datetime(literal.value.year, literal.value.month, literal.value.day, tzinfo=UTC)
        return float(literal.value) if column.type is Type.NUMBER else literal.value

    def _sign(self, sign: str) -> None:
        if self.peek() != ("sign", sign):
            _unexpected(self.peek()[1])
        self._at += 1


def _number(text: str) -> _Literal:
    if re.fullmatch(r"-?\d{1,19}", text) and abs(int(text)) <= LARGEST:
        return _Literal("integer", int(text))
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise BadOption(f"{text[:40]} is too large.")
    return _Literal("number", value)


def _moment(text: str) -> datetime:
    whole, dot, rest = text.partition(".")
    if dot:  # Python knows microseconds
        digits = re.match(r"\d+", rest)
        length = digits.end() if digits else 0
        text = f"{whole}.{rest[: min(length, 6)]}{rest[length:]}"
    try:
        return datetime.fromisoformat(text.replace(" ", "+")).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadOption(f"{text[:40]} is no time.") from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadOption(f"{text[:40]} is no day.") from error
