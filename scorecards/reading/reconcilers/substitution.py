"""(pure) Variables that Flux fills in after building: which are used, which have a value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import join, normpath

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree, glob_pattern
from scorecards.reading.kubernetes import Manifest
from scorecards.reading.references import named, same_namespace

MAX_FOLDERS = 500
MAX_FILES = 5_000
_YAML = glob_pattern(("**/*.yaml", "**/*.yml"))
_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]{0,127})((?::?[-=+?]|[#%/^,:])?)")
_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_PARTS = ("resources", "bases", "components", "patchesStrategicMerge", "transformers", "generators")
_SKIP = "kustomize.toolkit.fluxcd.io/substitute"


@dataclass(frozen=True, slots=True)
class Use:
    """A variable where it is used. ``default``: it has a value of its own. ``secret_object``: it lands in a Secret."""

    name: str
    place: Place
    default: bool
    secret_object: bool


def uses_below(tree: RepositoryTree, folder: str) -> list[Use]:
    """The variables in what a Kustomization builds from a folder."""
    return tree.derive(_uses_below, folder)


def _uses_below(tree: RepositoryTree, folder: str) -> list[Use]:
    return [use for path in built_files(tree, folder) for use in tree.derive(_uses_in, path)]


def built_files(tree: RepositoryTree, folder: str) -> list[str]:
    """The YAML files that building a folder reads: those that its kustomization names, else all below it."""
    waiting, seen, files = [folder], {folder}, dict[str, None]()
    while waiting and len(seen) <= MAX_FOLDERS and len(files) <= MAX_FILES:
        here = waiting.pop()
        kustomization = _kustomization(tree, here)
        if kustomization is None:
            files.update(dict.fromkeys(path for path in tree.under(here)[:MAX_FILES] if _YAML.match(path)))
            continue
        for path in _named(kustomization, here):
            if tree.exists(path):
                files[path] = None
            elif path not in seen and tree.is_folder(path):
                seen.add(path)
                waiting.append(path)
    return sorted(files)


def _kustomization(tree: RepositoryTree, folder: str) -> Node | None:
    for name in _NAMES:
        path = join(folder, name)
        if tree.exists(path):
            return next((document.root for document in tree.yaml(path)), None)
    return None


def _named(kustomization: Node, folder: str) -> Iterator[str]:
    told = [text for part in _PARTS for text in kustomization.texts_at(part)]
    told += [patch.text_at("path") for patch in kustomization.items_at("patches")]
    for text in told:
        if text and "://" not in text and "\n" not in text and len(text) < 500:
            path = normpath(join(folder, text))
            yield "" if path == "." else path


def _uses_in(tree: RepositoryTree, path: str) -> list[Use]:
    if "${" not in (tree.text(path) or ""):
        return []
    return [use for document in tree.yaml(path) for use in _uses_of(document.root)]


def _uses_of(root: Node) -> Iterator[Use]:
    marks = [root.text_at("metadata", way, _SKIP) for way in ("annotations", "labels")]
    if "disabled" in marks:
        return
    secret = root.text_at("kind") in ("Secret", "SealedSecret")
    for _, node in root.walk(lambda part: part.is_scalar):
        if "${" in node.raw:
            for match in _VARIABLE.finditer(node.raw[:200_000]):
                line = node.line_at(node.raw.count("\n", 0, match.start()))
                default = match.group(2) in (":-", ":=", "-", "=", ":", ":+", "+")
                yield Use(match.group(1), Place(node.path, line), default, secret)


# ---------------------------------------------------------------- the values

_HOLDERS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ConfigMap": (("ConfigMap", ("data",)),),
    "Secret": (("Secret", ("stringData",)), ("Secret", ("data",)), ("SealedSecret", ("spec", "encryptedData"))),
}


@dataclass(frozen=True, slots=True)
class Values:
    """What a Kustomization fills in. ``secret`` names come from Secrets; ``elsewhere`` are sources not found here."""

    names: frozenset[str]
    secret: frozenset[str]
    elsewhere: tuple[tuple[str, Place], ...]


def values_of(tree: RepositoryTree, kustomization: Manifest) -> Values:
    build = kustomization.get("spec", "postBuild")
    given = build.get("substitute") if build is not None else None
    names = set(given.keys()) if given is not None else set()
    secret: set[str] = set()
    elsewhere: list[tuple[str, Place]] = []
    for source in build.items_at("substituteFrom") if build is not None else ():
        kind, name = source.text_at("kind"), source.text_at("name")
        optional = source.get("optional")
        found = _keys(tree, kustomization, kind, name)
        if found is None:
            if optional is None or not optional.is_true:
                elsewhere.append((f"{kind} {name}", source.place))
            continue
        names |= found
        if kind == "Secret":
            secret |= found
    return Values(frozenset(names), frozenset(secret), tuple(elsewhere))


def _keys(tree: RepositoryTree, kustomization: Manifest, kind: str, name: str) -> set[str] | None:
    """The keys of a ConfigMap or Secret, sealed or not; ``None`` where the repository does not hold it."""
    keys: set[str] = set()
    found = False
    for held, way in _HOLDERS.get(kind, ()):
        for one in named(tree, held, name):
            if same_namespace(one.namespace, kustomization.namespace):
                found = True
                data = one.get(*way)
                keys |= set(data.keys()) if data is not None else set()
    return keys if found else None
