"""(pure) YAML with the line of every key and value: each document alone, limits kept, aliases shared, no tag obeyed.

Nodes are built from the parser's flat events, because the C library's own composer ends the process on deep nesting.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import yaml

from ingest.repository.documents.scalar import MAY_BE_TYPED, typed
from ingest.repository.node import Node, Problem, Style

__all__ = ["MAX_DEPTH", "MAX_DOCUMENTS", "MAX_DUPLICATES", "Document", "duplicate", "read_yaml", "typed"]

MAX_DEPTH = 100
MAX_EVENTS = 2_000_000
MAX_DOCUMENTS = 5_000
MAX_MERGED = 200_000
MAX_LINE = 1_000_000
MAX_DUPLICATES = 100
LOADER: type[Any] = getattr(yaml, "CLoader", yaml.Loader)

_MARKER = re.compile(r"(?:\A|\n)(?:---|\.\.\.)(?=[ \t\n]|\Z)")
_STYLES: dict[str | None, Style] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}
_STANDARD = "tag:yaml.org,2002:"
_TYPES = frozenset(_STANDARD + name for name in ("null", "bool", "int", "float"))
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


class Document(NamedTuple):
    """One document of a file; ``index`` counts from 0, broken ones too."""

    index: int  # type: ignore[assignment]  # a tuple's own index() is of no use here
    root: Node


class _TooMuch(Exception):
    def __init__(self, code: str, line: int, message: str) -> None:
        super().__init__(message)
        self.code, self.line = code, line


def read_yaml(path: str, text: str) -> tuple[list[Document], list[Problem]]:
    """The documents of a file that can be read, and what is wrong in it; a broken document hides no other.

    An empty document counts but is not among them.
    """
    found: list[Document] = []
    problems: list[Problem] = []
    if len(text) > MAX_LINE and max(map(len, text.split("\n"))) > MAX_LINE:
        return [], [Problem(path, 1, "too_large", f"A line is longer than {MAX_LINE:,} characters.")]
    for index, (first, part) in enumerate(_parts(_one_kind_of_break(text))):
        if index >= MAX_DOCUMENTS:
            problems.append(Problem(path, first + 1, "too_many", f"More than {MAX_DOCUMENTS:,} documents."))
            break
        try:
            root = _compose(path, part, first, problems)
        except yaml.YAMLError as error:
            problems.append(_problem(path, first, part, error))
        except _TooMuch as error:
            problems.append(Problem(path, error.line, error.code, str(error)))
        except UnicodeError:
            line = first + _line_of_bad(part)
            problems.append(Problem(path, line, "broken", _sentence("half of a surrogate pair stands alone")))
        else:
            if root is not None:
                found.append(Document(index, root))
    return found, problems


def _one_kind_of_break(text: str) -> str:
    """Line ends as one character; no separators that the C library takes for line ends but YAML 1.2 does not."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    for separator in "\x85\u2028\u2029":
        if separator in text:
            text = text.replace(separator, " ")
    return text


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """(lines before it, text) of each document. Directives and a marker's own line stay with what follows.

    A marker at the start of a line is one wherever it stands, since YAML forbids it in any text.
    """
    if "\n---" not in text and "\n..." not in text and not text.startswith("..."):
        yield 0, text
        return
    start = line = counted = 0
    for match in _MARKER.finditer(text):
        at = match.end() - 3
        if text[at] == "." or not _only_directives(text[start:at]):
            line, counted = line + text.count("\n", counted, start), start
            if text[at] == "." or not text[start:at].isspace():
                yield line, text[start:at]
            start = at + 3 if text[at] == "." else at
    yield line + text.count("\n", counted, start), text[start:]


def _only_directives(text: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith(("%", "#")) for line in text.lstrip("\ufeff").split("\n"))


def _compose(path: str, text: str, first: int, problems: list[Problem]) -> Node | None:
    """The root of one document, built without recursion; ``None`` of an empty one."""
    loader = LOADER(text)
    try:
        builder = _Builder(path, first, problems, last=first + 1 + text.count("\n"))
        return builder.build(iter(loader.get_event, None))
    finally:
        loader.dispose()


