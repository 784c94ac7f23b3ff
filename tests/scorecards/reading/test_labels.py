"""Kinds of files in public repositories, held against labels that an independent detector gave.

Needs the labels beside the checkout and, in SCAN_REPOSITORIES, a folder with a clone for each: OWNER+NAME/repo.
"""

import gzip
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ingest.repository.bare import open_bare
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from tests.shared import SHARED

LABELS = SHARED / "data" / "scan"
REPOSITORIES = os.environ.get("SCAN_REPOSITORIES", "")
pytestmark = [
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(not LABELS.exists(), reason="the labels are not at hand"),
    pytest.mark.skipif(not REPOSITORIES, reason="SCAN_REPOSITORIES names no folder with clones"),
]

EXCLUDED = frozenset({"vendor", "third_party", "node_modules", ".terraform"})  # what the labels leave out
# Our kind for a label, and which files only one of the two names: each with the reason.
IN_CHART = (r"(^|/)templates/.*", "templates of charts are kind helm-tpl; their objects are read when rendered")
SKELETON = (r".*(skeleton|content)/.*", "a workflow runs only in .github/workflows of the top folder")
MISSED: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "github_workflow": ("gha", [SKELETON]),
    "helm_chart": ("helm-chart", []),
    "kustomization": ("kustomization", []),
    "helm_template": ("helm-tpl", []),
    "terraform": ("tf", []),
    "jenkinsfile": (
        "jenkins",
        [(r".*\.(groovy|md)|.*/global-function/.*", "another name, or no pipeline and no node block")],
    ),
    "istio": ("mesh", [IN_CHART]),
    "gateway_api": ("gateway-api", [IN_CHART]),
    "argocd": ("argocd", [IN_CHART]),
    "flux": ("flux", []),
    "flagger": ("flagger", [IN_CHART]),
    "argo_rollouts": ("rollouts", [IN_CHART]),
    "backstage_catalog": ("backstage", [SKELETON]),
    "sloth_slo": ("sloth", [(r".*windows/.*", "alert windows of the tool are no objectives")]),
    "openslo": ("openslo", []),
    "prometheus_rule": ("prom-rule", [(r".*\.tpl", "a Go template outside a chart is no YAML")]),
    "grafana_dashboard": ("grafana", []),
    "chaos_mesh": ("chaos", []),
    "external_secret": ("eso", []),
    "ansible_playbook": ("ans-play", []),
    "ansible_role_tasks": ("ans-tasks", []),
    "molecule": ("molecule", []),
    "changelog": ("changelog", [(r"RELEASE-NOTES\.md", "the catalogue names CHANGELOG files")]),
    "release_config": (
        "release-config",
        [
            (
                r"\.goreleaser\.ya?ml|\.release-please-manifest\.json",
                "it packs releases, or records one: no rule for versions",
            )
        ],
    ),
}


def labels() -> Iterator[tuple[str, dict[str, set[str]]]]:
    for file in sorted(LABELS.glob("*.ndjson.gz")):
        found: dict[str, set[str]] = defaultdict(set)
        with gzip.open(file, "rt") as lines:
            for line in lines:
                row = json.loads(line)
                for kind in row["kinds"]:
                    found[kind].add(row["path"])
        yield file.name.removesuffix(".ndjson.gz"), found


@cache
def kinds_by_path(name: str) -> dict[str, frozenset[str]]:
    commit = next(
        row["commit"]
        for row in json.loads((LABELS / "repos.json").read_text())
        if row["repo"].replace("/", "+") == name
    )
    opened = open_bare(Path(REPOSITORIES) / name / "repo", commit)
    tree = RepositoryTree(opened.entries, opened.content, excluded=EXCLUDED)
    return {path: kinds.kinds_of(tree, path) for path in tree.paths}


@pytest.mark.parametrize("label", MISSED)
def test_every_labelled_file_is_found_or_there_is_a_reason(label: str) -> None:
    kind, reasons = MISSED[label]
    unexplained = [
        f"{name}: {path}"
        for name, found in labels()
        for path in sorted(found[label])
        if kind not in kinds_by_path(name).get(path, frozenset())
        and not any(re.fullmatch(pattern, path) or re.search(pattern, path) for pattern, _ in reasons)
    ]
    assert unexplained == []
