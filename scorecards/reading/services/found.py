"""(pure) The services of a repository, and which of them people use in production.

Definition: the catalogue of controls, conditions ``service`` and ``production-service``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.kubernetes.manifest import texts
from scorecards.reading.services.exposure import exposed
from scorecards.reading.services.names import folded, tier_of
from scorecards.reading.subject import Subject

BUILD_FILES = ("go.mod", "package.json", "pom.xml", "pyproject.toml")
# Folders whose build files build no service: the repository's own tools, tests and pages.
_NOT_SERVICES = frozenset(
    {"docs", "doc", "website", "test", "tests", "e2e", "tools", "hack", "scripts", "build", ".github"}
)
# Folders that gather the catalogue's files and are no service's root.
_CATALOGUE_FOLDERS = frozenset({"backstage", ".backstage", "catalog", "catalogue", "entities", "components", "docs"})


@dataclass(frozen=True, slots=True, eq=False)
class ServiceUnit:
    """A service. ``path`` is its root folder, ``""`` the repository's; ``tier`` and ``lifecycle`` are lower case."""

    name: str
    component: Node | None = None
    path: str = ""
    lifecycle: str = ""
    tier: str = ""
    owner: str = ""
    production: bool = False

    @property
    def place(self) -> Place:
        """Where it is declared; the repository as a whole where nobody declares it."""
        return self.component.place if self.component is not None else Place(self.path)


def services(subject: Subject) -> list[ServiceUnit]:
    """The services; never empty."""
    return subject.tree.derive(services_in, subject.short_name)


def service_of(subject: Subject, path: str) -> ServiceUnit:
    """The service that a file belongs to: the one with the deepest root above it, else the only or first one."""
    known = services(subject)
    above = [unit for unit in known if unit.path and path.startswith(unit.path + "/")]
    return max(above, key=lambda unit: len(unit.path), default=next((u for u in known if not u.path), known[0]))


def services_in(tree: RepositoryTree, repository: str) -> list[ServiceUnit]:
    """As ``services``, for a repository's name without its owner."""
    return _declared(tree) or _built(tree, repository)


def _declared(tree: RepositoryTree) -> list[ServiceUnit]:
    roots = [
        found.root
        for found in kinds.found(tree, "backstage")
        if found.root is not None
        and found.root.text_at("kind") == "Component"
        and not _is_template(found.root.get("metadata", "name"))
    ]
    return [_component(tree, root, alone=len(roots) == 1) for root in roots]


def _is_template(name: Node | None) -> bool:
    """Whether a name is filled in when a template makes the service; bare double braces are a mapping in YAML."""
    return name is not None and (not name.is_scalar or "{{" in name.text)


def _component(tree: RepositoryTree, root: Node, *, alone: bool) -> ServiceUnit:
    lifecycle = root.text_at("spec", "lifecycle").strip().lower()
    name = root.text_at("metadata", "name")
    labels = texts(root.get("metadata", "labels"))
    tier = tier_of(labels, texts(root.get("metadata", "annotations")), texts(root.get("spec")))
    owner = root.text_at("spec", "owner")
    path = "" if alone else _root_of(tree, root.path, name)
    return ServiceUnit(name or "?", root, path, lifecycle, tier, owner, production=lifecycle == "production")


def _root_of(tree: RepositoryTree, path: str, name: str) -> str:
    """The folder of a component's file, or a folder of its name where the file lies among the catalogue's."""
    folder = path.rpartition("/")[0]
    if folder and folder.rpartition("/")[2].lower() not in _CATALOGUE_FOLDERS:
        return folder
    named = [each for each in tree.derive(_folders) if folded(each.rpartition("/")[2]) == folded(name)]
    return min(named, key=lambda each: (each.count("/"), each), default="")


def _folders(tree: RepositoryTree) -> list[str]:
    found: set[str] = set()
    for path in tree.files("**"):
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return sorted(found)


def _built(tree: RepositoryTree, repository: str) -> list[ServiceUnit]:
    files = tree.files(*(f"**/{name}" for name in BUILD_FILES))
    folders = sorted({path.rpartition("/")[0] for path in files if _NOT_SERVICES.isdisjoint(path.split("/")[:-1])})
    names = _names(folders or [""], repository or "repository")
    production = set(_production(names, exposed(tree)))
    return [ServiceUnit(name, path=path, production=path in production) for path, name in names.items()]


def _names(folders: list[str], repository: str) -> dict[str, str]:
    """Names by folder: the folder's own where it is the only one of that name, else the whole path."""
    own = [folder.rpartition("/")[2] for folder in folders]
    return {
        folder: (name if own.count(name) == 1 else folder) or repository
        for folder, name in zip(folders, own, strict=True)
    }


def _production(names: dict[str, str], exposed: list[tuple[frozenset[str], str]]) -> Iterator[str]:
    """Folders of the services that what people reach names or lies in, else of the only or first one."""
    by_name = {folded(name): path for path, name in names.items()}
    for told, file in exposed:
        within = next((each for each in _above(file) if each in names and each), None)
        found = {by_name[name] for name in told if name in by_name} | ({within} if within else set())
        yield from found or {next(iter(names))}


def _above(path: str) -> Iterator[str]:
    """The folders above a file, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path
