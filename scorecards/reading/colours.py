"""(pure) Pairs of workloads that differ by a colour or slot, and what switches between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Container, Manifest, Workload, workloads
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN, texts
from scorecards.reading.neighbours import in_set, may_share_namespace
from scorecards.reading.references import MAX_ALIKE
from scorecards.reading.selectors import service_selects

# Words of one family stand for each other; two workloads of one family and otherwise one name are colours.
_FAMILIES = (("blue", "green"), ("slot-a", "slot-b"), ("slota", "slotb"), ("slot1", "slot2"), ("slot-1", "slot-2"))
_TOKEN = re.compile(r"(?:^|(?<=[-_.]))(blue|green|slot-?[ab12])(?=$|[-_.])")
_LABELS = frozenset({"color", "colour", "slot", "version", "deployment", "track"})
_KINDS = ("Deployment", "Rollout", "StatefulSet", "ReplicaSet")
MAX_SERVICES = 30  # that have to do with one group
SHAPE = ("ports", "readinessProbe", "livenessProbe", "startupProbe", "resources", "securityContext")


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """Workloads that stand for each other, by colour. ``name`` is theirs without the colour."""

    name: str
    workloads: dict[str, Workload] = field(default_factory=dict)

    @property
    def members(self) -> list[Workload]:
        return list(self.workloads.values())

    @property
    def label_keys(self) -> set[str]:
        """The labels in which the pods differ."""
        labels = [workload.pod_labels for workload in self.members]
        keys = {key for each in labels for key in each}
        return {key for key in keys if len({each.get(key) for each in labels}) > 1}


def colours(tree: RepositoryTree) -> list[Colours]:
    """The groups of two or more colours of each set and namespace."""
    return tree.derive(_colours)


def _colours(tree: RepositoryTree) -> list[Colours]:
    groups: dict[tuple[str, str, str, str], Colours] = {}
    for workload in workloads(tree):
        told = colour_of(workload) if workload.kind in _KINDS else None
        if told is not None:
            colour, family, rest = told
            key = (workload.manifest.rendered, workload.namespace, family, rest)
            groups.setdefault(key, Colours(rest)).workloads.setdefault(colour, workload)
    return [group for group in groups.values() if len(group.workloads) > 1]


def colour_of(workload: Workload) -> tuple[str, str, str] | None:
    """(colour, family, name without it) by the name, else by a label of the pods; ``None`` for a workload of none."""
    match = _TOKEN.search(workload.name)
    if match:
        rest = (workload.name[: match.start()] + "*" + workload.name[match.end() :]).strip("-_.")
        return match.group(1), _family(match.group(1)), rest
    for key, value in workload.pod_labels.items():
        if key.rpartition("/")[2] in _LABELS and (family := _family(value)):
            others = sorted(f"{name}={text}" for name, text in workload.pod_labels.items() if name != key)
            return (value, family, ",".join(others)) if others else None
    return None


def _family(word: str) -> str:
    return next((family[0] for family in _FAMILIES if word in family), "")


# ---------------------------------------------------------------- the Services between them


@dataclass(frozen=True, slots=True, eq=False)
class Switch:
    """A Service that has to do with a group: the colours that it selects, ``None`` where that can't be told."""

    service: Manifest
    selected: tuple[str, ...] | None


def switches(tree: RepositoryTree, group: Colours) -> list[Switch]:
    """The Services that select a colour, or would but for the labels in which the colours differ."""
    found = []
    for service in _candidates(tree, group):
        if not _related(service, group):
            continue
        answers = {colour: service_selects(service, workload) for colour, workload in group.workloads.items()}
        undecided = None in answers.values()
        selected = tuple(colour for colour, answer in answers.items() if answer)
        found.append(Switch(service, None if undecided else selected))
    return found


