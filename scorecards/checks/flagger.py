"""(pure) Flagger's Canary objects resolve: their targets, metrics, hooks and alerts."""

from collections.abc import Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.canaries import Canary, CanaryMetric, Hook, Rollout, canaries, flaw, rollouts
from scorecards.reading.canaries.acceptance import accepts, can_fail, is_load_tester, is_notifier, knows_task, loads
from scorecards.reading.canaries.alerts import alerts_of, misplaced, orphans, provider_fault, severities
from scorecards.reading.canaries.measures import misfit
from scorecards.reading.canaries.routing import (
    cut_off,
    is_opaque,
    originated_tls,
    rival_routes,
    target_of,
    unreferenced_scaler,
    workload_for,
    wrong_port,
)
from scorecards.reading.canaries.templates import query_error, redundant, same_for_all
from scorecards.reading.kubernetes import Manifest
from scorecards.reading.references import find
from scorecards.reading.schemas import facts

# ---------------------------------------------------------------- DOP-6.2-01


@check("canary-target-resolves")
def canary_target_resolves(subject: Subject) -> Iterator[Finding]:
    """A canary releases a workload that exists, over routes that fit it."""
    for canary in canaries(subject.tree):
        yield _target_judged(subject, canary)
    for rollout in rollouts(subject.tree):
        if rollout.kind == "canary" and rollout.strategy.has("trafficRouting"):
            yield _routed(subject.tree, rollout)


def _target_judged(subject: Subject, canary: Canary) -> Finding:
    target = target_of(subject.tree, canary)
    workload = workload_for(subject.tree, target) if target is not None else None
    broken = list(_routing_faults(subject.tree, canary, target))
    if broken:
        return failed(canary.unit, broken[0][0], *(place for _, place in broken), value=broken[0][0])
    place = canary.place_of("targetRef")
    kind, name = canary.target
    if target is None:
        return _target_elsewhere(subject, canary, place)
    if workload is not None and (scaler := unreferenced_scaler(subject.tree, canary, workload)):
        text = f"{scaler.kind} {scaler.name} scales the target: name it in autoscalerRef."
        return partial(canary.unit, text, place, scaler.place)
    for text, where in _doubts(canary):
        return partial(canary.unit, text, where, place)
    for route in rival_routes(subject.tree, canary):
        text = f"VirtualService {route.name} has the same host as the one that Flagger makes: remove it."
        return partial(canary.unit, text, route.place, place)
    return passed(canary.unit, f"It releases {kind} {name}, and its routes fit.", place, value=f"{kind} {name}")


def _target_elsewhere(subject: Subject, canary: Canary, place: Place) -> Finding:
    kind, name = canary.target
    if is_opaque(canary):
        return unknown(canary.unit, "Its target is only known when the template is rendered.", place)
    if subject.fleet is not None and f"{canary.manifest.namespace}/{name}" in subject.fleet.workloads:
        return passed(canary.unit, f"It releases {kind} {name}, which another repository holds.", place)
    return partial(canary.unit, f"{kind} {name} is not in this repository, so that it can't be checked.", place)


def _routing_faults(tree: RepositoryTree, canary: Canary, target: Manifest | None) -> Iterator[tuple[str, Place]]:
    provider = canary.provider.partition(":")[0]
    provider_node = canary.manifest.look("spec", "provider")
    if provider and not provider_node.undecided and provider not in facts("flagger")["traffic_providers"]:
        yield f"Flagger knows no provider {provider[:40]}.", canary.place_of("provider")
    if (place := cut_off(canary)) and canary.weighted:
        yield "service.match cuts off requests without the header: move it to analysis.match.", place
    workload = workload_for(tree, target) if target is not None else None
    if workload is not None and (port := wrong_port(canary, workload)):
        yield f"No container of the target declares port {port}.", canary.place_of("service", "targetPort")
    if place := originated_tls(canary, workload):
        yield "TLS is originated towards pods that are plain inside the mesh: use ISTIO_MUTUAL or DISABLE.", place


_SERVICES = (("stableService",), ("canaryService",))
_PING_PONG = (("pingPong", "pingService"), ("pingPong", "pongService"))


def _doubts(canary: Canary) -> Iterator[tuple[str, Place]]:
    """What is said about routes in a place where it does not belong."""
    if place := cut_off(canary):
        yield "service.match cuts off requests without the header: move it to analysis.match.", place
    if canary.analysis is not None and canary.analysis.items_at("match") and canary.weighted:
        yield "analysis.match goes with iterations, not with weights.", canary.analysis_place("match")


