"""(pure) What a kustomization sets on all its objects: namespace, labels, annotations, images, replicas."""

import re

from ingest.repository.node import Node
from scorecards.reading.kubernetes.grafting import Rewriting, changed, copied, mapping, scalar
from scorecards.reading.kubernetes.manifest import CLUSTER_WIDE
from scorecards.reading.kubernetes.overlays.resource import Resource

MAX_ENTRIES = 200
_SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"})
_TEMPLATED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "DaemonSet", "ReplicationController", "Job"})
_MATCHED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "DaemonSet"})
_IMAGE = re.compile(r"([^@]{1,500}?)(?::[\w][\w.-]{0,127})?(?:@[\w:+.-]{1,200})?\Z")


def transformed(root: Node, resources: list[Resource]) -> list[Resource]:
    """The resources with the settings of a kustomization."""
    resources = _in_namespace(root.get("namespace"), resources)
    resources = _labelled(root, resources)
    resources = _annotated(root.get("commonAnnotations"), resources)
    resources = _scaled(root.items_at("replicas")[:MAX_ENTRIES], resources)
    return _with_images(root.items_at("images")[:MAX_ENTRIES], resources)


def _in_namespace(namespace: Node | None, resources: list[Resource]) -> list[Resource]:
    if namespace is None or not namespace.text:
        return resources
    return [resource.with_root(_moved(resource, namespace)) for resource in resources]


def _moved(resource: Resource, namespace: Node) -> Node:
    if resource.kind == "Namespace":
        return changed(resource.root, ("metadata", "name"), lambda _: namespace)
    if resource.kind in ("RoleBinding", "ClusterRoleBinding"):
        root = changed(resource.root, ("subjects", "*"), lambda subject: _subject(subject, namespace))
    else:
        root = resource.root
    if resource.kind in CLUSTER_WIDE:
        return root
    return changed(root, ("metadata", "namespace"), lambda _: namespace, create=True)


def _subject(subject: Node | None, namespace: Node) -> Node | None:
    is_account = subject is not None and subject.text_at("kind") == "ServiceAccount"
    if subject is None or not is_account or subject.text_at("namespace"):
        return subject
    return changed(subject, ("namespace",), lambda _: namespace)


# ---------------------------------------------------------------- labels


def _labelled(root: Node, resources: list[Resource]) -> list[Resource]:
    common = root.get("commonLabels")
    if common is not None:
        resources = [resource.with_root(_with_labels(resource, common, selectors=True)) for resource in resources]
    for entry in root.items_at("labels")[:MAX_ENTRIES]:
        pairs = entry.get("pairs")
        if pairs is not None:
            selectors = _is_true(entry, "includeSelectors")
            templates = selectors or _is_true(entry, "includeTemplates")
            resources = [
                resource.with_root(_with_labels(resource, pairs, selectors=selectors, templates=templates))
                for resource in resources
            ]
    return resources


def _is_true(entry: Node, name: str) -> bool:
    node = entry.get(name)
    return node is not None and node.is_true


def _with_labels(resource: Resource, pairs: Node, *, selectors: bool, templates: bool = True) -> Node:
    root = changed(resource.root, ("metadata", "labels"), lambda own: _joined(own, pairs), create=True)
    kind = resource.kind
    if templates and (kind in _TEMPLATED or kind == "CronJob"):
        way = ("spec", "jobTemplate", "spec", "template") if kind == "CronJob" else ("spec", "template")
        root = changed(root, (*way, "metadata", "labels"), lambda own: _joined(own, pairs), create=True)
    if not selectors:
        return root
    if kind in ("Service", "ReplicationController"):
        return changed(root, ("spec", "selector"), lambda own: _joined(own, pairs) if own is not None else None)
    if kind in _MATCHED:
        return changed(root, ("spec", "selector", "matchLabels"), lambda own: _joined(own, pairs), create=True)
    if kind in ("PodDisruptionBudget", "NetworkPolicy"):
        name = "selector" if kind == "PodDisruptionBudget" else "podSelector"
        return changed(
            root, ("spec", name, "matchLabels"), lambda own: _joined(own, pairs) if own is not None else None
        )
    return root


def _joined(own: Node | None, pairs: Node) -> Node:
    new = copied(own) if own is not None and own.is_mapping else mapping(pairs)
    new.entries.update(pairs.entries if pairs.is_mapping else {})
    return new


def _annotated(annotations: Node | None, resources: list[Resource]) -> list[Resource]:
    if annotations is None or not annotations.is_mapping:
        return resources
    return [resource.with_root(_with_annotations(resource, annotations)) for resource in resources]


def _with_annotations(resource: Resource, pairs: Node) -> Node:
    root = changed(resource.root, ("metadata", "annotations"), lambda own: _joined(own, pairs), create=True)
    if resource.kind not in _TEMPLATED:
        return root
    way = ("spec", "template", "metadata", "annotations")
    return changed(root, way, lambda own: _joined(own, pairs), create=True)


# ---------------------------------------------------------------- replicas and images


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
