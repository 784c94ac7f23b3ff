"""(pure) Which objects of a set belong together: the services, autoscalers, budgets and policies of a workload.

Looked up by name or by label, never by going through all objects for each of them: a set may hold thousands.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest, Workload, manifests, workloads
from scorecards.reading.selectors import Labels, Selector, pod_labels, selector, service_selector

MAX_ALIKE = 100  # objects of one kind that one name or label leads to; more are no honest repository's


@dataclass(slots=True)
class Selecting:
    """The objects of one kind in one set, by a label that they ask for; ``rest`` ask for none that can be seen."""

    by_label: dict[tuple[str, str], list[Manifest]] = field(default_factory=dict)
    rest: list[Manifest] = field(default_factory=list)
    asked: dict[Manifest, Selector] = field(default_factory=dict)

    def add(self, manifest: Manifest, asked: Selector) -> None:
        self.asked[manifest] = asked
        sure = [(key, value) for key, value in asked.labels.texts.items() if key not in asked.labels.opaque]
        bucket = self.by_label.setdefault(sure[0], []) if sure else self.rest
        if len(bucket) < MAX_ALIKE:
            bucket.append(manifest)

    def of(self, labels: Labels) -> Iterator[tuple[Manifest, bool | None]]:
        """(object, whether it selects what has these labels) of those that do, or that may do so."""
        for manifest in self._near(labels):
            answer = self.asked[manifest].matches(labels)
            if answer is not False:
                yield manifest, answer

    def _near(self, labels: Labels) -> list[Manifest]:
        if labels.open or labels.opaque:
            return list(self.asked)[:MAX_ALIKE]
        return [*(one for pair in labels.texts.items() for one in self.by_label.get(pair, ())), *self.rest]


def in_set(tree: RepositoryTree, rendered: str, *kinds: str) -> list[Manifest]:
    """The objects of these kinds that are applied together as one set."""
    return [manifest for kind in kinds for manifest in tree.derive(_by_set, kind).get(rendered, ())]


def _by_set(tree: RepositoryTree, kind: str) -> dict[str, list[Manifest]]:
    found: dict[str, list[Manifest]] = {}
    for manifest in manifests(tree, kind):
        found.setdefault(manifest.rendered, []).append(manifest)
    return found


def named_in_set(tree: RepositoryTree, rendered: str, kind: str, name: str) -> list[Manifest]:
    """The objects of a kind and name in one set."""
    return tree.derive(_by_name, rendered, kind).get(name, [])


def _by_name(tree: RepositoryTree, rendered: str, kind: str) -> dict[str, list[Manifest]]:
    found: dict[str, list[Manifest]] = {}
    for manifest in in_set(tree, rendered, kind):
        alike = found.setdefault(manifest.name, [])
        if len(alike) < MAX_ALIKE:
            alike.append(manifest)
    return found


def workloads_in(tree: RepositoryTree, rendered: str) -> list[Workload]:
    """What makes pods in one set."""
    return tree.derive(_workloads_by_set).get(rendered, [])


def _workloads_by_set(tree: RepositoryTree) -> dict[str, list[Workload]]:
    found: dict[str, list[Workload]] = {}
    for workload in workloads(tree):
        found.setdefault(workload.manifest.rendered, []).append(workload)
    return found


def any_workload_has(tree: RepositoryTree, rendered: str, asked: Selector) -> bool:
    """Whether some workload of the set has the labels that are asked for, or may have them."""
    by_label, unclear = tree.derive(_workloads_by_label, rendered)
    pairs = list(asked.labels.texts.items())
    if not pairs or asked.labels.open or asked.labels.opaque:
        return bool(workloads_in(tree, rendered))
    near = [*by_label.get(pairs[0], ()), *unclear]
    return any(asked.matches(pod_labels(workload)) is not False for workload in near)


def _workloads_by_label(
    tree: RepositoryTree, rendered: str
) -> tuple[dict[tuple[str, str], list[Workload]], list[Workload]]:
    found: dict[tuple[str, str], list[Workload]] = {}
    unclear: list[Workload] = []
    for workload in workloads_in(tree, rendered):
        labels = pod_labels(workload)
        if (labels.open or labels.opaque) and len(unclear) < MAX_ALIKE:
            unclear.append(workload)
        for pair in labels.texts.items():
            alike = found.setdefault(pair, [])
            if len(alike) < MAX_ALIKE:
                alike.append(workload)
    return found, unclear


def may_share_namespace(one: Manifest, other: Manifest) -> bool:
    """Whether two objects stand in the same namespace as far as can be seen: one that names none may be anywhere."""
    return one.namespace == other.namespace or not one.namespace or not other.namespace


def beside(tree: RepositoryTree, workload: Workload, *kinds: str) -> list[Manifest]:
    """The objects of these kinds in a workload's set and namespace; the first ones, where there are very many."""
    return [one for kind in kinds for one in islice(_near(tree, workload.manifest, kind), MAX_ALIKE)]


