"""(pure) The workloads that a cluster is asked to run. Pods that only Helm's own test command starts are none."""

from collections.abc import Iterator

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kubernetes
from scorecards.reading.kubernetes import Container, Workload

_HOOK = "helm.sh/hook"
_TESTS = ("test", "test-success", "test-failure")


def workloads(tree: RepositoryTree) -> list[Workload]:
    """What makes pods, without the test hooks of charts."""
    return tree.derive(_workloads)


def _workloads(tree: RepositoryTree) -> list[Workload]:
    return [workload for workload in kubernetes.workloads(tree) if not _is_test(workload)]


def _is_test(workload: Workload) -> bool:
    hooks = workload.manifest.annotations.get(_HOOK, "")
    named = [hook.strip() for hook in hooks[:200].split(",") if hook.strip()]
    return bool(named) and all(hook in _TESTS for hook in named)


def containers(tree: RepositoryTree) -> Iterator[Container]:
    """Every container of every such workload, init containers too."""
    for workload in workloads(tree):
        yield from workload.all_containers
