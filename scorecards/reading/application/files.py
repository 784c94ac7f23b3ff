"""(pure) Which files, workloads and settings belong to a service."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.embedded import roots_in
from scorecards.reading.flag_calls import is_test
from scorecards.reading.kubernetes import Manifest, Workload, manifests, workloads
from scorecards.reading.services import ServiceUnit, service_of, services
from scorecards.reading.subject import Subject
from scorecards.reading.templates.skeletons import in_skeleton

_SETTINGS = ("**/application*.{yml,yaml,properties}", "**/bootstrap*.{yml,yaml,properties}")
_KEY = re.compile(r"(?:application|bootstrap)[\w.-]{0,60}\.(?:ya?ml|properties)\Z")
_NAMED = re.compile(r"(?i)^app(?:lication)?(?:\.kubernetes\.io/name)?\Z")
_LINE = re.compile(r"\s{0,20}([\w.\-\[\]\"]{1,200})\s{0,10}[=:]\s{0,10}(.{0,1000})")
MAX_SOURCES = 1_500
MAX_SETTINGS = 5_000


class Setting(NamedTuple):
    """A setting of an application. ``key`` is dotted, lower case, without hyphens."""

    key: str
    value: str
    place: Place


def sources(subject: Subject, service: ServiceUnit) -> list[str]:
    """The source files of a service, tests and skeletons left out."""
    return subject.tree.derive(_sources, subject).get((service.name, service.path), [])[:MAX_SOURCES]


def _sources(tree: RepositoryTree, subject: Subject) -> dict[tuple[str, str], list[str]]:
    """By name and folder of the service."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in kinds.found(tree, "app-src"):
        if not is_test(one.path) and not in_skeleton(tree, one.path):
            service = service_of(subject, one.path)
            found.setdefault((service.name, service.path), []).append(one.path)
    return found


def own_files(subject: Subject, service: ServiceUnit, *globs: str) -> list[str]:
    """The files of a service that match."""
    return [path for path in subject.tree.files(*globs) if service_of(subject, path) is service]


def own_workloads(subject: Subject, service: ServiceUnit) -> list[Workload]:
    """The long-running workloads of a service: named like it, or in its folder; those of its name come first."""
    found = [one for one in workloads(subject.tree) if one.long_running and _belongs(subject, service, one.manifest)]
    return sorted(found, key=lambda one: (one.name != service.name, one.place.path.count("/")))


def _belongs(subject: Subject, service: ServiceUnit, one: Manifest) -> bool:
    """Whether an object is a service's by its name or folder; what none claims is the root's or the only one's."""
    known = services(subject)
    title = next((value for name, value in one.labels.items() if _NAMED.match(name)), one.name)
    named = next((unit for unit in known if unit.name and unit.name in (title, one.name)), None)
    if named is not None:
        return named is service
    inside = not service.path or one.path.startswith(f"{service.path}/") or len(known) == 1
    return inside and service_of(subject, one.path) is service


def settings(subject: Subject, service: ServiceUnit) -> list[Setting]:
    """The settings of Java frameworks: of files beside the sources, and of documents in ConfigMaps."""
    found: list[Setting] = []
    for path in own_files(subject, service, *_SETTINGS):
        found += subject.tree.derive(_of_file, path)
    for one in manifests(subject.tree, "ConfigMap"):
        if _belongs(subject, service, one):
            data = one.get("data")
            for name, _, node in data.members() if data is not None else ():
                if _KEY.match(name):
                    found += _of_text(name, node)
    return found[:MAX_SETTINGS]


def _of_file(tree: RepositoryTree, path: str) -> list[Setting]:
    if path.endswith(".properties"):
        return [
            Setting(key, value, Place(path, number))
            for number, line in enumerate(tree.lines(path)[:MAX_SETTINGS], 1)
            for key, value in _pair(line)
        ]
    return [one for document in tree.yaml(path) for one in _of_node(document.root)]


def _of_text(name: str, node: Node) -> list[Setting]:
    if name.endswith(".properties"):
        lines = node.text.split("\n")[:MAX_SETTINGS]
        told = ((number, pair) for number, line in enumerate(lines) for pair in _pair(line))
        return [Setting(*pair, Place(node.path, node.line_at(number))) for number, pair in told]
    return [one for root in roots_in(node) for one in _of_node(root)]


def _of_node(root: Node) -> Iterator[Setting]:
    for way, node in root.walk(lambda node: node.is_scalar):
        # What stands in a list is the value of the list's own key.
        key = ".".join(part for part in way if isinstance(part, str))
        yield Setting(_folded(key), node.text[:1_000], root.place_of(*way))


def _pair(line: str) -> Iterator[tuple[str, str]]:
    match = _LINE.match(line[:1_300]) if not line.lstrip().startswith(("#", "!")) else None
    if match is not None:
        yield _folded(match[1]), match[2].strip()


def _folded(key: str) -> str:
    return key[:500].lower().replace("-", "").replace("_", "")
