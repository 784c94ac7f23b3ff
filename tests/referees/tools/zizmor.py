"""zizmor: findings in GitHub workflows and actions; what it does not mention is fine to it."""

import json
from pathlib import Path
from typing import Any

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from tests.referees import environments
from tests.referees.said import Said


def judge(tree: RepositoryTree, folder: Path) -> list[Said]:
    if not (kinds.has(tree, "gha") or kinds.has(tree, "gha-action")):
        return []
    printed = environments.run(
        "zizmor", "zizmor", "--offline", "--no-config", "--persona", "auditor", "--format", "json", "--collect",
        "workflows,actions", "--no-progress", ".", folder=folder,
    )  # fmt: skip
    return [_said(tree, row) for row in json.loads(printed or "[]")]


def _said(tree: RepositoryTree, row: dict[str, Any]) -> Said:
    """``framework`` is the persona that would see it: Regular, Pedantic or Auditor."""
    place = next((one for one in row["locations"] if one["symbolic"]["kind"] == "Primary"), row["locations"][0])
    told, found = place["symbolic"], place["concrete"]
    path = str(told["key"]["Local"]["verbatim_path"]).removeprefix("./")
    line = found["location"]["start_point"]["row"] + 1
    lines = tree.lines(path)
    text = f"{told['annotation']}: {lines[line - 1].strip()[:200]}" if 0 < line <= len(lines) else told["annotation"]
    persona = row["determinations"]["persona"]
    return Said(persona, row["ident"], path, line, found["feature"].split("\n")[0][:100], True, text)
