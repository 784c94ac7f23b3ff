"""(pure) Environments that folders and rendered sets name: which is production, and the copies of a workload."""

import re

from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Workload
from scorecards.reading.running import workloads

NAMES = frozenset(
    {"dev", "devel", "development", "test", "testing", "qa", "uat", "int", "integration", "stage", "staging", "stg",
     "preprod", "preproduction", "sandbox", "demo", "prod", "production", "prd", "live", "nonprod", "preview"}
)  # fmt: skip
Identity = tuple[str | int, ...]
_WORDS = re.compile(r"[^A-Za-z0-9]+")


def words(text: str) -> list[str]:
    """The words of a path or a name, in lower case."""
    return [word.lower() for word in _WORDS.split(text[:2000]) if word]


def environment(text: str) -> str:
    """The environment that a path or a set's name tells, the last one; empty where none."""
    return next((word for word in reversed(words(text)) if word in NAMES), "")


def is_production(text: str, production: tuple[str, ...]) -> bool:
    """Whether a path or a name tells production and nothing short of it (``non-prod``, ``pre-prod``)."""
    told = words(text)
    names = {name.lower() for name in production}
    return any(word in names and (at == 0 or told[at - 1] not in ("non", "pre", "not")) for at, word in enumerate(told))


def place_of(workload: Workload) -> str:
    """The set of a rendered workload; of a plain one the folder of its file."""
    return workload.manifest.rendered or workload.manifest.path.rpartition("/")[0]


def environments(tree: RepositoryTree, workload: Workload) -> frozenset[str]:
    """The environments for which the repository tells a workload; empty text for a set that names none.

    Sets of one chart, overlays that build the same file or the same name, and plain files of the same kind and name
    below folders named as environments tell the same workload.
    """
    found = tree.derive(_environments)
    return frozenset(name for key in _identities(workload) for name in found[key])


def _environments(tree: RepositoryTree) -> dict[Identity, set[str]]:
    found: dict[Identity, set[str]] = {}
    for workload in workloads(tree):
        for key in _identities(workload):
            found.setdefault(key, set()).add(environment(place_of(workload)))
    return found


def _identities(workload: Workload) -> list[Identity]:
    own = workload.manifest
    if own.origin == "chart":
        # A name that only rendering tells is the same stand-in in each of the chart's sets.
        return [("chart", own.chart or "", own.kind, own.name)]
    if own.origin == "overlay":
        return [("overlay", own.kind, own.name), ("built", own.path, own.line)]
    return [("plain", own.kind, own.name, "" if environment(place_of(workload)) else own.path)]


def shadowed_by_production(tree: RepositoryTree, workload: Workload, production: tuple[str, ...]) -> Workload | None:
    """The same workload in a production set, where there is one and this is none; else ``None``."""
    if is_production(place_of(workload), production):
        return None
    found = tree.derive(_in_production, production)
    return next((found[key] for key in _identities(workload) if key in found), None)


def _in_production(tree: RepositoryTree, production: tuple[str, ...]) -> dict[Identity, Workload]:
    found: dict[Identity, Workload] = {}
    for workload in workloads(tree):
        if is_production(place_of(workload), production):
            for key in _identities(workload):
                found.setdefault(key, workload)
    return found
