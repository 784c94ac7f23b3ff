"""(pure) Terragrunt's units: what code each runs, where its state lies, what is generated into it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.documents.hcl import Block, Body, Expr, read_hcl
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.terraform.addresses import address
from scorecards.reading.terraform.directory import Directory, Located, Source, directory, folder_of, joined
from scorecards.reading.terraform.values import Names, literal, locals_of, text

_FILE = "terragrunt.hcl"
_PARENTS = (_FILE, "root.hcl")
_SEARCH = re.compile(
    r"(?P<outer>dirname\()?(?P<call>find_in_parent_folders\(\s{0,9}(?:\"(?P<name>[^\"\n]{1,200})\")?\s{0,9}\))(?(outer)\))"
)


class Part(NamedTuple):
    """A file that makes up a unit: its own, or one that it includes."""

    path: str
    body: Body
    names: Names


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A folder that Terragrunt runs.

    ``parts`` are its own file and those that it includes; ``lost`` is the place of an include that leads nowhere.
    ``source`` is where its code comes from, empty where it is its own folder or computed.
    """

    folder: str
    parts: tuple[Part, ...]
    lost: Place | None
    source: str
    source_at: Place | None
    code: Directory | None

    @property
    def unit(self) -> str:
        return self.folder or "."

    @property
    def place(self) -> Place:
        return Place(self.parts[0].path)

    def blocks(self, kind: str) -> Iterator[tuple[Part, Block]]:
        """The blocks of a type, the unit's own first."""
        for part in self.parts:
            for block in part.body.blocks_of(kind):
                yield part, block


def units(tree: RepositoryTree) -> list[Unit]:
    """The units of the repository; files that others only include are none."""
    return tree.derive(_units)


def _units(tree: RepositoryTree) -> list[Unit]:
    paths = [found.path for found in kinds.found(tree, "terragrunt") if found.path.rpartition("/")[2] == _FILE]
    return [unit for path in paths if (unit := tree.derive(_unit, path)) is not None]


def _unit(tree: RepositoryTree, path: str) -> Unit | None:
    file, folder = tree.hcl(path), folder_of(path)
    if file is None:
        return None
    names = dict(_names(file.body, folder, folder))
    own = Part(path, file.body, names)
    included, lost = _included(tree, own, folder)
    for label, part in included:
        known = {name: expr for name, expr in part.names.items() if name.startswith("local.")}
        names |= {f"include.{label}.locals.{name.removeprefix('local.')}": expr for name, expr in known.items()}
    parts = (own, *(part for _, part in included))
    source, source_at = _source(parts)
    code = directory(tree, folder) or _local_code(tree, folder, source)
    inherits = bool(file.body.blocks_of("include"))
    if code is None and source_at is None and not inherits:
        return None
    return Unit(folder, parts, lost, source, source_at, code)


def _names(body: Body, folder: str, above: str) -> Names:
    """What names stand for; folders of the repository begin with a slash."""
    inside = folder[len(above) :].strip("/") if folder.startswith(above) else ""
    names: dict[str, Expr] = {
        "get_repo_root()": literal("/"),
        "get_terragrunt_dir()": literal(f"/{folder}"),
        "get_original_terragrunt_dir()": literal(f"/{folder}"),
        "get_parent_terragrunt_dir()": literal(f"/{above}"),
        "path_relative_to_include()": literal(inside or "."),
    }
    for block in body.blocks_of("locals"):
        names |= locals_of(block.body)
    return names


def _included(tree: RepositoryTree, own: Part, folder: str) -> tuple[list[tuple[str, Part]], Place | None]:
    """The included files by their labels, and the place of an include that leads nowhere."""
    found, lost = [], None
    for block in own.body.blocks_of("include"):
        path = _leads_to(tree, own, block.body.get("path"), folder)
        file = tree.hcl(path) if path else None
        if file is None:
            lost = Place(own.path, block.line)
        else:
            part = Part(path, file.body, _names(file.body, folder, folder_of(path)))
            found.append((block.label, part))
    return found, lost


