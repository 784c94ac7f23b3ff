"""(pure) What lets people from outside a cluster reach a workload."""

from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.services.names import folded


def exposed(tree: RepositoryTree) -> list[tuple[frozenset[str], str]]:
    """(names that it leads to, file) of every object that lets people in."""
    kinds_that_may = ("Service", "Ingress", "HTTPRoute", "VirtualService", "Canary")
    return [(_targets(each), each.path) for each in manifests(tree, *kinds_that_may) if exposes(each)]


def exposes(manifest: Manifest) -> bool:
    """Whether an object lets people from outside the cluster reach a workload."""
    match manifest.kind:
        case "Service":
            return manifest.text_at("spec", "type") == "LoadBalancer"
        case "Ingress":
            return manifest.group in ("networking.k8s.io", "extensions")
        case "HTTPRoute":
            return manifest.group == "gateway.networking.k8s.io"
        case "VirtualService":
            return _has_gateways(manifest, "spec", "gateways")
        case "Canary":
            return _has_gateways(manifest, "spec", "service", "gateways")
    return False


def _has_gateways(manifest: Manifest, *way: str) -> bool:
    return any(gateway != "mesh" for gateway in manifest.root.texts_at(*way))


def _targets(manifest: Manifest) -> frozenset[str]:
    """The folded names of what an object leads to, its own among them."""
    told = {manifest.name, manifest.labels.get("app.kubernetes.io/name", ""), manifest.labels.get("app", "")}
    for way, node in manifest.root.walk():
        if not node.is_scalar or not way:
            continue
        if way[-1] == "name" and any(key in ("service", "backendRefs", "targetRef") for key in way[:-1]):
            told.add(node.text)
        elif way[-1] in ("host", "serviceName", "app", "app.kubernetes.io/name"):
            told.add(node.text.partition(".")[0])
    return frozenset(folded(each) for each in told if each)
