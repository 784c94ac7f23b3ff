"""(pure) A directory of Terraform or OpenTofu files, which is what those tools read as one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.documents.hcl import Block, Body, Comment
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.terraform import json_syntax

FILES = ("**/*.tf", "**/*.tofu", "**/*.tf.json")


class Source(NamedTuple):
    """A file of a directory, or a text that another file generates into it."""

    path: str
    body: Body
    comments: tuple[Comment, ...] = ()

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Located(NamedTuple):
    """A block and the file that it stands in."""

    path: str
    block: Block

    @property
    def place(self) -> Place:
        return Place(self.path, self.block.line)

    def place_of(self, name: str) -> Place:
        """Where an attribute or an inner block stands; the block itself when it has none."""
        body = self.block.body
        known = name in body.attributes or body.block(name) is not None
        return Place(self.path, body.line_of(name)) if known else self.place


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """``path`` is "" at the top of the repository."""

    path: str
    sources: tuple[Source, ...]

    @property
    def unit(self) -> str:
        return self.path or "."

    def blocks(self, kind: str, *labels: str) -> list[Located]:
        """The blocks of a type in all files, whose labels begin with these."""
        return [
            Located(source.path, block) for source in self.sources for block in source.body.blocks_of(kind, *labels)
        ]

    def settings(self, kind: str) -> list[Located]:
        """The blocks of a type within the ``terraform`` blocks."""
        return [
            Located(path, inner)
            for path, block in self.blocks("terraform")
            for inner in block.body.blocks_of(kind)
        ]  # fmt: skip

    def resources(self, kind: str) -> list[Located]:
        return self.blocks("resource", kind)

    @property
    def first(self) -> Place:
        """The first file: what stands for the directory as a whole."""
        return Place(self.sources[0].path) if self.sources else Place(self.path)


def folder_of(path: str) -> str:
    """The folder of a file; "" at the top."""
    return path.rpartition("/")[0]


def joined(folder: str, relative: str) -> str | None:
    """The folder that a relative path leads to from another; ``None`` where it leaves the repository."""
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def lies_in(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies somewhere below it."""
    return not folder or path == folder or path.startswith(folder + "/")


def directories(tree: RepositoryTree) -> list[Directory]:
    """The directories with Terraform files, by path; what is left out of scores is not among them."""
    return tree.derive(_directories)


def _directories(tree: RepositoryTree) -> list[Directory]:
    folders = sorted({folder_of(found.path) for found in kinds.found(tree, "tf")})
    return [found for folder in folders if (found := directory(tree, folder)) is not None]


def every_directory(tree: RepositoryTree) -> list[Directory]:
    """As ``directories``, with samples and test data, which show what calls what."""
    return tree.derive(_every_directory)


def _every_directory(tree: RepositoryTree) -> list[Directory]:
    return [found for folder in sorted(tree.derive(_by_folder)) if (found := directory(tree, folder)) is not None]


def directory(tree: RepositoryTree, folder: str) -> Directory | None:
    """The Terraform files of a folder, wherever it lies; ``None`` where it holds none that can be read."""
    return tree.derive(_directory, folder)


def _directory(tree: RepositoryTree, folder: str) -> Directory | None:
    paths = tree.derive(_by_folder).get(folder, [])
    sources = tuple(_sources(tree, paths))
    return Directory(folder, sources) if sources else None


def _by_folder(tree: RepositoryTree) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in tree.all_files(*FILES):
        if "/.terraform/" not in f"/{path}":
            found.setdefault(folder_of(path), []).append(path)
    return found


def _sources(tree: RepositoryTree, paths: list[str]) -> Iterator[Source]:
    """A ``.tofu`` file beside a ``.tf`` file of its name is the same one for the other tool."""
    for path in paths:
        if path.endswith(".tofu") and path.removesuffix("tofu") + "tf" in paths:
            continue
        if path.endswith(".json"):
            parsed = tree.json(path)
            if parsed is not None and parsed.root is not None and parsed.root.is_mapping:
                yield Source(path, json_syntax.body_of(parsed.root))
        elif (file := tree.hcl(path)) is not None:
            yield Source(path, file.body, tuple(file.comments))
