"""(pure) Timeouts and retries of routes. Definition: DOP-3.3-01."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Manifest, look, manifests
from scorecards.reading.kubernetes.manifest import OPEN
from scorecards.reading.mesh import NETWORKING, http_routes, of_kind
from scorecards.reading.quantities import seconds, whole

GATEWAY_API = "gateway.networking.k8s.io"
MANY_TRIES = 5
_REPEATS_WRITES = frozenset({"5xx", "retriable-4xx", "retriable-status-codes", "reset"})


class Bound(NamedTuple):
    """What bounds a route: seconds, tries, and what does not fit. ``parts`` of 2 are there; ``None``: not known."""

    parts: int | None
    place: Place
    wrong: str = ""
    notes: tuple[str, ...] = ()


@check("mesh-routes-bounded")
def mesh_routes_bounded(subject: Subject) -> Iterator[Finding]:
    """Every route has a timeout and retries, whose tries together fit into the timeout."""
    for manifest in of_kind(subject.tree, NETWORKING, "VirtualService"):
        found = http_routes(manifest)
        if found:
            yield _judged(manifest, [_bound(route) for route in found])
        else:
            yield not_applicable(manifest.unit, "It leads no HTTP request to a service.", manifest.place)
    for manifest in manifests(subject.tree, "HTTPRoute"):
        rules = [rule for rule in manifest.items_at("spec", "rules") if rule.is_mapping]
        if manifest.group == GATEWAY_API and any(rule.has("timeouts") for rule in rules):
            yield _judged(manifest, [_gateway_bound(rule) for rule in rules])
        elif manifest.group == GATEWAY_API:
            yield not_applicable(manifest.unit, "It sets no timeouts.", manifest.place)


def _judged(manifest: Manifest, bounds: list[Bound]) -> Finding:
    whole_ones = [bound for bound in bounds if bound.parts == 2]
    where = tuple(dict.fromkeys(bound.place for bound in sorted(bounds, key=_badness)))
    value = f"{len(whole_ones)} of {len(bounds)}"
    notes = tuple(dict.fromkeys(note for bound in bounds for note in bound.notes))
    if any(bound.parts is None for bound in bounds):
        return unknown(manifest.unit, "Timeouts or retries are only known when rendered.", *where, value=value)
    if not any(bound.parts for bound in bounds):
        return failed(manifest.unit, "No route has a timeout or retries.", *where, value=value, notes=notes)
    if wrong := next((bound.wrong for bound in bounds if bound.wrong), ""):
        return partial(manifest.unit, f"{wrong}.", *where, value=value, notes=notes)
    if len(whole_ones) < len(bounds):
        message = f"Only {value} routes have both a timeout and retries."
        return partial(manifest.unit, message, *where, value=value, notes=notes)
    return passed(manifest.unit, "Every route is bounded, and its tries fit.", *where, value=value, notes=notes)


def _badness(bound: Bound) -> int:
    return (bound.parts or 0) * 2 - bool(bound.wrong)


def _bound(route: Node) -> Bound:
    """Of a VirtualService's route."""
    timeout, tries = look(route, "timeout"), look(route, "retries", "attempts")
    if timeout.undecided or tries.undecided or route.tag == OPEN:
        return Bound(None, route.place)
    limit = seconds(timeout.node.text) if timeout.node is not None else None
    attempts = whole(tries.node, -1)
    retried = attempts is not None and attempts >= 0
    parts = bool(limit) + retried
    place = route.place_of("timeout") if timeout.node is not None else route.place
    if not retried:
        return Bound(parts, place)
    each = seconds(route.text_at("retries", "perTryTimeout"))
    return Bound(parts, place, _overrun(limit, attempts or 0, each), tuple(_notes(route, attempts or 0, each)))


def _overrun(limit: float | None, attempts: int, each: float | None) -> str:
    if not limit or not each or (attempts + 1) * each <= limit:
        return ""
    needed = (attempts + 1) * each
    return f"One try and {attempts} retries need {needed:g} s, but the timeout is {limit:g} s: later tries are cut off"


def _notes(route: Node, attempts: int, each: float | None) -> Iterator[str]:
    if attempts > MANY_TRIES:
        yield f"{attempts} retries can multiply load on a service in trouble."
    if attempts and each is None:
        yield "Without perTryTimeout one slow try uses up the whole timeout."
    reasons = {reason.strip() for reason in route.text_at("retries", "retryOn")[:500].split(",")}
    if attempts and not _REPEATS_WRITES.isdisjoint(reasons):
        yield "retryOn repeats answers that may have changed something: safe only where requests are idempotent."
    if route.has("fault"):
        yield "The route injects faults."


def _gateway_bound(rule: Node) -> Bound:
    """Of an HTTPRoute's rule, whose retries are optional in the Gateway API."""
    if look(rule, "timeouts", "request").undecided or look(rule, "timeouts", "backendRequest").undecided:
        return Bound(None, rule.place)
    limit, each = (seconds(rule.text_at("timeouts", name)) for name in ("request", "backendRequest"))
    place = rule.place_of("timeouts") if rule.has("timeouts") else rule.place
    if not limit and not each:
        return Bound(0, place)
    attempts = whole(rule.get("retry", "attempts"), 0) or 0
    return Bound(2, place, _overrun(limit, max(attempts, 0), each))
