"""(pure) Versions of the tool, of providers, and the lock file. Definition: DOP-1.1-01 to DOP-1.1-03."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.terraform import Directory, Root, directories, modules, roots
from scorecards.reading.terraform.calls import calls_others
from scorecards.reading.terraform.gitignore import hidden_by
from scorecards.reading.terraform.providers import Declared, Lock, addresses, declared, lock, used
from scorecards.reading.terraform.required import required_version
from scorecards.reading.terraform.values import UNRESOLVED, names_of, resolved
from scorecards.reading.terraform.versions import constraint


@check("terraform-version-bounded")
def terraform_version_bounded(subject: Subject) -> Iterator[Finding]:
    """Every root says which versions of the tool may run it, with a lower and an upper bound."""
    for root in roots(subject.tree):
        yield _version(subject.tree, root)


def _version(tree: RepositoryTree, root: Root) -> Finding:
    own = root.with_generated(tree)
    told = required_version(tree, own)
    if not told.places:
        blocks = [at.place for at in own.blocks("terraform")]
        return failed(root.unit, "No required_version: set a lower and an upper bound.", *(blocks or [own.first]))
    if told.computed:
        return unknown(root.unit, "required_version is computed and can't be told from the code.", *told.places)
    found, value = told.constraint, told.constraint.text
    if not found.valid:
        return failed(root.unit, f"“{value[:60]}” is no version constraint.", *told.places, value=value)
    if found.lower and found.upper:
        return passed(root.unit, f"{value} has both bounds.", *told.places, value=value)
    if found.lower or found.upper:
        missing = "an upper bound" if found.lower else "a lower bound"
        return partial(root.unit, f"{value} lacks {missing}.", *told.places, value=value)
    return failed(root.unit, f"{value} has no bound.", *told.places, value=value)


# ---------------------------------------------------------------- providers


class _Gap(NamedTuple):
    """What a provider lacks; the worst rank first."""

    rank: int
    text: str
    place: Place


@check("terraform-providers-declared-and-bounded")
def terraform_providers_declared_and_bounded(subject: Subject) -> Iterator[Finding]:
    """Each provider in use has a source and a version; in a root the version has an upper bound."""
    tree = subject.tree
    by_path = {root.path: root for root in roots(tree)}
    for directory in directories(tree):
        root = by_path.get(directory.path)
        yield _providers(tree, root.with_generated(tree) if root else directory, root is not None)


def _providers(tree: RepositoryTree, directory: Directory, is_root: bool) -> Finding:
    known, in_use = declared(directory), used(directory)
    names = sorted({*known, *in_use})
    if not names:
        return not_applicable(directory.unit, "It neither declares nor uses a provider.", directory.first)
    gaps = sorted(gap for name in names if (gap := _gap(tree, directory, name, known, in_use, is_root)))
    value = ", ".join(names)
    if not gaps:
        message = f"Source and version are set for {value[:120]}."
        return passed(directory.unit, message, *(known[name].place for name in names), value=value)
    worst = gaps[0].rank
    texts = [gap.text for gap in gaps if gap.rank == worst]
    message = f"{'; '.join(texts[:3])}{' and more' if len(texts) > 3 else ''}: complete required_providers."
    outcome = {0: failed, 1: unknown, 2: partial}[worst]
    return outcome(directory.unit, message, *(gap.place for gap in gaps), value="; ".join(gap.text for gap in gaps))


def _gap(
    tree: RepositoryTree,
    directory: Directory,
    name: str,
    known: dict[str, Declared],
    in_use: dict[str, Place],
    is_root: bool,
) -> _Gap | None:
    entry = known.get(name)
    if entry is None:
        return _Gap(0, f"{name} is not declared", in_use[name])
    version = resolved(names_of(tree, directory), entry.version)
    if version is None or version == "":
        return _Gap(0, f"{name} has no version", entry.place)
    if version is UNRESOLVED:
        return _Gap(1, f"the version of {name} is computed", entry.place)
    bounds = constraint(str(version))
    if not bounds.valid:
        return _Gap(0, f"the version of {name} is no constraint", entry.place)
    if entry.source is None:
        return _Gap(2, f"{name} has no source", entry.place)
    return _Gap(2, f"{name} {version} is open-ended", entry.place) if is_root and not bounds.upper else None


# ---------------------------------------------------------------- the lock file


@check("terraform-lock-file-committed")
def terraform_lock_file_committed(subject: Subject) -> Iterator[Finding]:
    """Each root has a tracked lock file that holds every provider in use, with hashes."""
    tree = subject.tree
    of_roots = {root.path for root in roots(tree)}
    for root in roots(tree):
        for folder in [unit.folder for unit in root.units] or [root.path]:
            yield _locked(tree, root, folder)
    for module in modules(tree, subject.short_name):
        if module.path not in of_roots:
            yield not_applicable(module.unit, "A module is locked by the roots that call it.", module.first)


def _locked(tree: RepositoryTree, root: Root, folder: str) -> Finding:
    unit = folder or "."
    wanted = addresses(tree, root.with_generated(tree)) | addresses(tree, root.directory)
    found = lock(tree, folder)
    if found is not None:
        return _lock(unit, found, wanted)
    if not wanted:
        if calls_others(tree, root.directory):
            return unknown(unit, "Its providers come with modules of other repositories.", root.directory.first)
        return not_applicable(unit, "It uses no provider.", root.directory.first)
    path = f"{folder}/.terraform.lock.hcl" if folder else ".terraform.lock.hcl"
    if hidden := hidden_by(tree, path):
        message = ".terraform.lock.hcl is not tracked, because git ignores it: stop ignoring it and commit it."
        return failed(unit, message, hidden, root.directory.first)
    return failed(unit, "No .terraform.lock.hcl is tracked: run init and commit it.", root.directory.first)


def _lock(unit: str, found: Lock, wanted: frozenset[str]) -> Finding:
    place = Place(found.path)
    if missing := sorted(wanted - found.hashed - found.bare):
        message = f"The lock file lacks {', '.join(missing)[:100]}: run init and commit it."
        return partial(unit, message, place, value=", ".join(missing))
    if found.bare or not found.hashed:
        message = "The lock file has providers without hashes: run “terraform providers lock”."
        return partial(unit, message, place, value=", ".join(sorted(found.bare)))
    return passed(unit, "The lock file holds every provider in use, with hashes.", place)
