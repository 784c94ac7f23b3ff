"""(pure) Runbooks that are scripts."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.tree import RepositoryTree, glob_pattern
from scorecards.reading import kinds

_FOLDERS = glob_pattern(("**/runbooks/**", "**/runbook/**", "sre/**", "ops/**"))
_TESTS = glob_pattern(("**/test_*", "**/*_test.*", "**/conftest.py", "**/tests/**", "**/test/**", "**/__init__.py"))


class RunbookScript(NamedTuple):
    path: str
    language: Literal["python", "shell", "go"]


def runbook_scripts(tree: RepositoryTree) -> list[RunbookScript]:
    """The scripts in folders of runbooks; their tests are none."""
    return tree.derive(_runbook_scripts)


def _runbook_scripts(tree: RepositoryTree) -> list[RunbookScript]:
    return list(_scripts(tree))


def _scripts(tree: RepositoryTree) -> Iterator[RunbookScript]:
    shell = {found.path for found in kinds.found(tree, "shell")}
    for path in tree.paths:
        if not _FOLDERS.match(path) or _TESTS.match(path):
            continue
        if path.endswith(".py"):
            yield RunbookScript(path, "python")
        elif path in shell:
            yield RunbookScript(path, "shell")
        elif path.endswith(".go"):
            yield RunbookScript(path, "go")
