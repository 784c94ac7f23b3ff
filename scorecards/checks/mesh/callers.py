"""(pure) Outlier detection and connection limits of callers. Definition: DOP-3.3-03."""

from collections.abc import Callable, Iterator

from ingest.repository.node import Node, Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.kubernetes.marks import Mark, count, is_set, lacks, places
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Manifest
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.mesh import NETWORKING, external_hosts, host, is_public, of_kind
from scorecards.reading.quantities import seconds, whole

MAX_EJECTION = 50  # percent
FEW_REQUESTS = 10
_ERRORS = ("consecutive5xxErrors", "consecutiveGatewayErrors", "consecutiveErrors")
_LIMITS = (
    ("tcp", "maxConnections"), ("http", "http1MaxPendingRequests"), ("http", "http2MaxRequests"),
    ("http", "maxRequestsPerConnection"), ("http", "maxRetries"), ("http", "maxConcurrentStreams"),
)  # fmt: skip
_PLAIN = ("DISABLE", "SIMPLE")
_JUSTIFIED = ("reason", "justification", "justified")
_API_SERVER = ("kubernetes", "default")


@check("mesh-callers-protected")
def mesh_callers_protected(subject: Subject) -> Iterator[Finding]:
    """Every DestinationRule of a service in the mesh ejects failing pods and limits connections."""
    outside = external_hosts(subject.tree)
    for manifest in of_kind(subject.tree, NETWORKING, "DestinationRule"):
        if _is_outside(manifest, outside):
            named = manifest.text_at("spec", "host")
            yield not_applicable(manifest.unit, f"{named[:80]} is not in the mesh.", manifest.place_of("spec", "host"))
        else:
            yield _judged(manifest)


def _is_outside(manifest: Manifest, outside: frozenset[str]) -> bool:
    named = manifest.text_at("spec", "host")
    if named.lower() in outside or host(named, manifest.namespace) == _API_SERVER:
        return True
    return is_public(named) and not manifest.look("spec", "host").undecided


def _judged(manifest: Manifest) -> Finding:
    policies = _policies(manifest)
    where = manifest.place_of("spec", "trafficPolicy")
    if plain := next(_plain(manifest, policies), None):
        mode, place = plain
        message = f"TLS mode {mode} towards a service of the mesh gives up mutual TLS."
        return failed(manifest.unit, message, place, where, value=mode)
    if _is_opaque(manifest):
        return unknown(manifest.unit, "The traffic policy is only known when the template is rendered.", where)
    marks = [
        _marked(policies, "outlierDetection", _detects, where),
        _marked(policies, "connectionPool", _limits, where),
    ]
    low, _ = count(marks)
    notes, value = tuple(_notes(policies)), f"{low} of 2"
    if low == 2:
        message = "Failing pods are ejected, and connections are limited."
        return passed(manifest.unit, message, *places(marks), value=value, notes=notes)
    message = f"Callers are not protected: {lacks(marks)}."
    if low == 1:
        return partial(manifest.unit, message, *places(marks), value=value, notes=notes)
    return failed(manifest.unit, message, *places(marks), value=value, notes=notes)


def _is_opaque(manifest: Manifest) -> bool:
    policy = manifest.look("spec", "trafficPolicy")
    if policy.undecided or manifest.look("spec", "subsets").undecided:
        return True
    return policy.node is not None and any(node.tag in (OPEN, OPAQUE) for _, node in policy.node.walk())


def _policies(manifest: Manifest) -> list[list[Node]]:
    """The rule's own policy; those of its subsets; those of single ports."""
    own = manifest.get("spec", "trafficPolicy")
    subsets = [found for item in manifest.items_at("spec", "subsets") if (found := item.get("trafficPolicy"))]
    every = [policy for policy in (own, *subsets) if policy is not None]
    ports = [item for policy in every for item in policy.items_at("portLevelSettings")]
    complete = len(subsets) == len(manifest.items_at("spec", "subsets"))
    return [[own] if own is not None else [], subsets if complete else [], ports]


def _marked(policies: list[list[Node]], name: str, good: Callable[[Node], str], fallback: Place) -> Mark:
    """Met where the whole rule, every subset or every port has it. What is wrong with the first one that has not."""
    wrong, place = f"no {name}", fallback
    for group in policies:
        found = [policy.get(name) for policy in group]
        present = [node for node in found if node is not None and is_set(node)]
        reasons = [reason for node in present if (reason := good(node))]
        if present and len(present) == len(found) and not reasons:
            return Mark(True, "", present[0].place)
        if reasons:
            wrong, place = reasons[0], present[0].place
    return Mark(False, wrong, place)


def _detects(detection: Node) -> str:
    """What is wrong with outlier detection. Defaults of Istio: 5 errors, every 10 s, for 30 s, 10 % at most."""
    told = [detection.get(name) for name in _ERRORS if detection.has(name)]
    if told and all(whole(node, 0) == 0 for node in told):
        return "outlierDetection counts no errors"
    for name in ("interval", "baseEjectionTime"):
        if detection.has(name) and not seconds(detection.text_at(name)):
            return f"the {name} of outlierDetection is no duration"
    most = whole(detection.get("maxEjectionPercent"), 10)
    if most is None or most > MAX_EJECTION:
        return f"outlierDetection may eject more than {MAX_EJECTION} % of the pods"
    return ""


def _limits(pool: Node) -> str:
    return "" if any(whole(pool.get(*way), 0) for way in _LIMITS) else "connectionPool sets no limit"


def _plain(manifest: Manifest, policies: list[list[Node]]) -> Iterator[tuple[str, Place]]:
    """(mode, where) of TLS settings that give up the mesh's own, unless an annotation says why."""
    if any(key.rpartition("/")[2].lower().endswith(_JUSTIFIED) for key in manifest.annotations):
        return
    subsets = [policy for item in manifest.items_at("spec", "subsets") if (policy := item.get("trafficPolicy"))]
    for policy in (*(policy for group in policies for policy in group), *subsets):
        if (mode := policy.text_at("tls", "mode").upper()) in _PLAIN:
            yield mode, policy.place_of("tls", "mode")


def _notes(policies: list[list[Node]]) -> Iterator[str]:
    for policy in (policy for group in policies for policy in group):
        most = whole(policy.get("connectionPool", "http", "maxRequestsPerConnection"), 0)
        if most and most < FEW_REQUESTS:
            yield f"{most} requests for each connection: keep-alive hardly helps."
        detection = policy.get("outlierDetection")
        if detection is not None and is_set(detection) and not detection.has("maxEjectionPercent"):
            yield "maxEjectionPercent is not set; Istio takes 10."
