"""(pure) State that environments and regions do not share. Definition: DOP-1.1-09."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.environments import environment
from scorecards.reading.terraform.backends import Backend, Store, stores
from scorecards.reading.terraform.classes import value_files
from scorecards.reading.terraform.isolation import (
    canonical,
    chooses,
    environment_signs,
    identity,
    names_environment,
    names_region,
    regions,
    workspace_of,
)

UNIT = "repository"
_SHARED = "Only workspaces tell the environments apart: they share one bucket and its access."
_WORKSPACES = dict.fromkeys(
    ("cloud", "remote"),
    "Only workspaces tell the environments apart, and the code names none of them: name one for each.",
)


class _State(NamedTuple):
    """One state of a root: with one file of backend settings where there are several."""

    store: Store
    backend: Backend | None

    @property
    def place(self) -> Place:
        if self.backend is None:
            return self.store.place
        return self.backend.at("key" if "key" in self.backend.settings else "prefix")

    @property
    def name(self) -> str:
        return f"{self.store.unit} ({self.backend.file})" if self.backend and self.backend.file else self.store.unit


class _Doubt(NamedTuple):
    """Why a root's state may serve several environments. ``is_known``: it does, rather than may."""

    is_known: bool
    text: str
    place: Place


@check("terraform-state-isolated-per-environment")
def terraform_state_isolated_per_environment(subject: Subject) -> Iterator[Finding]:
    """No two environments or regions write the same state."""
    tree = subject.tree
    ours = [store for store in stores(tree) if not store.is_test]
    if not ours:
        return
    signs = environment_signs(tree, ours)
    if len({sign.name for sign in signs}) < 2 and not any(not sign.name for sign in signs):
        yield not_applicable(UNIT, "Only one environment is visible.", ours[0].place)
    elif subject.options.state_backend_injected:
        yield unknown(UNIT, "The backend is given by what runs Terraform here.", ours[0].place)
    else:
        yield _isolation(tree, ours)


def _isolation(tree: RepositoryTree, ours: list[Store]) -> Finding:
    states = [_State(store, backend) for store in ours for backend in store.backends or (None,)]
    if shared := _shared(states):
        names = " and ".join(state.name for state in shared[:2])
        message = f"{names[:100]} share one state: give each its own key."
        return failed(UNIT, message, *(state.place for state in shared), value=shared[0].name)
    doubts = [doubt for store in ours for doubt in _doubts(tree, store, len(ours) == 1)]
    doubts.sort(key=lambda doubt: not doubt.is_known)
    if doubts:
        outcome = partial if doubts[0].is_known else unknown
        return outcome(UNIT, doubts[0].text, *(doubt.place for doubt in doubts), value=doubts[0].text)
    message = "Each environment and region has a state of its own."
    return passed(UNIT, message, *(state.place for state in states))


def _shared(states: list[_State]) -> list[_State]:
    """The states of the first place that two of them write to."""
    by_place: dict[tuple[str, ...], list[_State]] = {}
    for state in states:
        if (place := identity(state.store, state.backend)) is not None:
            by_place.setdefault(place, []).append(state)
    return next((same for same in by_place.values() if len(same) > 1), [])


def _doubts(tree: RepositoryTree, store: Store, alone: bool) -> Iterator[_Doubt]:
    backend = store.backends[0] if store.backends and store.is_remote else None
    place = _State(store, backend).place
    if backend is not None:
        yield from _by_region(tree, store, backend, place)
    if environment(store.folder) or len(store.backends) > 1:
        yield from _unknown(store, place)
    elif backend is not None and _is_workspace_only(tree, store, backend):
        yield _Doubt(True, _WORKSPACES.get(backend.type, _SHARED), workspace_of(tree, store) or place)
    elif not _serves_several(tree, store, alone) or (backend is not None and names_environment(backend)):
        return
    elif backend is not None and identity(store, backend) is None:
        yield from _unknown(store, place)
    else:
        yield _Doubt(True, f"{_where(store)} of {store.unit} names no environment: put it into the key.", place)


def _where(store: Store) -> str:
    return "The place of the state" if store.is_remote else "The local state"


def _unknown(store: Store, place: Place) -> Iterator[_Doubt]:
    """A state of which nothing tells the place."""
    remote = store.backends if store.is_remote else ()
    if any(identity(store, backend) is None and not names_environment(backend) for backend in remote):
        yield _Doubt(False, f"Where the state of {store.unit} lies is decided elsewhere.", place)


def _is_workspace_only(tree: RepositoryTree, store: Store, backend: Backend) -> bool:
    if backend.type in ("cloud", "remote"):
        return "workspaces.name" not in backend.settings and bool(backend.settings)
    return workspace_of(tree, store) is not None and not names_environment(backend)


def _serves_several(tree: RepositoryTree, store: Store, alone: bool) -> bool:
    """Whether one root stands for more than one environment."""
    files = value_files(tree).get(store.directory.path, []) if store.directory else []
    named = {canonical(name) for path in files if (name := environment(path))}
    return alone or len(named) > 1 or (store.directory is not None and chooses(store.directory) is not None)


def _by_region(tree: RepositoryTree, store: Store, backend: Backend, place: Place) -> Iterator[_Doubt]:
    """One state for several regions that files of values name."""
    files = value_files(tree).get(store.directory.path, []) if store.directory else []
    if len(regions(*files)) > 1 and len(store.backends) == 1 and not names_region(backend):
        yield _Doubt(True, f"The state of {store.unit} names no region: put it into the key.", place)
