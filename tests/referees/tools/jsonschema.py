"""check-jsonschema: whether workflows of GitHub keep to their published schema."""

import json
from pathlib import Path

from ingest.repository.tree import RepositoryTree
from tests.referees import environments
from tests.referees.checkout import paths_of
from tests.referees.said import Said


def judge(tree: RepositoryTree, folder: Path) -> list[Said]:
    paths = paths_of(tree, "gha")
    if not paths:
        return []
    printed = environments.run(
        "check-jsonschema", "check-jsonschema", "--builtin-schema", "vendor.github-workflows", "-o", "json", "--",
        *paths, folder=folder,
    )  # fmt: skip
    told = json.loads(printed or "{}")
    wrong = [(row["filename"], row["message"]) for row in told.get("errors", ())]
    wrong += [(row["filename"], row["message"]) for row in told.get("parse_errors", ())]
    return [Said("", "schema", path, 0, "", True, text[:200]) for path, text in wrong]
