"""ansible-lint: findings in playbooks, tasks and roles, with lines."""

import json
import re
from pathlib import Path
from typing import Any

from ingest.repository.tree import RepositoryTree
from scorecards.reading.ansible import every_task, playbooks
from tests.referees import environments
from tests.referees.checkout import paths_of
from tests.referees.said import Said

_ROLE = re.compile(r"[\w.-]{1,100}")
_MODULE = re.compile(r"\w{1,60}(?:\.\w{1,60}\.\w{1,60})?")


def judge(tree: RepositoryTree, folder: Path) -> list[Said]:
    paths = list(dict.fromkeys([*paths_of(tree, "ans-play"), *paths_of(tree, "ans-tasks")]))
    if not paths:
        return []
    settings = folder.parent / "settings.yml"
    settings.write_text(json.dumps({"profile": "production", **_stand_ins(tree)}))
    printed = environments.run(
        "ansible-lint", "ansible-lint", "--offline", "--nocolor", "-q", "-f", "json", "-c", str(settings), "--", *paths,
        folder=folder,
    )  # fmt: skip
    return [_said(row) for row in json.loads(printed or "[]")]


def _stand_ins(tree: RepositoryTree) -> dict[str, list[str]]:
    """The roles and modules of elsewhere: without them a playbook is not judged at all."""
    roles = {use.name for book in playbooks(tree) for play in book.plays for use in play.roles}
    modules = {located.task.module for located in every_task(tree)} - _core()
    return {
        "mock_roles": sorted(name for name in roles if _ROLE.fullmatch(name)),
        "mock_modules": sorted(name for name in modules if _MODULE.fullmatch(name) and name[:8] != "ansible."),
    }


def _core() -> set[str]:
    """The modules that come with the tool."""
    found = (environments.FOLDER / "ansible-lint").glob("lib/python*/site-packages/ansible/modules/*.py")
    return {path.stem for path in found} | {"", "include", "meta"}


def _said(row: dict[str, Any]) -> Said:
    begin = row["location"].get("lines", row["location"].get("positions", {})).get("begin", 0)
    line = begin["line"] if isinstance(begin, dict) else begin
    return Said("", row["check_name"], row["location"]["path"], line, "", True, row.get("description", "")[:200])
