"""(pure) Facts on Kubernetes objects as they would reach a cluster: charts and overlays are rendered already."""

from collections.abc import Iterator
from typing import Any

from ingest.repository.tree import RepositoryTree
from scorecards.reading import running
from scorecards.reading.ingresses import of_manifest
from scorecards.reading.kubernetes import Container, Looked, Manifest, Workload, manifests
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.network_policies import KINDS, policy_of
from scorecards.reading.quantities import quantity
from scorecards.rules.facts.collections.images import IMAGE_FIELDS, image_facts
from scorecards.rules.facts.model import ABSENT, Collection, Field, Kind, Told


def _of_object(manifest: Manifest) -> dict[str, Any]:
    return {
        "path": manifest.path,
        "name": manifest.name,
        "namespace": manifest.namespace if manifest.namespace_known else None,
        "set": manifest.rendered,
        "labels": _pairs(manifest.look("metadata", "labels")),
        "annotations": _keys(manifest.look("metadata", "annotations")),
    }


def _pairs(found: Looked) -> list[str] | None:
    if _is_open(found):
        return None
    return [f"{name}={value.text}" for name, _, value in found.node.members()] if found.node is not None else []


def _keys(found: Looked) -> list[str] | None:
    if _is_open(found):
        return None
    return found.node.keys() if found.node is not None else []


def _is_open(found: Looked) -> bool:
    return found.undecided or (found.node is not None and found.node.tag in (OPEN, OPAQUE))


def _text(found: Looked) -> str | None:
    if _is_open(found):
        return None
    return found.node.text if found.node is not None else ""


def _truth(found: Looked, default: bool | None = False) -> Any:
    if _is_open(found):
        return None
    if found.node is None or found.node.is_null:
        return ABSENT if default is None else default
    return True if found.node.is_true else False if found.node.is_false else None


def _number(found: Looked) -> Any:
    if _is_open(found):
        return None
    return ABSENT if found.node is None or found.node.is_null else found.node.number


def _amount(found: Looked) -> Any:
    if _is_open(found):
        return None
    return ABSENT if found.node is None or found.node.is_null else quantity(found.node.text)


# ---------------------------------------------------------------- rows


