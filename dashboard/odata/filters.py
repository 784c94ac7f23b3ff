"""(pure) ``$filter``: a text read into conditions over columns. It knows the columns that it was given and no others.

Null as OData has it: comparing with it is true or false, never null; a function of null is null, and ``not`` of that
is null too.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from dashboard.datasets.columns import Column, Type
from dashboard.odata.functions import FUNCTIONS, MATCHES, call
from dashboard.odata.nodes import (
    UNFILTERED,
    All,
    BadOption,
    Call,
    Compare,
    Flag,
    In,
    Literal,
    Matches,
    Node,
    Not,
    Property,
    Some,
    Value,
)
from dashboard.odata.tokens import END, Token, literal, tokens, unexpected

LONGEST, DEEPEST, MOST = 8_000, 30, 500
FLIPPED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_NAMED_KEY = re.compile(r"^\s*[a-z_]+\s*=")


def parse(text: str, columns: Mapping[str, Column]) -> Node:
    """The conditions of a ``$filter``. Raises ``BadOption``."""
    if len(text) > LONGEST:
        raise BadOption(f"$filter is longer than {LONGEST} characters.")
    parser = _Parser(list(tokens(text)), columns)
    node = parser.any_of(0)
    if parser.peek() != END:
        unexpected(parser.peek()[1])
    return node


def parse_key(text: str, column: Column) -> Node:
    """The condition that a row's key is what stands in the brackets of its address, with its name or without.

    Raises ``BadOption``.
    """
    match list(tokens(_NAMED_KEY.sub("", text))):
        case [word] if (found := literal(word)) is not None and found.type is not None:
            return compared(of_column(column), "eq", found)
    raise BadOption(f"({text[:40]}) is no key. Write a number as it is, and a text in single quotes.")


def of_column(column: Column) -> Property:
    """Raises ``BadOption`` for what can't be compared."""
    if column.type in UNFILTERED:
        raise BadOption(f"{column.name} holds JSON text and can't be filtered by.")
    return Property(column.name, column.type, column.nullable)


def compared(left: Value, op: str, right: Value) -> Compare:
    """Two values compared. Raises ``BadOption`` where they can't be."""
    if isinstance(left, Literal):
        left, op, right = right, FLIPPED[op], left
    if isinstance(left, Literal):
        raise BadOption("$filter compares two constants. Compare with a property.")
    if isinstance(right, Literal):
        right = as_kind_of(right, left)
    if right.type is not None and _kind(left) != _kind(right):
        raise BadOption(f"A value of type {left.type} can't be compared with one of type {right.type}.")
    if left.type is Type.BOOLEAN and right.type is not None and op not in ("eq", "ne"):
        raise BadOption("Truths can be compared by eq and ne alone.")
    return Compare(left, op, right)


def as_kind_of(constant: Literal, other: Value) -> Literal:
    """A day beside a time is its first instant, in UTC; a whole number beside a fraction is one."""
    if other.type is Type.TIME and constant.type is Type.DAY:
        day = constant.value
        return Literal(Type.TIME, datetime(day.year, day.month, day.day, tzinfo=UTC))
    if other.type is Type.NUMBER and constant.type is Type.INTEGER:
        return Literal(Type.NUMBER, float(constant.value))
    return constant


def _kind(value: Value) -> Type | None:
    return Type.NUMBER if value.type is Type.INTEGER else value.type


class _Parser:
    def __init__(self, words: list[Token], columns: Mapping[str, Column]) -> None:
        self._tokens, self._columns, self._at, self._nodes = words, columns, 0, 0

    def peek(self, ahead: int = 0) -> Token:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else END

    def any_of(self, depth: int) -> Node:
        return self._joined("or", lambda: self._joined("and", lambda: self._single(depth), All), Some)

    def _joined(self, word: str, part: Callable[[], Node], made: Callable[[tuple[Node, ...]], Node]) -> Node:
        parts = [part()]
        while self.peek() == ("name", word):
            self._at += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else made(tuple(parts))

    def _single(self, depth: int) -> Node:
        self._count(depth)
        kind, text = self.peek()
        if (kind, text) == ("name", "not"):
            self._at += 1
            return Not(self._single(depth + 1))
        if (kind, text) == ("sign", "("):
            self._at += 1
            found = self.any_of(depth + 1)
            self._sign(")")
            return self._truth(found)
        if kind == "name" and text in MATCHES and self.peek(1) == ("sign", "("):
            return self._truth(self._matches(text, depth))
        return self._comparison(depth)

    def _count(self, depth: int) -> None:
        self._nodes += 1
        if depth > DEEPEST or self._nodes > MOST:
            raise BadOption("$filter has too many conditions, or too many in each other.")

    def _truth(self, node: Node) -> Node:
        """The condition itself, or compared with true or false."""
        op = self.peek()
        if op not in (("name", "eq"), ("name", "ne")):
            return node
        self._at += 1
        found = literal(self.peek())
        if found is None or found.type is not Type.BOOLEAN:
            raise BadOption("A condition can be compared with true and false alone.")
        self._at += 1
        return node if found.value is (op[1] == "eq") else Not(node)

    def _matches(self, name: str, depth: int) -> Node:
        self._at += 1
        match self._arguments(depth):
            case (Property() | Call() as left, Literal(Type.TEXT, text)) if left.type is Type.TEXT:
                return Matches(left, name, text)
        raise BadOption(f"{name} takes a property or function of texts, and a text.")

    def _comparison(self, depth: int) -> Node:
        left = self.value(depth)
        kind, op = self.peek()
        if kind == "name" and op in FLIPPED:
            self._at += 1
            return compared(left, op, self.value(depth))
        if (kind, op) == ("name", "in"):
            self._at += 1
            return self._in(left)
        if left.type is not Type.BOOLEAN or isinstance(left, Literal):
            unexpected(op)
        return Flag(left)

    def _in(self, left: Value) -> Node:
        self._sign("(")
        values = [self._one_of(left)]
        while self.peek() == ("sign", ","):
            self._at += 1
            values.append(self._one_of(left))
        self._sign(")")
        if len(values) > MOST:
            raise BadOption(f"in takes up to {MOST} values.")
        return In(left, tuple(values))

    def _one_of(self, left: Value) -> Literal:
        found = literal(self.peek())
        if found is None:
            unexpected(self.peek()[1])
        self._at += 1
        compared(left, "eq", found)
        return as_kind_of(found, left)

    def value(self, depth: int) -> Value:
        """A constant, a property, or a function of values."""
        self._count(depth)
        kind, text = self.peek()
        if (found := literal((kind, text))) is not None:
            self._at += 1
            return found
        if kind == "name" and self.peek(1) == ("sign", "("):
            if text not in FUNCTIONS:
                raise BadOption(f"There is no function {text[:40]!r}. There are {', '.join((*FUNCTIONS, *MATCHES))}.")
            self._at += 1
            return call(text, self._arguments(depth))
        return self.property()

    def _arguments(self, depth: int) -> tuple[Value, ...]:
        self._sign("(")
        found = [self.value(depth + 1)]
        while self.peek() == ("sign", ","):
            self._at += 1
            found.append(self.value(depth + 1))
        self._sign(")")
        return tuple(found)

    def property(self) -> Property:
        """A column that can be filtered by."""
        kind, name = self.peek()
        if kind != "name":
            unexpected(name)
        if name not in self._columns:
            raise BadOption(f"There is no property {name[:40]!r}.")
        self._at += 1
        return of_column(self._columns[name])

    def _sign(self, sign: str) -> None:
        if self.peek() != ("sign", sign):
            unexpected(self.peek()[1])
        self._at += 1
