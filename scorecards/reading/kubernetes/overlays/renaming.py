"""(pure) Name prefixes and suffixes of a kustomization, and the references that follow them."""

from collections.abc import Callable
from dataclasses import replace

from ingest.repository.node import Node
from scorecards.reading.kubernetes.grafting import Rewriting, changed, scalar, with_member
from scorecards.reading.kubernetes.overlays.resource import Resource

_KEEP_NAMES = frozenset({"CustomResourceDefinition", "Namespace", "APIService"})

# (the key of the mapping around it, the key of the name) -> the kind that is named.
_REFERENCES: dict[tuple[str, str], str] = {
    ("configMapKeyRef", "name"): "ConfigMap",
    ("configMapRef", "name"): "ConfigMap",
    ("configMap", "name"): "ConfigMap",
    ("secretKeyRef", "name"): "Secret",
    ("secretRef", "name"): "Secret",
    ("secret", "secretName"): "Secret",
    ("secret", "name"): "Secret",
    ("imagePullSecrets", "name"): "Secret",
    ("tls", "secretName"): "Secret",
    ("persistentVolumeClaim", "claimName"): "PersistentVolumeClaim",
    ("backend", "serviceName"): "Service",
    ("service", "name"): "Service",
}
_BARE = {"serviceAccountName": "ServiceAccount", "serviceName": "Service"}
_TYPED = frozenset({"scaleTargetRef", "targetRef", "roleRef", "subjects", "autoscalerRef", "workloadRef"})
Names = dict[tuple[str, str], str]


def named(root: Node, resources: list[Resource]) -> list[Resource]:
    """The resources with the names that a kustomization gives them."""
    prefix, suffix = root.text_at("namePrefix"), root.text_at("nameSuffix")
    if not prefix and not suffix:
        return resources
    origin = root.get("namePrefix" if prefix else "nameSuffix") or root
    names: Names = {}
    renamed = [_renamed(resource, prefix, suffix, origin, names) for resource in resources]
    followed = _Following(names, origin)
    return [resource.with_root(followed.of(resource.root)) for resource in renamed]


def _renamed(resource: Resource, prefix: str, suffix: str, origin: Node, names: Names) -> Resource:
    if resource.kind in _KEEP_NAMES or not resource.name:
        return resource
    name = f"{prefix}{resource.name}{suffix}"
    names[(resource.kind, resource.name)] = name
    root = changed(resource.root, ("metadata", "name"), lambda node: scalar(name, node or origin))
    return replace(resource, root=root, former=resource.names)


class _Following:
    """Rewrites the references of one object after another; shared parts once."""

    def __init__(self, names: Names, origin: Node) -> None:
        self.names, self.origin = names, origin
        self.rewriting = Rewriting(self._member)

    def of(self, root: Node) -> Node:
        return self.rewriting.of(root)

    def _member(self, node: Node, name: str, value: Node) -> Node:
        if name in _BARE and value.is_scalar:
            return self._named(_BARE[name], value)
        if name in _TYPED:
            return self._each(value, self._typed)
        for key in ("name", "secretName", "claimName", "serviceName"):
            kind = _REFERENCES.get((name, key))
            if kind is not None:
                value = self._each(value, lambda item, key=key, kind=kind: self._at(item, key, kind))  # type: ignore[misc]
        return value

    def _each(self, value: Node, change: Callable[[Node], Node]) -> Node:
        if value.is_sequence:
            return changed(value, ("*",), lambda item: change(item) if item is not None else None)
        return change(value)

    def _typed(self, node: Node) -> Node:
        return self._at(node, "name", node.text_at("kind"))

    def _at(self, node: Node, key: str, kind: str) -> Node:
        value = node.get(key)
        new = self._named(kind, value) if value is not None else None
        return node if new is value or new is None else with_member(node, key, new)

    def _named(self, kind: str, value: Node) -> Node:
        name = self.names.get((kind, value.text))
        return scalar(name, value) if name is not None else value
