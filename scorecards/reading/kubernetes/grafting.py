"""(pure) Trees of nodes changed without touching the originals: only the nodes along a changed way are copied."""

from collections.abc import Callable
from typing import Any

from ingest.repository.node import Key, Node

MAX_LEVELS = 110

Change = Callable[[Node | None], Node | None]  # what stands there -> what shall stand there; ``None``: nothing


def copied(node: Node) -> Node:
    """The same node with entries of its own; what is below is shared."""
    new = Node(node.kind, node.path, node.line, node.column, node.raw, node.value, node.style, node.tag)
    if node.kind == "mapping":
        new.entries = dict(node.entries)
    elif node.kind == "sequence":
        new.entries = list(node.entries)
    return new


def scalar(value: Any, at: Node, tag: str = "") -> Node:
    """A scalar that stands where ``at`` stands."""
    raw = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    style = "double" if isinstance(value, str) else "plain"
    return Node("scalar", at.path, at.line, at.column, raw, value, style, tag)  # type: ignore[arg-type]


def mapping(at: Node, members: dict[str, Node] | None = None, tag: str = "") -> Node:
    """A mapping that stands where ``at`` stands; its keys stand where their values do."""
    new = Node("mapping", at.path, at.line, at.column, tag=tag)
    for name, value in (members or {}).items():
        new.entries[name] = (scalar(name, value), value)
    return new


def sequence(at: Node, items: list[Node], tag: str = "") -> Node:
    new = Node("sequence", at.path, at.line, at.column, tag=tag)
    new.entries = items
    return new


def with_member(node: Node, name: str, value: Node | None, key: Node | None = None) -> Node:
    """A copy of a mapping in which a member is set; without it for ``None``."""
    new = copied(node)
    if value is None:
        new.entries.pop(name, None)
    else:
        own = new.entries.get(name)
        new.entries[name] = (key or (own[0] if own else scalar(name, value)), value)
    return new


def changed(node: Node, way: tuple[Key, ...], change: Change, *, create: bool = False) -> Node:
    """A copy in which what stands at a way is changed; ``*`` stands for every item of a sequence.

    Where the way ends early nothing is changed, unless ``create`` makes the mappings that are missing.
    """
    if not way:
        return change(node) or node
    name, rest = way[0], way[1:]
    if name == "*":
        return _each_changed(node, rest, change, create)
    if node.kind != "mapping":
        return node
    below = node.get(name)
    if below is None or (below.is_null and rest):
        if not create:
            return node
        below = mapping(node) if rest else None
    new = changed(below, rest, change, create=create) if rest and below is not None else change(below)
    return node if new is below else with_member(node, str(name), new)


def _each_changed(node: Node, rest: tuple[Key, ...], change: Change, create: bool) -> Node:
    items = node.items()
    new = [changed(item, rest, change, create=create) for item in items]
    if all(one is other for one, other in zip(items, new, strict=True)):
        return node
    result = copied(node)
    result.entries = new
    return result


def overlaid(base: Node, over: Node) -> Node:
    """Values laid over values as Helm does: mappings merge, anything else replaces, null takes away."""
    return _Overlay().join(base, over, 0)


class _Overlay:
    """Remembers pairs: shared nodes are joined once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], Node] = {}

    def join(self, base: Node, over: Node, level: int) -> Node:
        if base.kind != "mapping" or over.kind != "mapping" or level > MAX_LEVELS:
            return over
        pair = (id(base), id(over))
        if pair not in self.known:
            self.known[pair] = over
            self.known[pair] = self._joined(base, over, level)
        return self.known[pair]

    def _joined(self, base: Node, over: Node, level: int) -> Node:
        new = copied(base)
        for name, key, value in over.members():
            own = base.get(name)
            if value.is_null and own is not None:
                new.entries.pop(name, None)
            else:
                new.entries[name] = (key, self.join(own, value, level + 1) if own is not None else value)
        return new


class Rewriting:
    """Rewrites nodes from below: ``scalar`` and ``member`` say what is changed. A shared node is rewritten once."""

    def __init__(self, member: Callable[[Node, str, Node], Node]) -> None:
        self._member = member
        self._known: dict[int, Node] = {}
        self._kept: list[Node] = []

    def of(self, node: Node, level: int = 0) -> Node:
        """The rewritten node; the same one where nothing below changes."""
        if node.kind == "scalar" or level > MAX_LEVELS:
            return node
        if id(node) not in self._known:
            self._known[id(node)] = node
            self._kept.append(node)
            self._known[id(node)] = self._mapping(node, level) if node.kind == "mapping" else self._items(node, level)
        return self._known[id(node)]

    def _mapping(self, node: Node, level: int) -> Node:
        entries: dict[str, tuple[Node, Node]] = {}
        same = True
        for name, key, value in node.members():
            new = self._member(node, name, self.of(value, level + 1))
            same = same and new is value
            entries[name] = (key, new)
        if same:
            return node
        result = copied(node)
        result.entries = entries
        return result

    def _items(self, node: Node, level: int) -> Node:
        items = node.items()
        new = [self.of(item, level + 1) for item in items]
        if all(one is other for one, other in zip(items, new, strict=True)):
            return node
        result = copied(node)
        result.entries = new
        return result
