"""(pure) Values whose defaults keep pods from root and from their hosts. Definition: DOP-3.2-04."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.charts.pods import Installed, blocks, installed
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.kubernetes.marks import false, true
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.charts.templates import is_of_dependency, is_used
from scorecards.reading.kubernetes import Container, Looked, look
from scorecards.reading.kubernetes.manifest import OPAQUE

EXPOSED = ("LoadBalancer", "NodePort")
_SECCOMP = ("RuntimeDefault", "Localhost")


class Answer(NamedTuple):
    """How one mark stands over all pods of a chart. ``met`` is ``None`` where only rendering tells."""

    name: str
    met: bool | None
    place: Place | None


class Set(NamedTuple):
    """A mark that values set, and the way to it."""

    name: str
    way: tuple[str, ...]
    place: Place


def _drops_all(looked: Looked) -> bool | None:
    if looked.undecided:
        return None
    names = looked.node.items() if looked.node is not None else []
    if any(item.text.upper() == "ALL" for item in names):
        return True
    return None if any(item.tag == OPAQUE for item in names) else False


def _confined(looked: Looked) -> bool | None:
    kind = look(looked.node, "type") if looked.node is not None else looked
    return None if kind.undecided else bool(kind.node and kind.node.text in _SECCOMP)


MARKS: dict[str, Callable[[Container], tuple[bool | None, Looked]]] = {
    "runAsNonRoot": lambda one: (true(found := one.effective("runAsNonRoot")), found),
    "capabilities.drop ALL": lambda one: (
        _drops_all(found := one.look("securityContext", "capabilities", "drop")), found,
    ),
    "readOnlyRootFilesystem": lambda one: (true(found := one.look("securityContext", "readOnlyRootFilesystem")), found),
    "allowPrivilegeEscalation: false": lambda one: (
        false(found := one.look("securityContext", "allowPrivilegeEscalation")), found,
    ),
    "seccompProfile": lambda one: (_confined(found := one.effective("seccompProfile")), found),
}  # fmt: skip


@check("chart-values-secure-by-default")
def chart_values_secure_by_default(subject: Subject) -> Iterator[Finding]:
    """With these values every pod of the chart runs without root, capabilities, escalation and a writable root."""
    for one in installed(subject.tree):
        if not one.has_templates:
            yield _unproven(one)
        elif containers := one.containers(subject.tree):
            yield _judged(subject.tree, one, [_answer(name, containers) for name in MARKS])
        else:
            yield not_applicable(one.unit, "The chart makes no pods.", Place(one.values.path))


def _answer(name: str, containers: list[Container]) -> Answer:
    found = [(*MARKS[name](container), container) for container in containers]
    answers = [met for met, _, _ in found]
    met = False if False in answers else None if None in answers else True
    place = next((_place(looked, container) for answer, looked, container in found if answer is met), None)
    return Answer(name, met, place)


def _place(looked: Looked, container: Container) -> Place:
    return looked.node.place if looked.node is not None else container.place


def _judged(tree: RepositoryTree, one: Installed, answers: list[Answer]) -> Finding:
    *marks, seccomp = answers
    missing = [mark for mark in marks if mark.met is False]
    open_ = [mark for mark in marks if mark.met is None]
    places = list(dict.fromkeys(mark.place for mark in (missing or marks) if mark.place is not None))
    notes, value = _exposed(tree, one), f"{len(marks) - len(missing) - len(open_)} of {len(marks)}"
    said = ", ".join(mark.name for mark in missing)
    unused = _unused(tree, one, missing)
    if unused is not None:
        message = f"The values set {unused.name}, but no pod template uses it: wire it in."
        return failed(one.unit, message, unused.place, *places, value=value, notes=notes)
    if len(missing) > 1:
        message = f"By default pods lack {said}."
        return failed(one.unit, message, *places, value=value, notes=notes)
    if open_:
        message = f"Whether pods have {open_[0].name} is only known when the template is rendered."
        return unknown(one.unit, message, *places, value=value, notes=notes)
    if missing:
        return partial(one.unit, f"By default pods lack {said}.", *places, value=value, notes=notes)
    if seccomp.met is not True:
        message = "All marks of hardening are on but a seccomp profile: set seccompProfile to RuntimeDefault."
        return partial(one.unit, message, *places, value=value, notes=notes)
    return passed(one.unit, "By default every pod is hardened.", *places, value=value, notes=notes)


def _unused(tree: RepositoryTree, one: Installed, missing: list[Answer]) -> Set | None:
    """A mark that pods lack, which a part of the values sets that no template names."""
    names = {mark.name for mark in missing}
    for told in _in_values(one.told):
        is_own = not is_of_dependency(one.chart, told.way) and not is_used(tree, one.chart, told.way)
        if told.name in names and is_own:
            return told
    return None


def _unproven(one: Installed) -> Finding:
    """Of a chart without templates: the values alone, which prove no use."""
    found: dict[str, Place] = {}
    for told in _in_values(one.told):
        found.setdefault(told.name, told.place)
    missing = [name for name in MARKS if name != "seccompProfile" and name not in found]
    places = list(found.values()) or [Place(one.values.path, one.values.root.line)]
    value = f"{len(MARKS) - 1 - len(missing)} of {len(MARKS) - 1}"
    if not found and one.is_umbrella:
        message = "Its pods come from dependencies that are not here."
        return unknown(one.unit, message, *places, value=value)
    if len(missing) > 1:
        message = f"The values lack {', '.join(missing)}."
        return failed(one.unit, message, *places, value=value)
    lacks = [*missing, *([] if "seccompProfile" in found else ["seccompProfile"])]
    said = f" They lack {', '.join(lacks)}." if lacks else ""
    message = f"The chart has no templates here, so nothing proves that its values are used.{said}"
    return partial(one.unit, message, *places, value=value)


def _in_values(values: Node) -> Iterator[Set]:
    """The marks that the security contexts of a values file set."""
    for way, block in blocks(values, "securityContext"):
        for name, met, node in _set_in(block):
            if met and node is not None:
                yield Set(name, (*way, name.partition(".")[0].partition(":")[0]), node.place)


def _set_in(block: Node) -> Iterator[tuple[str, bool, Node | None]]:
    dropped = block.get("capabilities", "drop")
    profile = block.get("seccompProfile", "type")
    for name in ("runAsNonRoot", "readOnlyRootFilesystem"):
        node = block.get(name)
        yield name, node is not None and node.is_true, node
    escalation = block.get("allowPrivilegeEscalation")
    yield "allowPrivilegeEscalation: false", escalation is not None and escalation.is_false, escalation
    yield "capabilities.drop ALL", _drops_all(Looked(dropped, True)) is True, dropped
    yield "seccompProfile", profile is not None and profile.text in _SECCOMP, profile


def _exposed(tree: RepositoryTree, one: Installed) -> tuple[str, ...]:
    kinds = {manifest.text_at("spec", "type") for manifest in one.manifests(tree, "Service")}
    return tuple(f"By default a Service is of type {kind}." for kind in EXPOSED if kind in kinds)
