"""(pure) The workloads that a cluster is asked to run. Pods that only Helm's own test command starts are none."""

from collections.abc import Iterator

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kubernetes
from scorecards.reading.kubernetes import Container, Manifest, Workload

_HOOK = "helm.sh/hook"
_TESTS = ("test", "test-success", "test-failure")
_TEMPLATED = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob")


def workloads(tree: RepositoryTree) -> list[Workload]:
    """What makes pods, without the test hooks of charts."""
    return tree.derive(_workloads)


def _workloads(tree: RepositoryTree) -> list[Workload]:
    return [workload for workload in kubernetes.workloads(tree) if not _is_test(workload)]


def _is_test(workload: Workload) -> bool:
    hooks = workload.manifest.annotations.get(_HOOK, "")
    named = [hook.strip() for hook in hooks[:200].split(",") if hook.strip()]
    return bool(named) and all(hook in _TESTS for hook in named)


def without_pods(tree: RepositoryTree) -> list[Manifest]:
    """Workloads of plain files whose template holds no pod: a slip, often of indentation. They can't be judged."""
    return tree.derive(_without_pods)


def _without_pods(tree: RepositoryTree) -> list[Manifest]:
    return [manifest for manifest in kubernetes.manifests(tree, *_TEMPLATED) if _is_without_pod(manifest)]


def _is_without_pod(manifest: Manifest) -> bool:
    way = ("spec", "jobTemplate", "spec", "template") if manifest.kind == "CronJob" else ("spec", "template")
    template = manifest.get(*way)
    if manifest.origin != "manifest" or template is None or not template.is_mapping:
        return False
    pod = template.get("spec")
    return pod is None or pod.is_null


def containers(tree: RepositoryTree) -> Iterator[Container]:
    """Every container of every such workload, init containers too."""
    for workload in workloads(tree):
        yield from workload.all_containers