def _leads_to(tree: RepositoryTree, own: Part, expr: Expr | None, folder: str) -> str:
    """The file that an include names; empty where it is not in the repository or computed."""
    searched = {} if expr is None else dict(_searched(tree, folder, expr.raw[:1000]))
    return _path(folder, text({**own.names, **searched}, expr)) or ""


def _searched(tree: RepositoryTree, folder: str, raw: str) -> Iterator[tuple[str, Expr]]:
    """What each search upwards in an expression finds, by the call as written."""
    for found in _SEARCH.finditer(raw):
        path = _in_parents(tree, folder, [found.group("name")] if found.group("name") else list(_PARENTS))
        if path:
            yield found.group("call"), literal(f"/{path}")
            yield found.group(), literal(f"/{folder_of(path)}" if found.group("outer") else f"/{path}")


def _in_parents(tree: RepositoryTree, folder: str, wanted: list[str]) -> str:
    while folder:
        folder = folder_of(folder)
        for name in wanted:
            path = joined(folder, name)
            if name and path and tree.exists(path):
                return path
    return ""


def _path(folder: str, given: str) -> str | None:
    """A path of the repository; ``None`` where the text is empty or leads out of it."""
    return joined("" if given.startswith("/") else folder, given) if given else None


def _source(parts: tuple[Part, ...]) -> tuple[str, Place | None]:
    for part in parts:
        for block in part.body.blocks_of("terraform"):
            if (given := block.body.get("source")) is not None:
                return text(part.names, given), Place(part.path, block.body.line_of("source"))
    return "", None


def _local_code(tree: RepositoryTree, folder: str, source: str) -> Directory | None:
    if source.startswith("/") or address(source).kind == "local":
        path = _path(folder, source)
        return directory(tree, path) if path is not None else None
    return None


# ---------------------------------------------------------------- what is generated


def generated(tree: RepositoryTree, *units: Unit) -> list[Source]:
    """The Terraform texts that the ``generate`` entries of units write beside their code, each once."""
    paths = dict.fromkeys(part.path for unit in units for part in unit.parts)
    return [source for path in paths for source in tree.derive(_generated, path)]


def _generated(tree: RepositoryTree, path: str) -> list[Source]:
    file = tree.hcl(path)
    return [source for expr in (_contents(file.body) if file else ()) if (source := _read(path, expr))]


def _contents(body: Body) -> Iterator[Expr]:
    for block in body.blocks_of("generate"):
        if (expr := block.body.get("contents")) is not None:
            yield expr
    listed = body.get("generate")
    for entry in listed.members.values() if listed is not None else ():
        if (expr := entry.get("contents")) is not None:
            yield expr


def _read(path: str, expr: Expr) -> Source | None:
    """The text of a heredoc as Terraform reads it, with the lines that it has in its file."""
    if expr.text_line <= expr.line:
        return None
    inner = "\n".join(expr.raw.split("\n")[1:-1])
    file, _ = read_hcl(path, "\n" * (expr.text_line - 1) + inner)
    return Source(path, file.body, tuple(file.comments))


def remote_state(unit: Unit) -> tuple[Part, Located] | None:
    """The block that says where the state lies; the unit's own before an included one."""
    found = next(unit.blocks("remote_state"), None)
    return (found[0], Located(found[0].path, found[1])) if found else None


def stack_sources(tree: RepositoryTree) -> list[tuple[str, str, Place]]:
    """(name, source, place) of what the stack files of the repository take; the source is empty where computed."""
    return tree.derive(_stack_sources)


def _stack_sources(tree: RepositoryTree) -> list[tuple[str, str, Place]]:
    found = []
    for one in kinds.found(tree, "terragrunt"):
        file = tree.hcl(one.path) if one.path.endswith(".stack.hcl") else None
        if file is None:
            continue
        folder = folder_of(one.path)
        names = _names(file.body, folder, folder)
        for block in (*file.body.blocks_of("unit"), *file.body.blocks_of("stack")):
            source = text(names, block.body.get("source"))
            if not source.startswith("/"):
                name = f"{folder or '.'} {block.type}.{block.label}"
                found.append((name, source, Place(one.path, block.body.line_of("source"))))
    return found
