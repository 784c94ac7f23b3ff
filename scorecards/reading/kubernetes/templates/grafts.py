"""(pure) Where in a masked template's tree each splice belongs, told by lines and columns."""

from bisect import bisect_left
from operator import itemgetter
from typing import NamedTuple

from ingest.repository.documents.helm import Splice
from ingest.repository.node import Key, Node

MAX_NODES = 200_000


class Graft(NamedTuple):
    """A splice that belongs to a member of a container (``name``), or into the container itself (``None``).

    ``or_member``: where it stands at the column of a key without a value, it belongs to that key if it is a sequence.
    """

    splice: Splice
    name: Key | None
    or_member: Key | None = None


class _Entry(NamedTuple):
    line: int
    column: int  # from 0; of a sequence's item: of its dash
    container: Node
    name: Key
    value: Node


Grafts = dict[int, list[Graft]]  # by the id of the container


def grafts_of(roots: list[Node], splices: list[Splice]) -> tuple[Grafts, list[Splice]]:
    """The grafts of each container, and the splices that stand in no document."""
    starts = [_first_line(root) for root in roots]
    entries: dict[int, list[_Entry]] = {}
    found: Grafts = {}
    loose: list[Splice] = []
    for splice in splices:
        at = bisect_left(starts, splice.line + 1) - 1
        if at >= 0 and at not in entries:
            entries[at] = _entries(roots[at])
        placed = _placed(entries[at], roots[at], splice) if at >= 0 else None
        if placed is None:
            loose.append(splice)
        else:
            found.setdefault(id(placed[0]), []).append(placed[1])
    return found, loose


def _first_line(root: Node) -> int:
    keys = [key.line for _, key, _ in root.members()]
    return min(keys, default=root.line)


def _entries(root: Node) -> list[_Entry]:
    """The members of a document and the items that are no plain scalars, in the order of the text."""
    found: list[_Entry] = []
    waiting, seen = [root], set[int]()
    while waiting and len(found) < MAX_NODES:
        node = waiting.pop()
        if id(node) in seen or node.kind == "scalar":
            continue
        seen.add(id(node))
        for name, key, value in node.members():
            found.append(_Entry(key.line, key.column - 1, node, name, value))
            waiting.append(value)
        for index, item in enumerate(node.items()):
            if item.kind != "scalar" or item.is_null:
                found.append(_Entry(item.line, node.column - 1, node, index, item))
                waiting.append(item)
    return sorted(found, key=itemgetter(0, 1))


def _placed(entries: list[_Entry], root: Node, splice: Splice) -> tuple[Node, Graft] | None:
    at = bisect_left(entries, (splice.line + 1 if splice.after_key else splice.line,))
    if splice.after_key:
        entry = entries[at - 1] if at else None
        if entry is None or entry.line != splice.line:
            return None
        return entry.container, Graft(splice, entry.name)
    for number in range(at - 1, max(-1, at - 1 - MAX_NODES), -1):
        entry = entries[number]
        if entry.column < splice.indent:
            return _below(entry, splice)
        if entry.column == splice.indent:
            return _beside(entry, splice, is_next=number == at - 1)
    return (root, Graft(splice, None)) if root.kind != "scalar" and splice.indent == root.column - 1 else None


def _below(entry: _Entry, splice: Splice) -> tuple[Node, Graft]:
    """Into the value of an entry, or in its place."""
    if entry.value.kind != "scalar":
        return entry.value, Graft(splice, None)
    return entry.container, Graft(splice, entry.name)


def _beside(entry: _Entry, splice: Splice, *, is_next: bool) -> tuple[Node, Graft]:
    value = entry.value
    is_list = value.kind == "sequence" and value.column - 1 == splice.indent and entry.container.kind == "mapping"
    if is_list or (is_next and value.is_null and entry.container.kind == "mapping"):
        return entry.container, Graft(splice, None, entry.name)
    return entry.container, Graft(splice, None)
