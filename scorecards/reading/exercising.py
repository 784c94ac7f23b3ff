"""(pure) Whether tests or pipelines run a script, at least by importing it."""

import re

from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines import commands, pipelines

MAX_TESTS = 2_000
MAX_TEXT = 100_000
_TESTS = (
    "**/test_*.py",
    "**/*_test.py",
    "**/tests/**.py",
    "**/test/**.py",
    "**/*.bats",
    "**/*_test.sh",
    "**/test*/**.sh",
)
_NAME = re.compile(r"[\w.-]+")


def exercised(tree: RepositoryTree, path: str) -> bool:
    """Whether a test or a pipeline's command names the script's file or imports its module."""
    name = path.rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    return name in tree.derive(_run) or not {name, stem}.isdisjoint(tree.derive(_tested))


def _run(tree: RepositoryTree) -> frozenset[str]:
    """The names in all commands of all pipelines."""
    texts = (each.text for line in pipelines(tree) for job in line.jobs for each in commands(tree, job))
    return frozenset(name for text in texts for name in _NAME.findall(text[:MAX_TEXT]))


def _tested(tree: RepositoryTree) -> frozenset[str]:
    """The names in all tests, those between dots too."""
    texts = [(tree.text(path) or "")[:MAX_TEXT] for path in tree.files(*_TESTS)[:MAX_TESTS]]
    names = {name for text in texts for name in _NAME.findall(text)}
    return frozenset(names | {part for name in names if "." in name for part in name.split(".")})
