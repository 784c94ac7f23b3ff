"""(pure) Users and hardening of containers. Definition: DOP-3.1-03, DOP-3.1-04."""

from collections.abc import Iterator

from ingest.repository.node import Node, Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.kubernetes.marks import Mark, count, false, is_windows, lacks, places, true, unjudged
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Container, Workload
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN, Looked, look
from scorecards.reading.running import containers, workloads

LOW_USER = 10_000
ALLOWED_CAPABILITIES = frozenset({"NET_BIND_SERVICE"})
RUNTIME_SOCKETS = ("docker.sock", "containerd.sock", "crio.sock", "podman.sock", "dockershim.sock")
HOST_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")
SECCOMP = ("RuntimeDefault", "Localhost")
Mounted = tuple[str, Place]  # a folder of the host, and what names it

_WINDOWS = "Windows pods know no such settings."


@check("container-runs-as-non-root")
def container_runs_as_non_root(subject: Subject) -> Iterator[Finding]:
    """runAsNonRoot holds for every container, its own or the pod's, and no user is 0."""
    yield from unjudged(subject.tree)
    for container in containers(subject.tree):
        if is_windows(container.workload):
            yield not_applicable(container.unit, _WINDOWS, container.place)
        else:
            yield _user(container)


def _user(container: Container) -> Finding:
    non_root, user = container.effective("runAsNonRoot"), container.effective("runAsUser")
    is_non_root, number = true(non_root), user.node.number if user.node is not None else None
    where = [looked.node.place for looked in (non_root, user) if looked.node is not None]
    where = where or [container.workload.pod.place, container.place]
    value = f"runAsNonRoot={_text(non_root)} runAsUser={_text(user)}"
    if number == 0:
        return failed(container.unit, "It runs as user 0, which is root.", *where[::-1], value=value)
    if is_non_root and user.undecided:
        return unknown(container.unit, "The user is only known when the template is rendered.", *where, value=value)
    if is_non_root:
        message = "runAsNonRoot holds for it."
        return passed(container.unit, message, *where, value=value, notes=_low(number))
    if is_non_root is None:
        message = "runAsNonRoot is only known when the template is rendered."
        return unknown(container.unit, message, *where, value=value)
    if number is not None:
        message = f"It runs as user {number:g}, but nothing keeps it from root: set runAsNonRoot."
        return partial(container.unit, message, *where, value=value)
    if user.undecided:
        return unknown(container.unit, "The user is only known when the template is rendered.", *where, value=value)
    return failed(container.unit, "Nothing keeps it from running as root: set runAsNonRoot.", *where, value=value)


def _text(looked: Looked) -> str:
    return looked.node.text[:20] if looked.node is not None else ""


def _low(number: float | None) -> tuple[str, ...]:
    return (f"User {number:g} may exist on the host.",) if number is not None and number < LOW_USER else ()


@check("container-is-hardened")
def container_is_hardened(subject: Subject) -> Iterator[Finding]:
    """Five marks of the restricted profile, and nothing that opens the host."""
    yield from unjudged(subject.tree)
    for workload in workloads(subject.tree):
        host = _host_paths(workload)
        for container in workload.all_containers:
            if is_windows(workload):
                yield not_applicable(container.unit, _WINDOWS, container.place)
                continue
            mounted = _mounted(container, host)
            if opened := next(_openings(container, mounted), None):
                what, place = opened
                yield failed(container.unit, f"{what}.", place, container.place, notes=_notes(mounted))
            else:
                yield _hardening(container, _notes(mounted))


def _openings(container: Container, mounted: list[Mounted]) -> Iterator[Mounted]:
    """(what, where) of settings that open the host to the container."""
    own, pod = container.node, container.workload.pod
    if (node := own.get("securityContext", "privileged")) is not None and node.is_true:
        yield "It is privileged, so it can do anything on its host", own.place_of("securityContext", "privileged")
    for name in HOST_NAMESPACES:
        if (node := pod.get(name)) is not None and node.is_true:
            yield f"{name} lets it into the host's namespace", pod.place_of(name)
    for path, place in mounted:
        if path.rstrip("/").endswith(RUNTIME_SOCKETS):
            yield "It mounts the container runtime's socket, which is root on the host", place


