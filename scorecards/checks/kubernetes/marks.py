"""(pure) Marks of which a verdict counts how many are met, each met, not met, or known only when rendered."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, unknown
from scorecards.reading.kubernetes import Looked, Workload
from scorecards.reading.running import without_pods


class Mark(NamedTuple):
    """One thing that is asked. ``met`` is ``None`` where it can't be told; ``lack`` says what is wrong without it."""

    met: bool | None
    lack: str
    place: Place


class Count(NamedTuple):
    """How many marks are certain, and how many are possible."""

    low: int
    high: int


def count(marks: Iterable[Mark]) -> Count:
    answers = [mark.met for mark in marks]
    return Count(answers.count(True), answers.count(True) + answers.count(None))


def lacks(marks: Iterable[Mark]) -> str:
    """What the marks that are not met, or not known, lack."""
    return ", ".join(mark.lack for mark in marks if not mark.met)


def places(marks: Iterable[Mark]) -> list[Place]:
    """Where the marks stand, what is not met first; no place twice."""
    ordered = sorted(marks, key=lambda mark: mark.met is True)
    return list(dict.fromkeys(mark.place for mark in ordered))


def is_set(node: Node | None) -> bool:
    """Whether something stands there that is neither null nor empty."""
    return node is not None and not node.is_null and (node.is_scalar or len(node) > 0)


def true(looked: Looked) -> bool | None:
    """Whether ``true`` stands there."""
    return None if looked.undecided else bool(looked.node and looked.node.is_true)


def false(looked: Looked) -> bool | None:
    """Whether ``false`` stands there."""
    return None if looked.undecided else bool(looked.node and looked.node.is_false)


def is_windows(workload: Workload) -> bool:
    """Whether the pods run on Windows, which knows neither Linux users nor capabilities."""
    pod = workload.pod
    selected = pod.text_at("nodeSelector", "kubernetes.io/os") or pod.text_at("nodeSelector", "beta.kubernetes.io/os")
    return "windows" in (pod.text_at("os", "name").lower(), selected.lower()) or is_set(
        pod.get("securityContext", "windowsOptions")
    )


def unjudged(tree: RepositoryTree) -> Iterator[Finding]:
    """Workloads none of whose containers can be found, for a check of containers to tell."""
    for manifest in without_pods(tree):
        message = "Its template has no pod spec, so it has no containers to look at: check the indentation."
        yield unknown(manifest.unit, message, manifest.place)
