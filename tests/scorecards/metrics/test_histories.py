"""Three real delivery histories against figures that were computed apart from this code."""

import gzip
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from scorecards.metrics.delivered import History
from scorecards.metrics.failures import judge
from scorecards.metrics.records import Change, Definitions, Deployment, JudgedService, PullRequest

ROOT = Path(__file__).resolve().parents[3]
HISTORIES = Path(os.environ.get("PLUMBLINE_DATA", ROOT.parent / "shared" / "data")) / "histories"
RULE_BY_NAME = {"rollback": "rolled_back", "patch": "patch", "revert": "revert", "hotfix": "hotfix"}
RULES = Definitions(rules=frozenset({"rolled_back", "patch", "revert", "hotfix"}))

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not HISTORIES.is_dir(), reason="the larger data sets are not here"),
]


class Real(NamedTuple):
    folder: Path
    changes: list[Change]
    deployments: list[Deployment]
    judged: JudgedService


def rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(folder / f"{name}.ndjson.gz", "rt") as lines:
        yield from map(json.loads, lines)


def read_changes(folder: Path) -> Iterator[Change]:
    for number, row in enumerate(rows(folder, "commits")):
        yield Change(
            id=number,
            sha=row["sha"],
            authored_at=datetime.fromisoformat(row["authored_at"]),
            parents=tuple(row["parents"]),
            merge=row["merge"],
            bot=row["bot"],
            reverts=tuple(row.get("reverts", ())),
            revert=row.get("revert", False),
            reapply=row.get("reapply", False),
            hotfix=row.get("hotfix", False),
        )


def read_pull_requests(folder: Path) -> Iterator[PullRequest]:
    for row in rows(folder, "prs"):
        yield PullRequest(
            id=row["number"],
            number=row["number"],
            merged_at=datetime.fromisoformat(row["merged_at"]),
            merge_sha=row["merge_sha"],
            how=row["how"],
            commits=tuple(row["commits"]),
            hotfix=row["hotfix"],
        )


def read_deployments(folder: Path) -> Iterator[Deployment]:
    for number, row in enumerate(rows(folder, "deployments")):
        yield Deployment(
            id=number,
            external_id=row["id"],
            environment=row["environment"],
            status="succeeded",
            finished_at=datetime.fromisoformat(row["deployed_at"]),
            version=row["version"],
            sha=row["sha"],
        )


@pytest.fixture(scope="module", params=["podinfo", "tecken", "govuk-specialist-publisher"])
def real(request: pytest.FixtureRequest) -> Real:
    folder = HISTORIES / request.param
    changes, deployments = list(read_changes(folder)), list(read_deployments(folder))
    judged = judge(deployments, (), History(changes, read_pull_requests(folder)), RULES)
    return Real(folder, changes, deployments, judged)


def test_it_finds_the_lead_time_of_every_change(real):
    sha_by_id = {change.id: change.sha for change in real.changes}
    name_by_id = {deployment.id: deployment.external_id for deployment in real.deployments}
    found = {
        (sha_by_id[change.change_id], name_by_id[change.deployment_id], change.seconds)
        for brought in real.judged.brought.values()
        for change in brought.changes
    }
    assert found == {(row["sha"], row["deployment"], row["lead_s"]) for row in rows(real.folder, "lead_times")}


def test_it_finds_which_deployment_failed_and_why(real):
    name_by_id = {deployment.id: deployment.external_id for deployment in real.deployments}
    found = {}
    for judgement in real.judged.judgements.values():
        if judgement.failed:
            assert judgement.restored_at and judgement.restored_by is not None
            seconds = (judgement.restored_at - judgement.deployment.finished_at).total_seconds()
            restorer = name_by_id[judgement.restored_by]
            found[judgement.deployment.external_id] = (set(judgement.failed_by), restorer, seconds)
    assert found == {
        row["id"]: ({RULE_BY_NAME[rule] for rule in row["rules"]}, row["restored_by"], row["restore_s"])
        for row in rows(real.folder, "per_deployment")
        if row["failed"]
    }


def test_it_counts_the_changes_of_every_deployment(real):
    found = {
        (real.judged.judgements[key].deployment.external_id, brought.baseline, len(brought.changes))
        for key, brought in real.judged.brought.items()
    }
    assert found == {(row["id"], row["baseline"], row["changes"]) for row in rows(real.folder, "per_deployment")}


def test_it_counts_every_deployment_once(real):
    truth = json.loads((real.folder / "truth.json").read_text())
    counted = [j for j in real.judged.judgements.values() if not j.redeploy]
    assert len(counted) == truth["frequency"]["deployments"]
    days = {j.deployment.finished_at.date() for j in counted}
    assert len(days) == truth["frequency"]["days_with_a_deployment"]
    assert truth["failures"]["change_failure_rate"] == pytest.approx(
        sum(j.failed for j in counted) / len(counted), abs=1e-6
    )
