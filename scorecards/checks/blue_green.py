"""(pure) Blue-green releases: one shape for both colours, and a switch behind a gate."""

from collections.abc import Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.canaries import Rollout, rollouts
from scorecards.reading.colours import (
    Colours,
    Switch,
    colours,
    differences,
    is_undecided,
    replicas,
    split_by_mesh,
    switches,
)
from scorecards.reading.kubernetes import Manifest, Workload
from scorecards.reading.kubernetes.objects import workload_of
from scorecards.reading.references import find
from scorecards.reading.selectors import service_selects
from scorecards.reading.switching import Switching, switching

KEPT = 30.0  # seconds; what Argo Rollouts keeps the old version by itself


# ---------------------------------------------------------------- DOP-2.2-01


@check("blue-green-colours-match")
def blue_green_colours_match(subject: Subject) -> Iterator[Finding]:
    """A Service selects exactly one of two colours, which are alike."""
    for group in colours(subject.tree):
        yield _colours_judged(subject.tree, group)
    for rollout in rollouts(subject.tree):
        if rollout.kind == "blueGreen":
            yield _rollout_judged(subject.tree, rollout)


def _colours_judged(tree: RepositoryTree, group: Colours) -> Finding:
    found = switches(tree, group)
    unit = _unit(group)
    places = [switch.service.place_of("spec", "selector") for switch in found] + [each.place for each in group.members]
    single = [switch for switch in found if switch.selected is not None and len(switch.selected) == 1]
    if rule := split_by_mesh(tree, group):
        text = f"DestinationRule {rule.name} splits the colours; which one users get can't be told from a selector."
        return unknown(unit, text, rule.place, *places)
    if wrong := _wrong_switch(group, found, single):
        return failed(unit, wrong, *places)
    if not single:
        return unknown(unit, "What the Service selects is only known when the template is rendered.", *places)
    return _shapes_judged(unit, group, single, places)


def _unit(group: Colours) -> str:
    first = group.members[0].manifest
    names = " and ".join(workload.name for workload in group.members)
    where = f" in {first.rendered}" if first.rendered else ""
    return f"{first.kind} {first.namespace + '/' if first.namespace else ''}{names}{where}"


def _wrong_switch(group: Colours, found: list[Switch], single: list[Switch]) -> str:
    names = ", ".join(group.workloads)
    for switch in found:
        if switch.selected == ():
            return f"Service {switch.service.name} selects neither colour ({names})."
    if single or any(switch.selected is None for switch in found):
        return ""
    if found:
        return f"Service {found[0].service.name} selects every colour ({names}): add the colour to its selector."
    return f"No Service selects a colour ({names}): switch by the selector of one."


def _shapes_judged(unit: str, group: Colours, single: list[Switch], places: list[Place]) -> Finding:
    differing = list(differences(group))
    if any(is_undecided(node) for _, *pair in differing for node in pair):
        return unknown(unit, "Whether the colours are alike is only known when the template is rendered.", *places)
    where = [node.place for _, *pair in differing for node in pair if node is not None]
    if differing:
        told = ", ".join(dict.fromkeys(name for name, *_ in differing))[:80]
        return failed(unit, f"The colours differ in {told}: give them one shape.", *where, *places, value=told)
    counts = {node.raw if node is not None else "1" for node in map(replicas, group.members)}
    if len(counts) > 1:
        text = "The colours differ in replicas: the idle one can't take over at once."
        return partial(unit, text, *places, value="replicas")
    shown = {colour for switch in single for colour in switch.selected or ()}
    if len(shown) < 2:
        return partial(unit, "No Service leads to the idle colour, so that it can't be tested first.", *places)
    return passed(unit, "Each colour has a Service of its own, and both have one shape.", *places)


