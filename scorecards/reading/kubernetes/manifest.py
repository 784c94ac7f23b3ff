"""(pure) One Kubernetes object, and careful looks into it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ingest.repository.node import Key, Node, Place

OPEN = "!open"  # tag of a mapping or sequence that may hold more than is seen: an unresolved splice stands in it
OPAQUE = "!opaque"  # tag of a scalar whose value is only known when the template is rendered

CLUSTER_WIDE = frozenset(
    {"Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "StorageClass", "PersistentVolume",
     "PriorityClass", "ClusterIssuer", "GlobalNetworkPolicy", "CiliumClusterwideNetworkPolicy", "ClusterSecretStore",
     "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy",
     "ValidatingAdmissionPolicyBinding", "APIService", "IngressClass", "GatewayClass", "RuntimeClass", "CSIDriver",
     "VolumeSnapshotClass", "PodSecurityPolicy", "ClusterPolicy", "FlowSchema", "PriorityLevelConfiguration"}
)  # fmt: skip
WORKLOAD_KINDS = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod",
     "Rollout", "DeploymentConfig"}
)  # fmt: skip
LONG_RUNNING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout", "DeploymentConfig"})


class Looked(NamedTuple):
    """What stands at a way. ``known`` is false where a template may still put something there."""

    node: Node | None
    known: bool

    @property
    def missing(self) -> bool:
        """It is certain that nothing stands there."""
        return self.node is None and self.known

    @property
    def undecided(self) -> bool:
        """Something may stand there, or stands there with a value that only rendering tells."""
        return (self.node is None and not self.known) or (self.node is not None and self.node.tag == OPAQUE)


def look(node: Node | None, *keys: Key) -> Looked:
    """The node at a way of keys, and whether its absence is certain."""
    known = True
    for name in keys:
        if node is None:
            return Looked(None, known)
        if node.tag in (OPEN, OPAQUE):
            known = False
        node = node.get(name)
    return Looked(node, known if node is None else True)


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """An object. ``rendered`` names the set it is applied with: ``""`` for plain files, else ``chart DIR (VALUES)`` or
    ``overlay DIR``. Objects refer to each other within a set; plain files are one set.

    ``namespace`` is empty where nobody names one; ``namespace_known`` is false where the release or a deployer does.
    ``set_complete`` is false where the set holds more than is seen (remote resources, charts fetched at build time), so
    that a name which is not found may still be there. ``generated``: a ConfigMap or Secret that a kustomization
    generates, a Secret's values then being in ``stringData``. ``switched_off``: the chart has it, but these values turn
    it off; it stands here as it would be when on.
    """

    root: Node
    api_version: str
    kind: str
    name: str
    namespace: str = ""
    namespace_known: bool = True
    rendered: str = ""
    origin: Literal["manifest", "chart", "overlay"] = "manifest"
    chart: str | None = None  # the chart's folder
    set_complete: bool = True
    generated: bool = False
    switched_off: bool = False
    _labels: dict[str, str] = field(default_factory=dict)

    @property
    def group(self) -> str:
        group, slash, _ = self.api_version.partition("/")
        return group if slash else ""

    @property
    def version(self) -> str:
        return self.api_version.rpartition("/")[2]

    @property
    def path(self) -> str:
        return self.root.path

    @property
    def line(self) -> int:
        return self.root.line

    @property
    def place(self) -> Place:
        return Place(self.root.path, self.root.line)

    @property
    def unit(self) -> str:
        """Its identity in findings: kind, namespace, name and set, no line."""
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {where} in {self.rendered}" if self.rendered else f"{self.kind} {where}"

    @property
    def labels(self) -> dict[str, str]:
        return texts(self.get("metadata", "labels"))

    @property
    def annotations(self) -> dict[str, str]:
        return texts(self.get("metadata", "annotations"))

    def get(self, *keys: Key) -> Node | None:
        return self.root.get(*keys)

    def look(self, *keys: Key) -> Looked:
        return look(self.root, *keys)

    def text_at(self, *keys: Key) -> str:
        return self.root.text_at(*keys)

    def items_at(self, *keys: Key) -> list[Node]:
        return self.root.items_at(*keys)

    def place_of(self, *keys: Key) -> Place:
        """Where a member stands (it may come from a values file or a patch); as far as the way goes."""
        node: Node = self.root
        place = self.place
        for name in keys:
            below = node.get(name)
            if below is None:
                break
            key = node.key(name) if isinstance(name, str) else None
            place = Place((key or below).path, (key or below).line)
            node = below
        return place


def texts(node: Node | None) -> dict[str, str]:
    """The text members of a mapping; others are left out."""
    if node is None:
        return {}
    return {name: value.raw for name, _, value in node.members() if value.is_scalar}


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """A manifest that makes pods. ``pod`` is the pod's spec; ``pod_metadata`` may be missing."""

    manifest: Manifest
    pod: Node
    pod_metadata: Node | None

    @property
    def unit(self) -> str:
        return self.manifest.unit

    @property
    def kind(self) -> str:
        return self.manifest.kind

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def namespace(self) -> str:
        return self.manifest.namespace

    @property
    def place(self) -> Place:
        return self.manifest.place

    @property
    def long_running(self) -> bool:
        return self.manifest.kind in LONG_RUNNING

    @property
    def pod_labels(self) -> dict[str, str]:
        return texts(self.pod_metadata.get("labels")) if self.pod_metadata else {}

    @property
    def pod_annotations(self) -> dict[str, str]:
        return texts(self.pod_metadata.get("annotations")) if self.pod_metadata else {}

    @property
    def containers(self) -> list["Container"]:
        """The main containers, without init containers."""
        return [Container(self, node, init=False) for node in self.pod.items_at("containers") if node.is_mapping]

    @property
    def init_containers(self) -> list["Container"]:
        return [Container(self, node, init=True) for node in self.pod.items_at("initContainers") if node.is_mapping]

    @property
    def all_containers(self) -> Iterator["Container"]:
        yield from self.init_containers
        yield from self.containers


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """A container of a workload."""

    workload: Workload
    node: Node
    init: bool

    @property
    def name(self) -> str:
        return self.node.text_at("name")

    @property
    def unit(self) -> str:
        return f"{self.workload.unit} container {self.name or '?'}"

    @property
    def place(self) -> Place:
        return self.node.place

    @property
    def image(self) -> str:
        return self.node.text_at("image")

    def look(self, *keys: Key) -> Looked:
        return look(self.node, *keys)

    def effective(self, name: str) -> Looked:
        """A member of the security context: the container's own, else the pod's."""
        own = look(self.node, "securityContext", name)
        if own.node is not None or not own.known:
            return own
        return look(self.workload.pod, "securityContext", name)
