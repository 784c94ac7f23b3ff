"""The larger data beside the checkout, where it is there."""

import re
from pathlib import Path

from ingest.repository.memory import tree_of
from ingest.repository.tree import RepositoryTree

SHARED = Path(__file__).resolve().parents[2] / "shared"
_BLOCK = re.compile(r"^```[a-z]+\n(.*?)^```", re.M | re.S)
_NAMED = re.compile(r"\s*(?:#|//)\s+(\S+/\S+|Jenkinsfile)\s*$")


def sample_files() -> dict[str, str]:
    """The standard's samples, each under the path in its first comment."""
    files: dict[str, str] = {}
    for body in _BLOCK.findall((SHARED / "standards" / "dop-1.0.0.md").read_text(encoding="utf-8")):
        lines = body.split("\n")
        named = _NAMED.match(lines[1] if lines[0].startswith("#!") else lines[0])
        files[named.group(1) if named else "misc/1.1-state-management.yaml"] = body
    return files


def samples() -> RepositoryTree:
    return tree_of(sample_files())
