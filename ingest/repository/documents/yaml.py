"""(pure) YAML with the line of every key and value: each document alone, limits kept, aliases shared, no tag obeyed.

Nodes are built from the parser's flat events, because the C library's own composer ends the process on deep nesting.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from ingest.repository.node import Node, Problem, Style

MAX_DEPTH = 100
MAX_EVENTS = 2_000_000
MAX_LINE = 1_000_000
MAX_DUPLICATES = 100
LOADER: type[Any] = getattr(yaml, "CLoader", yaml.Loader)

_MARKER = re.compile(r"^(?:---(?=[ \t\r\n]|$)|\.\.\.(?=[ \t\r\n]|$))", re.M)
_STYLES: dict[str | None, Style] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}
_STANDARD = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})$|0o[0-7]{1,20}$|0x[0-9a-fA-F]{1,16}$")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,40}\.[0-9]{0,40}|\.[0-9]{1,40}|[0-9]{1,40})(?:[eE][-+]?[0-9]{1,3})?$")
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


class Document(NamedTuple):
    """One document of a file; ``index`` counts from 0, broken ones too."""

    index: int
    root: Node


class _TooMuch(Exception):
    def __init__(self, code: str, line: int, message: str) -> None:
        super().__init__(message)
        self.code, self.line = code, line


def read_yaml(path: str, text: str) -> tuple[list[Document], list[Problem]]:
    """The documents of a file that can be read, and what is wrong in it; a broken document hides no other."""
    found: list[Document] = []
    problems: list[Problem] = []
    if len(text) > MAX_LINE and max(map(len, text.split("\n"))) > MAX_LINE:
        return [], [Problem(path, 1, "too_large", f"A line is longer than {MAX_LINE:,} characters.")]
    for index, (first, part) in enumerate(_parts(text)):
        try:
            root = _compose(path, part, first, problems)
        except yaml.YAMLError as error:
            problems.append(
                Problem(path, first + _line_in(error), "broken", f"This is not valid YAML: {_reason(error)}.")
            )
        except _TooMuch as error:
            problems.append(Problem(path, error.line, error.code, str(error)))
        except (ValueError, UnicodeError) as error:
            problems.append(Problem(path, first + 1, "broken", f"This is not valid YAML: {error}."))
        else:
            if root is not None:
                found.append(Document(index, root))
    return found, problems


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """(lines before it, text) of each document. Directives and a marker's own line stay with what follows."""
    starts = [0]
    for match in _MARKER.finditer(text):
        if match.group().startswith("---") and not _only_directives(text[starts[-1] : match.start()]):
            starts.append(match.start())
    line = 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end]
        if part.strip():
            yield line, _without_end_marker(part)
        line += part.count("\n")


def _only_directives(text: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith(("%", "#")) for line in text.lstrip("\ufeff").split("\n"))


def _without_end_marker(part: str) -> str:
    found = re.search(r"^\.\.\.[ \t]*\r?$", part, re.M)
    return part[: found.start()] if found and not part[found.end() :].strip() else part


def _compose(path: str, text: str, first: int, problems: list[Problem]) -> Node | None:
    """The root of one document, built without recursion."""
    builder = _Builder(path, first, problems)
    events = 0
    for event in yaml.parse(text, Loader=LOADER):
        events += 1
        if events > MAX_EVENTS:
            raise _TooMuch("too_many", builder.line(event), f"More than {MAX_EVENTS:,} values.")
        builder.take(event)
    return builder.root


class _Builder:
    """Takes events, keeps the open containers on a stack of its own."""

    def __init__(self, path: str, first: int, problems: list[Problem]) -> None:
        self.path, self.first, self.problems = path, first, problems
        self.root: Node | None = None
        self.stack: list[tuple[Node, list[Node]]] = []  # container; pending key of a mapping
        self.anchors: dict[str, Node] = {}
        self.merges: list[tuple[Node, Node]] = []

    def line(self, event: Any) -> int:
        return self.first + int(event.start_mark.line) + 1

    def take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._add(self._scalar(event), event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._open(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.stack.pop()
            case yaml.AliasEvent():
                shared = self.anchors.get(event.anchor)
                if shared is None:
                    raise _TooMuch("broken", self.line(event), f"The alias *{event.anchor[:40]} names no anchor.")
                self._place(shared)
            case yaml.DocumentEndEvent():
                self._merge()

    def _scalar(self, event: Any) -> Node:
        style = _STYLES.get(event.style, "plain")
        tag = _own_tag(event.tag)
        value = event.value
        if style == "plain" and (event.tag is None or event.tag.startswith(_STANDARD)):
            value = typed(event.value) if event.tag != _STANDARD + "str" else event.value
        return Node(
            "scalar",
            self.path,
            self.line(event),
            event.start_mark.column + 1,
            raw=event.value,
            value=value,
            style=style,
            tag=tag,
        )

    def _open(self, event: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise _TooMuch("too_deep", self.line(event), f"Nested deeper than {MAX_DEPTH} levels.")
        kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
        node = Node(kind, self.path, self.line(event), event.start_mark.column + 1, tag=_own_tag(event.tag))  # type: ignore[arg-type]
        self._add(node, event)
        self.stack.append((node, []))

    def _add(self, node: Node, event: Any) -> None:
        if event.anchor:
            self.anchors[event.anchor] = node
        self._place(node)

    def _place(self, node: Node) -> None:
        if not self.stack:
            if self.root is None:
                self.root = node
            return
        container, pending = self.stack[-1]
        if container.kind == "sequence":
            container.entries.append(node)
        elif not pending:
            pending.append(node)
        else:
            self._member(container, pending.pop(), node)

    def _member(self, container: Node, key: Node, value: Node) -> None:
        name = key.raw if key.kind == "scalar" else f"[{key.kind} at {key.line}]"
        if name == "<<" and key.style == "plain":
            self.merges.append((container, value))
            return
        if name in container.entries and len(self.problems) < MAX_DUPLICATES:
            self.problems.append(duplicate(key))
        container.entries[name] = (key, value)

    def _merge(self) -> None:
        """Keys merged by ``<<``: they stand behind the mapping's own, the first source wins."""
        for container, source in self.merges:
            for origin in [source] if source.kind == "mapping" else source.items():
                for name, key, value in list(origin.members()):
                    container.entries.setdefault(name, (key, value))
        self.merges.clear()


def duplicate(key: Node) -> Problem:
    """What is wrong with the second of two like keys in one mapping."""
    return Problem(
        key.path, key.line, "duplicate_key", f"“{key.raw[:60]}” stands twice in one mapping; the last one counts."
    )


def _own_tag(tag: str | None) -> str:
    return "" if tag is None or tag == "!" or tag.startswith(_STANDARD) else tag[:200]


def typed(text: str) -> Any:
    """A plain scalar's meaning by YAML 1.2's core schema, so ``on``, ``0755`` and ``22:22`` stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 60 or text[0] not in "+-.0123456789":
        return text
    if _INT.match(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text) if _FLOAT.match(text) and not _is_octal(text) else text


def _is_octal(text: str) -> bool:
    digits = text.lstrip("+-")
    return digits.isdigit() and digits.startswith("0")


def _line_in(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return int(mark.line) + 1 if mark else 1


def _reason(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it can't be read")[:200]
