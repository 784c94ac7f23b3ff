"""(pure) Policies of network traffic, of Kubernetes, Cilium and Calico: whom they select, which direction they deny."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest, Workload
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.neighbours import MAX_ALIKE, Selecting, in_set
from scorecards.reading.selectors import Labels, Selector, pod_labels, selector

Direction = Literal["ingress", "egress"]

KINDS = ("NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy")
CLUSTER_WIDE = ("CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy")
GROUPS = ("networking.k8s.io", "extensions", "cilium.io", "projectcalico.org", "crd.projectcalico.org")
MAX_OF_CLUSTER = 20
DNS = ("53", "dns", "dns-tcp")


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A policy. ``selector`` is ``None`` where whom it selects can't be read."""

    manifest: Manifest
    selector: Selector | None

    @property
    def vendor(self) -> Literal["kubernetes", "cilium", "calico"]:
        if self.manifest.group == "cilium.io":
            return "cilium"
        return "calico" if self.manifest.group.endswith("projectcalico.org") else "kubernetes"

    @property
    def is_cluster_wide(self) -> bool:
        return self.manifest.kind in CLUSTER_WIDE

    def applies_to(self, direction: Direction) -> bool | None:
        """Whether it isolates its pods in a direction. Without types: ingress always, egress where it has rules."""
        spec = self.manifest.get("spec")
        if self.vendor == "cilium":
            return spec is not None and bool(spec.get(direction))
        types = self.manifest.look("spec", "types" if self.vendor == "calico" else "policyTypes")
        if types.undecided or (types.node is not None and types.node.tag == OPEN):
            return None
        named = [item.text.lower() for item in types.node.items()] if types.node is not None else []
        return direction in named if named else direction == "ingress" or bool(self.rules("egress"))

    def rules(self, direction: Direction) -> list[Node]:
        return self.manifest.items_at("spec", direction)

    def denies(self, direction: Direction) -> bool | None:
        """Whether it denies a direction to every pod of its namespace, but for questions about names."""
        if self.selector is None or self.selector.labels.open:
            return None
        if not self.selector.asks_nothing:
            return False
        found = self.manifest.look("spec", direction)
        if found.undecided or (found.node is not None and found.node.tag in (OPEN, OPAQUE)):
            return None
        allowing = [rule for rule in self.rules(direction) if self._allows(rule, direction)]
        return False if allowing else self.applies_to(direction)

    def _allows(self, rule: Node, direction: Direction) -> bool:
        if self.vendor == "cilium" and rule.is_mapping and len(rule) == 0:
            return False  # Cilium's empty rule selects no peer
        return not (direction == "egress" and _only_names(rule))


def _only_names(rule: Node) -> bool:
    """Whether a rule lets out nothing but questions to the name server."""
    ports = rule.items_at("ports") or [port for group in rule.items_at("toPorts") for port in group.items_at("ports")]
    return bool(ports) and all(port.text_at("port") in DNS for port in ports)


def policies(tree: RepositoryTree, rendered: str) -> list[Policy]:
    """The policies of one set."""
    return tree.derive(_policies, rendered)


def _policies(tree: RepositoryTree, rendered: str) -> list[Policy]:
    return [policy_of(manifest) for manifest in in_set(tree, rendered, *KINDS) if manifest.group in GROUPS]


def policy_of(manifest: Manifest) -> Policy:
    if manifest.group.endswith("projectcalico.org"):
        return Policy(manifest, _calico_selector(manifest.text_at("spec", "selector")))
    name = "endpointSelector" if manifest.group == "cilium.io" else "podSelector"
    spec = manifest.look("spec")
    if spec.undecided or manifest.look("spec", name).undecided:
        return Policy(manifest, None)
    if manifest.group == "cilium.io" and not manifest.root.has("spec", name):
        return Policy(manifest, None)  # several specs, or hosts
    return Policy(manifest, _without_sources(selector(manifest.get("spec", name))))


def _calico_selector(text: str) -> Selector | None:
    return Selector() if text.strip() in ("", "all()") else None


def _without_sources(asked: Selector) -> Selector:
    """Cilium's label keys may name their source first (``k8s:app``)."""
    texts = {_key(key): value for key, value in asked.labels.texts.items()}
    return Selector(Labels(texts, asked.labels.open, frozenset(map(_key, asked.labels.opaque))), asked.expressions)


def _key(key: str) -> str:
    source, colon, rest = key.partition(":")
    return rest if colon and source in ("k8s", "any") else key


def in_namespace(tree: RepositoryTree, rendered: str, namespace: str) -> list[Policy]:
    """The policies of a set that stand in a namespace, and those of the whole cluster."""
    return [*tree.derive(_by_namespace, rendered).get(namespace, ()), *tree.derive(_of_cluster, rendered)]


def _by_namespace(tree: RepositoryTree, rendered: str) -> dict[str, list[Policy]]:
    found: dict[str, list[Policy]] = {}
    for policy in policies(tree, rendered):
        if not policy.is_cluster_wide:
            found.setdefault(policy.manifest.namespace, []).append(policy)
    return found


def _of_cluster(tree: RepositoryTree, rendered: str) -> list[Policy]:
    return [policy for policy in policies(tree, rendered) if policy.is_cluster_wide][:MAX_OF_CLUSTER]


def selections(found: list[Policy], members: list[Workload]) -> Iterator[tuple[Workload, Policy, bool | None]]:
    """(workload, policy, answer) where a policy selects a workload, or may do so; at most so many for each."""
    selecting, by_manifest = Selecting(), {}
    unread = [policy for policy in found if policy.selector is None][:MAX_ALIKE]
    for policy in found:
        by_manifest[policy.manifest] = policy
        if policy.selector is not None:
            selecting.add(policy.manifest, policy.selector)
    for member in members:
        yield from ((member, by_manifest[one], answer) for one, answer in selecting.of(pod_labels(member)))
        yield from ((member, policy, None) for policy in unread)
