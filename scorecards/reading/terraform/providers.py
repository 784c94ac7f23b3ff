"""(pure) Providers: which a directory declares, which it uses, which a lock file holds."""

import re
from typing import NamedTuple

from ingest.repository.documents.hcl import Expr
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.calls import with_called
from scorecards.reading.terraform.directory import Directory, Located

_NAME = re.compile(r"[a-zA-Z0-9_-]+", re.A)
_BUILT_IN = "terraform"
_PLAIN = frozenset({"alias", "version", "for_each"})


class Declared(NamedTuple):
    """An entry of ``required_providers``, or a provider block with a version. Empty texts: not said."""

    name: str
    place: Place
    source: Expr | None
    version: Expr | None


def declared(directory: Directory) -> dict[str, Declared]:
    """By local name; of several entries the one that says more counts."""
    found: dict[str, Declared] = {}
    for path, block in directory.settings("required_providers"):
        for name, entry in block.body.attributes.items():
            told = Declared(name, Place(path, entry.line), entry.expr.get("source"), entry.expr.get("version"))
            if entry.expr.kind != "object":
                told = told._replace(version=entry.expr)
            found[name] = _fuller(found.get(name), told)
    for at in directory.blocks("provider"):
        name, version = at.block.label, at.block.body.get("version")
        if version is not None:
            known = found.get(name, Declared(name, at.place_of("version"), None, None))
            found[name] = known if known.version else known._replace(version=version)
    found.pop(_BUILT_IN, None)
    return found


def _fuller(one: Declared | None, other: Declared) -> Declared:
    if one is None:
        return other
    return one._replace(source=one.source or other.source, version=one.version or other.version)


def used(directory: Directory) -> dict[str, Place]:
    """The local names of the providers that blocks use, each with the first place."""
    found: dict[str, Place] = {}
    for at in directory.blocks("provider"):
        found.setdefault(at.block.label, at.place)
    for at in objects(directory):
        if name := _provider_of(at):
            found.setdefault(name, at.place)
    found.pop(_BUILT_IN, None)
    found.pop("", None)
    return found


def objects(directory: Directory) -> list[Located]:
    """The resources, data sources and ephemeral resources."""
    within = [Located(at.path, inner) for at in directory.blocks("check") for inner in at.block.body.blocks_of("data")]
    return [*directory.blocks("resource"), *directory.blocks("data"), *directory.blocks("ephemeral"), *within]


def _provider_of(at: Located) -> str:
    meta = at.block.body.get("provider")
    if meta is not None:
        found = _NAME.match(meta.text or meta.raw)
        return found.group() if found else ""
    return at.block.label.partition("_")[0]


def is_configured(at: Located) -> bool:
    """Whether a provider block says more than its name."""
    body = at.block.body
    return bool(body.blocks) or not _PLAIN.issuperset(body.attributes)


# ---------------------------------------------------------------- the lock file


class Lock(NamedTuple):
    """``hashed`` and ``bare`` are the addresses of the providers with and without hashes."""

    path: str
    hashed: frozenset[str]
    bare: frozenset[str]


def lock(tree: RepositoryTree, folder: str) -> Lock | None:
    """The lock file of a folder; ``None`` where none is tracked."""
    path = f"{folder}/.terraform.lock.hcl" if folder else ".terraform.lock.hcl"
    if not tree.exists(path):
        return None
    file = tree.hcl(path)
    hashed, bare = set[str](), set[str]()
    for block in file.body.blocks_of("provider") if file else ():
        hashes = block.body.get("hashes")
        good = hashes is not None and any(text.startswith(("h1:", "zh:")) for text in hashes.texts())
        (hashed if good else bare).add(_address(block.label))
    return Lock(path, frozenset(hashed), frozenset(bare))


def addresses(tree: RepositoryTree, directory: Directory) -> frozenset[str]:
    """namespace/type of the providers of a directory and of all local modules that it calls."""
    return tree.derive(_all_addresses, directory)


def _all_addresses(tree: RepositoryTree, directory: Directory) -> frozenset[str]:
    return frozenset(one for inner in with_called(tree, directory) for one in tree.derive(_addresses, inner))


def _addresses(tree: RepositoryTree, directory: Directory) -> list[str]:
    known = declared(directory)
    names = {*known, *used(directory)}
    sources = {name: known[name].source for name in names if name in known}
    told = [_address(source.text if (source := sources.get(name)) else f"hashicorp/{name}") for name in names]
    return [one for one in told if one]


def _address(source: str) -> str:
    """namespace/type, lower case, whatever registry serves it; empty for what is computed."""
    parts = source.lower().strip("/").split("/")
    if not parts[-1]:
        return ""
    return "/".join(parts[-2:]) if len(parts) > 1 else f"hashicorp/{parts[-1]}"
