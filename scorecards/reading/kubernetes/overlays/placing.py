"""(pure) The namespace that a kustomization gives its objects."""

from ingest.repository.node import Node
from scorecards.reading.kubernetes.grafting import changed
from scorecards.reading.kubernetes.manifest import CLUSTER_WIDE
from scorecards.reading.kubernetes.overlays.resource import Resource


def placed(root: Node, resources: list[Resource]) -> list[Resource]:
    """The resources in the namespace of a kustomization, if it names one."""
    namespace = root.get("namespace")
    if namespace is None or not namespace.text:
        return resources
    accounts = frozenset(resource.name for resource in resources if resource.kind == "ServiceAccount") | {"default"}
    return [resource.with_root(_moved(resource, namespace, accounts)) for resource in resources]


def _moved(resource: Resource, namespace: Node, accounts: frozenset[str]) -> Node:
    root = resource.root
    if resource.kind == "Namespace":
        return changed(root, ("metadata", "name"), lambda _: namespace)
    if resource.kind in ("RoleBinding", "ClusterRoleBinding"):
        root = changed(root, ("subjects", "*"), lambda subject: _subject(subject, namespace, accounts))
    if resource.kind in CLUSTER_WIDE:
        return root
    return changed(root, ("metadata", "namespace"), lambda _: namespace, create=True)


def _subject(subject: Node | None, namespace: Node, accounts: frozenset[str]) -> Node | None:
    """A service account moves with the object that it names."""
    if subject is None or subject.text_at("kind") != "ServiceAccount" or subject.text_at("name") not in accounts:
        return subject
    return changed(subject, ("namespace",), lambda _: namespace, create=True)
