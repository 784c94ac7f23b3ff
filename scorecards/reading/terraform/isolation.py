"""(pure) Which environments and regions Terraform's files show, and which state belongs to which."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.environments import NAMES, environment, words
from scorecards.reading.pipelines import pipelines
from scorecards.reading.terraform.backends import NEEDED, Backend, Store
from scorecards.reading.terraform.classes import value_files
from scorecards.reading.terraform.directory import Directory
from scorecards.reading.terraform.invocations import invocations
from scorecards.reading.terraform.values import UNRESOLVED, Unresolved, text_of

_SAME = {"devel": "dev", "development": "dev", "testing": "test", "stage": "staging", "stg": "staging",
         "production": "prod", "prd": "prod", "live": "prod", "preproduction": "preprod"}  # fmt: skip
_VARIABLES = frozenset({"var.environment", "var.env", "var.stage"})
_REGION = re.compile(
    r"(?<![a-z0-9])(?:(?:us|eu|ap|sa|ca|me|af|il|cn|mx)(?:-gov)?-(?:north|south|east|west|central|northeast|southeast|"
    r"northwest|southwest)-?\d|(?:us|europe|asia|australia|northamerica|southamerica|africa)-(?:north|south|east|west|"
    r"central|northeast|southeast)\d|(?:east|west|central|northcentral|southcentral)us\d?|(?:north|west)europe|"
    r"uk(?:south|west))(?![a-z0-9])"
)
# The settings that tell two states of a backend apart; those that are not ``NEEDED`` may be missing.
_IDENTITY = {
    "s3": ("bucket", "key", "workspace_key_prefix"), "gcs": ("bucket", "prefix"),
    "azurerm": ("storage_account_name", "container_name", "key"),
    "http": ("address",), "pg": ("conn_str", "schema_name"), "consul": ("path",),
    "kubernetes": ("secret_suffix", "namespace"), "oss": ("bucket", "prefix", "key"),
    "cos": ("bucket", "prefix", "key"),
    "oci": ("bucket", "namespace", "key"), "remote": ("organization", "workspaces.name"),
    "cloud": ("organization", "workspaces.name"),
}  # fmt: skip


class Sign(NamedTuple):
    """An environment's name and where it stands; the name is empty where a variable chooses it."""

    name: str
    place: Place


def canonical(name: str) -> str:
    return _SAME.get(name, name)


def environment_signs(tree: RepositoryTree, stores: list[Store]) -> list[Sign]:
    """What names environments around these states: folders, files of values, pipelines, variables."""
    found = [*_named(tree, stores), *_chosen(tree, stores)]
    if any(one.by_pipeline for one in invocations(tree)):
        found += _in_matrices(tree)
    return found


def _named(tree: RepositoryTree, stores: list[Store]) -> Iterator[Sign]:
    for store in stores:
        paths = [backend.file for backend in store.backends if backend.file]
        if store.directory is not None:
            paths += value_files(tree).get(store.directory.path, [])
        told = [(store.folder, store.place), *((path, Place(path)) for path in paths)]
        yield from (Sign(canonical(name), place) for path, place in told if (name := environment(path)))


def _in_matrices(tree: RepositoryTree) -> Iterator[Sign]:
    for pipeline in pipelines(tree):
        for job in pipeline.jobs:
            for name, values in job.matrix.items():
                if set(words(name)) & {"env", "environment", "environments", "stage", "workspace"}:
                    yield from (Sign(canonical(value.lower()), job.place) for value in values if value.lower() in NAMES)


def _chosen(tree: RepositoryTree, stores: list[Store]) -> Iterator[Sign]:
    for store in stores:
        place = chooses(store.directory) if store.directory else None
        place = place or workspace_of(tree, store)
        if place is not None:
            yield Sign("", place)


def chooses(directory: Directory) -> Place | None:
    """Where a directory reads the name of its environment from a variable."""
    return _reads(directory, _VARIABLES)


def _reads(directory: Directory, names: frozenset[str]) -> Place | None:
    for source in directory.sources:
        for expr in source.body.expressions():
            if any(name in names for inner in expr.walk() for name in inner.references):
                return Place(source.path, expr.line)
    return None


def workspace_of(tree: RepositoryTree, store: Store) -> Place | None:
    """Where a root uses workspaces: in its code, or in a command that runs in its folder."""
    if store.directory is not None and (place := _reads(store.directory, frozenset({"terraform.workspace"}))):
        return place
    for one in invocations(tree):
        if one.command == "workspace" and (one.folder is None or one.folder == store.folder):
            return one.place
    return None


# ---------------------------------------------------------------- identity


def identity(store: Store, backend: Backend | None) -> tuple[str, ...] | None:
    """What tells a state from every other; ``None`` where a part of it is not known."""
    if backend is None or not store.is_remote:
        return ("local", store.folder)
    names = _IDENTITY.get(backend.type)
    if names is None or backend.hidden:
        return None
    values = [backend.value(name) for name in names]
    if any(value is UNRESOLVED or isinstance(value, Unresolved) for value in values):
        return None
    needed = NEEDED.get(backend.type, ("workspaces.name",))
    if any(value is None and name in needed for name, value in zip(names, values, strict=True)):
        return None
    texts = tuple(map(text_of, values))
    return None if any("$" in text or "{{" in text for text in texts) else (backend.type, *texts)


def names_environment(backend: Backend) -> bool:
    """Whether the place of a state tells its environment, be it by a variable."""
    literal, computed = _told(backend)
    chosen = {"env", "environment", "stage"}
    return not NAMES.isdisjoint(words(" ".join(literal))) or not (NAMES | chosen).isdisjoint(words(" ".join(computed)))


def names_region(backend: Backend) -> bool:
    literal, computed = _told(backend)
    return any(_REGION.search(text) for text in (*literal, *computed)) or any("region" in text for text in computed)


def _told(backend: Backend) -> tuple[list[str], list[str]]:
    """The texts that tell a state apart, with the name of the file that completes it; and what else is read there."""
    literal, computed = [backend.file], []
    for name in _IDENTITY.get(backend.type, ()):
        if (text := backend.text(name)[:300]) or name not in backend.settings:
            literal.append(text)
        else:
            expr = backend.settings[name].expr
            literal += [part[:300] for part in expr.parts[:20]]
            computed += list(expr.references[:20])
    return literal, computed


def regions(*paths: str) -> frozenset[str]:
    """The cloud regions that paths name."""
    return frozenset(found for path in paths for found in _REGION.findall(path.lower()))
