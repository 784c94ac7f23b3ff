"""(pure) Where roots keep their state: backends with all that completes them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.repository.documents.hcl import Body, Expr
from ingest.repository.documents.hcl.model import Value
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.classes import Root, backend_files, roots, with_generated
from scorecards.reading.terraform.directory import Directory, Located, folder_of, joined, lies_in
from scorecards.reading.terraform.invocations import Invocation, invocations
from scorecards.reading.terraform.terragrunt import Part, Unit, remote_state, units
from scorecards.reading.terraform.values import (
    UNRESOLVED,
    Names,
    Unresolved,
    literal,
    names_of,
    resolved,
    text_of,
)

_TESTS = frozenset({"test", "tests"})
LOCAL = frozenset({"local", "inmem"})
# What a backend needs before it can be used: where one of these is missing, the rest comes from elsewhere.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "s3": ("bucket", "key"), "gcs": ("bucket",), "azurerm": ("storage_account_name", "container_name", "key"),
    "http": ("address",), "pg": ("conn_str",), "consul": ("path",), "oss": ("bucket",), "cos": ("bucket",),
    "oci": ("bucket", "key"), "kubernetes": ("secret_suffix",),
}  # fmt: skip
_COMMENTED = re.compile(r'^(?:backend\s+"([a-z0-9]{1,30})"|(cloud))\s*\{', re.A)


class Setting(NamedTuple):
    """A value of a backend, its place, and what names stand for there."""

    expr: Expr
    place: Place
    names: Names


@dataclass(frozen=True, slots=True, eq=False)
class Backend:
    """One complete backend: the block with one file of settings, where there are several.

    ``file`` is that file, empty where the block stands alone. ``hidden``: some settings are computed as a whole.
    """

    type: str
    place: Place
    settings: Mapping[str, Setting] = field(default_factory=dict)
    file: str = ""
    hidden: bool = False

    def value(self, name: str) -> Value | Unresolved:
        """A setting's value; ``None`` where it is not set."""
        found = self.settings.get(name)
        return resolved(found.names, found.expr) if found else None

    def text(self, name: str) -> str:
        """A setting as text; empty where it is not set or computed."""
        return text_of(self.value(name))

    def is_on(self, name: str) -> bool:
        return self.value(name) in (True, "true")

    def is_open(self, name: str) -> bool:
        """Whether a setting that is not seen here may be given elsewhere, or is computed."""
        return self.value(name) is UNRESOLVED or (name not in self.settings and self.is_partial)

    @property
    def is_partial(self) -> bool:
        """Whether the backend is completed by something outside the repository."""
        return self.hidden or any(name not in self.settings for name in NEEDED.get(self.type, ()))

    def at(self, name: str) -> Place:
        found = self.settings.get(name)
        return found.place if found else self.place


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """Where one root, or one unit of Terragrunt, keeps its state. Without ``backends`` it is on the local disk.

    ``lost`` is the place of an include that can't be followed: a backend may stand there. ``commented`` is a backend
    that is only commented out.
    """

    unit: str
    folder: str
    root: Root | None
    directory: Directory | None
    backends: tuple[Backend, ...]
    place: Place
    lost: Place | None = None
    commented: Place | None = None

    @property
    def is_remote(self) -> bool:
        return bool(self.backends) and self.backends[0].type not in LOCAL

    @property
    def type(self) -> str:
        return self.backends[0].type if self.backends else "local"

    @property
    def is_test(self) -> bool:
        """Whether it lies among tests, which make and remove what they need."""
        return not _TESTS.isdisjoint(self.folder.split("/"))


def stores(tree: RepositoryTree) -> list[Store]:
    """The states of the repository: one for each root, but one for each unit where Terragrunt runs the code."""
    return tree.derive(_stores)


def remote_beside(tree: RepositoryTree, folder: str) -> list[Store]:
    """The states of the folders right below a folder that lie in a remote backend."""
    return tree.derive(_remote_by_parent).get(folder, [])


def _remote_by_parent(tree: RepositoryTree) -> dict[str, list[Store]]:
    found: dict[str, list[Store]] = {}
    for store in stores(tree):
        if store.is_remote and store.folder:
            found.setdefault(folder_of(store.folder), []).append(store)
    return found


def _stores(tree: RepositoryTree) -> list[Store]:
    plain = [_of_root(tree, root) for root in roots(tree) if not root.units]
    by_code = {root.path: root for root in roots(tree)}
    run = [_of_unit(tree, unit, by_code.get(unit.code.path) if unit.code else None) for unit in units(tree)]
    return [*plain, *run]


