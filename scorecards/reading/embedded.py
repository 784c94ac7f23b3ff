"""(pure) Documents that stand as text in another document, with the lines of the file that holds them."""

from ingest.repository.documents.json import JsonFile, read_json
from ingest.repository.documents.yaml import read_yaml
from ingest.repository.node import Node

MAX_TEXT = 1 << 20


def json_in(node: Node) -> JsonFile:
    """The JSON that a text holds. Lines are exact in a literal block; else all are that of the text itself."""
    parsed, _ = read_json(node.path, _padded(node))
    if parsed.root is not None:
        _place(parsed.root, node)
    return parsed


def yaml_in(node: Node) -> list[Node]:
    """The roots of the YAML documents that a text holds, placed like ``json_in``'s."""
    documents, _ = read_yaml(node.path, _padded(node))
    for document in documents:
        _place(document.root, node)
    return [document.root for document in documents]


def _padded(node: Node) -> str:
    text = node.text[:MAX_TEXT]
    return "\n" * node.line_at(-1) + text if node.style == "literal" else text


def _place(root: Node, holder: Node) -> None:
    if holder.style == "literal":
        return
    for _, node in root.walk():
        node.line = holder.line
        for _, key, _ in node.members():
            key.line = holder.line


def roots_in(text: Node) -> list[Node]:
    """As ``yaml_in``; nothing for what is no text, or an empty or too long one."""
    return yaml_in(text) if text.kind == "scalar" and text.raw and len(text.raw) <= MAX_TEXT else []
