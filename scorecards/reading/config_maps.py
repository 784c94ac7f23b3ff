"""(pure) Who reads which ConfigMap, whether a reference finds its map, and whether a change rolls the pods."""

import re
from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.kubernetes import Manifest, Workload, manifests
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.neighbours import may_share_namespace, named_in_set, workloads_in
from scorecards.reading.pod_sources import Source, sources

MAX_READERS = 50

# Made by the cluster in every namespace.
PROVIDED = frozenset({"kube-root-ca.crt", "openshift-service-ca.crt"})

# Custom resources that read ConfigMaps by name.
READERS = ("HelmRelease", "Kustomization", "Prometheus", "Alertmanager", "Grafana", "GrafanaDashboard", "ClusterPolicy")
_SIDECAR = re.compile(
    r"grafana_(?:dashboard|datasource|alert|notifier)|dashboard$|prometheus_rule|kiali|inject-trusted"
)
_VERSIONED = re.compile(r"-(?:v[0-9]+|[0-9a-f]{8,10}|[bcdfghkmt2456789]{10})$")
_CHECKSUM = re.compile(r"(?i)checksum|confighash|config-hash|config-sha|configmap-hash")
_RELOADER = ("reloader.stakater.com", "configmap.reloader", "keel.sh", "wave.pusher.com")


def found_by(tree: RepositoryTree, workload: Workload, source: Source) -> list[Manifest]:
    """The ConfigMaps that a reference means: of the workload's set, else of plain files, which are applied as well."""
    own = workload.manifest
    for rendered in dict.fromkeys((own.rendered, "")):
        named = named_in_set(tree, rendered, "ConfigMap", source.name)
        maps = [one for one in named if not one.group and may_share_namespace(one, own)]
        if maps:
            return maps
    return []


def readers(tree: RepositoryTree, config: Manifest) -> list[Workload]:
    """The workloads that read a map, of its own set; of all sets for a map of plain files."""
    return tree.derive(_readers).get(config, [])


def _readers(tree: RepositoryTree) -> dict[Manifest, list[Workload]]:
    found: dict[Manifest, list[Workload]] = {}
    for rendered in dict.fromkeys(one.rendered for one in manifests(tree)):
        for workload in workloads_in(tree, rendered):
            named = [source for source in sources(tree, workload) if source.kind == "ConfigMap"]
            for config in {one for source in named for one in found_by(tree, workload, source)}:
                alike = found.setdefault(config, [])
                if len(alike) < MAX_READERS:
                    alike.append(workload)
    return found


def is_read_otherwise(tree: RepositoryTree, config: Manifest) -> bool:
    """Whether something else reads it by name: a custom resource, a program's argument, a side-car by its label."""
    if any(_SIDECAR.search(key) for key in (*config.labels, *config.annotations)):
        return True
    if config.namespace == "kube-system" or config.labels.get("app.kubernetes.io/part-of") == "argocd":
        return True
    return bool(config.name) and config.name in tree.derive(_named_elsewhere)


def _named_elsewhere(tree: RepositoryTree) -> frozenset[str]:
    """The words of arguments and of references in custom resources."""
    return frozenset(
        [*(word for one in manifests(tree, *READERS) for word in _references(one.root)), *_arguments(tree)]
    )


def _references(root: Node) -> Iterator[str]:
    for way, node in root.walk():
        if node.is_scalar and "values" in way:
            yield node.text  # a chart gives it to one of its pods
        elif node.is_mapping and node.text_at("kind") == "ConfigMap":
            yield node.text_at("name")
        elif node.is_scalar and any(isinstance(part, str) and part.lower().startswith("configmap") for part in way):
            yield node.text


def _arguments(tree: RepositoryTree) -> Iterator[str]:
    for rendered in dict.fromkeys(one.rendered for one in manifests(tree)):
        for workload in workloads_in(tree, rendered):
            for container in workload.all_containers:
                texts = [*container.node.texts_at("args"), *container.node.texts_at("command")]
                texts += [item.text_at("value") for item in container.node.items_at("env")]
                for text in texts:
                    yield from re.split(r"[=/,:\s]", text[:2000])


# ---------------------------------------------------------------- rolling


def rolls(tree: RepositoryTree, config: Manifest, reader: Workload) -> bool | None:
    """Whether a change of the map reaches the pods: they are made anew, reload it, or the map never changes."""
    if not reader.long_running or _is_frozen(config) or _reloads(reader):
        return True
    if config.generated and config.name not in tree.derive(_without_hash):
        return True
    noted = [*config.annotations, *reader.manifest.annotations, *reader.pod_annotations]
    if any(_CHECKSUM.search(key) or key.startswith(_RELOADER) for key in noted):
        return True
    annotations = reader.pod_metadata.get("annotations") if reader.pod_metadata is not None else None
    opened = [node for node in (reader.pod_metadata, annotations) if node is not None and node.tag in (OPEN, OPAQUE)]
    return None if opened else False


def _is_frozen(config: Manifest) -> bool:
    immutable = config.get("immutable")
    return bool(immutable and immutable.is_true) or bool(_VERSIONED.search(config.name))


def _reloads(reader: Workload) -> bool:
    return any("reload" in f"{one.name} {one.image}".lower() for one in reader.containers)


def _without_hash(tree: RepositoryTree) -> frozenset[str]:
    """The generated maps whose name stays the same whatever they hold."""
    named = set()
    for found in kinds.found(tree, "kustomization"):
        if found.root is None:
            continue
        whole = found.root.get("generatorOptions", "disableNameSuffixHash")
        for item in found.root.items_at("configMapGenerator"):
            own = item.get("options", "disableNameSuffixHash") or whole
            if own is not None and own.is_true:
                named.add(item.text_at("name"))
    return frozenset(named)
