"""(pure) A policy that denies by default in each namespace of the repository. Definition: DOP-3.1-09."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import manifests
from scorecards.reading.namespaces import SYSTEM, owned
from scorecards.reading.network_policies import KINDS, Direction, Policy, in_namespace
from scorecards.reading.running import workloads

Key = tuple[str, str]


class Area(NamedTuple):
    """A namespace as one set fills it (``None``: nothing is seen to run there).

    ``owner`` is where the repository says that the namespace is its own; ``None`` where it does not.
    """

    rendered: str | None
    namespace: str
    place: Place
    owner: Place | None

    @property
    def unit(self) -> str:
        name = f"namespace {self.namespace}" if self.namespace else "objects without a namespace"
        return f"{name} in {self.rendered}" if self.rendered else name


DIRECTIONS: tuple[Direction, ...] = ("ingress", "egress")


@check("namespace-denies-by-default")
def namespace_denies_by_default(subject: Subject) -> Iterator[Finding]:
    """Every namespace that the repository owns has a policy that denies both directions to all pods."""
    if not workloads(subject.tree):
        return
    for area in _areas(subject.tree):
        yield _judged(area, _policies(subject.tree, area), subject.options.default_deny_elsewhere)


def _areas(tree: RepositoryTree) -> list[Area]:
    """The namespaces of workloads, set by set, and those that the repository owns without showing what runs there."""
    places = owned(tree)
    areas: dict[Key, Area] = {}
    for workload in workloads(tree):
        own = workload.manifest
        key = (own.rendered, own.namespace)
        if own.namespace in places or (own.namespace_known and own.namespace not in SYSTEM and own.origin != "chart"):
            areas.setdefault(key, Area(*key, own.place, places.get(own.namespace)))
    shown = {namespace for _, namespace in areas}
    return [*areas.values(), *(Area(None, name, place, place) for name, place in places.items() if name not in shown)]


def _policies(tree: RepositoryTree, area: Area) -> list[Policy]:
    """Of the namespace: those of the same set and those of plain files, which reach the same cluster."""
    sets = tree.derive(_sets) if area.rendered is None else dict.fromkeys(("", area.rendered))
    return [policy for rendered in sets for policy in in_namespace(tree, rendered, area.namespace)]


def _sets(tree: RepositoryTree) -> list[str]:
    """The sets that hold policies."""
    return sorted({manifest.rendered for manifest in manifests(tree, *KINDS)})


def _judged(area: Area, found: list[Policy], elsewhere: bool) -> Finding:
    answers = [(policy, {direction: policy.denies(direction) for direction in DIRECTIONS}) for policy in found]
    denying = {direction: _any(told[direction] for _, told in answers) for direction in DIRECTIONS}
    where = [policy.manifest.place for policy, told in answers if True in told.values()]
    where = where or [place for place in (area.owner, area.place) if place is not None]
    value = " ".join(f"{direction}={_said(answer)}" for direction, answer in denying.items())
    if all(denying.values()):
        return passed(area.unit, "All traffic is denied by default.", *where, value=value)
    if elsewhere:
        message = "A policy of the platform denies by default, as the settings say."
        return passed(area.unit, message, *where, value="elsewhere")
    return _lacking(area, denying, where, value)


def _lacking(area: Area, denying: dict[Direction, bool | None], where: list[Place], value: str) -> Finding:
    if area.owner is None:
        whose = "This namespace is" if area.namespace else "A namespace that nobody names is"
        message = f"{whose} managed elsewhere, so what is denied there can't be seen."
        return unknown(area.unit, message, *where, value=value)
    if None in denying.values():
        message = "What a policy denies is only known when the template is rendered."
        return unknown(area.unit, message, *where, value=value)
    if any(denying.values()):
        lacking = "outgoing" if denying["ingress"] else "incoming"
        return partial(area.unit, f"Only one direction is denied: {lacking} traffic is free.", *where, value=value)
    message = "No policy denies traffic by default: add one with an empty podSelector, both types and no rules."
    return failed(area.unit, message, *where, value=value)


def _any(answers: Iterable[bool | None]) -> bool | None:
    told = set(answers)
    return True if True in told else (None if None in told else False)


def _said(answer: bool | None) -> str:
    return {True: "denied", False: "free", None: "unknown"}[answer]
