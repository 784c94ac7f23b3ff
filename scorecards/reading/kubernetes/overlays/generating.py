"""(pure) ConfigMaps and Secrets that a kustomization generates from literals and files. No hash is put behind names."""

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes.grafting import copied, mapping, scalar, with_member
from scorecards.reading.kubernetes.overlays.kustomization import Kustomization, path_in
from scorecards.reading.kubernetes.overlays.resource import Resource

_GENERATORS = (("configMapGenerator", "ConfigMap", "data"), ("secretGenerator", "Secret", "stringData"))
MAX_ITEMS = 1_000


def with_generated(tree: RepositoryTree, one: Kustomization, resources: list[Resource]) -> list[Resource]:
    """The resources and what is generated; ``merge`` and ``replace`` change one that is there."""
    current = list(resources)
    for generator, kind, place in _GENERATORS:
        for item in one.root.items_at(generator)[:MAX_ITEMS]:
            if item.is_mapping and item.text_at("name"):
                _take(current, _generated(tree, one, item, kind, place), item.text_at("behavior"))
    return current


def _take(current: list[Resource], made: Resource, behavior: str) -> None:
    for index, other in enumerate(current):
        if behavior in ("merge", "replace") and other.kind == made.kind and made.name in other.names:
            current[index] = _joined(other, made) if behavior == "merge" else replace(made, former=other.names)
            return
    current.append(made)


def _joined(other: Resource, made: Resource) -> Resource:
    root = other.root
    for place in ("data", "stringData"):
        more = made.root.get(place)
        if more is None:
            continue
        own = root.get(place)
        data = copied(own) if own is not None and own.is_mapping else mapping(more)
        data.entries.update(more.entries)
        root = with_member(root, place, data)
    return replace(other, root=root, generated=True)


def _generated(tree: RepositoryTree, one: Kustomization, item: Node, kind: str, place: str) -> Resource:
    data = mapping(item)
    for name, value in _data(tree, one, item):
        data.entries[name] = (scalar(name, value), value)
    metadata = mapping(item, {"name": item.get("name") or scalar("", item)})
    for name in ("labels", "annotations"):
        told = item.get("options", name) or one.root.get("generatorOptions", name)
        if told is not None and told.is_mapping:
            metadata.entries[name] = (scalar(name, told), told)
    namespace = item.get("namespace")
    if namespace is not None:
        metadata.entries["namespace"] = (scalar("namespace", namespace), namespace)
    members = {"apiVersion": scalar("v1", item), "kind": scalar(kind, item), "metadata": metadata, place: data}
    if kind == "Secret":
        members["type"] = item.get("type") or scalar("Opaque", item)
    return Resource(mapping(item, members), generated=True)


def _data(tree: RepositoryTree, one: Kustomization, item: Node) -> Iterator[tuple[str, Node]]:
    for literal in item.items_at("literals"):
        name, equals, text = literal.text.partition("=")
        if equals:
            yield name.strip(), scalar(text.strip().strip("'\""), literal)
    for entry in item.items_at("files"):
        name, equals, path = entry.text.partition("=")
        yield from _whole_file(tree, one, path if equals else name, name if equals else posixpath.basename(name))
    for name in [*item.texts_at("envs"), item.text_at("env")]:
        yield from _env_file(tree, one, name)


def _whole_file(tree: RepositoryTree, one: Kustomization, name: str, key: str) -> Iterator[tuple[str, Node]]:
    path = path_in(one.folder, name) if name else None
    text = tree.text(path) if path else None
    if path and text is not None:
        yield key, Node("scalar", path, 0, 1, text, text, "literal")


def _env_file(tree: RepositoryTree, one: Kustomization, name: str) -> Iterator[tuple[str, Node]]:
    path = path_in(one.folder, name) if name else None
    for number, line in enumerate(tree.lines(path) if path else [], start=1):
        key, equals, text = line.strip().partition("=")
        if path and equals and not key.startswith("#"):
            yield key, Node("scalar", path, number, 1, text, text, "double")