def _of_root(tree: RepositoryTree, root: Root) -> Store:
    own = root.directory
    found = _declared(tree, own)
    backends = tuple(_completed(tree, own, found)) if found else ()
    first = found.place if found else own.first
    return Store(own.unit, own.path, root, own, backends, first, commented=None if found else _commented(own))


def _of_unit(tree: RepositoryTree, unit: Unit, root: Root | None) -> Store:
    directory = with_generated(tree, root.directory, (unit,)) if root else None
    block = _declared(tree, directory) if directory else None
    told = remote_state(unit)
    found = _of_remote_state(*told) if told else block
    backends = (found,) if found else ()
    return Store(unit.unit, unit.folder, root, directory, backends, found.place if found else unit.place, unit.lost)


# ---------------------------------------------------------------- what the code says


def _declared(tree: RepositoryTree, own: Directory) -> Backend | None:
    """The backend or cloud block; of several the last one counts."""
    names = names_of(tree, own)
    for at in reversed(own.settings("cloud")):
        return Backend("cloud", at.place, _cloud(at, names))
    for at in reversed(own.settings("backend")):
        settings = _settings(at.path, at.block.body, names)
        if at.block.label == "remote":
            settings |= _cloud(at, names)
        return Backend(at.block.label, at.place, settings)
    return None


def _settings(path: str, body: Body, names: Names) -> dict[str, Setting]:
    return {
        name: Setting(given.expr, Place(path, given.line), names)
        for name, given in body.attributes.items()
        if not given.expr.is_null
    }


def _cloud(at: Located, names: Names) -> dict[str, Setting]:
    settings = _settings(at.path, at.block.body, names)
    for block in at.block.body.blocks_of("workspaces"):
        settings |= {f"workspaces.{name}": one for name, one in _settings(at.path, block.body, names).items()}
    return settings


def _of_remote_state(part: Part, at: Located) -> Backend:
    kind = at.block.body.get("backend")
    config = at.block.body.get("config")
    if config is not None and config.kind == "reference":
        config = part.names.get(config.raw, config)
    members = config.members if config is not None else {}
    settings = {name: Setting(expr, Place(at.path, expr.line), part.names) for name, expr in members.items()}
    hidden = config is not None and config.kind != "object"
    return Backend(kind.text if kind else "", at.place, settings, hidden=hidden)


def _commented(own: Directory) -> Place | None:
    """A remote backend that is only commented out."""
    for source in own.sources:
        for comment in source.comments:
            found = _COMMENTED.match(comment.text.strip())
            if found and found.group(1) not in LOCAL:
                return Place(source.path, comment.line)
    return None


# ---------------------------------------------------------------- what completes it


def _completed(tree: RepositoryTree, own: Directory, found: Backend) -> Iterator[Backend]:
    if found.type == "cloud":
        yield found
        return
    told = [one for one in invocations(tree) if one.folder is None or one.folder == own.path]
    given = dict(_from_commands(told))
    files = _files(tree, own, told)
    for path in files:
        settings = _of_file(tree, path)
        yield Backend(found.type, found.place, {**found.settings, **settings, **given}, path, found.hidden)
    if not files:
        yield Backend(found.type, found.place, {**found.settings, **given}, "", found.hidden)


def _from_commands(told: list[Invocation]) -> Iterator[tuple[str, Setting]]:
    """The settings that commands give one by one; one with a variable of the shell is computed."""
    for one in told:
        for value in one.values("backend-config"):
            name, equals, text = value.partition("=")
            if equals and name.isidentifier():
                expr = Expr("other", text, one.place.line) if "$" in text else literal(text)
                yield name, Setting(expr, one.place, {})


def _files(tree: RepositoryTree, own: Directory, told: list[Invocation]) -> list[str]:
    """The files of backend settings: those that lie with the root by their names, and those that commands name."""
    found = {path for path in tree.derive(backend_files).get(own.path, ()) if _of_file(tree, path)}
    for one in told:
        for value in one.values("backend-config"):
            folder = one.folder if one.folder is not None else own.path
            named = joined(folder, value) if "=" not in value and "$" not in value else None
            if named and tree.exists(named) and (lies_in(named, own.path) or one.folder is not None):
                found.add(named)
    return sorted(found)


def _of_file(tree: RepositoryTree, path: str) -> dict[str, Setting]:
    file = tree.hcl(path)
    return _settings(path, file.body, {}) if file and not file.body.blocks else {}
