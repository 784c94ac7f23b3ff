"""(pure) Labels and annotations that a kustomization puts on its objects."""

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes.grafting import changed, copied, mapping
from scorecards.reading.kubernetes.overlays.kustomization import Kustomization, path_in
from scorecards.reading.kubernetes.overlays.resource import Resource

MAX_ENTRIES = 30
MAX_WAY = 20
_TEMPLATED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "DaemonSet", "ReplicationController", "Job"})
_MATCHED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "DaemonSet"})


def labelled(tree: RepositoryTree, one: Kustomization, resources: list[Resource]) -> list[Resource]:
    """The resources with the labels and annotations of a kustomization, also by its own transformers of these kinds."""
    resources = _annotated(one.root.get("commonAnnotations"), _with_common(one.root, resources))
    for name in one.root.texts_at("transformers")[:MAX_ENTRIES]:
        path = path_in(one.folder, name) if "\n" not in name else None
        for document in tree.yaml(path) if path and tree.exists(path) else []:
            resources = _by_transformer(document.root, resources)
    return resources


def _by_transformer(root: Node, resources: list[Resource]) -> list[Resource]:
    name = {"LabelTransformer": "labels", "AnnotationsTransformer": "annotations"}.get(root.text_at("kind"), "")
    pairs = root.get(name)
    if pairs is None or not pairs.is_mapping:
        return resources
    for spec in root.items_at("fieldSpecs")[:MAX_ENTRIES]:
        way = tuple(part for part in spec.text_at("path").replace("[]", "/*").split("/") if part)
        kind, create = spec.text_at("kind"), _is_true(spec, "create")
        if way and len(way) <= MAX_WAY:
            resources = [
                resource.with_root(_joined_at(resource.root, way, pairs, create=create))
                if kind in ("", resource.kind)
                else resource
                for resource in resources
            ]
    return resources


def _joined_at(root: Node, way: tuple[str, ...], pairs: Node, *, create: bool) -> Node:
    return changed(root, way, lambda own: _joined(own, pairs) if own is not None or create else None, create=create)


def _with_common(root: Node, resources: list[Resource]) -> list[Resource]:
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