def _routed(tree: RepositoryTree, rollout: Rollout) -> Finding:
    place = rollout.manifest.place_of("spec", "strategy", "canary", "trafficRouting")
    missing = []
    for way in _SERVICES + _PING_PONG:
        name = rollout.strategy.text_at(*way)
        if name and find(tree, rollout.manifest, "Service", name) is None:
            missing.append(f"{way[-1]} {name}")
    reference = rollout.manifest.text_at("spec", "workloadRef", "name")
    kind = rollout.manifest.text_at("spec", "workloadRef", "kind") or "Deployment"
    if reference and find(tree, rollout.manifest, kind, reference) is None:
        missing.append(f"workload {reference}")
    if missing:
        return partial(rollout.unit, f"Not in this repository: {', '.join(missing)}.", place)
    if all(rollout.strategy.text_at(*way) for way in _SERVICES) or all(
        rollout.strategy.text_at(*way) for way in _PING_PONG
    ):
        return passed(rollout.unit, "Its Services for the stable and the new version exist.", place)
    return partial(rollout.unit, "Traffic is split without stableService and canaryService: name both.", place)


# ---------------------------------------------------------------- DOP-6.2-02


@check("canary-metrics-resolve")
def canary_metrics_resolve(subject: Subject) -> Iterator[Finding]:
    """Every metric of a canary is built in, or a query that exists, parses and tells this service from others."""
    for canary in canaries(subject.tree):
        seen: dict[str, int] = {}
        for metric in canary.metrics:
            seen[metric.name] = seen.get(metric.name, 0) + 1
            again = f" {seen[metric.name]}" if seen[metric.name] > 1 else ""
            yield _metric_judged(canary, metric, f"{canary.unit} metric {metric.name or '?'}{again}")


def _metric_judged(canary: Canary, metric: CanaryMetric, unit: str) -> Finding:
    notes = tuple(f"{metric.name} says the same as {other}." for other in redundant(canary, metric))
    if metric.reference is None:
        return _own_query(metric, unit, notes)
    namespace, name = metric.reference
    place = metric.node.place_of("templateRef")
    if metric.template is not None:
        return _template_judged(metric, unit, place, notes)
    told = f"MetricTemplate {namespace}/{name}" if namespace else f"MetricTemplate {name}"
    named = metric.node.get("templateRef", "name")
    if metric.templated_namespace or named is None or named.tag:
        return unknown(unit, "Its template is only known when the chart is rendered.", place)
    if namespace != canary.manifest.namespace or not canary.manifest.namespace_known:
        return partial(unit, f"{told} is not in this repository, so that its query can't be read.", place, notes=notes)
    return failed(unit, f"{told} does not exist in the canary's own namespace: the analysis halts.", place, notes=notes)


def _own_query(metric: CanaryMetric, unit: str, notes: tuple[str, ...]) -> Finding:
    if metric.node.has("query"):
        return _query_judged(metric, unit, metric.node.place_of("query"), notes)
    if metric.measure.builtin:
        return passed(unit, "Flagger has this metric built in.", metric.place, value=metric.name, notes=notes)
    named = metric.node.get("name")
    if named is None or named.tag:
        return unknown(unit, "Which metric it is is only known when the template is rendered.", metric.place)
    return failed(unit, f"{metric.name} is not built in and has no templateRef: nothing is measured.", metric.place)


def _template_judged(metric: CanaryMetric, unit: str, place: Place, notes: tuple[str, ...]) -> Finding:
    template = metric.template
    assert template is not None  # noqa: S101 - the caller looked
    query = template.place_of("spec", "query")
    provider = template.text_at("spec", "provider", "type")
    if provider and provider not in facts("flagger")["metric_providers"]:
        return failed(unit, f"Flagger knows no metric provider {provider[:40]}.", query, place)
    if provider not in ("", "prometheus"):
        notes = (*notes, f"A query for {provider} is not parsed.")
        return _fit(metric, unit, (query, place), notes)
    return _query_judged(metric, unit, query, notes)


def _query_judged(metric: CanaryMetric, unit: str, query: Place, notes: tuple[str, ...]) -> Finding:
    error, undecided = query_error(metric.measure.query)
    if error:
        return failed(unit, f"The query does not parse: {error[:100]}.", query, metric.place, notes=notes)
    if undecided:
        return unknown(unit, f"The query can't be read: {undecided[:100]}.", query, metric.place, notes=notes)
    return _fit(metric, unit, (query, metric.place), notes)


def _fit(metric: CanaryMetric, unit: str, places: tuple[Place, ...], notes: tuple[str, ...]) -> Finding:
    value = " ".join(metric.measure.query.split())[:300]
    if why := (misfit(metric.measure) or flaw(metric.measure)):
        return partial(unit, f"The threshold does not fit the query: it {why}.", *places, value=value, notes=notes)
    if same_for_all(metric):
        text = "The query names neither target nor namespace by a variable: every service gets the same answer."
        return partial(unit, text, *places, value=value, notes=notes)
    return passed(unit, "Its query exists and tells this service from others.", *places, value=value, notes=notes)


