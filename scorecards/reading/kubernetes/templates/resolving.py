"""(pure) Masked nodes with the values of a release in them."""

import re

from ingest.repository.documents.helm import OPAQUE as MARK
from ingest.repository.documents.helm import Splice
from ingest.repository.documents.yaml import typed
from ingest.repository.node import Node
from scorecards.reading.kubernetes.grafting import copied, mapping, scalar
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.kubernetes.templates.expressions import Call, Fields, Literal, parse
from scorecards.reading.kubernetes.templates.grafts import Graft, Grafts
from scorecards.reading.kubernetes.templates.release import MAX_LEVELS, Body
from scorecards.reading.kubernetes.templates.text import text_of
from scorecards.reading.kubernetes.templates.told import UNKNOWN, Told, as_text

MAX_NAME = 80
MAX_SHOWN = 400

_TOKEN = re.compile(f"{MARK}[\ue001-\uf8ff]*")
_QUOTES = re.compile(r"^quote (?=\S+$)|(?: ?\| ?(?:s?quote|toString))+$")


class Resolving:
    """Gives the nodes of a masked template their values. Nodes in which nothing changes are shared."""

    def __init__(self, body: Body, grafts: Grafts) -> None:
        self.body, self.grafts = body, grafts
        self.known: dict[int, Node] = {}

    def of(self, node: Node) -> Node:
        release = self.body.release
        if node.kind == "scalar":
            return self._scalar(node) if MARK in node.raw else node
        if id(node) in self.known or release.level > MAX_LEVELS:
            return self.known.get(id(node), node)
        self.known[id(node)] = node
        release.level += 1
        self.known[id(node)] = self._mapping(node) if node.kind == "mapping" else self._sequence(node)
        release.level -= 1
        return self.known[id(node)]

    # ------------------------------------------------------------ containers

    def _mapping(self, node: Node) -> Node:
        grafts = self.grafts.get(id(node), [])
        below: dict[str, list[Splice]] = {}
        into: list[Splice] = []
        for graft in grafts:
            self._sort(graft, below, into)
        new = copied(node)
        new.entries = {}
        for name, key, value in node.members():
            self._member(new, name, key, value, below.get(name, []))
        for splice in into:
            new = self._merged(new, self.splice(splice))
        return new

    def _sort(self, graft: Graft, below: dict[str, list[Splice]], into: list[Splice]) -> None:
        if graft.name is None and graft.or_member is not None:
            value = self.splice(graft.splice)
            if isinstance(value, Node) and value.is_sequence:
                below.setdefault(str(graft.or_member), []).append(graft.splice)
                return
        if graft.name is None:
            into.append(graft.splice)
        else:
            below.setdefault(str(graft.name), []).append(graft.splice)

    def _member(self, new: Node, name: str, key: Node, value: Node, splices: list[Splice]) -> None:
        if MARK in name:
            own = self._scalar(key)
            ranged = self._ranged(key) if own.tag == OPAQUE else None
            if ranged is not None:
                new.entries.update(ranged.entries)
                return
            if own.tag == OPAQUE:
                new.tag = OPEN
            key, name = own, own.raw
        if not splices:
            result: Node | None = self.of(value)
            if result is not None and result.is_null and MARK in value.raw and self._is_conditional(value.line):
                result = None
        else:
            told = self.joined(splices, self.of(value) if value.kind != "scalar" else None)
            result = _as_node(told, value if value.line else key)
            result = None if result is None or result.is_null else result
        if result is not None:
            new.entries[name] = (key, result)

    def _ranged(self, key: Node) -> Node | None:
        """The mapping that a ``range $key, $value := ...`` goes over, if ``key`` is its key."""
        name = _bare(self.body.template.masked.tokens.get(key.raw, ""))
        chain = next(iter(self.body.template.around(key.line)), None)
        if chain is None or chain.word != "range" or not chain.branches:
            return None
        names, sign, expression = chain.branches[0].condition.partition(":=")
        if not sign or names.partition(",")[0].strip() != name:
            return None
        value = self.body.evaluate(expression, chain.line, opening=True)
        is_told = isinstance(value, Node) and value.is_mapping and self.body.release.may_copy(value)
        return value if isinstance(value, Node) and is_told else None

    def _is_conditional(self, line: int) -> bool:
        return next(iter(self.body.template.around(line)), None) is not None

    def _sequence(self, node: Node) -> Node:
        grafts = self.grafts.get(id(node), [])
        at = {graft.name: graft.splice for graft in grafts if graft.name is not None}
        new = copied(node)
        new.entries = []
        for index, item in enumerate(node.items()):
            result = _as_node(self.splice(at[index]), item) if index in at else self.of(item)
            if result is not None:
                new.entries.append(result)
        for graft in grafts:
            if graft.name is None:
                new = self._extended(new, self.splice(graft.splice))
        return new

    def joined(self, splices: list[Splice], base: Node | None) -> Told:
        """What several splices make together, laid into what stands there already."""
        value: Told = base
        for splice in splices:
            more = self.splice(splice)
            if value is None:
                value = more
            elif isinstance(value, Node) and value.kind == "mapping":
                value = self._merged(value, more)
            elif isinstance(value, Node) and value.kind == "sequence":
                value = self._extended(value, more)
            else:
                value = UNKNOWN
        return value

    def _merged(self, base: Node, more: Told) -> Node:
        """A mapping with more members; its own stay. Where it is not told what comes in, it is open."""
        if _is_nothing(more):
            return base
        is_told = isinstance(more, Node) and more.kind == "mapping" and self.body.release.may_copy(base, more)
        new = copied(base) if is_told or base.tag != OPEN else base
        if not isinstance(more, Node) or not is_told:
            new.tag = OPEN
            return new
        for name, entry in more.entries.items():
            new.entries.setdefault(name, entry)
        new.tag = OPEN if more.tag == OPEN else new.tag
        return new

    def _extended(self, base: Node, more: Told) -> Node:
        """A list with more items; open where it is not told which."""
        if _is_nothing(more):
            return base
        is_told = isinstance(more, Node) and more.kind == "sequence" and self.body.release.may_copy(base, more)
        new = copied(base) if is_told or base.tag != OPEN else base
        if isinstance(more, Node) and is_told:
            new.entries += more.entries
        else:
            new.tag = OPEN
        return new

    def splice(self, splice: Splice) -> Told:
        """What a splice puts in."""
        return self.body.evaluate(_bare(splice.action), splice.line, as_yaml=True)

    # ------------------------------------------------------------ scalars

    def _scalar(self, node: Node) -> Node:
        tokens = self.body.template.masked.tokens
        if node.raw in tokens:
            return self._whole(node, tokens[node.raw])
        parts: list[str] = []
        done, is_known = 0, True
        for match in _TOKEN.finditer(node.raw):
            parts.append(node.raw[done : match.start()])
            raw = tokens.get(match[0], match[0])
            value = text_of(self.body, raw, node.line)
            text = as_text(self.body.release.spend(value))
            parts.append(text if text is not None else self.shown(raw))
            is_known = is_known and text is not None
            done = match.end()
        text = "".join([*parts, node.raw[done:]])
        return _like(node, text, text if is_known and node.style != "plain" else typed(text), is_known)

    def _whole(self, node: Node, raw: str) -> Node:
        """A scalar that is one action alone: the node of the value itself, where that can stand there."""
        value = self.body.release.spend(text_of(self.body, raw, node.line))
        if value is None:
            return _like(node, "", None if node.style == "plain" else "", True)
        if not isinstance(value, Node):
            return _like(node, self.shown(raw), None, False)
        if value.kind != "scalar" or value.tag == OPAQUE:
            return value
        if node.style == "plain" and value.style != "plain" and not _is_quoted(raw):
            new = copied(value)
            new.style, new.value = "plain", typed(value.raw)
            return new
        if node.style != "plain":
            return scalar(value.raw, value)
        return value

    def shown(self, raw: str) -> str:
        """How an action that is not told stands in a text: short, and the same for the same call."""
        body = _QUOTES.sub("", " ".join(_bare(raw)[:MAX_SHOWN].split())).replace("$.", ".")
        pipeline = parse(body)
        first = pipeline.commands[0] if pipeline else None
        if isinstance(first, Fields) and isinstance(first.base, str) and first.base.startswith("$"):
            named = self._assigned(first.base)
            if named is not None and not first.names:
                return self.shown(named)
        if isinstance(first, Call) and first.name in ("include", "template") and isinstance(first.arguments[:1], tuple):
            name = first.arguments[0] if first.arguments else None
            if isinstance(name, Literal) and pipeline is not None and _is_about_root(first):
                return "{{" + str(name.value)[:MAX_NAME] + "}}"
        return "{{" + body[:MAX_NAME] + "}}"

    def _assigned(self, name: str) -> str | None:
        found = self.body.template.assigned.get(name, [])
        if len(found) != 1 or found[0].word != "=":
            return None
        expression = found[0].body.partition("=")[2].strip()
        return None if expression.startswith("$") else expression


def _bare(raw: str) -> str:
    """An action without its braces and the marks that trim."""
    return raw.removeprefix("{{").removesuffix("}}").removeprefix("-").removesuffix("-").strip()


def _is_about_root(call: Call) -> bool:
    dot = call.arguments[1] if len(call.arguments) > 1 else None
    return isinstance(dot, Fields) and dot.base in (".", "$") and not dot.names


def _is_quoted(raw: str) -> bool:
    return "quote" in raw


def _like(node: Node, text: str, value: object, is_known: bool) -> Node:
    new = Node("scalar", node.path, node.line, node.column, text, value, node.style, "" if is_known else OPAQUE)
    if not is_known and new.value is None:
        new.value = text
    return new


def _as_node(value: Told, at: Node) -> Node | None:
    if isinstance(value, Node) or value is None:
        return value
    return mapping(at, tag=OPEN)


def _is_nothing(value: Told) -> bool:
    return value is None or (isinstance(value, Node) and value.is_null)
