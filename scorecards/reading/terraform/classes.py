"""(pure) Which directories are roots, which are modules. Definition: the catalogue of controls, ``file_kinds``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.calls import called_folders
from scorecards.reading.terraform.directory import Directory, directories, directory, folder_of, joined
from scorecards.reading.terraform.invocations import invocations
from scorecards.reading.terraform.providers import is_configured
from scorecards.reading.terraform.terragrunt import Unit, generated, units

_PUBLISHED = re.compile(r"terraform-(?!provider-)[a-z0-9]+-[a-z0-9-]+", re.A)
_VALUES = ("**/*.tfvars", "**/*.tfvars.json", "**/*.tfbackend")
_SETTINGS = ("**/*backend*.hcl", "**/*backend*.conf", "**/*backend*.config", "**/*backend*.tfvars", "**/*.tfbackend")
_BACKEND_FILE = re.compile(r"(?:^|[-_./])backend(?:[-_.][^/]{0,60})?\.(?:hcl|conf|config|tfvars)$|\.tfbackend$")
_TESTS = frozenset({"test", "tests"})


class Sign(NamedTuple):
    """What shows that a directory is a root."""

    kind: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """A directory that is planned and applied. ``units`` are those of Terragrunt that run its code."""

    directory: Directory
    signs: tuple[Sign, ...]
    units: tuple[Unit, ...]

    @property
    def path(self) -> str:
        return self.directory.path

    @property
    def unit(self) -> str:
        return self.directory.unit

    def with_generated(self, tree: RepositoryTree) -> Directory:
        """The directory with what Terragrunt writes into it."""
        return with_generated(tree, self.directory, self.units)


def with_generated(tree: RepositoryTree, own: Directory, run_by: tuple[Unit, ...]) -> Directory:
    """A directory with what some units of Terragrunt write into it."""
    return tree.derive(_with_generated, own, run_by)


def _with_generated(tree: RepositoryTree, own: Directory, run_by: tuple[Unit, ...]) -> Directory:
    extra = generated(tree, *run_by)
    return Directory(own.path, (*own.sources, *extra)) if extra else own


def roots(tree: RepositoryTree) -> list[Root]:
    """The directories with a sign of being applied by themselves, by path."""
    return tree.derive(_roots)


def _roots(tree: RepositoryTree) -> list[Root]:
    by_code: dict[str, list[Unit]] = {}
    for unit in units(tree):
        if unit.code is not None:
            by_code.setdefault(unit.code.path, []).append(unit)
    found = []
    for own in directories(tree):
        ours = tuple(by_code.get(own.path, ()))
        if signs := (*_signs(tree, own), *(Sign("terragrunt", unit.place) for unit in ours)):
            found.append(Root(own, signs, ours))
    return found


def _signs(tree: RepositoryTree, own: Directory) -> Iterator[Sign]:
    for kind in ("backend", "cloud"):
        yield from (Sign(kind, at.place) for at in own.settings(kind))
    yield from (Sign("provider", at.place) for at in own.blocks("provider") if is_configured(at))
    lock = f"{own.path}/.terraform.lock.hcl" if own.path else ".terraform.lock.hcl"
    if tree.exists(lock):
        yield Sign("lock", Place(lock))
    if any(own.blocks(kind) for kind in ("resource", "data", "module", "ephemeral")):
        yield from (Sign("values", Place(path)) for path in value_files(tree).get(own.path, ()))
    yield from (Sign("pipeline", place) for place in tree.derive(_applied).get(own.path, ()))


def _applied(tree: RepositoryTree) -> dict[str, list[Place]]:
    """The folders in which pipelines, or Atlantis, plan or apply."""
    found: dict[str, list[Place]] = {}
    for one in invocations(tree):
        if one.by_pipeline and one.touches_state and one.folder is not None:
            found.setdefault(one.folder, []).append(one.place)
    for path in tree.files("atlantis.yaml", "atlantis.yml"):
        for document in tree.yaml(path):
            for project in document.root.items_at("projects"):
                folder = joined("", project.text_at("dir"))
                if folder is not None and project.has("dir"):
                    found.setdefault(folder, []).append(project.place)
    return found


def value_files(tree: RepositoryTree) -> dict[str, list[str]]:
    """The files of values and backend settings, by the nearest directory on the way up that holds Terraform."""
    return tree.derive(_by_owner, _VALUES)


def backend_files(tree: RepositoryTree) -> dict[str, list[str]]:
    """The files named as settings of a backend, by the nearest directory on the way up that holds Terraform."""
    found = tree.derive(_by_owner, _SETTINGS)
    return {owner: [path for path in paths if _BACKEND_FILE.search(path)] for owner, paths in found.items()}


def _by_owner(tree: RepositoryTree, globs: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in tree.files(*globs):
        folder = folder_of(path)
        while folder and directory(tree, folder) is None:
            folder = folder_of(folder)
        between = path[len(folder) :].strip("/").split("/")[:-1]
        if directory(tree, folder) is not None and _TESTS.isdisjoint(between):
            found.setdefault(folder, []).append(path)
    return found


# ---------------------------------------------------------------- modules


def modules(tree: RepositoryTree, repository: str) -> list[Directory]:
    """The directories that others call, lie under ``modules``, or are the top of a published module's repository.

    ``repository`` is the repository's name without its owner; empty where nobody knows.
    """
    return tree.derive(_modules, is_published(repository))


def _modules(tree: RepositoryTree, published: bool) -> list[Directory]:
    called = called_folders(tree)
    return [
        own
        for own in directories(tree)
        if own.path in called or "modules" in own.path.split("/")[:-1] or (published and not own.path)
    ]


def is_published(repository: str) -> bool:
    """Whether a repository is named ``terraform-<provider>-<name>``, as a registry asks."""
    return bool(_PUBLISHED.fullmatch(repository))
