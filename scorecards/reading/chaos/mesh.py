"""(pure) Fault experiments of Chaos Mesh."""

import re
from collections.abc import Iterator

from ingest.repository.node import Node, Place
from scorecards.reading.chaos.model import MAX_FAULTS, Experiment, Fault, FaultKind, stated_guard
from scorecards.reading.durations import seconds_of
from scorecards.reading.kubernetes import Manifest
from scorecards.reading.kubernetes.manifest import OPAQUE, texts

_BY_KIND: dict[str, FaultKind] = {
    "podchaos": "instance", "awschaos": "instance", "gcpchaos": "instance", "azurechaos": "instance",
    "physicalmachinechaos": "instance", "networkchaos": "network", "dnschaos": "network", "stresschaos": "stress",
    "iochaos": "stress", "blockchaos": "stress", "httpchaos": "dependency", "jvmchaos": "dependency",
}  # fmt: skip
EMBEDDED = re.compile(r"[A-Za-z]{2,20}Chaos$")
_KEYS = {
    "IOChaos": "ioChaos", "DNSChaos": "dnsChaos", "HTTPChaos": "httpChaos", "JVMChaos": "jvmChaos",
    "AWSChaos": "awsChaos", "GCPChaos": "gcpChaos", "PhysicalMachineChaos": "physicalmachineChaos",
}  # fmt: skip


def mesh_experiment(manifest: Manifest, spec: Node) -> Experiment:
    schedule = spec.text_at("schedule") if manifest.kind == "Schedule" and not _is_paused(manifest) else ""
    return Experiment(
        "chaos-mesh", manifest.unit, manifest.kind, manifest.place, spec, tuple(_mesh_faults(manifest.kind, spec)),
        schedule, _mesh_abort(manifest, spec), manifest,
        hints=(manifest.namespace, manifest.name, manifest.rendered, manifest.path),
    )  # fmt: skip


def _is_paused(manifest: Manifest) -> bool:
    return manifest.annotations.get("experiment.chaos-mesh.org/pause", "").lower() == "true"


def _mesh_faults(kind: str, spec: Node) -> Iterator[Fault]:
    """The faults of an object: its own, those that a schedule or a workflow's templates embed."""
    if kind == "Schedule":
        inner = spec.get(embedded_key(spec.text_at("type")))
        if inner is not None:
            yield from _mesh_faults(spec.text_at("type"), inner)
    elif kind == "Workflow":
        for template in spec.items_at("templates")[:MAX_FAULTS]:
            kind = template.text_at("templateType")
            inner = template.get(embedded_key(kind))
            if inner is not None and EMBEDDED.match(kind):
                yield _mesh_fault(kind, inner, template.text_at("deadline"))
    elif EMBEDDED.match(kind):
        yield _mesh_fault(kind, spec, "")


def embedded_key(kind: str) -> str:
    """The key under which a kind is embedded: ``podChaos`` of PodChaos, ``ioChaos`` of IOChaos."""
    return _KEYS.get(kind) or kind[:1].lower() + kind[1:]


def _mesh_fault(kind: str, spec: Node, deadline: str) -> Fault:
    selector = spec.get("selector")
    duration = spec.get("duration")
    labels = [
        pair for key in ("labelSelectors", "annotationSelectors", "fieldSelectors") for pair in _pairs(selector, key)
    ]
    labels += [
        (each.text_at("key"), value) for each in _items(selector, "expressionSelectors") for value in _values(each)
    ]
    pods = selector.get("pods") if selector is not None else None
    return Fault(
        _BY_KIND.get(kind.lower(), "other"), spec.text_at("action"), spec.text_at("mode"), spec.place,
        seconds_of(duration.text if duration is not None else deadline),
        duration is not None and duration.tag == OPAQUE,
        (*(selector.texts_at("namespaces") if selector else []), *(pods.keys() if pods is not None else [])),
        tuple(labels), pods is not None or bool(_items(selector, "nodes")),
        (spec.place_of("mode"), spec.place_of("selector"), spec.place_of("duration")), spec,
    )  # fmt: skip


def _pairs(selector: Node | None, key: str) -> list[tuple[str, str]]:
    return list(texts(selector.get(key)).items()) if selector is not None else []


def _items(node: Node | None, key: str) -> list[Node]:
    return node.items_at(key) if node is not None else []


def _values(node: Node) -> list[str]:
    return node.texts_at("values") or [""]


def _mesh_abort(manifest: Manifest, spec: Node) -> Place | None:
    """A status check that aborts, or an annotation that states a guard."""
    for template in spec.items_at("templates")[:MAX_FAULTS]:
        abort = template.get("abortWithStatusCheck")
        if abort is not None and abort.is_true:
            return template.place_of("abortWithStatusCheck")
    for inner in (spec.get("workflow"), spec.get("statusCheck")):
        if inner is not None and (found := _mesh_abort(manifest, inner)) is not None:
            return found
    return stated_guard(manifest)
