"""ansible-lint: findings in playbooks, tasks and roles, with lines."""

import json
from pathlib import Path
from typing import Any

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from tests.referees import environments
from tests.referees.said import Said

KINDS = ("ans-play", "ans-tasks", "ans-role")


def judge(tree: RepositoryTree, folder: Path) -> list[Said]:
    if not any(kinds.has(tree, kind) for kind in KINDS):
        return []
    empty = folder.parent / "settings.yml"
    empty.write_text("profile: production\n")
    printed = environments.run(
        "ansible-lint", "ansible-lint", "--offline", "--nocolor", "-q", "-f", "json", "-c", str(empty), folder=folder
    )
    return [_said(row) for row in json.loads(printed or "[]")]


def _said(row: dict[str, Any]) -> Said:
    begin = row["location"].get("lines", row["location"].get("positions", {})).get("begin", 0)
    line = begin["line"] if isinstance(begin, dict) else begin
    return Said("", row["check_name"], row["location"]["path"], line, "", True, row.get("description", "")[:200])
