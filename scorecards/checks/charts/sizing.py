"""(pure) Values that give pods resources, and scale them. Definition: DOP-3.2-05."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.charts.pods import Installed, blocks, installed
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.kubernetes.marks import is_set
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Container, Looked, Manifest, Workload, look
from scorecards.reading.quantities import whole

_SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")
_SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "Rollout"})


class Sized(NamedTuple):
    """The resources of one container, or of one block of values. ``known``: nothing of it waits for rendering.

    ``owner`` is the name of the container's workload.
    """

    name: str
    owner: str
    requests: Node | None
    limits: Node | None
    known: bool
    place: Place

    @property
    def is_empty(self) -> bool:
        return not is_set(self.requests) and not is_set(self.limits)

    @property
    def lack(self) -> str:
        if not is_set(self.requests):
            return f"{self.name} has no requests"
        return "" if self.limits is not None and self.limits.has("memory") else f"{self.name} has no memory limit"


class Scaler(NamedTuple):
    """An autoscaler with its bounds; ``None`` where only rendering tells. ``on``: the values switch it on."""

    low: int | None
    high: int | None
    targets: tuple[str, ...]
    name: str
    on: bool
    place: Place


@check("chart-values-size-workloads")
def chart_values_size_workloads(subject: Subject) -> Iterator[Finding]:
    """With these values every pod has requests and a memory limit, and an autoscaler that can work."""
    for one in installed(subject.tree):
        sizes = _sizes(subject.tree, one)
        if sizes or not one.has_templates:
            yield _judged(subject.tree, one, sizes)
        else:
            yield not_applicable(one.unit, "The chart makes no pods.", Place(one.values.path))


def _sizes(tree: RepositoryTree, one: Installed) -> list[Sized]:
    if not one.has_templates:
        return [
            Sized(".".join(way), "", block.get("requests"), block.get("limits"), True, block.place)
            for way, block in blocks(one.told, "resources")
        ]
    return [_of_container(container) for container in one.containers(tree)]


def _of_container(container: Container) -> Sized:
    requests, limits = container.look("resources", "requests"), container.look("resources", "limits")
    own = container.node.get("resources")
    return Sized(
        container.name or "a container",
        container.workload.name,
        requests.node,
        limits.node,
        not requests.undecided and not limits.undecided,
        own.place if own is not None else container.place,
    )


def _judged(tree: RepositoryTree, one: Installed, sizes: list[Sized]) -> Finding:
    if not sizes and one.is_umbrella:
        return unknown(one.unit, "Its pods come from dependencies that are not here.", Place(one.values.path))
    empty = [size for size in sizes if size.is_empty and size.known]
    if empty or not sizes:
        places = [size.place for size in empty] or [Place(one.values.path, one.values.root.line)]
        what = f"{empty[0].name[:60]} has no resources" if empty and one.has_templates else "Resources are empty"
        message = f"{what} by default: give requests and a memory limit."
        return failed(one.unit, message, *places, value="empty")
    if waiting := [size for size in sizes if not size.known]:
        message = "What resources a pod has is only known when the template is rendered."
        return unknown(one.unit, message, *(size.place for size in waiting))
    places = [size.place for size in sizes]
    if lacking := [size for size in sizes if size.lack]:
        return partial(one.unit, f"By default {lacking[0].lack[:80]}.", *(size.place for size in lacking), value="part")
    return _scaled(tree, one, sizes, places)


def _scaled(tree: RepositoryTree, one: Installed, sizes: list[Sized], places: list[Place]) -> Finding:
    scalers = list(_scalers(tree, one))
    if not scalers:
        message = "Resources are set, but the values know no autoscaling."
        return partial(one.unit, message, *places, value="no autoscaling")
    for scaler in scalers:
        wrong = _wrong(tree, one, scaler, sizes)
        if wrong:
            return partial(one.unit, wrong, scaler.place, *places, value=f"{scaler.low} to {scaler.high}")
    if any(scaler.low is None or scaler.high is None for scaler in scalers):
        message = "The bounds of the autoscaler are only known when the template is rendered."
        return unknown(one.unit, message, *(scaler.place for scaler in scalers))
    off = tuple("Autoscaling is off by default." for scaler in scalers[:1] if not scaler.on)
    where = [*places, *(scaler.place for scaler in scalers)]
    value = f"{scalers[0].low} to {scalers[0].high}"
    return passed(one.unit, "Resources are set and autoscaling fits them.", *where, value=value, notes=off)


def _wrong(tree: RepositoryTree, one: Installed, scaler: Scaler, sizes: list[Sized]) -> str:
    """What keeps an autoscaler from working; empty for nothing."""
    if scaler.low is not None and scaler.low < 2:
        return f"Autoscaling begins at {scaler.low}: keep at least 2 pods."
    if scaler.low is not None and scaler.high is not None and scaler.high <= scaler.low:
        return f"Autoscaling can't grow: its maximum {scaler.high} is not above its minimum {scaler.low}."
    for target in scaler.targets:
        scaled = [size for size in sizes if scaler.name in ("", size.owner)]
        if any(size.requests is None or not size.requests.has(target) for size in scaled):
            return f"Autoscaling by {target} use needs a request of {target}."
    if scaler.on and any(_fixes_replicas(workload, scaler) for workload in one.workloads(tree)):
        return "The template sets replicas although autoscaling is on: each upgrade resets what it scaled."
    return ""


def _fixes_replicas(workload: Workload, scaler: Scaler) -> bool:
    is_meant = workload.kind in _SCALED and (not scaler.name or workload.name == scaler.name)
    return is_meant and is_set(workload.manifest.get("spec", "replicas"))


def _scalers(tree: RepositoryTree, one: Installed) -> Iterator[Scaler]:
    found = one.manifests(tree, *_SCALERS)
    if found:
        yield from map(_of_manifest, found)
    elif not one.has_templates:
        for _, block in blocks(one.told, "autoscaling", "hpa", "autoscaler", "horizontalPodAutoscaler"):
            if block.has("minReplicas") or block.has("maxReplicas"):
                yield _of_block(block)


def _of_manifest(manifest: Manifest) -> Scaler:
    is_keda = manifest.kind == "ScaledObject"
    low, high = ("minReplicaCount", "maxReplicaCount") if is_keda else ("minReplicas", "maxReplicas")
    return Scaler(
        _bound(manifest.look("spec", low), 0 if is_keda else 1),
        _bound(manifest.look("spec", high), 100 if is_keda else 1),
        tuple(dict.fromkeys(_targets(manifest))),
        manifest.text_at("spec", "scaleTargetRef", "name"),
        not manifest.switched_off,
        manifest.place_of("spec", low),
    )


def _bound(looked: Looked, default: int) -> int | None:
    return None if looked.undecided else whole(looked.node, default)


def _targets(manifest: Manifest) -> Iterator[str]:
    """The resources whose use in percent of the request decides."""
    for metric in manifest.items_at("spec", "metrics"):
        name = metric.text_at("resource", "name")
        kind = look(metric, "resource", "target", "averageUtilization")
        if name in ("cpu", "memory") and (kind.node is not None or metric.has("resource", "targetAverageUtilization")):
            yield name
    if is_set(manifest.get("spec", "targetCPUUtilizationPercentage")):
        yield "cpu"


def _of_block(block: Node) -> Scaler:
    targets = {"targetCPUUtilizationPercentage": "cpu", "targetMemoryUtilizationPercentage": "memory"}
    enabled = block.get("enabled")
    return Scaler(
        whole(block.get("minReplicas"), 1),
        whole(block.get("maxReplicas"), 1),
        tuple(target for name, target in targets.items() if is_set(block.get(name))),
        "",
        enabled is None or not enabled.is_false,
        block.place_of("minReplicas"),
    )