def _candidates(tree: RepositoryTree, group: Colours) -> list[Manifest]:
    """The Services of the set and namespace that ask for any label of the pods."""
    own = group.members[0].manifest
    index = tree.derive(_services_by_label, own.rendered)
    pairs = {pair for workload in group.members for pair in workload.pod_labels.items()}
    found = {service: None for pair in sorted(pairs) for service in index.get(pair, ())}
    return [service for service in found if may_share_namespace(own, service)][:MAX_SERVICES]


def _services_by_label(tree: RepositoryTree, rendered: str) -> dict[tuple[str, str], list[Manifest]]:
    index: dict[tuple[str, str], list[Manifest]] = {}
    for service in in_set(tree, rendered, "Service"):
        for pair in texts(service.get("spec", "selector")).items() if not service.group else ():
            alike = index.setdefault(pair, [])
            if len(alike) < MAX_ALIKE:
                alike.append(service)
    return index


def _related(service: Manifest, group: Colours) -> bool:
    selector = service.get("spec", "selector")
    asked = {name: value.raw for name, _, value in selector.members() if value.is_scalar} if selector else {}
    keys = group.label_keys
    common = {name: text for name, text in asked.items() if name not in keys}
    labels = group.members[0].pod_labels
    if any(labels.get(name) != text for name, text in common.items()):
        return False
    return bool(asked) and (bool(common) or any(name in keys for name in asked))


def split_by_mesh(tree: RepositoryTree, group: Colours) -> Manifest | None:
    """A DestinationRule whose subsets are the colours: the mesh switches then, not a Service's selector."""
    own = group.members[0].manifest
    for rule in in_set(tree, own.rendered, "DestinationRule")[:MAX_ALIKE]:
        if not may_share_namespace(own, rule):
            continue
        chosen = [texts(subset.get("labels")) for subset in rule.items_at("spec", "subsets")]
        if all(any(_is_chosen(workload, labels) for labels in chosen) for workload in group.members):
            return rule
    return None


def _is_chosen(workload: Workload, labels: dict[str, str]) -> bool:
    return bool(labels) and labels.items() <= workload.pod_labels.items()


# ---------------------------------------------------------------- their shapes


def differences(group: Colours) -> Iterator[tuple[str, Node | None, Node | None]]:
    """(field, first, other) of what differs between the first colour and each other one: probes, ports, resources,
    security settings of containers and pod."""
    first, *others = group.members
    for other in others:
        yield from _differing("pod ", first.pod, other.pod, ("securityContext",))
        yield from _containers_differ(first, other)


def _containers_differ(first: Workload, other: Workload) -> Iterator[tuple[str, Node | None, Node | None]]:
    mine, theirs = first.containers, other.containers
    if len(mine) != len(theirs):
        yield "number of containers", first.pod.get("containers"), other.pod.get("containers")
    for one, two in zip(mine, _in_order(mine, theirs), strict=False):
        yield from _differing("", one.node, two.node, SHAPE)


def _in_order(mine: list[Container], theirs: list[Container]) -> list[Container]:
    """The other containers in the order of the first ones, by name without colour, else as they stand."""
    by_name = {_TOKEN.sub("*", container.name): container for container in theirs}
    names = [_TOKEN.sub("*", container.name) for container in mine]
    return [by_name[name] for name in names] if set(names) == set(by_name) else theirs


def _differing(
    prefix: str, one: Node, two: Node, names: tuple[str, ...]
) -> Iterator[tuple[str, Node | None, Node | None]]:
    for name in names:
        mine, theirs = one.get(name), two.get(name)
        if shape(mine) != shape(theirs):
            yield prefix + name, mine, theirs


def shape(node: Node | None) -> object:
    """A value as it is compared: a stand-in of a template equals itself only; nothing and an empty mapping are one."""
    if node is None or (not node.is_scalar and not len(node)):
        return None
    return node.plain()


def is_undecided(node: Node | None) -> bool:
    """Whether only rendering tells what stands there."""
    return node is not None and any(part.tag in (OPEN, OPAQUE) for _, part in node.walk())


def replicas(workload: Workload) -> Node | None:
    return workload.manifest.get("spec", "replicas")
