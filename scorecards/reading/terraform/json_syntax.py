"""(pure) Terraform's JSON syntax as the blocks that its native syntax would have."""

import json
from collections.abc import Iterator

from ingest.repository.documents.hcl import Attribute, Block, Body, Expr, read_hcl
from ingest.repository.node import Node

MAX_DEPTH = 40
_MARK = "END_OF_TEXT"

# How many labels each block has, and which members of its body are blocks; of the free ones any member may be one.
_TOP = {
    "terraform": 0, "locals": 0, "variable": 1, "output": 1, "module": 1, "provider": 1, "check": 1, "resource": 2,
    "data": 2, "ephemeral": 2, "moved": 0, "import": 0, "removed": 0,
}  # fmt: skip
_INNER: dict[str, dict[str, int]] = {
    "terraform": {"backend": 1, "cloud": 0, "required_providers": 0, "provider_meta": 1, "encryption": 0},
    "cloud": {"workspaces": 0},
    "variable": {"validation": 0},
    "output": {"precondition": 0},
    "lifecycle": {"precondition": 0, "postcondition": 0},
    "check": {"assert": 0, "data": 2},
}
_FREE = frozenset({"resource", "data", "ephemeral", "provider"})


def body_of(root: Node) -> Body:
    """The blocks of a file; what is no block of Terraform is left out."""
    body = Body(root.line)
    for name, key, value in root.members():
        if name in _TOP:
            body.blocks.extend(_blocks(name, key.line, value, _TOP[name], ()))
    return body


def _blocks(kind: str, line: int, value: Node, labels: int, above: tuple[str, ...], depth: int = 0) -> Iterator[Block]:
    """The blocks that a member stands for: one for each of its labels, or of a list."""
    if depth > MAX_DEPTH:
        return
    if value.is_sequence:
        for item in value.items():
            yield from _blocks(kind, item.line, item, labels, above, depth + 1)
    elif labels:
        for name, key, inner in value.members():
            if name != "//":
                yield from _blocks(kind, key.line, inner, labels - 1, (*above, name), depth + 1)
    elif value.is_mapping:
        yield Block(kind, above, _body(kind, line, value, depth + 1), line, line)


def _body(kind: str, line: int, value: Node, depth: int) -> Body:
    body = Body(line)
    inner = _INNER.get(kind, {})
    for name, key, member in value.members():
        if name == "//":
            continue
        if name in inner:
            body.blocks.extend(_blocks(name, key.line, member, inner[name], (), depth))
            continue
        body.attributes[name] = Attribute(name, expression(member), key.line)
        if kind in _FREE and not member.is_scalar:
            body.blocks.extend(_blocks(name, key.line, member, 0, (), depth))
    return body


def expression(node: Node, depth: int = 0) -> Expr:
    """A value; texts with interpolations as the templates they are."""
    if depth > MAX_DEPTH:
        return Expr("other", "", node.line)
    if node.is_sequence:
        return Expr("list", "", node.line, items=[expression(item, depth + 1) for item in node.items()])
    if node.is_mapping:
        members = {name: expression(value, depth + 1) for name, _, value in node.members()}
        return Expr("object", "", node.line, members=members)
    if isinstance(node.value, str) and ("${" in node.value or "%{" in node.value):
        return _template(node)
    return Expr("literal", json.dumps(node.value), node.line, node.value, text_line=node.line)


def _template(node: Node) -> Expr:
    text = node.value
    whole = text.startswith("${") and text.endswith("}") and "${" not in text[2:]
    source = f"x = ({text[2:-1]}\n)" if whole else f"x = <<{_MARK}\n{text}\n{_MARK}\n"
    read = None if _MARK in text else read_hcl(node.path, source)[0].body.get("x")
    expr = read or Expr("other", text, node.line)
    for part in expr.walk():
        part.line = part.text_line = node.line
    return expr
