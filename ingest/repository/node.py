"""(pure) A parsed value that knows where it stands: what YAML, JSON and TOML become."""

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, Literal, NamedTuple, TypeAlias

Key: TypeAlias = str | int
Style = Literal["plain", "single", "double", "literal", "folded"]

_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})


# What is read is at most 100 levels deep, but aliases may lengthen a way without end.
MAX_WALK_DEPTH = 200
MAX_PLAIN_DEPTH, MAX_PLAIN = 100, 100_000


class Place(NamedTuple):
    """Where something stands: ``line`` counts from 1; 0 means the file as a whole."""

    path: str
    line: int = 0


class Node:
    """A scalar, a mapping or a sequence. Asking a node for what it is not answers ``None`` or nothing, never an error.

    ``line`` and ``column`` count from 1. ``raw`` is a scalar's text as written (``yes``, ``0755``); ``value`` is what
    it means: text, bool, int, float or ``None``. ``tag`` is an explicit tag such as ``!vault``. An alias shares the
    node that it names, so a walk that must not meet a node twice keeps the ids.
    """

    __slots__ = ("column", "entries", "kind", "line", "path", "raw", "style", "tag", "value")

    def __init__(
        self,
        kind: Literal["scalar", "mapping", "sequence"],
        path: str,
        line: int,
        column: int = 1,
        raw: str = "",
        value: Any = None,
        style: Style = "plain",
        tag: str = "",
    ) -> None:
        self.kind = kind
        self.path = path
        self.line = line
        self.column = column
        self.raw = raw
        self.value = value
        self.style = style
        self.tag = tag
        # Of a mapping: key text -> (key node, value). Of a sequence: the values. Of a scalar: nothing.
        self.entries: Any = () if kind == "scalar" else ({} if kind == "mapping" else [])

    # ------------------------------------------------------------ what it is

    @property
    def is_mapping(self) -> bool:
        return self.kind == "mapping"

    @property
    def is_sequence(self) -> bool:
        return self.kind == "sequence"

    @property
    def is_scalar(self) -> bool:
        return self.kind == "scalar"

    @property
    def is_null(self) -> bool:
        return self.kind == "scalar" and self.value is None

    @property
    def is_true(self) -> bool:
        """``true``, also as YAML 1.1 writes it (``yes``, ``on``); a quoted one is text and is not."""
        return self.kind == "scalar" and (self.value is True or (self.style == "plain" and self.raw in _TRUE))

    @property
    def is_false(self) -> bool:
        return self.kind == "scalar" and (self.value is False or (self.style == "plain" and self.raw in _FALSE))

    @property
    def text(self) -> str:
        """A scalar's text as written; empty for null and for anything that is no scalar."""
        return self.raw if self.kind == "scalar" and self.value is not None else ""

    @property
    def number(self) -> float | None:
        """An int or float; ``None`` for anything else, bools too."""
        is_number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        return self.value if is_number else None

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)

    def line_at(self, offset: int) -> int:
        """The line of the file on which line ``offset`` (from 0) of a text's content stands.

        Exact for a literal block; for folded and quoted texts, whose lines can't be told apart, the text's own line.
        """
        return self.line + 1 + offset if self.style == "literal" else self.line

    # ------------------------------------------------------------ what is in it

    def get(self, *keys: Key) -> "Node | None":
        """The node at a way of keys and indices; ``None`` where the way ends."""
        node: Node | None = self
        for key in keys:
            node = node._member(key) if node is not None else None
        return node

    def _member(self, key: Key) -> "Node | None":
        if self.kind == "mapping":
            found = self.entries.get(key if isinstance(key, str) else str(key))
            return found[1] if found else None
        if self.kind == "sequence" and isinstance(key, int) and -len(self.entries) <= key < len(self.entries):
            member: Node = self.entries[key]
            return member
        return None

    def text_at(self, *keys: Key) -> str:
        """The text at a way; empty where there is none."""
        node = self.get(*keys)
        return node.text if node is not None else ""

    def key(self, name: str) -> "Node | None":
        """The node of a key itself: its line is where the member begins."""
        found = self.entries.get(name) if self.kind == "mapping" else None
        return found[0] if found else None

    def line_of(self, *keys: Key) -> int:
        """The line of the last key of a way, as far as the way goes."""
        node, line = self, self.line
        for name in keys:
            member = node._member(name)
            if member is None:
                break
            own = node.key(name) if isinstance(name, str) else None
            node, line = member, own.line if own is not None else member.line
        return line

    def place_of(self, *keys: Key) -> Place:
        """Where the last key of a way stands, as far as the way goes; a part may come from another file."""
        node, place = self, self.place
        for name in keys:
            member = node._member(name)
            if member is None:
                break
            own = node.key(name) if isinstance(name, str) else None
            node, place = member, (own or member).place
        return place

    def has(self, *keys: Key) -> bool:
        return self.get(*keys) is not None

    def keys(self) -> list[str]:
        return list(self.entries) if self.kind == "mapping" else []

    def members(self) -> "Iterator[tuple[str, Node, Node]]":
        """(key text, key node, value) of a mapping; nothing of anything else."""
        if self.kind == "mapping":
            for name, (key, value) in self.entries.items():
                yield name, key, value

    def items(self) -> "list[Node]":
        """The values of a sequence; nothing of anything else."""
        return list(self.entries) if self.kind == "sequence" else []

    def items_at(self, *keys: Key) -> "list[Node]":
        """The values of the sequence at a way."""
        node = self.get(*keys)
        return node.items() if node is not None else []

    def texts_at(self, *keys: Key) -> list[str]:
        """The texts at a way: of a scalar, of a sequence's scalars, or a mapping's keys."""
        node = self.get(*keys)
        if node is None:
            return []
        if node.kind == "mapping":
            return node.keys()
        return [node.text] if node.kind == "scalar" else [item.text for item in node.items() if item.kind == "scalar"]

    def __len__(self) -> int:
        return len(self.entries)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{self.kind} {self.raw!r} {self.path}:{self.line}>"

    def walk(self, wanted: "Callable[[Node], bool] | None" = None) -> "Iterator[tuple[tuple[Key, ...], Node]]":
        """Every node below and this one, with the way to it, in the file's order; a shared node once."""
        seen: set[int] = set()
        stack: list[tuple[tuple[Key, ...], Node]] = [((), self)]
        while stack:
            way, node = stack.pop()
            if id(node) in seen:
                continue
            if node.kind != "scalar" and len(way) <= MAX_WALK_DEPTH:
                seen.add(id(node))
                below = [((*way, name), value) for name, _, value in node.members()]
                below += [((*way, index), value) for index, value in enumerate(node.items())]
                stack.extend(reversed(below))
            if wanted is None or wanted(node):
                yield way, node

    def plain(self) -> Any:
        """As plain values, without lines.

        Shared nodes are written out wherever they stand. What lies deeper than 100 levels is ``None``; what comes
        after 100,000 values is left out.
        """
        return _plain(self, MAX_PLAIN_DEPTH, [MAX_PLAIN])


def _plain(node: Node, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if node.kind == "scalar" or depth < 0:
        return node.value
    if node.kind == "mapping":
        members = takewhile(lambda member: left[0] > 0, node.members())
        return {name: _plain(value, depth - 1, left) for name, _, value in members}
    return [_plain(value, depth - 1, left) for value in takewhile(lambda item: left[0] > 0, node.items())]


class Problem(NamedTuple):
    """What kept a file, or a part of it, from being read. ``code`` is one of ``CODES``."""

    path: str
    line: int
    code: str
    message: str


CODES = {
    "broken": "it does not follow its format",
    "duplicate_key": "a key stands twice in one mapping; the last one counts",
    "too_large": "it is larger than what is read",
    "too_deep": "it is nested deeper than what is read",
    "too_many": "it holds more than what is read",
    "too_slow": "reading it took too long",
    "crashed": "reading it ended the reader",
    "binary": "it is no text",
    "encoding": "it is no UTF-8 text",
    "missing": "its content is not at hand",
    "unsafe_name": "its name can't be shown or opened safely",
    "left_out": "it lies beyond what one scan reads",
}
