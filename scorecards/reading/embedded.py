"""(pure) YAML and JSON inside a text of another file: patches in kustomizations, values in applications, data keys."""

from ingest.repository.documents.yaml import read_yaml
from ingest.repository.node import Node

MAX_TEXT = 512 << 10


def roots_in(text: Node) -> list[Node]:
    """The roots of the documents in a text. Their lines are the file's own.

    Exact inside a literal block; in quoted and folded texts every node stands on the text's own line.
    """
    if text.kind != "scalar" or not text.raw or len(text.raw) > MAX_TEXT:
        return []
    roots = [document.root for document in read_yaml(text.path, text.raw)[0]]
    _move(roots, text)
    return roots


def _move(roots: list[Node], text: Node) -> None:
    """Gives nodes that nobody else holds yet the lines of the file."""
    moved: set[int] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if id(node) in moved:
            continue
        moved.add(id(node))
        node.line = text.line_at(node.line - 1)
        for _, key, value in node.members():
            waiting += (key, value)
        waiting += node.items()
