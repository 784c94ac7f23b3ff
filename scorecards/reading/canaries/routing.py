"""(pure) What a canary's routes lead to: its workload, ports, autoscaler, and routes that stand beside them."""

from collections.abc import Iterator

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.canaries.flagger import Canary
from scorecards.reading.kubernetes import Manifest, Workload, manifests, same_set, workloads
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.neighbours import autoscalers_of
from scorecards.reading.references import MAX_ALIKE, find, same_namespace

TLS_PORTS = frozenset({"443", "6443", "8443", "9443"})
_OTHER_CONDITIONS = ("headers", "queryParams", "withoutHeaders", "sourceLabels", "sourceNamespace", "method")


def target_of(tree: RepositoryTree, canary: Canary) -> Manifest | None:
    """The object that a canary releases; ``None`` where it is not in this repository."""
    kind, name = canary.target
    return find(tree, canary.manifest, kind or "Deployment", name) if name else None


def is_opaque(canary: Canary) -> bool:
    """Whether only rendering tells which workload is meant, or whether it is one of this set."""
    name = canary.manifest.get("spec", "targetRef", "name")
    return name is None or name.tag == OPAQUE


def workload_for(tree: RepositoryTree, manifest: Manifest) -> Workload | None:
    return tree.derive(_workload_of).get(manifest)


def _workload_of(tree: RepositoryTree) -> dict[Manifest, Workload]:
    return {workload.manifest: workload for workload in workloads(tree)}


def wrong_port(canary: Canary, workload: Workload) -> str:
    """The target port that no container declares; empty where one does, or where containers declare none at all."""
    port = canary.manifest.get("spec", "service", "targetPort") or canary.manifest.get("spec", "service", "port")
    declared = [
        port for container in workload.all_containers for port in container.node.items_at("ports") if port.is_mapping
    ]
    if port is None or not port.text or port.tag == OPAQUE or not declared:
        return ""
    told = {text for one in declared for text in (one.text_at("containerPort"), one.text_at("name")) if text}
    opaque = any(value.tag == OPAQUE for one in declared for _, _, value in one.members())
    return "" if port.text in told or opaque else port.text


def cut_off(canary: Canary) -> Place | None:
    """Where conditions on ordinary routes leave requests without them unrouted; ``None`` where none do."""
    conditions = canary.manifest.items_at("spec", "service", "match")
    narrow = [one for one in conditions if _narrows(one)]
    if not narrow or len(narrow) < len(conditions):
        return None
    way = next(name for name in _OTHER_CONDITIONS if narrow[0].has(name))
    return narrow[0].place_of(way)


def _narrows(condition: Node) -> bool:
    return any(condition.has(name) for name in _OTHER_CONDITIONS)


def originated_tls(canary: Canary, workload: Workload | None) -> Place | None:
    """Where the mesh is told to speak TLS of its own to pods that are plain inside the mesh."""
    mode = canary.manifest.text_at("spec", "service", "trafficPolicy", "tls", "mode")
    if mode not in ("SIMPLE", "MUTUAL") or _speaks_tls(canary, workload):
        return None
    return canary.place_of("service", "trafficPolicy", "tls", "mode")


def _speaks_tls(canary: Canary, workload: Workload | None) -> bool:
    service = canary.manifest.get("spec", "service")
    told = [service.text_at(name) for name in ("targetPort", "portName", "appProtocol", "port")] if service else []
    for container in workload.containers if workload else ():
        told += [
            port.text_at("name")
            for port in container.node.items_at("ports")
            if port.text_at("containerPort") == told[0]
        ]
    return any(text in TLS_PORTS or text.startswith(("https", "tls", "grpcs")) for text in told)


def unreferenced_scaler(tree: RepositoryTree, canary: Canary, workload: Workload) -> Manifest | None:
    """An autoscaler of the target that the canary does not name; ``None`` where there is none."""
    named = canary.manifest.text_at("spec", "autoscalerRef", "name")
    scalers = autoscalers_of(tree, workload)
    return scalers[0] if scalers and named not in {scaler.name for scaler in scalers} else None


def rival_routes(tree: RepositoryTree, canary: Canary) -> Iterator[Manifest]:
    """VirtualServices of the same hosts that somebody maintains beside the one that Flagger makes."""
    hosts = {canary.apex, *canary.manifest.root.texts_at("spec", "service", "hosts")} - {""}
    index = tree.derive(_routes_by_host)
    for route in dict.fromkeys(route for host in sorted(hosts) for route in index.get(host, ())):
        if same_set(route, canary.manifest) and same_namespace(route.namespace, canary.manifest.namespace):
            yield route


def _routes_by_host(tree: RepositoryTree) -> dict[str, list[Manifest]]:
    index: dict[str, list[Manifest]] = {}
    for route in manifests(tree, "VirtualService"):
        for host in route.root.texts_at("spec", "hosts"):
            alike = index.setdefault(host, [])
            if len(alike) < MAX_ALIKE:
                alike.append(route)
    return index