def _near(tree: RepositoryTree, own: Manifest, kind: str) -> Iterator[Manifest]:
    by_namespace = tree.derive(_by_namespace, own.rendered, kind)
    near = (own.namespace, "") if own.namespace else by_namespace
    return (one for namespace in near for one in by_namespace.get(namespace, ()))


def _by_namespace(tree: RepositoryTree, rendered: str, kind: str) -> dict[str, list[Manifest]]:
    found: dict[str, list[Manifest]] = {}
    for manifest in in_set(tree, rendered, kind):
        found.setdefault(manifest.namespace, []).append(manifest)
    return found


# ---------------------------------------------------------------- by label


def services_of(tree: RepositoryTree, workload: Workload) -> list[Manifest]:
    """The core Services that send traffic to a workload, or that may do so."""
    return tree.derive(_services_of, workload)


def _services_of(tree: RepositoryTree, workload: Workload) -> list[Manifest]:
    return _beside(workload, tree.derive(_selecting, workload.manifest.rendered, "Service", _service_selector))


def budgets_of(tree: RepositoryTree, workload: Workload) -> list[Manifest]:
    """The PodDisruptionBudgets that select a workload's pods, or that may do so."""
    rendered = workload.manifest.rendered
    return _beside(workload, tree.derive(_selecting, rendered, "PodDisruptionBudget", _own_selector))


def _beside(workload: Workload, selecting: Selecting) -> list[Manifest]:
    return [one for one, _ in selecting.of(pod_labels(workload)) if may_share_namespace(workload.manifest, one)]


def monitors_of(tree: RepositoryTree, rendered: str, kind: str, labels: Labels) -> list[Manifest]:
    """The PodMonitors or ServiceMonitors of a set whose selector means these labels, or may do so."""
    return [one for one, _ in tree.derive(_selecting, rendered, kind, _own_selector).of(labels)]


def _selecting(
    tree: RepositoryTree, rendered: str, kind: str, asked: Callable[[Manifest], Selector | None]
) -> Selecting:
    found = Selecting()
    for manifest in in_set(tree, rendered, kind):
        wanted = asked(manifest)
        if wanted is not None:
            found.add(manifest, wanted)
    return found


def _service_selector(service: Manifest) -> Selector | None:
    """A Service's selector; one without selects nothing."""
    wanted = service_selector(service)
    return None if service.group or wanted.asks_nothing else wanted


def _own_selector(manifest: Manifest) -> Selector | None:
    node = manifest.get("spec", "selector")
    return selector(node) if node is not None else None


# ---------------------------------------------------------------- by name


def autoscalers_of(tree: RepositoryTree, workload: Workload) -> list[Manifest]:
    """The HorizontalPodAutoscalers and ScaledObjects that scale a workload."""
    own = workload.manifest
    scalers = tree.derive(_scalers, own.rendered).get((own.kind, own.name), ())
    return [scaler for scaler in scalers if own.name and may_share_namespace(own, scaler)]


def _scalers(tree: RepositoryTree, rendered: str) -> dict[tuple[str, str], list[Manifest]]:
    found: dict[tuple[str, str], list[Manifest]] = {}
    for scaler in in_set(tree, rendered, "HorizontalPodAutoscaler", "ScaledObject"):
        target: Node | None = scaler.get("spec", "scaleTargetRef")
        if target is not None:
            alike = found.setdefault((target.text_at("kind") or "Deployment", target.text_at("name")), [])
            if len(alike) < MAX_ALIKE:
                alike.append(scaler)
    return found


def bound_namespaces(tree: RepositoryTree, rendered: str, account: str) -> set[str]:
    """The namespaces in which a binding of the set gives an account of this name rights; ``""``: it names none."""
    return tree.derive(_bound, rendered).get(account, set())


def _bound(tree: RepositoryTree, rendered: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for binding in in_set(tree, rendered, "RoleBinding", "ClusterRoleBinding"):
        for subject in binding.items_at("subjects"):
            if subject.text_at("kind") == "ServiceAccount":
                found.setdefault(subject.text_at("name"), set()).add(subject.text_at("namespace"))
    return found
