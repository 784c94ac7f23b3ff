"""(pure) Modules without backends, and sources that do not move. Definition: DOP-1.1-04, DOP-1.1-05."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.terraform import Directory, directories, modules
from scorecards.reading.terraform.addresses import Address, address, is_own
from scorecards.reading.terraform.providers import is_configured
from scorecards.reading.terraform.terragrunt import stack_sources, units
from scorecards.reading.terraform.values import UNRESOLVED, names_of, resolved, text_of
from scorecards.reading.terraform.versions import constraint


@check("terraform-modules-free-of-backends")
def terraform_modules_free_of_backends(subject: Subject) -> Iterator[Finding]:
    """No module brings its own backend, cloud block or configured provider."""
    for module in modules(subject.tree, subject.short_name):
        yield _freedom(module)


def _freedom(module: Directory) -> Finding:
    stores = [*module.settings("backend"), *module.settings("cloud")]
    configured = [at for at in module.blocks("provider") if is_configured(at)]
    if stores:
        named = " ".join([stores[0].block.type, stores[0].block.label]).strip()
        message = f"A module with a {named} block, which Terraform ignores when it is called: move it to the root."
        places = [at.place for at in (*stores, *configured)]
        return failed(module.unit, message, *places, value=named)
    if configured:
        names = ", ".join(sorted({at.block.label for at in configured}))
        message = f"A module that configures {names[:80]}: leave that to its callers and use configuration_aliases."
        return partial(module.unit, message, *(at.place for at in configured), value=names)
    return passed(module.unit, "It has no backend and configures no provider.", module.first)


# ---------------------------------------------------------------- sources


class _Call(NamedTuple):
    """A module that is taken from somewhere. ``None``: computed; ``version`` is empty where there is none."""

    unit: str
    source: str | None
    version: str | None
    places: tuple[Place, ...]


@check("terraform-module-sources-pinned")
def terraform_module_sources_pinned(subject: Subject) -> Iterator[Finding]:
    """Every module from elsewhere is taken at a version that does not move."""
    for call in _calls(subject.tree):
        if call.source is None:
            yield unknown(call.unit, "The source is computed and can't be told from the code.", *call.places)
        elif (found := address(call.source)).kind != "local":
            yield _pinned(call, found, subject.owner)


def _calls(tree: RepositoryTree) -> Iterator[_Call]:
    for caller in directories(tree):
        names = names_of(tree, caller)
        for at in caller.blocks("module"):
            places = tuple(at.place_of(name) for name in ("source", "version") if name in at.block.body.attributes)
            source = resolved(names, at.block.body.get("source"))
            version = resolved(names, at.block.body.get("version"))
            yield _Call(
                f"{caller.unit} module.{at.block.label}",
                None if source is UNRESOLVED else text_of(source),
                None if version is UNRESOLVED else text_of(version),
                places or (at.place,),
            )
    for unit in units(tree):
        if unit.source_at is not None and not unit.source.startswith("/"):
            yield _Call(f"{unit.unit} terragrunt", unit.source or None, "", (unit.source_at,))
    for name, source, place in stack_sources(tree):
        yield _Call(name, source or None, "", (place,))


def _pinned(call: _Call, found: Address, owner: str) -> Finding:
    if found.kind == "registry":
        return _registry(call, found.version or call.version)
    if found.kind == "other":
        return unknown(call.unit, f"“{(call.source or '')[:80]}” is no known form of a source.", *call.places)
    return _fixed(call, found, owner)


def _registry(call: _Call, version: str | None) -> Finding:
    if version is None:
        return unknown(call.unit, "The version is computed and can't be told from the code.", *call.places)
    if not version:
        return failed(call.unit, "No version, so the newest one is taken: set a version.", *call.places)
    bounds = constraint(version)
    if not bounds.valid:
        return failed(call.unit, f"“{version[:60]}” is no version constraint.", *call.places, value=version)
    if bounds.upper:
        return passed(call.unit, f"Version {version[:60]} has an upper bound.", *call.places, value=version)
    if bounds.lower:
        message = f"Version {version[:60]} has a lower bound only: add a ceiling, as ~> has."
        return partial(call.unit, message, *call.places, value=version)
    return failed(call.unit, f"Version {version[:60]} has no bound.", *call.places, value=version)


def _fixed(call: _Call, found: Address, owner: str) -> Finding:
    place, value, ref = call.places, found.ref, f"“{found.ref[:60]}”"
    if found.fixed == "hash":
        return passed(call.unit, "The source names its content by a hash.", *place, value=value)
    if found.ref and "$" in found.ref:
        return unknown(call.unit, f"The ref {ref} is computed.", *place, value=value)
    if found.fixed == "tag" and is_own(found, owner):
        return passed(call.unit, f"The source is fixed to {ref}.", *place, value=value)
    if found.fixed == "tag":
        message = f"{ref} is a tag of another organisation, which can be moved: name the commit hash."
        return partial(call.unit, message, *place, value=value)
    if found.fixed == "short":
        return partial(call.unit, f"{ref} is a shortened hash: name all of it.", *place, value=value)
    if found.fixed == "moving" and found.kind == "git":
        return failed(call.unit, f"{ref} is a branch, which moves: name a commit hash or a tag.", *place, value=value)
    wanted = "a ref with a commit hash or a tag" if found.kind == "git" else "a version or checksum"
    return failed(call.unit, f"The source names no version: add {wanted}.", *place, value=value)
