"""(pure) Configuration outside of the image, and per environment. Definition: DOP-7.1-01."""

from collections.abc import Iterator

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.baked import Baked, baked_in, dockerfiles
from scorecards.reading.environments import environment, environments
from scorecards.reading.images import image
from scorecards.reading.kubernetes import Workload
from scorecards.reading.neighbours import MAX_ALIKE
from scorecards.reading.pod_sources import sources
from scorecards.reading.running import workloads


@check("configuration-external-per-environment")
def configuration_external_per_environment(subject: Subject) -> Iterator[Finding]:
    """Workloads read settings from outside of their image, with a set of its own for each environment."""
    tree = subject.tree
    images = _images(subject)
    found = workloads(tree)
    claimed = set()
    for workload in found:
        names = dict.fromkeys(_name(container.image) for container in workload.containers)
        built = [path for name in names for path in images.get(name, ())]
        claimed.update(built)
        yield _judged(tree, workload, [one for path in built for one in baked_in(tree, path)])
    if not found:
        yield from _composed(tree)
    yield from _unclaimed(tree, claimed)


def _images(subject: Subject) -> dict[str, list[str]]:
    """The Dockerfiles that build an image, by the image's name: that of their folder, or of the repository."""
    found: dict[str, list[str]] = {}
    paths = dockerfiles(subject.tree)
    for path in paths:
        folder = path.rpartition("/")[0]
        alike = found.setdefault(folder.rpartition("/")[2].lower() or subject.short_name, [])
        if len(alike) < MAX_ALIKE:
            alike.append(path)
    return found


def _name(reference: str) -> str:
    parsed = image(reference)
    return parsed.name.lower() if parsed is not None else reference.rpartition("/")[2].partition(":")[0].lower()


def _judged(tree: RepositoryTree, workload: Workload, baked: list[Baked]) -> Finding:
    if baked:
        return _failed(workload.unit, baked)
    where = _settings(tree, workload)
    if not where:
        return not_applicable(workload.unit, "It takes no settings.", workload.place)
    if _separated(tree, workload):
        message = "Settings come from outside of the image, a set for each environment."
        return passed(workload.unit, message, *where, value="per environment")
    message = "Settings come from outside of the image, but one set serves all environments."
    return partial(workload.unit, message, *where, value="shared")


def _failed(unit: str, baked: list[Baked]) -> Finding:
    places = dict.fromkeys(one.place for one in baked)
    return failed(unit, f"One environment is baked in: it {baked[0].what}.", *places, value=baked[0].what)


def _settings(tree: RepositoryTree, workload: Workload) -> list[Place]:
    """Where settings reach the pods: maps and secrets first, then texts of the manifest."""
    named = [source.place for source in sources(tree, workload) if source.way != "imagePullSecrets"]
    entries = [
        item
        for container in workload.containers
        for item in container.node.items_at("env")
        if item.has("value") or item.tag
    ]
    return named or [item.place for item in entries]


def _separated(tree: RepositoryTree, workload: Workload) -> bool:
    """Whether the workload is told for several environments; a chart's own values are those of one more."""
    found = environments(tree, workload)
    return len(found - {""}) > 1 or (workload.manifest.origin == "chart" and len(found) > 1)


# ---------------------------------------------------------------- without a workload


def _composed(tree: RepositoryTree) -> Iterator[Finding]:
    """What Compose builds and runs, where there is nothing for a cluster."""
    files = [found for found in kinds.found(tree, "compose") if found.root is not None]
    several = len({environment(found.path) for found in files}) > 1
    seen = set()
    for found in files:
        services = found.root.get("services") if found.root is not None else None
        for name, _, service in services.members() if services is not None else ():
            if service.has("build") and name not in seen and (where := _compose_settings(service)):
                seen.add(name)
                yield _compose_finding(name, where, several)


def _compose_settings(service: Node) -> list[Place]:
    return [service.place_of(key) for key in ("env_file", "environment", "configs", "secrets") if service.has(key)]


def _compose_finding(name: str, where: list[Place], several: bool) -> Finding:
    unit = f"compose service {name[:100]}"
    if several:
        message = "Settings come from outside of the image, a file for each environment."
        return passed(unit, message, *where, value="per environment")
    message = "Settings come from outside of the image, but one set serves all environments."
    return partial(unit, message, *where, value="shared")


def _unclaimed(tree: RepositoryTree, claimed: set[str]) -> Iterator[Finding]:
    """Images that no workload of the repository runs: only what is baked in can be seen."""
    for path in dockerfiles(tree):
        if path in claimed:
            continue
        if baked := baked_in(tree, path):
            yield _failed(f"image of {path}", baked)
        else:
            yield not_applicable(f"image of {path}", "How it gets settings is not told here.", Place(path))
