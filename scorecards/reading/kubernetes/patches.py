"""(pure) Patches of Kubernetes objects: strategic merge, and the operations of RFC 6902."""

from collections.abc import Callable

from ingest.repository.node import Node
from scorecards.reading.kubernetes.grafting import MAX_LEVELS, copied, with_member

MAX_OPERATIONS = 1_000
OPERATION_COST = 10  # as compared to a look at one object

# By which member the items of a list are told apart; lists that are not named are replaced whole.
# Source: the patch merge keys of Kubernetes' published OpenAPI description.
_MERGE_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "imagePullSecrets": ("name",),
    "secrets": ("name",),
    "webhooks": ("name",),
    "resourceClaims": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "ports": ("containerPort", "port"),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
}
_OWN_GROUPS = frozenset({"", "apps", "batch", "autoscaling", "policy", "extensions", "admissionregistration.k8s.io"})


Spend = Callable[[int], bool]  # told the cost of each step; answers whether there may be more


def strategic(base: Node, patch: Node, spend: Spend) -> Node | None:
    """The object with a partial object merged into it; ``None`` where the patch deletes it.

    Lists are merged by their keys in Kubernetes' own kinds; those of custom resources are replaced whole.
    """
    group, slash, _ = base.text_at("apiVersion").partition("/")
    lists = (group if slash else "") in _OWN_GROUPS or group.endswith(".k8s.io")
    merging = _Merging(spend, lists=lists)
    return merging.join(base, patch, 0)


class _Merging:
    """Remembers pairs: shared nodes are merged once."""

    def __init__(self, spend: Spend, *, lists: bool) -> None:
        self.spend, self.lists = spend, lists
        self.known: dict[tuple[int, int], Node | None] = {}

    def join(self, base: Node, patch: Node, level: int) -> Node | None:
        if level > MAX_LEVELS or not self.spend(1 + len(base) // 4):
            return patch
        directive = patch.text_at("$patch")
        if directive == "delete":
            return None
        if directive == "replace" or patch.kind != "mapping" or base.kind != "mapping":
            return _without_directives(patch)
        pair = (id(base), id(patch))
        if pair not in self.known:
            self.known[pair] = base
            self.known[pair] = self._mappings(base, patch, level)
        return self.known[pair]

    def _mappings(self, base: Node, patch: Node, level: int) -> Node:
        new = copied(base)
        for name, key, value in patch.members():
            if name.startswith("$"):
                continue
            own = base.get(name)
            merged = self._member(name, own, value, level + 1)
            if merged is None:
                new.entries.pop(name, None)
            else:
                new.entries[name] = (key if merged.kind == "scalar" or own is None else new.entries[name][0], merged)
        return new

    def _member(self, name: str, own: Node | None, value: Node, level: int) -> Node | None:
        if value.is_null:
            return None
        if own is None:
            return _without_directives(value) if value.text_at("$patch") != "delete" else None
        is_list = value.kind == "sequence" and own.kind == "sequence" and self.lists and name in _MERGE_KEYS
        if is_list and self.spend(len(own) + len(value)):
            return self._sequences(own, value, _MERGE_KEYS[name], level)
        return self.join(own, value, level)

    def _sequences(self, base: Node, patch: Node, keys: tuple[str, ...], level: int) -> Node:
        by = next((key for key in keys if any(item.has(key) for item in patch.items())), keys[0])
        directives = [item for item in patch.items() if item.keys() == ["$patch"]]
        patched = {item.text_at(by): item for item in patch.items() if item.text_at(by)}
        if any(item.text_at("$patch") == "replace" for item in directives) or len(patched) + len(directives) < len(
            patch
        ):
            kept = []
        else:
            kept = base.items()
        new = copied(patch if not kept else base)
        named = {item.text_at(by) for item in kept}
        new.entries = [_without_directives(item) for item in patch.items()
                       if item.keys() != ["$patch"] and item.text_at(by) not in named
                       and item.text_at("$patch") != "delete"]  # fmt: skip
        for item in kept:
            other = patched.get(item.text_at(by))
            merged = self.join(item, other, level) if other is not None else item
            if merged is not None:
                new.entries.append(merged)
        return new


def _without_directives(node: Node) -> Node:
    if node.kind != "mapping" or not any(name.startswith("$") for name, _, _ in node.members()):
        return node
    new = copied(node)
    for name, _, _ in node.members():
        if name.startswith("$"):
            del new.entries[name]
    return new


# ---------------------------------------------------------------- RFC 6902


def operated(base: Node, operations: Node, spend: Spend) -> Node:
    """The object after the operations of a JSON patch; one that does not fit changes nothing."""
    root = base
    for operation in operations.items()[:MAX_OPERATIONS]:
        way = _pointer(operation.text_at("path"))
        if way is not None:
            around = _at(root, way[:-1])
            if not spend(OPERATION_COST + (len(around) // 50 if around is not None else 0)):
                break
            root = _operated(root, operation, operation.text_at("op"), way)
    return root


def _operated(root: Node, operation: Node, name: str, way: list[str]) -> Node:
    value = operation.get("value")
    if name in ("add", "replace") and value is not None:
        return _set(root, way, value, insert=name == "add")
    if name == "remove":
        return _set(root, way, None, insert=False)
    source = _pointer(operation.text_at("from"))
    found = _at(root, source) if source is not None else None
    if name not in ("move", "copy") or found is None or source is None:
        return root
    return _set(_set(root, source, None, insert=False) if name == "move" else root, way, found, insert=True)


def _pointer(text: str) -> list[str] | None:
    if not text.startswith("/"):
        return None
    way = [part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/")]
    return way if len(way) <= MAX_LEVELS else None


def _index(node: Node, part: str) -> int | None:
    """The index that a part of a pointer names; the length for ``-``."""
    if part == "-":
        return len(node)
    return int(part) if part.isascii() and part.isdigit() and len(part) < 9 and int(part) <= len(node) else None


def _at(node: Node, way: list[str]) -> Node | None:
    found: Node | None = node
    for part in way:
        if found is None:
            return None
        index = _index(found, part) if found.kind == "sequence" else None
        found = found.get(index if index is not None else part)
    return found


def _set(node: Node, way: list[str], value: Node | None, *, insert: bool) -> Node:
    part, rest = way[0], way[1:]
    if node.kind == "mapping":
        below = node.get(part)
        if not rest:
            return with_member(node, part, value, None) if value is not None or below is not None else node
        return node if below is None else with_member(node, part, _set(below, rest, value, insert=insert))
    index = _index(node, part) if node.kind == "sequence" else None
    if index is None:
        return node
    return _set_item(node, index, rest, value, insert=insert)


def _set_item(node: Node, index: int, rest: list[str], value: Node | None, *, insert: bool) -> Node:
    new = copied(node)
    if rest:
        if index < len(node):
            new.entries[index] = _set(node.entries[index], rest, value, insert=insert)
    elif value is not None and insert:
        new.entries.insert(index, value)
    elif index < len(node):
        new.entries[index : index + 1] = [] if value is None else [value]
    return new
