"""(pure) Requests and limits of containers. Definition: DOP-3.1-01."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.kubernetes.marks import is_set, unjudged
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Container, Looked
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.neighbours import beside
from scorecards.reading.quantities import quantity
from scorecards.reading.running import containers

Way = tuple[str, str]

MANDATORY: tuple[Way, ...] = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))
WANTED: tuple[Way, ...] = (*MANDATORY, ("limits", "cpu"))
_DEFAULTS = {"requests": ("defaultRequest", "default"), "limits": ("default",)}


class Amounts(NamedTuple):
    """What a container asks for: what stands there, and the ways that a LimitRange fills."""

    looked: dict[Way, Looked]
    filled: dict[Way, Place]

    def missing(self, way: Way) -> bool:
        looked = self.looked[way]
        absent = looked.node is None or looked.node.is_null
        return absent and not looked.undecided and way not in self.filled

    def undecided(self, way: Way) -> bool:
        return self.looked[way].undecided and way not in self.filled


@check("container-resources-set")
def container_resources_set(subject: Subject) -> Iterator[Finding]:
    """Every container has requests, a memory limit and, as a lesser mark, a CPU limit, which fit together."""
    yield from unjudged(subject.tree)
    for container in containers(subject.tree):
        yield _judged(container, _amounts(subject.tree, container))


def _amounts(tree: RepositoryTree, container: Container) -> Amounts:
    looked = {way: container.look("resources", *way) for way in WANTED}
    gaps = [way for way, found in looked.items() if found.node is None or found.node.is_null]
    filled = dict(_filled(tree, container, gaps)) if gaps else {}
    return Amounts(looked, filled)


def _filled(tree: RepositoryTree, container: Container, gaps: list[Way]) -> Iterator[tuple[Way, Place]]:
    """The gaps that a LimitRange of the same set and namespace fills."""
    for limits in beside(tree, container.workload, "LimitRange"):
        for item in limits.items_at("spec", "limits"):
            if item.text_at("type") != "Container":
                continue
            for part, name in gaps:
                if any(is_set(item.get(default, name)) for default in _DEFAULTS[part]):
                    yield (part, name), item.place


def _judged(container: Container, amounts: Amounts) -> Finding:
    where = [container.node.place_of("name"), *_evidence(container)]
    if wrong := _inconsistent(amounts):
        return failed(container.unit, f"{wrong}.", *where, value=_value(amounts))
    if missing := [way for way in MANDATORY if amounts.missing(way)]:
        message = f"No {_listed(missing)}: set it under resources."
        return failed(container.unit, message, *where, value=_value(amounts), notes=_copied(amounts, missing))
    if undecided := [way for way in WANTED if amounts.undecided(way)]:
        message = f"The {_listed(undecided)} is only known when the template is rendered."
        return unknown(container.unit, message, *where, value=_value(amounts))
    if amounts.filled:
        message = f"A LimitRange fills in the {_listed(amounts.filled)}: set it on the container itself."
        return partial(container.unit, message, *where, *amounts.filled.values(), value=_value(amounts))
    if amounts.missing(("limits", "cpu")):
        return partial(container.unit, "Only the cpu limit is missing.", *where, value=_value(amounts))
    return passed(container.unit, "Requests and limits are set and fit together.", *where, value=_value(amounts))


def _evidence(container: Container) -> list[Place]:
    ways = (("resources", *way) for way in WANTED)
    return [container.node.place_of(*way) for way in ways if container.node.has(*way)]


def _inconsistent(amounts: Amounts) -> str:
    """What does not parse, or asks for more than it allows; empty where nothing is wrong."""
    for way, looked in amounts.looked.items():
        node = looked.node
        if node is not None and not node.is_null and node.tag != OPAQUE and _number(node) is None:
            return f"The {_named(way)} {node.text[:40]!r} is no quantity"
    for name in ("cpu", "memory"):
        asked, allowed = (_number(amounts.looked[part, name].node) for part in ("requests", "limits"))
        if asked is not None and allowed is not None and asked > allowed:
            return f"The {name} request is larger than the {name} limit"
    return ""


def _number(node: Node | None) -> float | None:
    return quantity(node.text) if node is not None and node.is_scalar and node.tag != OPAQUE else None


def _copied(amounts: Amounts, missing: list[Way]) -> tuple[str, ...]:
    """The requests that Kubernetes itself copies from limits: set, but nobody chose them."""
    names = [name for part, name in missing if part == "requests" and is_set(amounts.looked["limits", name].node)]
    return tuple(f"Kubernetes takes the {name} limit as the request." for name in names)


def _named(way: Way) -> str:
    return f"{way[1]} {way[0].removesuffix('s')}"


def _listed(ways: "list[Way] | dict[Way, Place]") -> str:
    return ", ".join(map(_named, ways))


def _value(amounts: Amounts) -> str:
    told = [(way, looked.node.text[:40]) for way, looked in amounts.looked.items() if looked.node is not None]
    return " ".join(f"{part}.{name}={text}" for (part, name), text in told)