def _workloads(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in running.workloads(tree):
        facts = _of_object(one.manifest) | {
            "kind": one.kind,
            "long_running": one.long_running,
            "replicas": _number(one.manifest.look("spec", "replicas")),
            "service_account": _text(_look(one, "serviceAccountName")),
            "host_network": _truth(_look(one, "hostNetwork")),
            "priority_class": _text(_look(one, "priorityClassName")),
            "container_count": len(one.containers),
        }
        yield one.unit, one.place, facts


def _look(one: Workload, *keys: str) -> Looked:
    node = one.pod.get(*keys)
    return Looked(node, known=node is not None or one.pod.tag not in (OPEN, OPAQUE))


def _containers(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in running.containers(tree):
        yield one.unit, one.place, _container(one)


def _container(one: Container) -> dict[str, Any]:
    manifest = one.workload.manifest
    written = one.look("image")
    return image_facts(one.image, known=not _is_open(written)) | {
        "path": one.place.path,
        "name": one.name,
        "workload": manifest.name,
        "workload_kind": manifest.kind,
        "namespace": manifest.namespace if manifest.namespace_known else None,
        "init": one.init,
        "cpu_request": _amount(one.look("resources", "requests", "cpu")),
        "cpu_limit": _amount(one.look("resources", "limits", "cpu")),
        "memory_request": _amount(one.look("resources", "requests", "memory")),
        "memory_limit": _amount(one.look("resources", "limits", "memory")),
        "has_liveness_probe": _has(one.look("livenessProbe")),
        "has_readiness_probe": _has(one.look("readinessProbe")),
        "has_startup_probe": _has(one.look("startupProbe")),
        "privileged": _truth(one.effective("privileged")),
        "runs_as_non_root": _truth(one.effective("runAsNonRoot"), None),
        "read_only_root": _truth(one.effective("readOnlyRootFilesystem")),
    }


def _has(found: Looked) -> bool | None:
    return None if found.undecided else found.node is not None and not found.node.is_null


def _services(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in manifests(tree, "Service"):
        if one.api_version == "v1":
            ports = one.look("spec", "ports")
            facts = _of_object(one) | {
                "type": _text(one.look("spec", "type")),
                "ports": None if _is_open(ports) else [port.text_at("port") for port in one.items_at("spec", "ports")],
            }
            yield one.unit, one.place, facts


def _ingresses(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in manifests(tree, "Ingress"):
        ingress = of_manifest(one)
        told = all(host.known for host in ingress.hosts)
        bare = ingress.bare()
        facts = _of_object(one) | {
            "hosts": [host.name for host in ingress.hosts] if told else None,
            "class_name": ingress.class_name,
            "has_tls": False if bare else True if ingress.is_told else None,
        }
        yield one.unit, one.place, facts


def _network_policies(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in manifests(tree, *KINDS):
        policy = policy_of(one)
        facts = _of_object(one) | {
            "kind": one.kind,
            "vendor": policy.vendor,
            "cluster_wide": policy.is_cluster_wide,
            "isolates_ingress": policy.applies_to("ingress"),
            "isolates_egress": policy.applies_to("egress"),
            "denies_ingress": policy.denies("ingress"),
            "denies_egress": policy.denies("egress"),
        }
        yield one.unit, one.place, facts


def _custom_resources(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in manifests(tree):
        if "." in one.group and not one.group.endswith(_OWN_GROUPS):
            spec = one.look("spec")
            facts = _of_object(one) | {
                "kind": one.kind,
                "group": one.group,
                "version": one.version,
                "members": None if _is_open(spec) else spec.node.keys() if spec.node is not None else [],
            }
            yield one.unit, one.place, facts


_OWN_GROUPS = (".k8s.io", ".kubernetes.io")  # of Kubernetes itself

_OBJECT = (
    Field("path", Kind.TEXT, "the file that tells it"),
    Field("name", Kind.TEXT, "its name"),
    Field("namespace", Kind.TEXT, "empty where nobody names one; unknown where the release does"),
    Field("set", Kind.TEXT, "the chart or overlay that it is applied with; empty for plain files"),
    Field("labels", Kind.LIST, "its labels, each as key=value"),
    Field("annotations", Kind.LIST, "names of its annotations"),
)

COLLECTIONS = (
    Collection(
        "workloads",
        "workload",
        "What makes pods: Deployments, StatefulSets, Jobs and others.",
        (
            *_OBJECT,
            Field("kind", Kind.TEXT, "such as Deployment"),
            Field("long_running", Kind.TRUTH, "whether its pods run until they are stopped"),
            Field("replicas", Kind.NUMBER, "how many pods it asks for"),
            Field("service_account", Kind.TEXT, "empty where none is named"),
            Field("host_network", Kind.TRUTH, "whether its pods use the network of the node"),
            Field("priority_class", Kind.TEXT, "empty where none is named"),
            Field("container_count", Kind.NUMBER, "how many containers a pod has, without init containers"),
        ),
        _workloads,
    ),
    Collection(
        "containers",
        "container",
        "Containers of workloads, init containers too.",
        (
            Field("path", Kind.TEXT, "the file that tells it"),
            Field("name", Kind.TEXT, "its name"),
            Field("workload", Kind.TEXT, "the workload's name"),
            Field("workload_kind", Kind.TEXT, "the workload's kind"),
            Field("namespace", Kind.TEXT, "of the workload"),
            Field("init", Kind.TRUTH, "whether it is an init container"),
            *IMAGE_FIELDS,
            Field("cpu_request", Kind.NUMBER, "cores"),
            Field("cpu_limit", Kind.NUMBER, "cores"),
            Field("memory_request", Kind.NUMBER, "bytes"),
            Field("memory_limit", Kind.NUMBER, "bytes"),
            Field("has_liveness_probe", Kind.TRUTH, "whether it has one"),
            Field("has_readiness_probe", Kind.TRUTH, "whether it has one"),
            Field("has_startup_probe", Kind.TRUTH, "whether it has one"),
            Field("privileged", Kind.TRUTH, "whether it runs privileged"),
            Field("runs_as_non_root", Kind.TRUTH, "runAsNonRoot, the pod's where it has none of its own"),
            Field("read_only_root", Kind.TRUTH, "whether its root file system is read-only"),
        ),
        _containers,
    ),
    Collection(
        "kubernetes_services",
        "Service",
        "Services of Kubernetes.",
        (
            *_OBJECT,
            Field("type", Kind.TEXT, "such as LoadBalancer; empty where none is set, which is ClusterIP"),
            Field("ports", Kind.LIST, "its ports, as texts"),
        ),
        _services,
    ),
    Collection(
        "ingresses",
        "Ingress",
        "Ingresses of Kubernetes.",
        (
            *_OBJECT,
            Field("hosts", Kind.LIST, "host names; an empty text is every host"),
            Field("class_name", Kind.TEXT, "its class; empty where none is named"),
            Field("has_tls", Kind.TRUTH, "whether every host is served with TLS"),
        ),
        _ingresses,
    ),
    Collection(
        "network_policies",
        "network policy",
        "Network policies of Kubernetes, Cilium and Calico.",
        (
            *_OBJECT,
            Field("kind", Kind.TEXT, "such as NetworkPolicy"),
            Field("vendor", Kind.TEXT, "kubernetes, cilium or calico"),
            Field("cluster_wide", Kind.TRUTH, "whether it holds in every namespace"),
            Field("isolates_ingress", Kind.TRUTH, "whether it bounds what comes in"),
            Field("isolates_egress", Kind.TRUTH, "whether it bounds what goes out"),
            Field("denies_ingress", Kind.TRUTH, "whether it lets nothing in to any pod of its namespace"),
            Field("denies_egress", Kind.TRUTH, "whether it lets nothing but questions about names out of any pod"),
        ),
        _network_policies,
    ),
    Collection(
        "custom_resources",
        "custom resource",
        "Objects of kinds that Kubernetes does not bring itself, such as those of operators and of a platform.",
        (
            *_OBJECT,
            Field("kind", Kind.TEXT, "such as DatabaseClaim"),
            Field("group", Kind.TEXT, "the API group, such as platform.example.org"),
            Field("version", Kind.TEXT, "of the API group, such as v1"),
            Field("members", Kind.LIST, "names of the members of its spec"),
        ),
        _custom_resources,
    ),
)
