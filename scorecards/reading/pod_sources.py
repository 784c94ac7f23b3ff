"""(pure) The ConfigMaps and Secrets that a workload's pods read, each with the way and the place that names it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ingest.repository.node import Key, Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Workload
from scorecards.reading.kubernetes.manifest import OPAQUE

SourceKind = Literal["ConfigMap", "Secret"]


@dataclass(frozen=True, slots=True)
class Source:
    """A reference. ``keys`` are those that are asked for; none: all. ``opaque``: only rendering tells the name.

    ``given``: the name comes from a chart's values, so that somebody else may bring what it names.
    """

    kind: SourceKind
    name: str
    keys: tuple[str, ...]
    optional: bool
    opaque: bool
    given: bool
    place: Place
    way: str  # env, envFrom, volume, imagePullSecrets


def sources(tree: RepositoryTree, workload: Workload) -> list[Source]:
    """What the pods read, in the file's order; entries without a name are left out."""
    return tree.derive(_sources, workload)


def _sources(tree: RepositoryTree, workload: Workload) -> list[Source]:
    found = [source for container in workload.all_containers for source in _of_container(container.node)]
    found += [source for volume in workload.pod.items_at("volumes") for source in _of_volume(volume)]
    found += [
        source
        for item in workload.pod.items_at("imagePullSecrets")
        if (source := _source("Secret", item, "imagePullSecrets", "name")) is not None
    ]
    return found


def _of_container(container: Node) -> Iterator[Source]:
    named: tuple[tuple[SourceKind, str, str], ...] = (
        ("ConfigMap", "configMapKeyRef", "configMapRef"),
        ("Secret", "secretKeyRef", "secretRef"),
    )
    for kind, of_key, of_all in named:
        for item in container.items_at("env"):
            if (found := _source(kind, item.get("valueFrom", of_key), "env", "name", keyed=True)) is not None:
                yield found
        for item in container.items_at("envFrom"):
            if (found := _source(kind, item.get(of_all), "envFrom", "name")) is not None:
                yield found


def _of_volume(volume: Node) -> Iterator[Source]:
    places: list[tuple[SourceKind, Node | None, Key]] = [
        ("ConfigMap", volume.get("configMap"), "name"),
        ("Secret", volume.get("secret"), "secretName"),
    ]
    for item in volume.items_at("projected", "sources"):
        places += [("ConfigMap", item.get("configMap"), "name"), ("Secret", item.get("secret"), "name")]
    for kind, node, key in places:
        if (found := _source(kind, node, "volume", key)) is not None:
            yield found


def _source(kind: SourceKind, node: Node | None, way: str, key: Key, *, keyed: bool = False) -> Source | None:
    name = node.get(key) if node is not None else None
    if node is None or name is None or not name.is_scalar or not name.text:
        return None
    optional = node.get("optional")
    keys = [node.text_at("key")] if keyed else [item.text_at("key") for item in node.items_at("items")]
    return Source(
        kind,
        name.text,
        tuple(key for key in keys if key),
        optional is not None and optional.is_true,
        name.tag == OPAQUE,
        name.path != node.path,
        node.place_of(key),
        way,
    )
