"""(pure) Terraform's own test files: which directory they exercise, what they assert."""

from typing import NamedTuple

from ingest.repository.documents.hcl import Block
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.addresses import address
from scorecards.reading.terraform.directory import directory, folder_of, joined

FILES = ("**/*.tftest.hcl", "**/*.tofutest.hcl")


class NativeTest(NamedTuple):
    """``folder`` is the directory under test, ``folders`` those that its runs exercise, each with its place."""

    path: str
    folder: str
    runs: tuple[Block, ...]
    folders: tuple[tuple[str, Place], ...]


def native_tests(tree: RepositoryTree) -> list[NativeTest]:
    return tree.derive(_native_tests)


def _native_tests(tree: RepositoryTree) -> list[NativeTest]:
    return [_read(tree, path) for path in tree.files(*FILES)]


def _read(tree: RepositoryTree, path: str) -> NativeTest:
    file = tree.hcl(path)
    runs = tuple(file.body.blocks_of("run")) if file else ()
    folder = _under_test(tree, folder_of(path))
    folders = [(_exercised(folder, run), Place(path, run.line)) for run in runs]
    return NativeTest(path, folder, runs, tuple((to, place) for to, place in folders if to is not None))


def _under_test(tree: RepositoryTree, folder: str) -> str:
    """The directory from which a test file is run: above its folder of tests, where Terraform files lie."""
    start = folder
    if folder.rpartition("/")[2] in ("tests", "test") and directory(tree, folder_of(folder)) is not None:
        return folder_of(folder)
    while directory(tree, folder) is None:
        if not folder:
            return start
        folder = folder_of(folder)
    return folder


def _exercised(folder: str, run: Block) -> str | None:
    """The directory of one run: another module where it names a local one."""
    module = run.body.block("module")
    source = module.body.text("source") if module else ""
    if not module:
        return folder
    return joined(folder, source) if address(source).kind == "local" else None


def has_assertion(run: Block) -> bool:
    """Whether a run asserts something, or expects a failure."""
    return run.body.block("assert") is not None or run.body.get("expect_failures") is not None
