"""(pure) Folders that become services: what templates copy, with the values that they fill in."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds

Engine = Literal["nunjucks", "cookiecutter", "copier", "ejs", "none"]
_FETCHES: dict[str, Engine] = {
    "fetch:template": "nunjucks", "fetch:plain": "none", "fetch:cookiecutter": "cookiecutter",
    "publish:github:pull-request": "none", "publish:gitlab:merge-request": "none", "fetch:template:file": "nunjucks",
}  # fmt: skip
_COOKIECUTTER = ("cookiecutter.json", "**/cookiecutter.json")
_COPIER = ("copier.yml", "copier.yaml", "**/copier.yml", "**/copier.yaml")
_YEOMAN = ("generators/*/templates/**", "**/generators/*/templates/**")
_PLOP = ("plopfile.*", "**/plopfile.*")
_PLOP_FOLDERS = ("plop-templates", "templates", "plop", ".plop")
MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A folder that a template copies. ``values`` maps the names that it fills in to what they are filled with.

    ``template`` is the file that declares it; ``target`` the folder of the new service that it is copied to.
    """

    folder: str
    template: str
    engine: Engine
    place: Place
    target: str = ""
    values: Mapping[str, Node] = field(default_factory=dict, hash=False, compare=False)
    extensions: bool = False  # whether an ending .njk is taken off

    @property
    def unit(self) -> str:
        return f"skeleton {self.folder or '.'}"


def skeletons(tree: RepositoryTree) -> list[Skeleton]:
    """The skeletons of all templates, each folder once; those that lie elsewhere are not among them."""
    return tree.derive(_skeletons)


def files_below(tree: RepositoryTree, folder: str) -> list[str]:
    """All files below a folder whose name is taken letter by letter, also where it holds marks of patterns."""
    if not folder:
        return tree.all_files("**")
    plain = not any(mark in folder for mark in "*?{}")
    return [path for path in tree.all_files(f"{folder}/**" if plain else "**") if path.startswith(f"{folder}/")]


def in_skeleton(tree: RepositoryTree, path: str) -> bool:
    """Whether a file belongs to services to come, not to this repository."""
    if "{{" in path:
        return True
    folders = tree.derive(_folders)
    above = path
    while above := above.rpartition("/")[0]:
        if above in folders:
            return True
    return False


def _folders(tree: RepositoryTree) -> frozenset[str]:
    return frozenset(one.folder for one in skeletons(tree) if one.folder)


def _skeletons(tree: RepositoryTree) -> list[Skeleton]:
    found: dict[str, Skeleton] = {}
    for one in (*_backstage(tree), *_cookiecutter(tree), *_copier(tree), *_yeoman(tree), *_plop(tree)):
        if one.folder and one.folder not in found and files_below(tree, one.folder):
            found[one.folder] = one
    return list(found.values())


# ---------------------------------------------------------------- Backstage


def _backstage(tree: RepositoryTree) -> Iterator[Skeleton]:
    for found in kinds.found(tree, "scaffolder"):
        if found.root is not None:
            for step in found.root.items_at("spec", "steps")[:MAX_STEPS]:
                engine = _FETCHES.get(step.text_at("action"))
                folder = local_folder(found.path, source_of(step))
                if engine is not None and folder:
                    yield _fetched(step, found.path, folder, engine)


def source_of(step: Node) -> str:
    """What a step copies, as written; empty where it copies nothing."""
    return step.text_at("input", "url").strip() or step.text_at("input", "sourcePath").strip()


def local_folder(template: str, written: str) -> str:
    """The folder beside a template that a relative address names; empty for any other."""
    if not written or "://" in written or written.startswith("/") or "{{" in written:
        return ""
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(template), written[:1_000]))
    return "" if folder.startswith("..") or folder in (".", posixpath.dirname(template)) else folder


def _fetched(step: Node, path: str, folder: str, engine: Engine) -> Skeleton:
    values = step.get("input", "values")
    given = {name: value for name, _, value in values.members()} if values is not None else {}
    target = posixpath.normpath(step.text_at("input", "targetPath") or ".")
    target = "" if target.startswith(("..", "/")) or target == "." or "{{" in target else target
    extension = step.get("input", "templateFileExtension")
    return Skeleton(folder, path, engine, step.place, target, given, bool(extension and not extension.is_false))


def changes_repository(tree: RepositoryTree, skeleton: Skeleton) -> bool:
    """Whether a Template only asks an existing repository for a change."""
    for found in kinds.found(tree, "scaffolder"):
        if found.path == skeleton.template and found.root is not None:
            actions = [step.text_at("action") for step in found.root.items_at("spec", "steps")[:MAX_STEPS]]
            published = [action for action in actions if action.startswith("publish:")]
            return bool(published) and all(action.endswith(("-request", "-requests")) for action in published)
    return False


# ---------------------------------------------------------------- other tools


def _cookiecutter(tree: RepositoryTree) -> Iterator[Skeleton]:
    for path in tree.files(*_COOKIECUTTER):
        parsed, folder = tree.json(path), posixpath.dirname(path)
        root = parsed.root if parsed is not None else None
        if root is not None and root.is_mapping:
            values = {name: value for name, _, value in root.members() if not name.startswith("_")}
            for inner in _templated_folders(tree, folder):
                yield Skeleton(inner, path, "cookiecutter", Place(path, 1), "", values)


def _templated_folders(tree: RepositoryTree, folder: str) -> list[str]:
    depth = folder.count("/") + 1 if folder else 0
    inside = (path.split("/") for path in files_below(tree, folder) if "{{" in path)
    return sorted({"/".join(parts[: depth + 1]) for parts in inside if len(parts) > depth + 1 and "{{" in parts[depth]})


def _copier(tree: RepositoryTree) -> Iterator[Skeleton]:
    for path in tree.files(*_COPIER):
        for document in tree.yaml(path)[:1]:
            root = document.root
            inside = root.text_at("_subdirectory").strip("/ ")
            if not inside or ".." in inside or "{{" in inside:
                continue
            folder = posixpath.join(posixpath.dirname(path), inside)
            values = {name: value for name, _, value in root.members() if not name.startswith("_")}
            yield Skeleton(folder, path, "copier", Place(path, root.line_of("_subdirectory")), "", values, True)


def _yeoman(tree: RepositoryTree) -> Iterator[Skeleton]:
    for path in tree.files(*_YEOMAN):
        folder = path.partition("/templates/")[0]
        yield Skeleton(f"{folder}/templates", folder, "ejs", Place(path, 1))


def _plop(tree: RepositoryTree) -> Iterator[Skeleton]:
    for path in tree.files(*_PLOP):
        for name in _PLOP_FOLDERS:
            folder = posixpath.join(posixpath.dirname(path), name)
            if files_below(tree, folder):
                yield Skeleton(folder, path, "cookiecutter", Place(path, 1))
                break
