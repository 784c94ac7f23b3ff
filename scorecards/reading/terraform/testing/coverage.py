"""(pure) Which directories the tests of a repository exercise."""

from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.calls import with_called
from scorecards.reading.terraform.directory import directory, folder_of, joined
from scorecards.reading.terraform.testing.go import go_file
from scorecards.reading.terraform.testing.native import native_tests
from scorecards.reading.terraform.testing.paths import folders
from scorecards.reading.terraform.testing.scripted import kitchen_tests, named_in_python, python_tests
from scorecards.reading.terraform.testing.terratest import TestFunction, test_functions

_MAX_TEXTS = 2_000


class Coverage(NamedTuple):
    """``tested``: folder -> the place that names it. ``nowhere``: places that lead to no directory.

    ``computed``: places of tests whose directory can't be told.
    """

    tested: dict[str, Place]
    nowhere: tuple[Place, ...]
    computed: tuple[Place, ...]


def coverage(tree: RepositoryTree) -> Coverage:
    """What all tests exercise, with the local modules that those directories call."""
    return tree.derive(_coverage)


def _coverage(tree: RepositoryTree) -> Coverage:
    named: list[tuple[str | None, Place]] = []
    for native in native_tests(tree):
        named += native.folders
    for test in test_functions(tree):
        named += _of_function(tree, test)
    for script in python_tests(tree):
        named += named_in_python(tree, script)
    named += kitchen_tests(tree)
    return _summed(tree, named)


def _summed(tree: RepositoryTree, named: list[tuple[str | None, Place]]) -> Coverage:
    tested: dict[str, Place] = {}
    nowhere, computed = [], []
    for folder, place in named:
        if folder is None:
            computed.append(place)
        elif (start := directory(tree, folder)) is None:
            nowhere.append(place)
        else:
            for inner in with_called(tree, start):
                tested.setdefault(inner.path, place)
    return Coverage(tested, tuple(nowhere), tuple(computed))


def _of_function(tree: RepositoryTree, test: TestFunction) -> list[tuple[str | None, Place]]:
    """The folders that a Go test names. Where one is computed, all its texts that lead somewhere count."""
    place, start = test.function.place, folder_of(test.file.path)
    told = [path for function in (test.function, *test.followed) for path in folders(test.file, function.body)]
    literal = [joined(start, path) or "" for path in told if path is not None]
    if told and len(literal) == len(told):
        return [(folder, place) for folder in literal]
    files = {test.file.path, *(callee.path for callee in test.followed)}
    found = {folder for path in files for folder in tree.derive(_named_in, path)}
    return [(folder, place) for folder in sorted({*literal, *found})] or [(None, place)]


def _named_in(tree: RepositoryTree, path: str) -> list[str]:
    """The directories with Terraform that the texts of a Go file lead to."""
    texts = {token.text for token in go_file(tree, path).tokens if token.kind == "string" and len(token.text) < 300}
    near = [text for text in sorted(texts) if "/" in text or text in (".", "..")][:_MAX_TEXTS]
    folders_named = {joined(folder_of(path), text) for text in near}
    return sorted(folder for folder in folders_named if folder is not None and directory(tree, folder) is not None)
