"""(pure) Documents in the data of ConfigMaps and Secrets, by the ending of their key, with the lines of the file."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ingest.repository.documents.json import read_json
from ingest.repository.documents.toml import read_toml
from ingest.repository.documents.yaml import read_yaml
from ingest.repository.node import Node, Place, Problem
from scorecards.reading.secret_names import is_literal_secret

MAX_TEXT = 1 << 20
MAX_LINE = 1_000

_TEMPLATED = re.compile(r"\{\{|\{%|\$\{|<%")
_HINT = re.compile(
    r"(?i)pass|secret|token|api[-_. ]?key|private[-_. ]?key|access[-_. ]?key|credential|pwd|auth[-_. ]?key"
    r"|signing[-_. ]?key|encryption[-_. ]?key|connection[-_. ]?string|webhook"
)
_PAIR = re.compile(r"\s*([A-Za-z0-9_.\-]{1,200})\s*[=:]\s*(.*)$")
_HASHED = re.compile(r"\$[0-9][a-z]?\$|\{SSHA|ENC\[")
_FILLED = re.compile(r"\{[A-Z][A-Z0-9_]{0,100}\}$|__[A-Z0-9_]{1,100}__$|@[A-Za-z0-9_.]{1,100}@$")


class Inner(NamedTuple):
    """What a text holds: the roots of its documents, and what is wrong in it."""

    roots: tuple[Node, ...]
    problems: tuple[Problem, ...]


class Literal(NamedTuple):
    """A secret that stands as plain text in a document; its value is not kept."""

    key: str
    place: Place


def _yaml(path: str, text: str) -> Inner:
    documents, problems = read_yaml(path, text)
    return Inner(tuple(document.root for document in documents), tuple(problems))


def _json(path: str, text: str) -> Inner:
    parsed, problems = read_json(path, text)
    return Inner((parsed.root,) if parsed is not None and parsed.root is not None else (), tuple(problems))


def _toml(path: str, text: str) -> Inner:
    root, problems = read_toml(path, text)
    return Inner((root,) if root is not None else (), tuple(problems))


_READERS: dict[str, Callable[[str, str], Inner]] = {"yaml": _yaml, "yml": _yaml, "json": _json, "toml": _toml}
_LINED = ("properties", "ini", "env", "conf", "cfg", "config")


def breaks(key: str, value: Node) -> Place | None:
    """Where a document does not follow the format that its key's ending names; ``None`` where it does.

    What a template still fills in is not asked to be valid before.
    """
    reader = _READERS.get(_ending(key))
    if reader is None or not value.is_scalar or not value.text or len(value.text) > MAX_TEXT:
        return None
    broken = next((one for one in reader(value.path, value.text).problems if one.code == "broken"), None)
    if broken is None or _TEMPLATED.search(value.text):
        return None
    return Place(value.path, value.line_at(max(broken.line - 1, 0)))


def literal_secrets(key: str, value: Node) -> Iterator[Literal]:
    """The secrets in plain text: of the key itself, and inside the document that the key holds."""
    text = value.text
    if not text or len(text) > MAX_TEXT:
        return
    if "\n" not in text.strip() and _is_literal(key, text):
        yield Literal(key, value.place)
    if not _HINT.search(text):
        return
    ending = _ending(key)
    if ending in _READERS:
        yield from _inside(_READERS[ending](value.path, text), value)
    elif ending in _LINED or "\n" in text:
        yield from _on_lines(value)


def _inside(inner: Inner, value: Node) -> Iterator[Literal]:
    for root in inner.roots:
        for way, node in root.walk(lambda node: node.is_scalar):
            name = next((part for part in reversed(way) if isinstance(part, str)), "")
            told = not isinstance(node.value, bool) and not node.tag  # a tag of its own (!env) fills the value in
            if told and _HINT.search(name) and _is_literal(name, node.text):
                yield Literal(name, Place(value.path, value.line_at(node.line - 1)))


def _on_lines(value: Node) -> Iterator[Literal]:
    for offset, line in enumerate(value.text.split("\n")):
        if len(line) > MAX_LINE or line.lstrip().startswith(("#", ";", "//", "!")) or not _HINT.search(line):
            continue
        pair = _PAIR.match(line)
        if pair and _is_literal(pair.group(1), pair.group(2).strip().rstrip(";")):
            yield Literal(pair.group(1), Place(value.path, value.line_at(offset)))


def _is_literal(name: str, text: str) -> bool:
    if len(name) > 500 or text.startswith("/") or " " in text.strip() or _HASHED.match(text) or _FILLED.match(text):
        return False
    return is_literal_secret(name, text)


def _ending(key: str) -> str:
    return key.rpartition(".")[2].lower()
