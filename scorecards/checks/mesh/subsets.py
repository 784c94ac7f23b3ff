"""(pure) Weights, subsets, gateways and the order of routes. Definition: DOP-3.3-02."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.kubernetes.marks import is_set
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Manifest, look
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.mesh import NETWORKING, Host, external_hosts, host, is_catch_all, of_kind, routes, subset_of
from scorecards.reading.neighbours import any_workload_has, named_in_set
from scorecards.reading.quantities import whole
from scorecards.reading.selectors import Selector, labels_of

MESH = "mesh"  # the reserved name of all sidecars
ALL = 100


class Flaw(NamedTuple):
    """What is wrong. ``elsewhere``: it may be right in another repository."""

    message: str
    place: Place
    elsewhere: bool = False


@check("mesh-subsets-resolve")
def mesh_subsets_resolve(subject: Subject) -> Iterator[Finding]:
    """Weights sum to 100, subsets, hosts and gateways are defined, and no route hides a later one."""
    for manifest in of_kind(subject.tree, NETWORKING, "VirtualService"):
        yield _judged(subject.tree, manifest)


def _judged(tree: RepositoryTree, manifest: Manifest) -> Finding:
    found = list(routes(manifest))
    flaws = [*_shadowed(manifest), *(flaw for route in found for flaw in _route_flaws(tree, manifest, route))]
    flaws += _unknown_gateways(tree, manifest)
    broken = [flaw for flaw in flaws if not flaw.elsewhere]
    if broken:
        return failed(manifest.unit, f"{broken[0].message}.", *_places(broken), value="broken")
    if _is_opaque(manifest):
        message = "Hosts, subsets or weights are only known when the template is rendered."
        return unknown(manifest.unit, message, manifest.place)
    if flaws:
        return partial(manifest.unit, f"{flaws[0].message}.", *_places(flaws), value="elsewhere")
    where = [route.place for route in found] or [manifest.place]
    return passed(manifest.unit, "Weights, subsets, hosts and gateways fit together.", *where)


def _places(flaws: list[Flaw]) -> list[Place]:
    return list(dict.fromkeys(flaw.place for flaw in flaws))


def _is_opaque(manifest: Manifest) -> bool:
    if look(manifest.root, "spec", "http").undecided:
        return True
    destinations = [item for route in routes(manifest) for item in route.items_at("route")]
    gateways = manifest.items_at("spec", "gateways")
    return any(node.tag == OPAQUE for one in (*destinations, *gateways) for _, node in one.walk())


# ---------------------------------------------------------------- order


def _shadowed(manifest: Manifest) -> Iterator[Flaw]:
    found = [route for route in manifest.items_at("spec", "http") if route.is_mapping]
    taking = next((at for at, route in enumerate(found) if is_catch_all(route)), len(found))
    if taking + 1 < len(found):
        message = "A route that takes every request stands before another one, which is never reached"
        yield Flaw(message, found[taking].place)


# ---------------------------------------------------------------- destinations


def _route_flaws(tree: RepositoryTree, manifest: Manifest, route: Node) -> Iterator[Flaw]:
    destinations = [item for item in route.items_at("route") if item.is_mapping]
    if (message := _weights(destinations)) and destinations:
        yield Flaw(message, destinations[0].place)
    for item in destinations:
        yield from _unresolved(tree, manifest, item)


def _weights(destinations: list[Node]) -> str:
    """What is wrong with the weights; empty where nothing, or where only rendering tells."""
    nodes = [item.get("weight") for item in destinations]
    if any(node is not None and node.tag == OPAQUE for node in nodes):
        return ""
    weights = [whole(node, 0) for node in nodes]
    if None in weights:
        return "A weight is no whole number"
    total = sum(weight for weight in weights if weight is not None)
    if len(destinations) == 1 and not is_set(nodes[0]):
        return ""
    return "" if total == ALL or not destinations else f"The weights of a route sum to {total}, not {ALL}"


def _unresolved(tree: RepositoryTree, manifest: Manifest, item: Node) -> Iterator[Flaw]:
    named, subset = item.get("destination", "host"), item.get("destination", "subset")
    if named is None or not named.text or named.tag == OPAQUE:
        return
    wanted, place = host(named.text, manifest.namespace), item.place_of("destination", "host")
    if is_set(subset) and subset is not None and subset.tag != OPAQUE:
        yield from _subset_flaws(tree, manifest, wanted, subset, item.place_of("destination", "subset"))
    elif not _is_served(tree, manifest, wanted) and named.text.lower() not in external_hosts(tree):
        yield Flaw(f"The host {named.text[:80]!r} is no Service of this repository", place, elsewhere=True)


def _is_served(tree: RepositoryTree, manifest: Manifest, wanted: Host) -> bool:
    services = named_in_set(tree, manifest.rendered, "Service", wanted.name)
    return any(not one.group and Host(one.name, one.namespace).may_be(wanted) for one in services)


def _subset_flaws(tree: RepositoryTree, manifest: Manifest, wanted: Host, subset: Node, place: Place) -> Iterator[Flaw]:
    defined = subset_of(tree, manifest.rendered, wanted, subset.text)
    if defined.missing:
        yield Flaw(f"No DestinationRule defines the subset {subset.text[:60]!r} of {wanted.name[:60]}", place)
    elif defined.node is not None:
        asked = Selector(labels_of(defined.node.get("labels")))
        if not any_workload_has(tree, manifest.rendered, asked):
            message = f"No workload of this repository has the labels of the subset {subset.text[:60]!r}"
            yield Flaw(message, defined.node.place_of("labels"), elsewhere=True)


# ---------------------------------------------------------------- gateways


def _unknown_gateways(tree: RepositoryTree, manifest: Manifest) -> Iterator[Flaw]:
    for gateway in manifest.items_at("spec", "gateways"):
        if gateway.is_scalar and gateway.tag != OPAQUE and not _is_gateway(tree, manifest, gateway.text):
            yield Flaw(f"The gateway {gateway.text[:80]!r} is not in this repository", gateway.place, elsewhere=True)


def _is_gateway(tree: RepositoryTree, manifest: Manifest, text: str) -> bool:
    if text == MESH:
        return True
    namespace, slash, name = text.partition("/")
    wanted = Host(name, manifest.namespace if namespace == "." else namespace) if slash else host(text, "")
    named = [
        one
        for rendered in dict.fromkeys((manifest.rendered, ""))
        for one in named_in_set(tree, rendered, "Gateway", wanted.name)
    ]
    return any(one.group == NETWORKING and Host(one.name, one.namespace).may_be(wanted) for one in named)
