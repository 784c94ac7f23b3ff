"""(pure) Objects of Istio: hosts, destinations, routes, and what a DestinationRule defines."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.neighbours import in_set

NETWORKING = "networking.istio.io"
SECURITY = "security.istio.io"
CLUSTER = ".svc.cluster.local"
_PUBLIC = ("com", "net", "org", "io", "dev", "cloud", "app", "eu", "co", "info")


class Host(NamedTuple):
    """A service's name and its namespace; the namespace is empty where the object's own one counts."""

    name: str
    namespace: str

    def may_be(self, other: "Host") -> bool:
        same = self.name == other.name
        return same and (self.namespace == other.namespace or not self.namespace or not other.namespace)


def host(text: str, namespace: str) -> Host:
    """``reviews``, ``reviews.shop`` and ``reviews.shop.svc.cluster.local`` alike; other names whole."""
    whole = text.lower().rstrip(".")
    short = whole.removesuffix(CLUSTER).removesuffix(".svc")
    name, dot, rest = short.partition(".")
    if not dot:
        return Host(name, namespace)
    return Host(name, rest) if "." not in rest and not is_public(whole) else Host(whole, "")


def is_public(text: str) -> bool:
    """Whether a host looks like a name outside of the cluster."""
    labels = text.lower().rstrip(".").split(".")
    if text.lower().endswith((CLUSTER, ".svc", ".local", ".mesh", ".global", ".internal")) or len(labels) < 2:
        return False
    return labels[-1] in _PUBLIC or len(labels) > 2


def of_kind(tree: RepositoryTree, group: str, *kinds: str) -> list[Manifest]:
    return [manifest for manifest in manifests(tree, *kinds) if manifest.group == group]


def rules_for(tree: RepositoryTree, near: Manifest, wanted: Host) -> list[Manifest]:
    """The DestinationRules of the set that speak of a host."""
    return [
        rule
        for rule in in_set(tree, near.rendered, "DestinationRule")
        if rule.group == NETWORKING and host(rule.text_at("spec", "host"), rule.namespace).may_be(wanted)
    ]


def external_hosts(tree: RepositoryTree) -> frozenset[str]:
    """The hosts outside of the mesh that a ServiceEntry names."""
    return tree.derive(_external_hosts)


def _external_hosts(tree: RepositoryTree) -> frozenset[str]:
    return frozenset(
        name.lower()
        for entry in of_kind(tree, NETWORKING, "ServiceEntry")
        if entry.text_at("spec", "location") in ("", "MESH_EXTERNAL")
        for name in (entry.get("spec") or entry.root).texts_at("hosts")
    )


def http_routes(manifest: Manifest) -> list[Node]:
    """The HTTP routes of a VirtualService that lead to a service, without redirects, answers and delegations."""
    passing = ("redirect", "directResponse", "delegate")
    return [
        route
        for route in manifest.items_at("spec", "http")
        if route.is_mapping and not any(route.has(name) for name in passing)
    ]


def routes(manifest: Manifest) -> Iterator[Node]:
    """All routes of a VirtualService that name destinations."""
    for protocol in ("http", "tls", "tcp"):
        yield from (route for route in manifest.items_at("spec", protocol) if route.has("route"))


def is_catch_all(route: Node) -> bool:
    """Whether a route takes every request: no match, or one that asks nothing but for the path ``/``."""
    matches = route.get("match")
    if matches is None or matches.is_null or (matches.is_sequence and len(matches) == 0):
        return matches is None or matches.tag != OPAQUE
    return any(_takes_all(match) for match in matches.items())


def _takes_all(match: Node) -> bool:
    asked = [name for name, _, _ in match.members() if name not in ("name", "ignoreUriCase")]
    everywhere = match.text_at("uri", "prefix") == "/" or match.text_at("uri", "regex") in (".*", "/.*", "^/.*")
    return match.is_mapping and (not asked or (asked == ["uri"] and everywhere))
