"""(pure) Values of pipelines' files read with care: any node may be of any kind."""

from collections.abc import Iterable
from typing import NamedTuple

from ingest.repository.node import Key, Node
from scorecards.reading.pipelines.model import EnvValue, Values


def values(node: Node | None) -> Values:
    """A mapping's texts with their lines; the lines are those of the keys. A list of NAME=value counts as well."""
    if node is None:
        return {}
    found = {name: EnvValue(value.text, key.line) for name, key, value in node.members()}
    for item in node.items():
        name, equals, text = item.text.partition("=")
        if equals:
            found[name] = EnvValue(text, item.line)
        elif item.has("name"):
            found[item.text_at("name")] = EnvValue(item.text_at("value"), item.line)
    return found


def words(node: Node | None, *keys: Key) -> tuple[str, ...]:
    """The texts at a way: of a scalar, a sequence's scalars or a mapping's keys, without empty ones."""
    return tuple(text for text in node.texts_at(*keys) if text) if node is not None else ()


class Script(NamedTuple):
    """A script as one text. ``line``: the file's line of its first line; ``exact``: its lines stand as in the file."""

    text: str = ""
    line: int = 0
    exact: bool = True


def script(node: Node | None, *keys: Key) -> Script:
    """A script written as one text or as a list of them."""
    found = node.get(*keys) if node is not None else None
    if found is None:
        return Script()
    return joined([found] if found.is_scalar else scalars(found))


def joined(parts: Iterable[Node]) -> Script:
    """Texts as one script, with empty lines between them so that lines stand as in the file, where that can be."""
    lines: list[str] = []
    first, exact = 0, True
    path = ""
    for item in parts:
        path = path or item.path
        start = item.line_at(0)
        first = first or start
        gap = start - first - len(lines) if item.path == path else -1
        lines.extend([""] * max(gap, 0))
        exact = exact and gap >= 0 and (item.style == "literal" or "\n" not in item.text.rstrip("\n"))
        lines.extend(item.text.rstrip("\n").split("\n"))
    return Script("\n".join(lines), first, exact)


def scalars(node: Node, limit: int = 2_000) -> list[Node]:
    """The scalars of nested lists, in order, as GitLab flattens scripts."""
    found: list[Node] = []
    waiting = [node]
    for _ in range(limit * 5):  # shared nodes can stand for any number of them
        if not waiting or len(waiting) > limit * 2:
            break
        item = waiting.pop()
        if item.is_scalar:
            found.append(item)
        waiting.extend(reversed(item.items()[:limit]))
    return found[:limit]


def is_true(node: Node | None, *keys: Key) -> bool:
    found = node.get(*keys) if node is not None else None
    return found is not None and (found.is_true or found.text.lower() == "true")