# ---------------------------------------------------------------- DOP-6.2-03


@check("canary-webhooks-fit-their-type")
def canary_webhooks_fit_their_type(subject: Subject) -> Iterator[Finding]:
    """Hooks are of the type that does what they are there for."""
    for canary in canaries(subject.tree):
        if canary.hooks:
            yield _hooks_judged(canary)
        elif canary.analysis is not None and canary.analysis.tag:
            yield unknown(
                canary.unit, "Its webhooks are only known when the template is rendered.", canary.manifest.place
            )
        else:
            yield not_applicable(canary.unit, "It has no webhooks.", canary.manifest.place)


def _hooks_judged(canary: Canary) -> Finding:
    places = [hook.place for hook in canary.hooks]
    value = " ".join(hook.type or "-" for hook in canary.hooks)
    if wrong := [(why, hook.place) for hook in canary.hooks if (why := _misused(hook))]:
        return failed(canary.unit, wrong[0][0], *(place for _, place in wrong), value=value)
    if weak := [(why, hook.place) for hook in canary.hooks if (why := _weak(hook))]:
        return partial(canary.unit, weak[0][0], *(place for _, place in weak), value=value)
    if not any(accepts(hook) for hook in canary.hooks):
        return partial(
            canary.unit, "No hook tests it before the rollout: add one of type pre-rollout.", *places, value=value
        )
    if not any(loads(hook) for hook in canary.hooks):
        return partial(canary.unit, "No hook makes load during the rollout.", *places, value=value)
    return passed(canary.unit, "It is tested before the rollout and under load during it.", *places, value=value)


def _misused(hook: Hook) -> str:
    kind = hook.node.get("type")
    if kind is not None and kind.tag:
        return ""
    if hook.type and hook.type not in facts("flagger")["hook_types"]:
        return f"{hook.name or 'A hook'} has type {hook.type[:40]}, which Flagger does not know."
    if hook.type == "rollback" and is_notifier(hook):
        name = hook.name or "A hook"
        return f"{name}: a rollback hook aborts the release when it answers 200; tell people by an event hook."
    return ""


def _weak(hook: Hook) -> str:
    name = hook.name or "A hook"
    if is_load_tester(hook) and not knows_task(hook) and hook.node.has("metadata"):
        return f"{name} asks the load tester for a task {hook.task[:40]}, which it refuses."
    if hook.command and hook.type in ("pre-rollout", "confirm-rollout") and not can_fail(hook):
        return f"{name} can't fail: an HTTP error counts as success; give curl --fail."
    return ""


# ---------------------------------------------------------------- DOP-6.2-04


@check("canary-alerts-reach-people")
def canary_alerts_reach_people(subject: Subject) -> Iterator[Finding]:
    """A canary tells people when it fails."""
    for canary in canaries(subject.tree):
        yield _alerts_judged(subject.tree, canary)
    for provider in orphans(subject.tree):
        if why := provider_fault(provider):
            yield failed(provider.unit, why, provider.place_of("spec", "type"), value=provider.text_at("spec", "type"))


def _alerts_judged(tree: RepositoryTree, canary: Canary) -> Finding:
    if place := misplaced(canary):
        return failed(canary.unit, "Flagger reads no alerts under spec: move them to spec.analysis.", place)
    look = canary.manifest.look("spec", "analysis", "alerts")
    alerts = alerts_of(tree, canary)
    if not alerts and look.undecided:
        return unknown(canary.unit, "Its alerts are only known when the template is rendered.", canary.manifest.place)
    if not alerts:
        return failed(
            canary.unit, "Nobody is told: add analysis.alerts with severity error.", canary.analysis_place("alerts")
        )
    place = canary.analysis_place("alerts")
    for alert in alerts:
        if alert.provider is not None and (why := provider_fault(alert.provider)):
            return failed(canary.unit, why, alert.provider.place_of("spec", "type"), place)
    lost = [alert for alert in alerts if alert.provider is None]
    if lost:
        return partial(
            canary.unit, f"AlertProvider {lost[0].told} is not in this repository.", lost[0].node.place, place
        )
    return _loud_enough(canary, place)


def _loud_enough(canary: Canary, place: Place) -> Finding:
    told = severities(canary)
    value = " ".join(sorted(told))
    if told.isdisjoint({"warn", "error"}):
        return partial(canary.unit, "Every alert is of severity info: add one of severity error.", place, value=value)
    return passed(canary.unit, "Failures are told to people.", place, value=value)
