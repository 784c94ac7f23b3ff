"""(pure) Which objects of a set belong together: the services, autoscalers, budgets and accounts of a workload."""

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest, Workload, manifests, workloads
from scorecards.reading.selectors import pod_labels, selector, service_selects


def in_set(tree: RepositoryTree, rendered: str, *kinds: str) -> list[Manifest]:
    """The objects of these kinds that are applied together as one set."""
    return [manifest for kind in kinds for manifest in tree.derive(_by_set, kind).get(rendered, ())]


def _by_set(tree: RepositoryTree, kind: str) -> dict[str, list[Manifest]]:
    found: dict[str, list[Manifest]] = {}
    for manifest in manifests(tree, kind):
        found.setdefault(manifest.rendered, []).append(manifest)
    return found


def workloads_in(tree: RepositoryTree, rendered: str) -> list[Workload]:
    """What makes pods in one set."""
    return tree.derive(_workloads_by_set).get(rendered, [])


def _workloads_by_set(tree: RepositoryTree) -> dict[str, list[Workload]]:
    found: dict[str, list[Workload]] = {}
    for workload in workloads(tree):
        found.setdefault(workload.manifest.rendered, []).append(workload)
    return found


def may_share_namespace(one: Manifest, other: Manifest) -> bool:
    """Whether two objects stand in the same namespace as far as can be seen: one that names none may be anywhere."""
    return one.namespace == other.namespace or not one.namespace or not other.namespace


def beside(tree: RepositoryTree, workload: Workload, *kinds: str) -> list[Manifest]:
    """The objects of these kinds in a workload's set and namespace."""
    own = workload.manifest
    return [other for other in in_set(tree, own.rendered, *kinds) if may_share_namespace(own, other)]


def services_of(tree: RepositoryTree, workload: Workload) -> list[Manifest]:
    """The core Services that send traffic to a workload, or that may do so."""
    return tree.derive(_services_of, workload)


def _services_of(tree: RepositoryTree, workload: Workload) -> list[Manifest]:
    return [
        service
        for service in beside(tree, workload, "Service")
        if not service.group and service_selects(service, workload) is not False
    ]


def autoscalers_of(tree: RepositoryTree, workload: Workload) -> list[Manifest]:
    """The HorizontalPodAutoscalers and ScaledObjects that scale a workload."""
    return [
        scaler
        for scaler in beside(tree, workload, "HorizontalPodAutoscaler", "ScaledObject")
        if _targets(scaler.get("spec", "scaleTargetRef"), workload)
    ]


def _targets(reference: Node | None, workload: Workload) -> bool:
    if reference is None:
        return False
    kind = reference.text_at("kind") or "Deployment"
    return kind == workload.kind and bool(workload.name) and reference.text_at("name") == workload.name


def budgets_of(tree: RepositoryTree, workload: Workload) -> list[Manifest]:
    """The PodDisruptionBudgets that select a workload's pods, or that may do so."""
    labels = pod_labels(workload)
    return [
        budget
        for budget in beside(tree, workload, "PodDisruptionBudget")
        if budget.get("spec", "selector") is not None
        and selector(budget.get("spec", "selector")).matches(labels) is not False
    ]