class _Builder:
    """Takes events, keeps the open containers on a stack of its own. This is the product's busiest loop."""

    def __init__(self, path: str, first: int, problems: list[Problem], last: int) -> None:
        self.path, self.first, self.last, self.problems = path, first + 1, last, problems
        # Of the innermost container: its entries, whether it is a mapping, and the key whose value is awaited.
        self.entries: Any = []
        self.in_mapping = False
        self.key: Node | None = None
        self.stack: list[tuple[Any, bool, Node | None]] = []
        self.anchors: dict[str, Node] = {}
        self.merges: list[tuple[dict[str, tuple[Node, Node]], Node]] = []

    def build(self, events: Iterator[Any]) -> Node | None:
        roots: list[Node] = self.entries
        take: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._open_mapping,
            yaml.SequenceStartEvent: self._open_sequence,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
        }
        for count, event in enumerate(events):
            if (taker := take.get(type(event))) is not None:
                taker(event)
                if count > MAX_EVENTS:
                    raise _TooMuch("too_many", self._line(event), f"More than {MAX_EVENTS:,} values.")
        self._merge()
        root = roots[0] if roots else None
        return None if root is None or (root.is_null and not root.raw and not root.tag) else root

    def _line(self, event: Any) -> int:
        return self.first + int(event.start_mark.line)

    def _scalar(self, event: Any) -> None:
        mark, raw, tag, style = event.start_mark, event.value, event.tag, _STYLES[event.style]
        value = raw
        if style == "plain" and (not raw or raw[0] in MAY_BE_TYPED) and (tag is None or tag in _TYPES):
            value = typed(raw)
        own = "" if tag is None else _own_tag(tag)
        line = self.first + mark.line
        if not raw and line > self.last:  # what is missing at the very end stands behind it
            line = self.last
        node = Node("scalar", self.path, line, mark.column + 1, raw, value, style, own)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        if not self.in_mapping:
            self.entries.append(node)
        elif self.key is None:
            self.key = node
        else:
            self._member(self.key, node)

    def _alias(self, event: Any) -> None:
        shared = self.anchors.get(event.anchor)
        if shared is None:
            raise _TooMuch("broken", self._line(event), f"The alias *{event.anchor[:40]} names no anchor.")
        self._place(shared)

    def _open_mapping(self, event: Any) -> None:
        mark = event.start_mark
        node = Node("mapping", self.path, self.first + mark.line, mark.column + 1)
        self._open(event, node, True)

    def _open_sequence(self, event: Any) -> None:
        mark = event.start_mark
        node = Node("sequence", self.path, self.first + mark.line, mark.column + 1)
        self._open(event, node, False)

    def _open(self, event: Any, node: Node, is_mapping: bool) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise _TooMuch("too_deep", node.line, f"Nested deeper than {MAX_DEPTH} levels.")
        if event.tag is not None:
            node.tag = _own_tag(event.tag)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        self._place(node)
        self.stack.append((self.entries, self.in_mapping, self.key))
        self.entries, self.in_mapping, self.key = node.entries, is_mapping, None

    def _close(self, event: Any) -> None:
        self.entries, self.in_mapping, self.key = self.stack.pop()

    def _place(self, node: Node) -> None:
        if not self.in_mapping:
            self.entries.append(node)
        elif self.key is None:
            self.key = node
        else:
            self._member(self.key, node)

    def _member(self, key: Node, value: Node) -> None:
        self.key = None
        name = key.raw if key.kind == "scalar" else f"[{key.kind} at {key.line}]"
        if name == "<<" and key.style == "plain":
            self.merges.append((self.entries, value))
            return
        if name in self.entries and len(self.problems) < MAX_DUPLICATES:
            self.problems.append(duplicate(key))
        self.entries[name] = (key, value)

    def _merge(self) -> None:
        """Keys merged by ``<<``: they stand behind the mapping's own, the first source wins."""
        left = MAX_MERGED
        for entries, source in self.merges:
            for origin in [source] if source.kind == "mapping" else source.items():
                left -= len(origin)
                if left < 0:
                    raise _TooMuch("too_many", source.line, f"Merge keys bring more than {MAX_MERGED:,} members.")
                for name, key, value in list(origin.members()):
                    entries.setdefault(name, (key, value))


def duplicate(key: Node) -> Problem:
    """What is wrong with the second of two like keys in one mapping."""
    return Problem(
        key.path, key.line, "duplicate_key", f"“{key.raw[:60]}” stands twice in one mapping; the last one counts."
    )


def _own_tag(tag: str) -> str:
    return "" if tag == "!" or tag.startswith(_STANDARD) else tag[:200]


def _problem(path: str, first: int, part: str, error: yaml.YAMLError) -> Problem:
    reason = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it can't be read")[:200]
    code = "too_deep" if "nesting depth" in reason else "broken"
    return Problem(path, first + _line_in(error, part), code, _sentence(reason))


def _line_in(error: yaml.YAMLError, text: str) -> int:
    """Of what is missed at the end, the last line that holds anything."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return min(int(mark.line), text.rstrip("\n").count("\n")) + 1 if mark else _line_of_bad(text)


def _line_of_bad(text: str) -> int:
    """The line of the first character that YAML does not allow."""
    match = _BAD.search(text)
    return text.count("\n", 0, match.start() if match else 0) + 1


def _sentence(reason: str) -> str:
    return f"This is not valid YAML: {reason}."
