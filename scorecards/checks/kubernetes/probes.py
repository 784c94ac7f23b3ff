"""(pure) Liveness and readiness probes. Definition: DOP-3.1-02."""

import re
from collections.abc import Iterator

from ingest.repository.node import Node, Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.kubernetes.marks import unjudged
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Container, Looked, Workload
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.quantities import whole
from scorecards.reading.running import workloads

HANDLERS = ("httpGet", "grpc", "tcpSocket", "exec")
LIVENESS, READINESS, STARTUP = "livenessProbe", "readinessProbe", "startupProbe"
LONG_DELAY = 60  # seconds

# What Kubernetes takes where a probe does not say.
_PERIOD, _TIMEOUT, _FAILURES = 10, 1, 3
_DEPENDENCY = re.compile(
    r"(?i)(?:^|[/_.-])(?:db|database|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|kafka|rabbitmq|elasticsearch"
    r"|dependenc(?:y|ies)|downstreams?|upstreams?)(?:$|[/_.?-])"
)


@check("container-probes-distinct")
def container_probes_distinct(subject: Subject) -> Iterator[Finding]:
    """Main containers that keep running have both probes, which differ and make sense."""
    yield from unjudged(subject.tree)
    for workload in workloads(subject.tree):
        main = {id(node) for node in _main_containers(workload)} if workload.long_running else set()
        for container in workload.all_containers:
            if container.init:
                yield not_applicable(container.unit, "An init container runs to its end.", container.place)
            elif not workload.long_running:
                yield not_applicable(container.unit, f"A {workload.kind} is not probed.", container.place)
            elif id(container.node) not in main:
                yield not_applicable(container.unit, "A sidecar without a port.", container.place)
            else:
                yield _judged(container)


def _main_containers(workload: Workload) -> list[Node]:
    """The containers with a port; where none has one, the first."""
    found = workload.containers
    serving = [container.node for container in found if _may_have_port(container)]
    return serving or [container.node for container in found[:1]]


def _may_have_port(container: Container) -> bool:
    looked = container.look("ports")
    if looked.undecided:
        return True
    return looked.node is not None and (len(looked.node) > 0 or looked.node.tag == OPEN)


def _judged(container: Container) -> Finding:
    liveness, readiness = container.look(LIVENESS), container.look(READINESS)
    where = [container.node.place_of(name) for name in (READINESS, LIVENESS) if container.node.has(name)]
    where = where or [container.place]
    ready, live = _probes(readiness), _probes(liveness)
    if ready is False:
        return failed(container.unit, "No readiness probe: traffic may reach a container that is not ready.", *where)
    if ready is None or live is None:
        return unknown(container.unit, "A probe is only known when the template is rendered.", *where)
    if live is False:
        return partial(container.unit, "A readiness probe, but no liveness probe.", *where, value="readiness")
    return _compared(container, readiness.node, liveness.node, where)


def _probes(looked: Looked) -> bool | None:
    """Whether a probe that does something stands there."""
    node = looked.node
    if node is not None and any(node.has(handler) for handler in HANDLERS):
        return True
    return None if looked.undecided or (node is not None and node.tag == OPEN) else False


def _compared(container: Container, readiness: Node | None, liveness: Node | None, where: list[Place]) -> Finding:
    if readiness is None or liveness is None:
        return unknown(container.unit, "A probe can't be read.", *where)
    if same := _alike(readiness, liveness):
        message = "Both probes ask the same in the same way: a container that is only not ready is restarted."
        return partial(container.unit, message, *where, value="identical")
    for name, probe in ((READINESS, readiness), (LIVENESS, liveness)):
        if wrong := _oddity(container, probe):
            return partial(container.unit, f"The {name} {wrong}.", *where, value=name)
    if _asks_dependency(liveness):
        message = "The liveness path asks a dependency: when that is down, healthy containers are restarted."
        return partial(container.unit, message, *where, value=LIVENESS)
    if same is None:
        return unknown(container.unit, "Whether the probes differ is only known when rendered.", *where)
    return passed(container.unit, "Both probes are there and differ.", *where, notes=_notes(container, liveness))


def _alike(readiness: Node, liveness: Node) -> bool | None:
    """Whether both ask the same question with the same thresholds; delays only shift when they begin."""
    if _question(readiness) != _question(liveness) or _thresholds(readiness) != _thresholds(liveness):
        opaque = any(node.tag == OPAQUE for probe in (readiness, liveness) for _, node in probe.walk())
        return None if opaque and _is_same_way(readiness, liveness) else False
    return True


def _is_same_way(readiness: Node, liveness: Node) -> bool:
    return [name for name in HANDLERS if readiness.has(name)] == [name for name in HANDLERS if liveness.has(name)]


def _question(probe: Node) -> list[tuple[object, ...]]:
    """The scalars of the handlers, with the ways to them."""
    return sorted(
        (handler, *map(str, way), node.raw)
        for handler in HANDLERS
        if (found := probe.get(handler)) is not None
        for way, node in found.walk(lambda node: node.is_scalar)
    )


def _thresholds(probe: Node) -> tuple[int | None, ...]:
    return (
        whole(probe.get("periodSeconds"), _PERIOD),
        whole(probe.get("timeoutSeconds"), _TIMEOUT),
        whole(probe.get("failureThreshold"), _FAILURES),
    )


def _oddity(container: Container, probe: Node) -> str:
    """What makes no sense in a probe; empty where nothing."""
    period, timeout, _ = _thresholds(probe)
    if period is not None and timeout is not None and timeout > _TIMEOUT and timeout >= period:
        return f"may take {timeout} s, not less than its period of {period} s"
    port = next((node for handler in HANDLERS if (node := probe.get(handler, "port")) is not None), None)
    if port is not None and _is_unknown_name(container, port):
        return f"asks the port {port.text[:40]!r}, which the container does not name"
    return ""


def _is_unknown_name(container: Container, port: Node) -> bool:
    if not port.is_scalar or port.tag == OPAQUE or port.number is not None or port.text.isdigit() or not port.text:
        return False
    ports = container.look("ports")
    if ports.undecided or (ports.node is not None and ports.node.tag == OPEN):
        return False
    names = [item.get("name") for item in container.node.items_at("ports")]
    if any(name is not None and name.tag == OPAQUE for name in names):
        return False
    return port.text not in [name.text for name in names if name is not None]


def _asks_dependency(probe: Node) -> bool:
    return bool(_DEPENDENCY.search(probe.text_at("httpGet", "path")[:500]))


def _notes(container: Container, liveness: Node) -> tuple[str, ...]:
    delay = whole(liveness.get("initialDelaySeconds"), 0)
    if delay is not None and delay > LONG_DELAY and not container.node.has(STARTUP):
        return (f"Liveness waits {delay} s; a startupProbe lets a quick start be quick.",)
    return ()
