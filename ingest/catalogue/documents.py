"""(pure) YAML documents as entries that know their lines: texts only, no tag, no alias run wild, nothing executed."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_BYTES = 5_000_000
MAX_DEPTH = 60
MAX_ALIASES = 1_000
MAX_TEXT = 200
MAX_ITEMS = 1_000
EARLIEST = date(1970, 1, 1)
LATEST = date(2200, 1, 1)
PLACEHOLDERS = {"$text", "$json", "$yaml"}
# libyaml's, where the package was built with it: ten times faster, the same nodes.
LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STANDARD = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_STANDARD + name for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "value")}
_NULL = _STANDARD + "null"


class Problem(NamedTuple):
    """What is wrong in a file, or worth knowing of it. ``line`` counts from 1."""

    line: int
    message: str


class BadEntry(Exception):
    """A part of the file can't be taken; the message says what to mend."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(line, message)


def documents(text: bytes) -> Iterator[Node]:
    """The documents of a YAML stream, empty ones left out.

    Raises:
        BadEntry: before the first one where a limit is passed; else at the broken one, after those before it.
    """
    _check_limits(text)
    try:
        for node in yaml.compose_all(text, Loader=LOADER):
            if node is not None and not _is_null(node):
                yield node
    except yaml.YAMLError as error:
        raise BadEntry(_line_of(error), f"This is not valid YAML: {_reason(error)}.") from error


def _check_limits(text: bytes) -> None:
    """Nodes are made by recursion, so depth and aliases are looked at in the flat stream of events before."""
    if len(text) > MAX_BYTES:
        raise BadEntry(1, f"The file has {len(text):,} bytes; at most {MAX_BYTES:,} are taken. Split it.")
    depth = aliases = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            match event:
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    depth += 1
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    depth -= 1
                case yaml.AliasEvent():
                    aliases += 1
                case yaml.DocumentStartEvent():
                    aliases = 0
            if depth > MAX_DEPTH or aliases > MAX_ALIASES:
                what = f"nested deeper than {MAX_DEPTH}" if depth > MAX_DEPTH else f"more than {MAX_ALIASES:,} aliases"
                raise BadEntry(_mark_line(event.start_mark), f"The file is not taken: {what}.")
    except yaml.YAMLError:
        return  # told with its line when the documents before it have been read


def _line_of(error: yaml.YAMLError) -> int:
    return _mark_line(getattr(error, "problem_mark", None) or getattr(error, "context_mark", None))


def _mark_line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1


def _reason(error: yaml.YAMLError) -> str:
    text = getattr(error, "problem", None) or getattr(error, "reason", None) or "it can't be read"
    return str(text)


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == _NULL


def line_of(node: Node) -> int:
    return _mark_line(node.start_mark)


class Entry:
    """A mapping of the file. Every method raises ``BadEntry``; absent and null members are ``None``."""

    def __init__(self, node: Node, known: Collection[str] | None = None) -> None:
        """``known``: the only names that may stand in it; without them, any may."""
        self.line = line_of(node)
        if not isinstance(node, MappingNode):
            raise BadEntry(self.line, "Here a mapping of names to values is wanted.")
        _refuse_tag(node)
        self._nodes: dict[str, Node] = {}
        self._lines: dict[str, int] = {}
        for key, value in node.value:
            name = _key(key)
            if name in self._nodes:
                raise BadEntry(line_of(key), f"“{name}” stands twice in one mapping.")
            if known is not None and name not in known:
                raise BadEntry(line_of(key), f"“{name}” is not known here. Known are: {', '.join(known)}.")
            self._nodes[name], self._lines[name] = value, line_of(key)

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def names(self) -> set[str]:
        return set(self._nodes)

    def line_of(self, name: str) -> int:
        """The line on which the member stands; of an absent one, the entry's."""
        return self._lines.get(name, self.line)

    def refuse(self, name: str, message: str) -> BadEntry:
        return BadEntry(self.line_of(name), f"“{name}” {message}")

    def _told(self, name: str) -> Node | None:
        node = self._nodes.get(name)
        if node is None or _is_null(node):
            return None
        _refuse_tag(node)
        if isinstance(node, MappingNode):
            for key, _ in node.value:
                if isinstance(key, ScalarNode) and key.value in PLACEHOLDERS:
                    raise self.refuse(name, f"is a {key.value} placeholder, which is never followed. Write the value.")
        return node

    def text(self, name: str, limit: int = MAX_TEXT) -> str | None:
        """A text on one line, of 1 to ``limit`` characters. A number or ``yes`` is read as it is written."""
        node = self._told(name)
        return None if node is None else self._text(name, node, limit)

    def required(self, name: str, limit: int = MAX_TEXT) -> str:
        found = self.text(name, limit)
        if found is None:
            raise self.refuse(name, "is required.")
        return found

    def _text(self, name: str, node: Node, limit: int) -> str:
        value = node.value.strip() if isinstance(node, ScalarNode) else ""
        if not 0 < len(value) <= limit or not value.isprintable():
            raise BadEntry(line_of(node), f"“{name}” must be a text on one line, of 1 to {limit} characters.")
        return str(value)

    def block(self, name: str, limit: int) -> str | None:
        """A text of one line or several, of 1 to ``limit`` characters."""
        node = self._told(name)
        if node is None:
            return None
        value = node.value.strip() if isinstance(node, ScalarNode) else ""
        if not 0 < len(value) <= limit or not all(letter.isprintable() or letter in "\n\t" for letter in value):
            raise BadEntry(line_of(node), f"“{name}” must be a text of 1 to {limit:,} characters.")
        return str(value)

    def texts(self, name: str) -> list[str] | None:
        """A list of texts."""
        if self._told(name) is None:
            return None
        return [self._text(name, node, MAX_TEXT) for node in self.items(name, MAX_ITEMS)]

    def items(self, name: str, limit: int) -> list[Node]:
        """The members of a list of at most ``limit``; none where it is absent."""
        node = self._told(name)
        if node is None:
            return []
        if not isinstance(node, SequenceNode) or len(node.value) > limit:
            raise self.refuse(name, f"must be a list of at most {limit:,}.")
        return list(node.value)

    def day(self, name: str) -> date | None:
        """A day such as 2026-03-02, from 1970 on."""
        text = self.text(name)
        if text is None:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise self.refuse(name, f"is no day: {text}. Write it like 2026-03-02.") from error
        if not EARLIEST <= day < LATEST:
            raise self.refuse(name, f"is out of range: {text}.")
        return day

    def child(self, name: str) -> "Entry | None":
        node = self._told(name)
        return None if node is None else Entry(node)


def _key(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        raise BadEntry(line_of(node), "A name must be a text.")
    if node.tag == _STANDARD + "merge":
        raise BadEntry(line_of(node), "“<<” is not taken. Write the members out.")
    _refuse_tag(node)
    return str(node.value)


def _refuse_tag(node: Node) -> None:
    if node.tag not in _PLAIN_TAGS:
        raise BadEntry(line_of(node), f"The tag {node.tag} is not taken. Write the value itself.")
