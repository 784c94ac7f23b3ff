"""(pure) Objects of Istio: hosts, destinations, routes, and what a DestinationRule defines."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Looked, Manifest, manifests
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.neighbours import MAX_ALIKE, in_set

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


def rules_for(tree: RepositoryTree, rendered: str, wanted: Host) -> list[Manifest]:
    """The DestinationRules of a set that speak of a host."""
    named = tree.derive(_rules_by_host, rendered).get(wanted.name, ())
    return [rule for rule in named if host(rule.text_at("spec", "host"), rule.namespace).may_be(wanted)]


def _rules_by_host(tree: RepositoryTree, rendered: str) -> dict[str, list[Manifest]]:
    found: dict[str, list[Manifest]] = {}
    for rule in in_set(tree, rendered, "DestinationRule"):
        alike = found.setdefault(host(rule.text_at("spec", "host"), rule.namespace).name, [])
        if rule.group == NETWORKING and len(alike) < MAX_ALIKE:
            alike.append(rule)
    return found


def subset_of(tree: RepositoryTree, rendered: str, wanted: Host, name: str) -> Looked:
    """The subset of a name that some rule for a host defines; not known where a rule's names are only rendered."""
    known = True
    for rule in rules_for(tree, rendered, wanted):
        by_name = tree.derive(_subsets_of, rule)
        if name in by_name:
            return Looked(by_name[name], True)
        known = known and not any(name_node.tag == OPAQUE for name_node in _subset_names(rule))
    return Looked(None, known)


def _subsets_of(tree: RepositoryTree, rule: Manifest) -> dict[str, Node]:
    items = [item for item in rule.items_at("spec", "subsets") if item.is_mapping]
    return {item.text_at("name"): item for item in reversed(items)}


def _subset_names(rule: Manifest) -> Iterator[Node]:
    for item in rule.items_at("spec", "subsets")[:MAX_ALIKE]:
        if (name := item.get("name")) is not None:
            yield name


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
