"""checkov: one answer, pass or fail, for each rule and resource."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from tests.referees import environments
from tests.referees.said import Said

# Which kind of ours, somewhere in the repository, makes a framework worth its seconds; secrets may be anywhere.
FRAMEWORKS = {"kubernetes": "k8s", "terraform": "tf", "github_actions": "gha", "ansible": "ans-tasks",
              "dockerfile": "docker", "secrets": ""}  # fmt: skip
RULES = (
    "CKV_K8S_8", "CKV_K8S_9", "CKV_K8S_10", "CKV_K8S_11", "CKV_K8S_12", "CKV_K8S_13", "CKV_K8S_14", "CKV_K8S_16",
    "CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19", "CKV_K8S_20", "CKV_K8S_22", "CKV_K8S_23", "CKV_K8S_25", "CKV_K8S_27",
    "CKV_K8S_28", "CKV_K8S_31", "CKV_K8S_35", "CKV_K8S_37", "CKV_K8S_38", "CKV_K8S_40", "CKV_K8S_41", "CKV_K8S_43",
    "CKV2_K8S_6", "CKV_TF_1", "CKV_TF_2", "CKV_AWS_19", "CKV_AWS_145", "CKV2_GHA_1", "CKV_GHA_2", "CKV_GHA_3",
    "CKV_ANSIBLE_1", "CKV_ANSIBLE_2", "CKV_ANSIBLE_5", "CKV_ANSIBLE_6", "CKV2_ANSIBLE_1", "CKV2_ANSIBLE_2",
    "CKV_DOCKER_3", "CKV_DOCKER_8", "CKV_SECRET_2", "CKV_SECRET_3", "CKV_SECRET_4", "CKV_SECRET_6", "CKV_SECRET_9",
    "CKV_SECRET_13", "CKV_SECRET_14", "CKV_SECRET_17", "CKV_SECRET_18", "CKV_SECRET_19",
)  # fmt: skip


def judge(tree: RepositoryTree, folder: Path) -> list[Said]:
    wanted = [name for name, kind in FRAMEWORKS.items() if not kind or kinds.has(tree, kind)]
    return list(read(run(folder, wanted))) if wanted else []


def run(folder: Path, frameworks: list[str]) -> str:
    chosen = [word for name in frameworks for word in ("--framework", name)]
    return environments.run(
        "checkov", "checkov", "-d", ".", *chosen, "--check", ",".join(RULES), "--skip-download", "--compact",
        "-o", "json", folder=folder,
    )  # fmt: skip


def read(printed: str) -> Iterator[Said]:
    told = json.loads(printed or "[]")
    for report in told if isinstance(told, list) else [told]:
        results = report.get("results", {})
        for part, fails in (("passed_checks", False), ("failed_checks", True)):
            for row in results.get(part, ()):
                yield _said(report["check_type"], row, fails)


def _said(framework: str, row: dict[str, Any], fails: bool) -> Said:
    path, line = row["file_path"].lstrip("/"), (row.get("file_line_range") or [0])[0]
    return Said(framework, row["check_id"], path, line, row.get("resource") or "", fails, row.get("check_name") or "")