def _rollout_judged(tree: RepositoryTree, rollout: Rollout) -> Finding:
    place = rollout.manifest.place_of("spec", "strategy", "blueGreen")
    active, preview = (rollout.strategy.text_at(name) for name in ("activeService", "previewService"))
    if not active:
        return failed(rollout.unit, "It names no activeService, so that nothing is switched.", place)
    service = find(tree, rollout.manifest, "Service", active)
    if service is None:
        return unknown(rollout.unit, f"Its activeService {active} is not in this repository.", place)
    if _selects(service, rollout.manifest) is False:
        return failed(rollout.unit, f"Service {active} does not select the pods of the rollout.", service.place, place)
    if not preview or preview == active:
        return partial(rollout.unit, "It has no previewService, so that the new version can't be tested first.", place)
    return passed(rollout.unit, f"{active} leads to the released version, {preview} to the next one.", place)


def _selects(service: Manifest, rollout: Manifest) -> bool | None:
    workload = workload_of(rollout)
    return service_selects(service, workload) if workload is not None else None


# ---------------------------------------------------------------- DOP-2.2-02


@check("blue-green-switch-gated")
def blue_green_switch_gated(subject: Subject) -> Iterator[Finding]:
    """Each colour proves that it is ready; the switch waits for it and keeps the old colour."""
    for group in colours(subject.tree):
        switch = switching(subject.tree)
        for workload in group.members:
            yield _colour_judged(workload, switch)
    for rollout in rollouts(subject.tree):
        pods = _pods_of(subject.tree, rollout) if rollout.kind == "blueGreen" else None
        if pods is not None:
            yield _colour_judged(pods, _rollout_switching(rollout))


def _pods_of(tree: RepositoryTree, rollout: Rollout) -> Workload | None:
    """The workload of a rollout: its own, or the one that it refers to."""
    name = rollout.manifest.text_at("spec", "workloadRef", "name")
    kind = rollout.manifest.text_at("spec", "workloadRef", "kind") or "Deployment"
    referred = find(tree, rollout.manifest, kind, name)
    return workload_of(rollout.manifest) or (workload_of(referred) if referred is not None else None)


def _rollout_switching(rollout: Rollout) -> Switching:
    manual = rollout.strategy.get("autoPromotionEnabled")
    gated = rollout.strategy.has("prePromotionAnalysis") or (manual is not None and manual.is_false)
    delay = rollout.strategy.get("scaleDownDelaySeconds")
    kept = delay is None or delay.number is None or delay.number >= KEPT
    return Switching(rollout.manifest.place_of("spec", "strategy", "blueGreen"), gated, kept)


def _colour_judged(workload: Workload, switch: Switching | None) -> Finding:
    probes = [container.look("readinessProbe") for container in workload.containers]
    places = [probe.node.place for probe in probes if probe.node is not None] or [workload.place]
    if switch is not None:
        places.append(switch.place)
    if not any(probe.node is not None for probe in probes):
        if any(probe.undecided for probe in probes) or not probes:
            return unknown(workload.unit, "Its probes are only known when the template is rendered.", *places)
        return failed(workload.unit, "No container has a readiness probe: the switch can't wait for it.", *places)
    gaps = [*_baseline_gaps(workload), *_switch_gaps(switch)]
    value = " ".join(gaps)
    if gaps:
        text = f"It proves that it is ready, but lacks: {', '.join(gaps)[:120]}."
        return partial(workload.unit, text, *places, value=value)
    return passed(workload.unit, "It proves that it is ready, and the switch waits for it.", *places)


def _baseline_gaps(workload: Workload) -> Iterator[str]:
    """What the workload baseline of DOP-3.1 asks and some container surely lacks."""
    ways = {
        "a readiness probe on every container": ("readinessProbe",),
        "a liveness probe": ("livenessProbe",),
        "requests": ("resources", "requests"),
        "a memory limit": ("resources", "limits", "memory"),
    }
    for told, way in ways.items():
        if any(container.look(*way).missing for container in workload.containers):
            yield told
    if any(container.effective("runAsNonRoot").missing for container in workload.containers):
        yield "runAsNonRoot"


def _switch_gaps(switch: Switching | None) -> Iterator[str]:
    if switch is None:
        yield "an automated switch"
        return
    if not switch.gated:
        yield "a switch that waits for the new colour"
    if not switch.kept:
        yield "a delay before the old colour goes"
