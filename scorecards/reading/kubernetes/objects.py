"""(pure) The Kubernetes objects of a tree."""

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.kubernetes.charts import ChartObject, chart_objects
from scorecards.reading.kubernetes.destinations import destination_of
from scorecards.reading.kubernetes.manifest import CLUSTER_WIDE, OPAQUE, WORKLOAD_KINDS, Container, Manifest, Workload
from scorecards.reading.kubernetes.overlays import Overlay, overlays

KUSTOMIZE = "kustomize.config.k8s.io"
_POD_WAYS = {"CronJob": ("spec", "jobTemplate", "spec", "template"), "Pod": ()}


def manifests(tree: RepositoryTree, *wanted: str) -> list[Manifest]:
    """The objects of these kinds (all without a kind), from plain files, charts and overlays."""
    found = tree.derive(_all)
    return [manifest for manifest in found if manifest.kind in wanted] if wanted else list(found)


def of_group(tree: RepositoryTree, group: str, *wanted: str) -> list[Manifest]:
    """The objects of an API group (``flagger.app``; a leading dot matches any that end so), of these kinds if named."""
    return [
        manifest
        for manifest in manifests(tree, *wanted)
        if manifest.group == group or (group.startswith(".") and manifest.group.endswith(group[1:]))
    ]


def workloads(tree: RepositoryTree) -> list[Workload]:
    """What makes pods and has a pod spec."""
    return tree.derive(_workloads)


def containers(tree: RepositoryTree) -> Iterator[Container]:
    """Every container of every workload, init containers too."""
    for workload in workloads(tree):
        yield from workload.all_containers


def same_set(one: Manifest, other: Manifest) -> bool:
    """Whether two objects are applied together and so may refer to each other by name."""
    return one.rendered == other.rendered


def _all(tree: RepositoryTree) -> list[Manifest]:
    built = overlays(tree)
    plain = [
        manifest_of(found.root)
        for found in kinds.found(tree, "k8s")
        if found.root is not None and found.path not in built.used and kinds.api_group(found.root) != KUSTOMIZE
    ]
    from_charts = [_of_chart(tree, one) for one in chart_objects(tree)]
    from_overlays = [manifest for overlay in built.roots for manifest in _of_overlay(tree, overlay)]
    return [*(_placed(tree, one, posixpath.dirname(one.path)) for one in plain), *from_charts, *from_overlays]


def _placed(tree: RepositoryTree, manifest: Manifest, folder: str) -> Manifest:
    """An object in the namespace that a deployer gives to its folder, where it names none itself."""
    found = destination_of(tree, folder)
    if found is None or manifest.kind in CLUSTER_WIDE or (manifest.namespace and not found.overrides):
        return manifest
    return replace(manifest, namespace=found.namespace, namespace_known=bool(found.namespace))


def manifest_of(root: Node, **about: Any) -> Manifest:
    kind = root.text_at("kind")
    namespace = "" if kind in CLUSTER_WIDE else root.text_at("metadata", "namespace")
    name = root.text_at("metadata", "name") or root.text_at("metadata", "generateName")
    return Manifest(root, root.text_at("apiVersion"), kind, name, namespace, **about)


def _of_chart(tree: RepositoryTree, one: ChartObject) -> Manifest:
    """An object of a chart: the release names its namespace, where it names none itself."""
    manifest = manifest_of(
        one.root,
        rendered=one.rendered,
        origin="chart",
        chart=one.folder,
        set_complete=one.complete,
        switched_off=one.off,
    )
    told = one.root.get("metadata", "namespace")
    if manifest.kind in CLUSTER_WIDE or (told is not None and told.text and told.tag != OPAQUE):
        return manifest
    return _placed(tree, replace(manifest, namespace="", namespace_known=False), one.release)


def _of_overlay(tree: RepositoryTree, overlay: Overlay) -> Iterator[Manifest]:
    rendered = f"overlay {overlay.folder or '.'}"
    for resource in overlay.resources:
        manifest = manifest_of(
            resource.root,
            rendered=rendered,
            origin="overlay",
            set_complete=overlay.complete,
            generated=resource.generated,
        )
        yield _placed(tree, manifest, overlay.folder)


def _workloads(tree: RepositoryTree) -> list[Workload]:
    return [
        workload for manifest in manifests(tree, *WORKLOAD_KINDS) if (workload := workload_of(manifest)) is not None
    ]


def workload_of(manifest: Manifest) -> Workload | None:
    """The workload that a manifest is; ``None`` where it holds no pod spec."""
    way = _POD_WAYS.get(manifest.kind, ("spec", "template"))
    template = manifest.root.get(*way) if way else manifest.root
    pod = template.get("spec") if template is not None else None
    if template is None or pod is None or not pod.is_mapping:
        return None
    return Workload(manifest, pod, template.get("metadata"))
