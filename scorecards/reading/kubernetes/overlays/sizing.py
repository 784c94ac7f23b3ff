"""(pure) Replicas and images that a kustomization sets."""

import re

from ingest.repository.node import Node
from scorecards.reading.kubernetes.grafting import Rewriting, changed, scalar
from scorecards.reading.kubernetes.overlays.resource import Resource

MAX_ENTRIES = 200
_SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"})
_IMAGE = re.compile(r"([^@]{1,500}?)(?::[\w][\w.-]{0,127})?(?:@[\w:+.-]{1,200})?\Z")


def sized(root: Node, resources: list[Resource]) -> list[Resource]:
    """The resources with the counts and images of a kustomization."""
    resources = _scaled(root.items_at("replicas")[:MAX_ENTRIES], resources)
    return _with_images(root.items_at("images")[:MAX_ENTRIES], resources)


def _scaled(entries: list[Node], resources: list[Resource]) -> list[Resource]:
    counts = {entry.text_at("name"): entry.get("count") for entry in entries}
    if not counts:
        return resources
    result = []
    for resource in resources:
        count = next((counts[name] for name in resource.names if name in counts), None)
        if count is not None and resource.kind in _SCALED:
            resource = resource.with_root(  # noqa: PLW2901 - the same resource, scaled
                changed(resource.root, ("spec", "replicas"), lambda _, count=count: count, create=True)  # type: ignore[misc]
            )
        result.append(resource)
    return result


def _with_images(entries: list[Node], resources: list[Resource]) -> list[Resource]:
    wanted = {entry.text_at("name"): entry for entry in entries if entry.text_at("name")}
    if not wanted:
        return resources
    rewriting = Rewriting(lambda node, name, value: _container_images(name, value, wanted))
    return [resource.with_root(rewriting.of(resource.root)) for resource in resources]


def _container_images(name: str, value: Node, wanted: dict[str, Node]) -> Node:
    if name not in ("containers", "initContainers") or not value.is_sequence:
        return value
    return changed(value, ("*", "image"), lambda image: _image(image, wanted))


def _image(image: Node | None, wanted: dict[str, Node]) -> Node | None:
    match = _IMAGE.match(image.text) if image is not None else None
    entry = wanted.get(match[1]) if match else None
    if image is None or match is None or entry is None:
        return image
    name = entry.text_at("newName") or match[1]
    rest = image.text[len(match[1]) :]
    if entry.text_at("digest"):
        rest = ("" if not entry.text_at("newTag") else f":{entry.text_at('newTag')}") + f"@{entry.text_at('digest')}"
    elif entry.text_at("newTag"):
        rest = f":{entry.text_at('newTag')}"
    return scalar(name + rest, entry)
