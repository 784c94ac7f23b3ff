"""(pure) Replicas, strategy, disruption budget and spread. Definition: DOP-3.1-05."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.kubernetes.marks import Mark, is_set, lacks
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.environments import place_of, shadowed_by_production
from scorecards.reading.kubernetes import Looked, Manifest, Workload, look
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.neighbours import autoscalers_of, budgets_of, services_of
from scorecards.reading.quantities import count_of, whole
from scorecards.reading.running import workloads

KINDS = ("Deployment", "StatefulSet")
MINIMUM = {"HorizontalPodAutoscaler": ("minReplicas", 1), "ScaledObject": ("minReplicaCount", 0)}


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many pods run at least; ``number`` is ``None`` where only rendering tells."""

    number: int | None
    place: Place
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Strategy:
    """How pods are replaced. ``stops``: why nothing serves meanwhile; ``weak``: what else is wrong."""

    known: bool = True
    stops: str = ""
    weak: str = ""


@check("workload-rolls-out-without-downtime")
def workload_rolls_out_without_downtime(subject: Subject) -> Iterator[Finding]:
    """Exposed Deployments and StatefulSets have two replicas or more, roll, and survive the loss of a node."""
    tree = subject.tree
    for workload in workloads(tree):
        if workload.kind not in KINDS:
            continue
        if not services_of(tree, workload) and not autoscalers_of(tree, workload):
            yield not_applicable(workload.unit, "No Service or autoscaler leads to it.", workload.place)
        elif judged := shadowed_by_production(tree, workload, subject.options.production_names):
            yield not_applicable(workload.unit, f"Judged as {place_of(judged)} runs it.", workload.place)
        else:
            yield _judged(tree, workload)


def _judged(tree: RepositoryTree, workload: Workload) -> Finding:
    replicas = _replicas(tree, workload)
    strategy = _strategy(workload, replicas.number)
    where = (replicas.place, workload.manifest.place_of("spec", _strategy_key(workload)))
    value = f"replicas={'?' if replicas.number is None else replicas.number}"
    notes = (*replicas.notes, *_grace(workload))
    if replicas.number == 0:
        return not_applicable(workload.unit, "It is scaled to zero.", replicas.place)
    if replicas.number is not None and replicas.number < 2:
        message = "A single replica: each rollout and each lost node is an outage. Run two or more."
        return failed(workload.unit, message, *where, value=value, notes=notes)
    if strategy.stops:
        return failed(workload.unit, strategy.stops, *where[::-1], value=value, notes=notes)
    if replicas.number is None or not strategy.known:
        message = "Replicas or strategy are only known when the template is rendered."
        return unknown(workload.unit, message, *where, value=value, notes=notes)
    return _completed(tree, workload, replicas.number, strategy, (*where,), value, notes)


def _completed(tree: RepositoryTree, workload: Workload, replicas: int, strategy: Strategy,
               where: tuple[Place, ...], value: str, notes: tuple[str, ...]) -> Finding:  # fmt: skip
    marks = [_budgeted(tree, workload, replicas), _spread(workload)]
    places = (*where, *(mark.place for mark in marks if mark.place not in where))
    if strategy.weak:
        return partial(workload.unit, strategy.weak, *places, value=value, notes=notes)
    if any(mark.met is False for mark in marks):
        message = f"{replicas} replicas that roll, but {lacks(marks)}."
        return partial(workload.unit, message, *places, value=value, notes=notes)
    if any(mark.met is None for mark in marks):
        message = "Budget or spread are only known when the template is rendered."
        return unknown(workload.unit, message, *places, value=value, notes=notes)
    message = f"{replicas} replicas that roll, with a disruption budget and a spread."
    return passed(workload.unit, message, *places, value=value, notes=notes)


def _grace(workload: Workload) -> tuple[str, ...]:
    seconds = whole(workload.pod.get("terminationGracePeriodSeconds"), 30)
    return ("terminationGracePeriodSeconds 0 cuts open requests.",) if seconds == 0 else ()


# ---------------------------------------------------------------- replicas


