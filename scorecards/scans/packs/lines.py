"""(pure) On which line each part of a rule stands in its pack."""

from collections.abc import Callable, Mapping

from yaml.nodes import MappingNode, Node, SequenceNode

from ingest.catalogue.documents import BadEntry, documents, line_of

MAX_PARTS = 20_000
Way = tuple[str | int, ...]


def lines_by_rule(text: str) -> dict[int, dict[Way, int]]:
    """Lines by the way to each part, of every ``rule``, by the line of the word itself."""
    try:
        found = list(documents(text.encode("utf-8", "surrogatepass")))
    except BadEntry:
        return {}
    return {line: _lines(node, line) for line, node in _rules(found)}


def line_in(lines: Mapping[Way, int], line: int) -> Callable[[Way], int]:
    """The line of a part, or of the nearest part around it that is known; else the rule's own."""

    def found(way: Way) -> int:
        while way and way not in lines:
            way = way[:-1]
        return lines.get(way, line)

    return found


def _rules(roots: list[Node]) -> list[tuple[int, Node]]:
    found, waiting, seen = [], list(roots), 0
    while waiting and seen < MAX_PARTS:
        node = waiting.pop()
        seen += 1
        if isinstance(node, MappingNode):
            found += [(line_of(key), value) for key, value in node.value if getattr(key, "value", "") == "rule"]
            waiting.extend(value for _, value in node.value)
        elif isinstance(node, SequenceNode):
            waiting.extend(node.value)
    return found


def _lines(rule: Node, line: int) -> dict[Way, int]:
    lines: dict[Way, int] = {(): line}
    waiting: list[tuple[Way, Node]] = [((), rule)]
    while waiting and len(lines) < MAX_PARTS:
        way, node = waiting.pop()
        if len(way) > 50:
            continue
        if isinstance(node, MappingNode):
            below = [((*way, str(key.value)), value, line_of(key)) for key, value in node.value]
        elif isinstance(node, SequenceNode):
            below = [((*way, at), value, line_of(value)) for at, value in enumerate(node.value)]
        else:
            continue
        for inner, value, number in below:
            lines[inner] = number
            waiting.append((inner, value))
    return lines