def _host_paths(workload: Workload) -> dict[str, Mounted]:
    """The folders of the host that a workload's pods bring in, by the volume's name."""
    return {
        volume.text_at("name"): (volume.text_at("hostPath", "path"), volume.place_of("hostPath", "path"))
        for volume in workload.pod.items_at("volumes")
        if volume.has("hostPath")
    }


def _mounted(container: Container, host: dict[str, Mounted]) -> list[Mounted]:
    """The folders of the host that a container mounts."""
    names = dict.fromkeys(mount.text_at("name") for mount in container.node.items_at("volumeMounts"))
    return [host[name] for name in names if name in host]


def _notes(mounted: list[Mounted]) -> tuple[str, ...]:
    return tuple(f"It mounts {path[:80]} of the host." for path, _ in mounted[:10])


def _hardening(container: Container, notes: tuple[str, ...]) -> Finding:
    marks = _marks(container)
    low, high = count(marks)
    value = f"{low} of {len(marks)}"
    where = places(marks)
    if low == len(marks) and not container.look("securityContext", "privileged").undecided:
        return passed(container.unit, "All five marks of hardening are set.", *where, value=value, notes=notes)
    message = f"{low} of 5 marks of hardening: {lacks(marks)}."
    if high < 3:
        return failed(container.unit, message, *where, value=value, notes=notes)
    if low >= 3 and high < len(marks):
        return partial(container.unit, message, *where, value=value, notes=notes)
    return unknown(container.unit, "Hardening is only known when the template is rendered.", *where, value=value)


def _marks(container: Container) -> list[Mark]:
    dropped, added = (container.look("securityContext", "capabilities", name) for name in ("drop", "add"))
    drops = _drops_all(dropped)
    return [
        Mark(false(container.look("securityContext", "allowPrivilegeEscalation")), "escalation allowed",
             _place(container, "allowPrivilegeEscalation")),
        Mark(drops, "capabilities kept", _place(container, "capabilities", "drop")),
        Mark(_adds_little(added, dropped), _added_lack(added), _place(container, "capabilities", "add")),
        Mark(true(container.look("securityContext", "readOnlyRootFilesystem")), "root file system writable",
             _place(container, "readOnlyRootFilesystem")),
        Mark(_seccomp(container), "no seccomp profile", _seccomp_place(container)),
    ]  # fmt: skip


def _place(container: Container, *way: str) -> Place:
    """Where a setting stands; the container where it is missing."""
    node = container.node
    return node.place_of("securityContext", *way) if node.has("securityContext", *way) else container.place


def _capabilities(looked: Looked) -> set[str] | None:
    """The capabilities of a list, without ``CAP_``; ``None`` where the list is not wholly known."""
    if looked.undecided:
        return None
    items = looked.node.items() if looked.node is not None else []
    if (looked.node is not None and looked.node.tag == OPEN) or any(item.tag == OPAQUE for item in items):
        return None
    return {item.text.upper().removeprefix("CAP_") for item in items}


def _drops_all(dropped: Looked) -> bool | None:
    found = _capabilities(dropped)
    return None if found is None else "ALL" in found


def _adds_little(added: Looked, dropped: Looked) -> bool | None:
    """Nothing but harmless capabilities; without a list of its own, only where something is dropped."""
    found = _capabilities(added)
    if found is None:
        return None
    if added.node is None or added.node.is_null:
        return None if dropped.undecided else dropped.node is not None and not dropped.node.is_null
    return found <= ALLOWED_CAPABILITIES


def _added_lack(added: Looked) -> str:
    more = sorted((_capabilities(added) or set()) - ALLOWED_CAPABILITIES)
    return f"adds {', '.join(more)[:60]}" if more else "added capabilities unbounded"


def _seccomp_node(container: Container) -> Looked:
    """The container's profile, else the pod's."""
    own = container.look("securityContext", "seccompProfile", "type")
    if own.node is not None or not own.known:
        return own
    return look(container.workload.pod, "securityContext", "seccompProfile", "type")


def _seccomp(container: Container) -> bool | None:
    looked = _seccomp_node(container)
    return None if looked.undecided else looked.node is not None and looked.node.text in SECCOMP


def _seccomp_place(container: Container) -> Place:
    node: Node | None = _seccomp_node(container).node
    return node.place if node is not None else container.place
