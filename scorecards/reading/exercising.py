"""(pure) Whether tests or pipelines run a script, at least by importing it."""

import re

from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines import commands, pipelines

MAX_TESTS = 2_000
_TESTS = (
    "**/test_*.py",
    "**/*_test.py",
    "**/tests/**.py",
    "**/test/**.py",
    "**/*.bats",
    "**/*_test.sh",
    "**/test*/**.sh",
)


def exercised(tree: RepositoryTree, path: str) -> bool:
    """Whether a test or a pipeline's command names the script's file or imports its module."""
    name = path.rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    word = re.compile(rf"\b{re.escape(stem)}\b")
    if any(name in text for text in tree.derive(_commands)):
        return True
    tests = [each for each in tree.files(*_TESTS) if each != path][:MAX_TESTS]
    return any(_uses(tree.text(each) or "", stem, word) for each in tests)


def _uses(text: str, stem: str, word: re.Pattern[str]) -> bool:
    return stem in text and bool(word.search(text))


def _commands(tree: RepositoryTree) -> list[str]:
    """The texts of all commands of all pipelines."""
    return [command.text for pipeline in pipelines(tree) for job in pipeline.jobs for command in commands(tree, job)]