def _replicas(tree: RepositoryTree, workload: Workload) -> Replicas:
    """Of the autoscaler's minimum, else of the workload; a chart may render either of them."""
    own = _whole(workload.manifest.look("spec", "replicas"), 1)
    place = workload.manifest.place_of("spec", "replicas")
    scalers = autoscalers_of(tree, workload)
    if not scalers:
        return Replicas(own, place)
    least = _least(scalers[0])
    place = scalers[0].place_of("spec", MINIMUM[scalers[0].kind][0])
    if not workload.manifest.root.has("spec", "replicas"):
        return Replicas(least, place)
    if workload.manifest.origin == "chart":
        agreed = least if own is not None and least is not None and (own < 2) == (least < 2) else None
        return Replicas(agreed, place)
    return Replicas(least, place, ("Replicas are set beside an autoscaler: each apply resets the scale.",))


def _least(scaler: Manifest) -> int | None:
    name, default = MINIMUM[scaler.kind]
    return _whole(scaler.look("spec", name), default)


def _whole(looked: Looked, default: int) -> int | None:
    return None if looked.undecided else whole(looked.node, default)


# ---------------------------------------------------------------- strategy


def _strategy_key(workload: Workload) -> str:
    return "updateStrategy" if workload.kind == "StatefulSet" else "strategy"


def _strategy(workload: Workload, replicas: int | None) -> Strategy:
    """RollingUpdate, 25 % unavailable, is what Kubernetes takes where nothing is said."""
    key = _strategy_key(workload)
    named = workload.manifest.look("spec", key, "type")
    if named.undecided:
        return Strategy(known=False)
    kind = named.node.text if named.node is not None else ""
    if kind == "Recreate":
        return Strategy(stops="Recreate stops all pods before new ones start: use RollingUpdate.")
    if kind == "OnDelete":
        return Strategy(weak="OnDelete replaces pods only when somebody deletes them: use RollingUpdate.")
    return _unavailable(workload.manifest.look("spec", key, "rollingUpdate", "maxUnavailable"), replicas)


def _unavailable(looked: Looked, replicas: int | None) -> Strategy:
    node = looked.node
    if looked.undecided:
        return Strategy(known=False)
    if node is None or node.is_null:
        return Strategy()
    if replicas is None:
        return _unavailable(looked, 100) if node.text.endswith("%") else Strategy(known=node.number == 0)
    gone = count_of(node, 100 if node.text.endswith("%") else replicas, up=False)
    total = 100 if node.text.endswith("%") else replicas
    if gone is None:
        return Strategy(weak="maxUnavailable is neither a number nor a percentage.")
    if total and gone >= total:
        return Strategy(stops=f"maxUnavailable {node.text[:20]} lets a rollout stop every pod at once.")
    if gone * 2 >= total:
        return Strategy(weak=f"maxUnavailable {node.text[:20]} lets a rollout stop half of the pods or more.")
    return Strategy()


# ---------------------------------------------------------------- budget and spread


def _budgeted(tree: RepositoryTree, workload: Workload, replicas: int) -> Mark:
    budgets = budgets_of(tree, workload)
    if not budgets:
        return Mark(False, "no disruption budget selects it", workload.place)
    answers = [_allows_one(budget, replicas) for budget in budgets]
    met = False if False in answers else (None if None in answers else True)
    return Mark(met, "its disruption budget allows no disruption", budgets[0].place)


def _allows_one(budget: Manifest, replicas: int) -> bool | None:
    """Whether at least one pod may be evicted while all run."""
    most, least = budget.look("spec", "maxUnavailable"), budget.look("spec", "minAvailable")
    if (most.node and most.node.tag == OPAQUE) or (least.node and least.node.tag == OPAQUE):
        return None
    if is_set(most.node):
        gone = count_of(most.node, replicas, up=True)
        return None if gone is None else gone >= 1
    if is_set(least.node):
        kept = count_of(least.node, replicas, up=True)
        return None if kept is None else kept < replicas
    return None if most.undecided or least.undecided else True


def _spread(workload: Workload) -> Mark:
    spread = look(workload.pod, "topologySpreadConstraints")
    apart = look(workload.pod, "affinity", "podAntiAffinity")
    if is_set(spread.node) or is_set(apart.node):
        return Mark(True, "", workload.pod.place_of("topologySpreadConstraints"))
    met = None if spread.undecided or apart.undecided else False
    return Mark(met, "no spread constraint or anti-affinity", workload.pod.place)
