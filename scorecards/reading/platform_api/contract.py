"""(pure) OpenAPI documents: the operations that change something, what they ask, and what they answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.secret_names import is_secret_name

CHANGING = ("post", "put", "patch", "delete")
_METHODS = (*CHANGING, "get", "head", "options")
_TAGS = frozenset({"platform", "self-service", "selfservice", "self_service"})
_SECRETS = frozenset(
    {"credentials", "credential", "password", "secret", "token", "private_key", "privatekey", "api_key"}
)
_REFUSALS = ("400", "401", "403", "422", "4XX", "4xx")
MAX_OPERATIONS, MAX_SCHEMAS, MAX_DEPTH = 2_000, 2_000, 12


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """``lacks`` is what a change should have and this one has not; ``weak`` what it should answer besides."""

    name: str
    place: Place
    lacks: tuple[str, ...]
    weak: tuple[str, ...]
    open_body: bool  # it takes an object of any members


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """``operations`` are those that change something; ``secrets`` are members of answers that are secrets."""

    path: str
    place: Place
    tagged: bool
    operations: tuple[Operation, ...]
    secrets: tuple[tuple[str, Place], ...]


def contracts(tree: RepositoryTree) -> list[Contract]:
    """The OpenAPI documents of a repository."""
    return tree.derive(_contracts)


def _contracts(tree: RepositoryTree) -> list[Contract]:
    return [_contract(found.root) for found in kinds.found(tree, "openapi") if found.root is not None]


def _contract(root: Node) -> Contract:
    tags = {tag.text_at("name").lower() for tag in root.items_at("tags")[:200]}
    operations = list(_operations(root))
    tags |= {text.lower() for _, _, operation in operations for text in operation.texts_at("tags")}
    changing = tuple(_operation(root, way, method, one) for way, method, one in operations if method in CHANGING)
    secrets = tuple(dict.fromkeys(one for _, _, operation in operations for one in _answered(root, operation)))
    return Contract(root.path, root.place, not tags.isdisjoint(_TAGS), changing, secrets)


def _operations(root: Node) -> Iterator[tuple[str, str, Node]]:
    count = 0
    paths = root.get("paths")
    for way, _, item in paths.members() if paths is not None else ():
        for method, _, operation in item.members():
            if method.lower() in _METHODS and operation.is_mapping and count < MAX_OPERATIONS:
                count += 1
                yield way, method.lower(), operation


def _operation(root: Node, way: str, method: str, node: Node) -> Operation:
    lacks, weak = [], []
    if not _is_secured(root, node):
        lacks.append("no security")
    schema = _body(root, node)
    if schema is None and method != "delete":
        lacks.append("no schema of its body")
    elif schema is not None and not _requires(root, schema, 0):
        weak.append("requires no field")
    answers = node.get("responses")
    known = answers.keys() if answers is not None else []
    if not any(code in known for code in _REFUSALS):
        weak.append("tells no 400, 401 or 403")
    return Operation(
        f"{method.upper()} {way[:100]}", node.place, tuple(lacks), tuple(weak),
        schema is not None and _is_open(root, schema, 0),
    )  # fmt: skip


def _is_secured(root: Node, operation: Node) -> bool:
    """Whether an operation asks who calls; an empty list or an empty entry takes that back."""
    node = operation.get("security") or root.get("security")
    entries = node.items() if node is not None else []
    return bool(entries) and all(len(entry) > 0 for entry in entries)


def _body(root: Node, operation: Node) -> Node | None:
    body = _resolved(root, operation.get("requestBody"))
    content = body.get("content") if body is not None else None
    for _, _, media in content.members() if content is not None else ():
        if media.has("schema"):
            return _resolved(root, media.get("schema"))
    for parameter in operation.items_at("parameters")[:100]:  # as version 2 writes it
        if parameter.text_at("in") == "body":
            return _resolved(root, parameter.get("schema"))
    return None


def _resolved(root: Node, node: Node | None) -> Node | None:
    """What a reference within the document leads to; ``None`` where it leads nowhere."""
    for _ in range(10):
        written = node.text_at("$ref") if node is not None else ""
        if not written:
            return node
        node = root.get(*written.removeprefix("#/").split("/")[:20]) if written.startswith("#/") else None
    return None


def _requires(root: Node, schema: Node, depth: int) -> bool:
    if schema.items_at("required") or schema.text_at("type") in ("string", "array", "integer", "number", "boolean"):
        return True
    parts = [item for key in ("allOf", "oneOf", "anyOf") for item in schema.items_at(key)[:50]]
    resolved = (_resolved(root, part) for part in parts) if depth < 5 else ()
    return any(part is not None and _requires(root, part, depth + 1) for part in resolved)


def _is_open(root: Node, schema: Node, depth: int) -> bool:
    """Whether a member of a body may be any object."""
    properties = schema.get("properties")
    for _, _, member in properties.members() if properties is not None else ():
        node = _resolved(root, member)
        if node is None or node.text_at("type") != "object":
            continue
        if not node.has("properties") and not any(
            node.has(key) for key in ("oneOf", "allOf", "anyOf", "discriminator")
        ):
            return True
    return False


# ---------------------------------------------------------------- answers


def _answered(root: Node, operation: Node) -> Iterator[tuple[str, Place]]:
    answers = operation.get("responses")
    for _, _, answer in answers.members() if answers is not None else ():
        resolved = _resolved(root, answer)
        if resolved is None:
            continue
        schemas = [resolved.get("schema")]
        content = resolved.get("content")
        schemas += [media.get("schema") for _, _, media in content.members()] if content is not None else []
        for schema in schemas:
            if schema is not None:
                yield from _secret_members(root, schema)


def _secret_members(root: Node, schema: Node) -> Iterator[tuple[str, Place]]:
    seen: set[int] = set()
    waiting: list[tuple[Node | None, int]] = [(schema, 0)]
    while waiting and len(seen) < MAX_SCHEMAS:
        found, depth = waiting.pop()
        node = _resolved(root, found)
        if node is None or id(node) in seen or depth > MAX_DEPTH:
            continue
        seen.add(id(node))
        properties = node.get("properties")
        for name, key, value in properties.members() if properties is not None else ():
            only_written = value.get("writeOnly")
            written = only_written is not None and only_written.is_true
            if is_secret_member(name) and not written and not _is_object(root, value):
                yield name[:80], key.place
            waiting.append((value, depth + 1))
        waiting += [(node.get(name), depth + 1) for name in ("items", "additionalProperties")]
        waiting += [(item, depth + 1) for name in ("allOf", "oneOf", "anyOf") for item in node.items_at(name)[:50]]


def _is_object(root: Node, schema: Node) -> bool:
    """Whether a member has members of its own: these are asked instead, and a reference has them too."""
    node = _resolved(root, schema)
    return node is not None and (node.has("properties") or node.has("allOf"))


def is_secret_member(name: str) -> bool:
    """Whether a member of an answer is called like secret material, not like a reference to it."""
    return name.lower() in _SECRETS or (len(name) < 100 and is_secret_name(name) and "next" not in name.lower())
