"""GitHub's webhooks: what each event says, by GitHub's documentation of the events."""

import copy
import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import MalformedPayload
from ingest.parsers.github import READERS, GitHubOptions, Ignored, InvalidOptions, parse
from ingest.parsers.observation import (
    ChangeSeen,
    DeploymentSeen,
    IncidentSeen,
    PullRequestSeen,
    RepositoryRef,
    RepositorySeen,
)

FOLDER = Path(__file__).parents[2] / "data" / "github"
RECEIVED = datetime(2026, 3, 9, 12, tzinfo=UTC)
REPOSITORY = RepositoryRef("baxterthehacker/public-repo", "35129377")
SHA = [f"{number:040x}" for number in range(0xA0, 0xB0)]
GITHUB = {"name": "GitHub", "email": "noreply@github.com", "username": "web-flow"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def fixture(event: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{event}.json").read_text())


def told(event: str, payload: dict[str, Any], **options: Any) -> Any:
    return parse({"x-github-event": event}, payload, GitHubOptions.from_dict(options), RECEIVED, "key")


def only(event: str, payload: dict[str, Any], kind: type, **options: Any) -> Any:
    found = [seen for seen in told(event, payload, **options) if isinstance(seen, kind)]
    assert len(found) == 1
    return found[0]


def deployed(event: str, payload: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The fields of a deployment after all that a delivery says of it, in time order."""
    seen = [seen for seen in told(event, payload, **options) if isinstance(seen, DeploymentSeen)]
    assert len({one.external_id for one in seen}) == 1
    joined: dict[str, Any] = {}
    for one in sorted(seen, key=lambda one: one.at):
        joined |= one.said | {"service": one.service, "environment": one.environment, "id": one.external_id}
    return joined


# ---------------------------------------------------------------- every recorded payload


RUNS = {"deploys_by": "workflow_runs", "workflows": ["My Workflow"]}
FACTS: list[tuple[str, dict[str, Any], str]] = [
    ("check_run", {}, "Nothing is kept of the event check_run."),
    ("check_suite", {}, "Nothing is kept of the event check_suite."),
    ("status", {}, "Nothing is kept of the event status."),
    ("ping", {}, "ping"),
    ("create", {}, "Tags are no deployments here (deploys_by is deployments)."),
    ("create", {"deploys_by": "tags", "tags": "v*"}, "The tag 0.0.1 matches none of v*."),
    ("release", {}, "Releases are no deployments here (deploys_by is deployments)."),
    ("issues", {}, "The issue bears no label of an incident (incident)."),
    ("workflow_run", {}, "Workflow runs are no deployments here (deploys_by is deployments)."),
    ("workflow_run", RUNS, "Nothing is kept of a run that was My workflow_run."),
    ("workflow_job", RUNS, "Jobs are no deployments here (deploys_by is not workflow_runs, or jobs names none)."),
    ("workflow_job", RUNS | {"jobs": ["deploy"]}, "The job My Workflow is none of deploy."),
    ("deployment", {"deploys_by": "tags"}, "GitHub's deployments are none here (deploys_by is tags)."),
    ("deployment_status", {"deploys_by": "tags"}, "GitHub's deployments are none here (deploys_by is tags)."),
]


@pytest.mark.parametrize(("event", "options", "reason"), FACTS)
def test_it_says_why_it_ignores_a_recorded_payload(event, options, reason):
    assert told(event, fixture(event), **options) == Ignored(reason)


def test_it_reads_the_recorded_push():
    change = only("push", fixture("push"), ChangeSeen)
    assert change.sha == "fd489864e7642b48eaad6e3f155c10e46810ec72"
    assert change.repository == RepositoryRef("binkkatal/sample_app", "63933911")
    assert change.at == at("2018-06-29T14:04:13Z")
    assert change.said == {
        "committed_at": at("2018-06-29T14:04:13Z"),
        "title": "test a push event",
        "author": "binkkatal",
        "bot": False,
        "paths": [".razorops.yaml", "app/controllers/application_controller.rb"],
        "parents": ["737d38c599c1b2991664dfc6155d6bf516fcce36"],
    }
    seen = only("push", fixture("push"), RepositorySeen)
    assert seen.said == {"default_branch": "master", "head": "fd489864e7642b48eaad6e3f155c10e46810ec72"}


def test_only_a_push_to_the_default_branch_moves_it():
    aside = fixture("push") | {"ref": "refs/heads/aside"}
    assert only("push", aside, RepositorySeen).said == {"default_branch": "master"}


def test_it_reads_the_recorded_pull_request():
    seen = only("pull_request", fixture("pull_request"), PullRequestSeen)
    opened = at("2015-05-05T23:40:27Z")
    assert (seen.at, seen.number, seen.repository) == (opened, 1, REPOSITORY)
    assert seen.said == {
        "opened_at": opened,
        "ready_at": opened,
        "title": "Update the README with new information",
        "author": "baxterthehacker",
        "bot": False,
        "url": "https://github.com/baxterthehacker/public-repo/pull/1",
        "base_branch": "master",
        "hotfix": False,
        "revert": False,
        "commits": ["0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c"],
    }


def test_it_reads_the_recorded_review():
    seen = only("pull_request_review", fixture("pull_request_review"), PullRequestSeen)
    reviewed = at("2016-10-03T23:39:09Z")
    assert (seen.number, seen.at) == (8, reviewed)
    assert seen.said == {"first_review_at": reviewed, "approved_at": reviewed}


def test_it_reads_the_recorded_deployment():
    seen = only("deployment", fixture("deployment"), DeploymentSeen)
    assert (seen.external_id, seen.service, seen.environment) == ("github/35129377/710692", None, "production")
    assert seen.at == at("2015-05-05T23:40:38Z")
    assert seen.said == {
        "started_at": at("2015-05-05T23:40:38Z"),
        "sha": "9049f1265b7d61be4a8904a9a27120d2064dab3b",
        "by": "baxterthehacker",
        "bot": False,
    }


def test_it_reads_the_recorded_deployment_status():
    requested, status = told("deployment_status", fixture("deployment_status"))
    assert requested == only("deployment", fixture("deployment"), DeploymentSeen)
    assert (status.external_id, status.at) == ("github/35129377/710692", at("2015-05-05T23:40:39Z"))
    assert status.said == {"terminal": "succeeded"}


def test_it_reads_the_recorded_release_where_releases_are_deployments():
    seen = only("release", fixture("release"), DeploymentSeen, deploys_by="releases", environment="live")
    assert (seen.external_id, seen.environment) == ("github/35129377/release/1261438", "live")
    assert seen.at == at("2015-05-05T23:40:38Z")
    assert seen.said["terminal"] == "succeeded"
    assert seen.said["version"] == "0.0.1"
    assert "sha" not in seen.said


def test_it_reads_the_recorded_tag_where_tags_are_deployments():
    seen = only("create", fixture("create"), DeploymentSeen, deploys_by="tags")
    assert (seen.external_id, seen.at) == ("github/35129377/tag/0.0.1", at("2015-05-05T23:40:38Z"))
    assert seen.said == {"terminal": "succeeded", "version": "0.0.1"}


def test_it_reads_the_recorded_issue_where_its_label_means_an_incident():
    seen = only("issues", fixture("issues"), IncidentSeen, incident_labels="Bug")
    assert (seen.external_id, seen.environment, seen.service) == ("github/35129377/issue/2", "production", None)
    assert seen.said == {
        "opened_at": at("2015-05-05T23:40:28Z"),
        "resolved_at": None,
        "title": "Spelling error in the README file",
        "url": "https://github.com/baxterthehacker/public-repo/issues/2",
    }


# ---------------------------------------------------------------- push


def commit(index: int, message: str = "Change", **more: Any) -> dict[str, Any]:
    person = {"name": "Alice", "email": "alice@example.org", "username": "alice"}
    return {
        "id": SHA[index],
        "message": message,
        "timestamp": f"2026-03-02T1{index}:00:00+01:00",
        "author": person,
        "committer": person,
        **more,
    }


def a_push(*commits: dict[str, Any], **more: Any) -> dict[str, Any]:
    payload = fixture("push")
    payload["repository"]["default_branch"] = "main"
    head = commits[-1] if commits else None
    after = head["id"] if head else "0" * 40
    return payload | {
        "ref": "refs/heads/main",
        "before": SHA[15],
        "after": after,
        "commits": list(commits),
        "head_commit": head,
        **more,
    }


def parents(payload: dict[str, Any]) -> list[list[str] | None]:
    return [seen.said.get("parents") for seen in told("push", payload) if isinstance(seen, ChangeSeen)]


def test_it_links_a_push_without_merges_into_a_chain():
    assert parents(a_push(commit(1), commit(2), commit(3))) == [[SHA[15]], [SHA[1]], [SHA[2]]]


@pytest.mark.parametrize("more", [{"created": True, "before": "0" * 40}, {"forced": True}, {"before": "0" * 40}])
def test_it_knows_no_first_parent_where_the_branch_is_new_or_rewritten(more):
    assert parents(a_push(commit(1), commit(2), **more)) == [None, [SHA[1]]]


def test_it_says_no_parents_where_branches_may_lie_side_by_side():
    merge = commit(3, "Merge branch 'search' into main")
    assert parents(a_push(commit(1), commit(2), merge)) == [None, None, None]
    assert parents(a_push(commit(1), merge, commit(4))) == [None, None, None]
    assert parents(a_push(commit(3, "Merge branch 'search'"))) == [None]


def test_it_says_no_parents_of_a_push_that_was_cut():
    assert parents(a_push(commit(1), commit(2), after=SHA[9])) == [None, None]


def test_it_knows_the_parents_of_a_pull_request_that_github_merged():
    merge = commit(3, "Merge pull request #7 from org/fix-login\n\nFix the login", committer=GITHUB)
    payload = a_push(commit(1), commit(2), merge)
    assert parents(payload) == [None, [SHA[1]], [SHA[15], SHA[2]]]
    changes = [seen for seen in told("push", payload) if isinstance(seen, ChangeSeen)]
    assert [change.said.get("merge") for change in changes] == [None, None, True]
    assert [change.said.get("pull_request") for change in changes] == [7, 7, 7]
    seen = only("push", payload, PullRequestSeen)
    assert seen.number == 7
    assert seen.said["how"] == "merge"
    assert seen.said["commits"] == [SHA[1], SHA[2]]
    assert seen.said["merge_sha"] == SHA[3]


def test_it_knows_a_squash_merge_on_the_default_branch():
    payload = a_push(commit(1, "Fix the login (#7)", committer=GITHUB))
    assert only("push", payload, PullRequestSeen).said["how"] == "squash"
    elsewhere = payload | {"ref": "refs/heads/feature"}
    assert not [seen for seen in told("push", elsewhere) if isinstance(seen, PullRequestSeen)]


def test_it_links_nothing_to_a_last_commit_that_only_the_site_made():
    assert parents(a_push(commit(1), commit(2), commit(3, "Own title", committer=GITHUB))) == [None, [SHA[1]], None]


def test_it_reads_reverts_hotfixes_and_bots_off_a_commit():
    bot = {"name": "dependabot[bot]", "email": "x@users.noreply.github.com", "username": "dependabot[bot]"}
    messages = [f'Revert "Add search"\n\nThis reverts commit {SHA[9].upper()}.', "Hotfix: mend search", "Bump x"]
    commits = [commit(index, text) for index, text in enumerate(messages)]
    commits[2]["author"] = bot
    revert, hotfix, bump = (s.said for s in told("push", a_push(*commits)) if isinstance(s, ChangeSeen))
    assert (revert["revert"], revert["reverts"]) == (True, [SHA[9]])
    assert "reapply" not in revert
    assert hotfix["hotfix"] is True
    assert (bump["bot"], revert["bot"]) == (True, False)


def test_it_marks_what_is_pushed_to_a_hotfix_branch():
    assert only("push", a_push(commit(1), ref="refs/heads/hotfix/login"), ChangeSeen).said["hotfix"] is True


def test_it_keeps_a_commit_whose_author_lives_in_the_future():
    change = only("push", a_push(commit(1, timestamp="2031-01-01T00:00:00Z")), ChangeSeen)
    assert change.said["committed_at"] == at("2031-01-01T00:00:00Z")
    assert change.at == RECEIVED


def test_it_ignores_a_deleted_branch_and_a_push_without_commits():
    assert told("push", a_push(deleted=True)) == Ignored("refs/heads/main was deleted.")
    assert told("push", a_push(created=True)) == Ignored("The push brings no commit.")


def test_it_takes_the_sha_of_a_pushed_tag_from_what_it_points_at():
    payload = a_push(commit(1), ref="refs/tags/v1.2.0", after=SHA[8])
    payload["repository"]["pushed_at"] = 1_772_445_600
    seen = only("push", payload, DeploymentSeen, deploys_by="tags")
    assert seen.external_id == "github/63933911/tag/v1.2.0"
    assert seen.said == {"terminal": "succeeded", "version": "v1.2.0", "sha": SHA[1]}
    assert seen.at == at("2026-03-02T10:00:00Z")
    assert told("push", payload) == Ignored("Tags are no deployments here (deploys_by is deployments).")


# ---------------------------------------------------------------- pull requests


def a_pull(action: str, **more: Any) -> dict[str, Any]:
    payload = fixture("pull_request")
    payload["action"] = action
    payload["pull_request"] |= {"updated_at": "2015-05-06T10:00:00Z"} | more
    return payload


def merged_pull(**more: Any) -> dict[str, Any]:
    closed = {"merged": True, "merged_at": "2015-05-06T10:00:00Z", "closed_at": "2015-05-06T10:00:00Z"}
    return a_pull("closed", **closed, merge_commit_sha=SHA[1], **more)


def test_it_reads_a_merge():
    said = only("pull_request", merged_pull(), PullRequestSeen).said
    assert said["merged_at"] == said["closed_at"] == at("2015-05-06T10:00:00Z")
    assert said["merge_sha"] == SHA[1]
    assert "how" not in said
    assert only("pull_request", merged_pull(), RepositorySeen).said == {"default_branch": "master"}


def test_it_does_not_take_the_trial_merge_of_a_pull_request_that_was_only_closed():
    seen = only("pull_request", a_pull("closed", closed_at="2015-05-06T10:00:00Z", merge_commit_sha=SHA[1]), object)
    assert seen.said["closed_at"] == at("2015-05-06T10:00:00Z")
    assert not seen.said.keys() & {"merged_at", "merge_sha", "how"}


def test_it_knows_how_it_was_merged_where_the_event_shows_it():
    def how(**more: Any) -> str | None:
        return only("pull_request", merged_pull(**more), PullRequestSeen).said.get("how")

    base = fixture("pull_request")["pull_request"]["base"]
    flags = {"allow_merge_commit": False, "allow_squash_merge": True, "allow_rebase_merge": False}
    assert how(head={"ref": "x", "sha": SHA[1]}) == "merge"
    assert how(auto_merge={"merge_method": "rebase"}) == "rebase"
    assert how(base=base | {"repo": flags}) == "squash"
    assert how(base=base | {"repo": flags | {"allow_rebase_merge": True}}) is None


def test_it_follows_drafts_pushes_and_reopening():
    def said(action: str, **more: Any) -> dict[str, Any]:
        return only("pull_request", a_pull(action, **more), PullRequestSeen).said

    assert said("opened", draft=True)["ready_at"] is None
    assert said("ready_for_review")["ready_at"] == at("2015-05-06T10:00:00Z")
    assert said("converted_to_draft")["ready_at"] is None
    assert said("synchronize", commits=2)["commits"] is None
    assert said("reopened")["closed_at"] is None
    assert "ready_at" not in said("edited")


@pytest.mark.parametrize(
    "more",
    [{"labels": [{"name": "HotFix"}]}, {"title": "[hotfix] Login"}, {"head": {"ref": "hotfix/login", "sha": SHA[1]}}],
)
def test_it_marks_a_hotfix_by_label_title_or_branch(more):
    assert only("pull_request", a_pull("opened", **more), PullRequestSeen).said["hotfix"] is True


def test_it_ignores_what_happens_to_a_pull_request_beside_delivery():
    assert told("pull_request", a_pull("assigned")) == Ignored("Nothing is kept of a pull request that was assigned.")


@pytest.mark.parametrize(
    ("review", "reason"),
    [
        ({"user": {"login": "skalnik", "type": "User"}}, "The author's own review."),
        ({"user": {"login": "linter[bot]", "type": "Bot"}}, "A bot's review."),
        ({"user": None}, "The reviewer's account is gone, so it may be the author's own."),
        ({"state": "pending"}, "Nothing is kept of a review whose state is pending."),
    ],
)
def test_it_ignores_reviews_that_are_none(review, reason):
    payload = fixture("pull_request_review")
    payload["review"] |= review
    assert told("pull_request_review", payload) == Ignored(reason)


def test_it_takes_asking_for_changes_as_a_review_without_approval():
    payload = fixture("pull_request_review")
    payload["review"]["state"] = "changes_requested"
    assert only("pull_request_review", payload, PullRequestSeen).said.keys() == {"first_review_at"}


# ---------------------------------------------------------------- deployments


def a_deployment(**more: Any) -> dict[str, Any]:
    payload = fixture("deployment_status")
    payload["deployment"] |= more
    return payload


def a_status(state: str, **more: Any) -> dict[str, Any]:
    payload = fixture("deployment_status")
    payload["deployment_status"] |= {"state": state, "updated_at": "2015-05-06T23:40:39Z"} | more
    return payload


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("success", {"terminal": "succeeded"}),
        ("failure", {"terminal": "failed"}),
        ("error", {"terminal": "failed"}),
        ("in_progress", {"progress": "running", "started_at": at("2015-05-05T23:40:39Z")}),
        ("queued", {"progress": "pending"}),
        ("pending", {"progress": "pending"}),
        ("waiting", {"progress": "pending"}),
    ],
)
def test_it_maps_each_state_and_dates_it_by_when_it_was_created(state, said):
    status = told("deployment_status", a_status(state))[-1]
    assert (status.said, status.at) == (said, at("2015-05-05T23:40:39Z"))


def test_it_hears_nothing_in_an_inactive_status():
    assert isinstance(told("deployment_status", a_status("inactive")), Ignored)


def test_it_keeps_a_status_apart_in_the_environment_that_it_names():
    assert told("deployment_status", a_status("success", environment="staging"))[-1].environment == "staging"


def test_it_links_to_the_log_and_to_no_script():
    assert deployed("deployment_status", a_status("success", log_url="https://ci/1"))["url"] == "https://ci/1"
    assert "url" not in deployed("deployment_status", a_status("success", log_url="javascript:alert(1)"))


@pytest.mark.parametrize("wrap", [dict, json.dumps])
def test_it_reads_the_deployers_payload_as_an_object_or_as_text(wrap):
    payload = {"app": "pay", "version": "1.4.0", "kind": "rollback", "rollback_of": "pay-12", "fixes": 99}
    found = deployed("deployment_status", a_deployment(payload=wrap(payload)))
    assert (found["service"], found["version"], found["kind"]) == ("pay", "1.4.0", "rollback")
    assert (found["rollback_of"], found["fixes"]) == ("pay-12", ["github/35129377/99"])


def test_it_reads_the_keys_that_it_is_told():
    payload = {"component": "pay", "release": 7, "undoes": "5"}
    keys = {"service_keys": "component", "version_keys": ["release"], "rollback_of_keys": "undoes"}
    found = deployed("deployment_status", a_deployment(payload=payload), **keys)
    assert (found["service"], found["version"], found["rollback_of"]) == ("pay", "7", "github/35129377/5")


@pytest.mark.parametrize(
    ("pattern", "name", "service", "environment"),
    [
        ("{service}-{environment}", "pay-api-production", "pay-api", "production"),
        ("{environment}/{service}", "production/pay/api", "pay/api", "production"),
        ("k8s:{environment}/{service}!", "k8s:prod/pay!", "pay", "prod"),
        ("{service}-{environment}", "production", None, "production"),
        ("{service}-{environment}", "-production", None, "-production"),
    ],
)
def test_it_finds_the_service_in_the_environments_name(pattern, name, service, environment):
    found = deployed("deployment_status", a_deployment(environment=name), environment_names=pattern)
    assert (found["service"], found["environment"]) == (service, environment)


@pytest.mark.parametrize(
    ("ref", "version"),
    [
        ("v1.2.3", "v1.2.3"),
        ("refs/tags/2026.03.02", "2026.03.02"),
        ("master", None),
        ("feature/1", None),
        ("9049f1265b7d61be4a8904a9a27120d2064dab3b", None),
        ("9049f12", None),
    ],
)
def test_it_takes_a_tag_but_no_branch_and_no_sha_for_a_version(ref, version):
    assert deployed("deployment_status", a_deployment(ref=ref)).get("version") == version


@pytest.mark.parametrize("more", [{"task": "deploy:rollback"}, {"task": "rollback"}, {"description": " Rollback "}])
def test_it_finds_the_kind_in_the_task_or_the_description(more):
    assert deployed("deployment_status", a_deployment(**more))["kind"] == "rollback"


def test_it_lets_one_repository_be_told_otherwise():
    options = {"deploys_by": "tags", "repositories": {"Baxterthehacker/Public-Repo": {"deploys_by": "deployments"}}}
    assert only("deployment", fixture("deployment"), DeploymentSeen, **options)


# ---------------------------------------------------------------- runs, releases


def a_run(action: str = "completed", **more: Any) -> dict[str, Any]:
    payload = fixture("workflow_run")
    payload["action"] = action
    payload["workflow_run"] |= {"conclusion": "success", "path": ".github/workflows/deploy.yml@main"} | more
    payload["workflow_run"]["head_sha"] = SHA[1]
    payload["workflow_run"]["run_started_at"] = "2015-05-05T23:40:20Z"
    return payload


@pytest.mark.parametrize(
    ("conclusion", "status"),
    [("success", "succeeded"), ("failure", "failed"), ("timed_out", "failed"), ("cancelled", "cancelled")],
)
def test_it_takes_a_run_of_a_named_workflow_as_a_deployment(conclusion, status):
    seen = only("workflow_run", a_run(conclusion=conclusion), DeploymentSeen, **RUNS)
    assert seen.external_id == "github/35129377/run/565676767"
    assert seen.at == at("2015-05-05T23:40:30Z")
    assert (seen.said["terminal"], seen.said["sha"]) == (status, SHA[1])
    assert seen.said["started_at"] == at("2015-05-05T23:40:20Z")


def test_it_takes_each_attempt_of_a_run_as_a_deployment_of_its_own():
    assert only("workflow_run", a_run(run_attempt=2), DeploymentSeen, **RUNS).external_id.endswith("/565676767/2")


def test_it_knows_a_workflow_by_its_path():
    options = {"deploys_by": "workflow_runs", "workflows": ".github/workflows/deploy.yml"}
    assert only("workflow_run", a_run(), DeploymentSeen, **options)


def test_it_ignores_runs_that_deploy_nothing():
    assert isinstance(told("workflow_run", a_run(conclusion="skipped"), **RUNS), Ignored)
    assert isinstance(told("workflow_run", a_run(name="CI"), **RUNS), Ignored)
    assert isinstance(told("workflow_run", a_run(head_branch="feature"), **RUNS, branches="main"), Ignored)
    assert isinstance(told("workflow_run", a_run(), **RUNS, jobs="deploy"), Ignored)


def test_it_says_that_a_run_is_under_way():
    assert only("workflow_run", a_run("in_progress"), DeploymentSeen, **RUNS).said["progress"] == "running"
    assert "progress" not in only("workflow_run", a_run("requested"), DeploymentSeen, **RUNS).said


def test_it_takes_a_named_job_as_a_deployment():
    payload = fixture("workflow_job") | {"action": "completed"}
    payload["workflow_job"] |= {"name": "deploy", "conclusion": "failure", "workflow_name": "Release"}
    options = {"deploys_by": "workflow_runs", "jobs": "deploy"}
    seen = only("workflow_job", payload, DeploymentSeen, **options)
    assert seen.external_id == "github/35129377/job/565676767"
    assert (seen.said["terminal"], seen.at) == ("failed", at("2015-05-05T23:40:30Z"))
    assert isinstance(told("workflow_job", payload, **options, workflows="Other"), Ignored)


def test_it_takes_no_prerelease_for_a_deployment():
    payload = fixture("release")
    payload["release"]["prerelease"] = True
    assert told("release", payload, deploys_by="releases") == Ignored("A pre-release or a draft.")


# ---------------------------------------------------------------- incidents


def an_issue(action: str = "opened", *labels: str, **more: Any) -> dict[str, Any]:
    payload = fixture("issues")
    payload["action"] = action
    payload["issue"] |= {"labels": [{"name": label} for label in labels], "updated_at": "2015-05-06T10:00:00Z"} | more
    return payload


def incident(*arguments: Any, **more: Any) -> Any:
    return only("issues", an_issue(*arguments, **more), IncidentSeen)


@pytest.mark.parametrize(
    ("label", "severity"), [("sev1", "sev1"), ("SEV-2", "sev2"), ("severity: 3", "sev3"), ("P4", "sev4"), ("p12", None)]
)
def test_it_reads_the_severity_off_a_label(label, severity):
    assert incident("opened", "incident", label).said.get("severity") == severity


def test_it_takes_the_gravest_of_several_severities():
    assert incident("opened", "incident", "P3", "sev1").said["severity"] == "sev1"


def test_it_closes_and_reopens_an_incident():
    closed = incident("closed", "incident", state="closed", closed_at="2015-05-06T09:00:00Z")
    assert closed.said["resolved_at"] == at("2015-05-06T09:00:00Z")
    assert incident("reopened", "incident").said["resolved_at"] is None


def test_it_ends_an_incident_whose_label_is_taken_away():
    payload = an_issue("unlabeled", "bug") | {"label": {"name": "Incident"}}
    assert only("issues", payload, IncidentSeen).said["resolved_at"] == at("2015-05-06T10:00:00Z")
    payload["label"]["name"] = "question"
    assert isinstance(told("issues", payload), Ignored)


@pytest.mark.parametrize("action", ["deleted", "transferred"])
def test_it_ends_an_incident_whose_issue_is_gone(action):
    seen = incident(action, "incident")
    assert seen.said["resolved_at"] == seen.at == RECEIVED
    closed = incident(action, "incident", state="closed", closed_at="2015-05-06T09:00:00Z")
    assert closed.said["resolved_at"] == at("2015-05-06T09:00:00Z")
    assert isinstance(told("issues", an_issue(action, "bug")), Ignored)


def test_an_issue_that_moved_is_one_with_what_it_became():
    moved = {"new_issue": {"number": 7}, "new_repository": {"id": 12}}
    seen = only("issues", an_issue("transferred", "incident") | {"changes": moved}, IncidentSeen)
    assert (seen.external_id, seen.said["same_as"]) == ("github/35129377/issue/2", ["github/12/issue/7"])


def test_why_an_issue_was_closed_makes_no_difference():
    for reason in ("completed", "not_planned", "duplicate"):
        found = incident("closed", "incident", state="closed", closed_at="2015-05-06T09:00:00Z", state_reason=reason)
        assert found.said["resolved_at"] == at("2015-05-06T09:00:00Z")


def test_it_reads_service_and_environment_off_labels():
    seen = incident("opened", "incident", "service:pay", "env/staging")
    assert (seen.service, seen.environment) == ("pay", "staging")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Down.\n\nCaused by: 710692\n", {"caused_by": "github/35129377/710692"}),
        ("**Caused by:** `pay-12`.", {"caused_by": "pay-12"}),
        ("- caused_by: github/1/run/5", {"caused_by": "github/1/run/5"}),
        ("caused by: none", {"caused_by": None}),
        ("caused by: 9049f1265b7d61be4a8904a9a27120d2064dab3b", {}),
        ("It was not caused by: us", {}),
        (None, {}),
    ],
)
def test_it_reads_the_cause_off_a_line_of_the_body(body, said):
    found = incident("opened", "incident", body=body).said
    assert {name: value for name, value in found.items() if name == "caused_by"} == said


# ---------------------------------------------------------------- repositories


def a_repository(action: str, changes: Any = None) -> dict[str, Any]:
    payload = {"action": action, "repository": fixture("deployment")["repository"], "changes": changes}
    payload["repository"] |= {"updated_at": "2016-01-01T00:00:00Z", "full_name": "new-org/pay", "archived": False}
    return payload


def test_it_knows_a_renamed_and_a_moved_repository_by_its_number():
    renamed = only("repository", a_repository("renamed", {"repository": {"name": {"from": "old"}}}), RepositorySeen)
    assert renamed.repository == RepositoryRef("new-org/pay", "35129377")
    assert renamed.said["previous_name"] == "new-org/old"
    moved = a_repository("transferred", {"owner": {"from": {"user": {"login": "alice"}}}})
    assert only("repository", moved, RepositorySeen).said["previous_name"] == "alice/pay"


def test_it_follows_archiving_and_deletion():
    archived = only("repository", a_repository("archived"), RepositorySeen)
    assert (archived.said["archived"], archived.at) == (True, at("2016-01-01T00:00:00Z"))
    assert only("repository", a_repository("unarchived"), RepositorySeen).said["archived"] is False
    deleted = only("repository", a_repository("deleted"), RepositorySeen)
    assert (deleted.said["deleted"], deleted.at) == (True, RECEIVED)
    assert isinstance(told("repository", a_repository("publicized")), Ignored)


# ---------------------------------------------------------------- what can't be read


@pytest.mark.parametrize(
    ("event", "path", "value", "message", "code"),
    [
        ("push", ["commits", 0, "id"], 5, "“commits[0].id” is 5; it must be a commit's sha.", "bad_field"),
        ("push", ["repository", "full_name"], None, "“repository.full_name” is None", "bad_field"),
        ("deployment", ["deployment", "id"], True, "“deployment.id” is True; it must be a whole number.", "bad_field"),
        ("deployment", ["deployment", "created_at"], "2015-05-05T23:40:38", "a time with its zone", "bad_time"),
        ("deployment", ["deployment", "created_at"], "0001-01-01T00:00:00+10:00", "from 1970 on", "bad_time"),
        ("deployment", ["deployment", "created_at"], 10**18, "from 1970 on", "bad_time"),
        ("deployment", ["deployment", "created_at"], "2026-03-09T12:11:00Z", "at most 10 minutes after", "future_time"),
        ("pull_request", ["pull_request", "number"], 2**31, "a whole number", "bad_field"),
        ("issues", ["issue", "labels"], {"name": "incident"}, "a list of at most 20,000", "bad_field"),
    ],
)
def test_it_says_what_can_not_be_read_and_where(event, path, value, message, code):
    payload = fixture(event)
    node: Any = payload
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    with pytest.raises(MalformedPayload) as caught:
        told(event, payload)
    assert message in str(caught.value)
    assert caught.value.code == code


def test_it_says_what_is_missing():
    payload = fixture("deployment")
    del payload["deployment"]["sha"]
    with pytest.raises(MalformedPayload, match=r"“deployment\.sha” is missing; it must be a commit's sha"):
        told("deployment", payload)
    with pytest.raises(MalformedPayload, match="X-GitHub-Event is missing"):
        parse({}, {}, GitHubOptions(), RECEIVED, "key")


def test_it_gives_no_text_that_a_database_refuses():
    payload = fixture("issues")
    payload["issue"] |= {"labels": [{"name": "incident"}], "title": "a\0b\ud800c"}
    assert only("issues", payload, IncidentSeen).said["title"] == "a\ufffdb?c"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["0" * 40, "2026-03-02T10:00:00Z", "9999-12-31T23:59:59-23:59", "refs/tags/v1", "\ud800", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
EVENTS = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem in READERS)
OPTIONS = [
    {"incident_labels": "bug"},
    {"deploys_by": "tags"},
    {"deploys_by": "releases", "environment_names": "{service}-{environment}"},
    RUNS,
    RUNS | {"jobs": ["My Workflow"]},
]


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document but its root."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for step, value in steps for place in [(*path, step), *places(value, (*path, step))]]


def documents() -> list[tuple[str, dict[str, Any]]]:
    more = [
        ("workflow_run", a_run()),
        ("push", a_push(commit(1), commit(2, "Merge pull request #1 from a/b", committer=GITHUB))),
        ("push", a_push(commit(1), ref="refs/tags/v1")),
        ("pull_request", merged_pull()),
        ("issues", an_issue("unlabeled", "p1") | {"label": {"name": "bug"}}),
        (
            "issues",
            an_issue("transferred", "incident")
            | {"changes": {"new_issue": {"number": 7}, "new_repository": {"id": 12}}},
        ),
        ("repository", a_repository("renamed", {"repository": {"name": {"from": "old"}}})),
        ("repository", a_repository("transferred", {"owner": {"from": {"user": {"login": "alice"}}}})),
        ("deployment_status", a_deployment(payload={"app": "pay", "fixes": ["1"], "rollback_of": 3})),
    ]
    return [(event, fixture(event)) for event in EVENTS] + more


DOCUMENTS = documents()


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_it_reads_or_refuses_any_json_at_any_place(data):
    event, document = data.draw(st.sampled_from(DOCUMENTS))
    payload = copy.deepcopy(document)
    *way, last = data.draw(st.sampled_from(places(payload)))
    node: Any = payload
    for step in way:
        node = node[step]
    node[last] = data.draw(json_values)
    try:
        found = told(event, payload, **data.draw(st.sampled_from(OPTIONS)))
    except MalformedPayload as error:
        assert str(error)
        return
    assert isinstance(found, Ignored | list)
    for seen in [] if isinstance(found, Ignored) else found:
        assert seen.at.tzinfo is UTC
        json.dumps(seen.said, default=str).encode()


@given(st.dictionaries(st.text(), json_values), st.sampled_from([*READERS, "ping", "star"]))
def test_it_reads_or_refuses_any_object(payload, event):
    try:
        told(event, payload)
    except MalformedPayload as error:
        assert str(error)


# ---------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "options must be an object"),
        ({"deploy_by": "tags"}, "The option deploy_by is not known"),
        ({"deploys_by": "tag"}, "deploys_by is 'tag'; it must be one of deployments, releases, tags, workflow_runs"),
        ({"deploys_by": "workflow_runs"}, "workflows or jobs must name some"),
        ({"tags": 5}, "tags must be a text or a list of texts"),
        ({"environment": ""}, "environment must be a text"),
        ({"environment_names": "{service}"}, "must hold {service} and {environment} once each"),
        ({"environment_names": "{service}{environment}"}, "something must stand between the two"),
        ({"repositories": {"o/r": {"tags": 5}}}, r"repositories.o/r.tags must be"),
        ({"repositories": {"o/r": {"repositories": {}}}}, r"repositories.o/r.repositories is not known"),
    ],
)
def test_it_refuses_options_that_make_no_sense_and_says_which(options, message):
    with pytest.raises(InvalidOptions) as caught:
        GitHubOptions.from_dict(options)
    assert message in str(caught.value)


def test_it_lets_a_repository_inherit_what_it_is_not_told():
    options = GitHubOptions.from_dict({"environment": "live", "repositories": {"O/R": {"deploys_by": "tags"}}})
    own = options.for_repository("o/r")
    assert (own.environment, own.deploys_by) == ("live", "tags")
    assert options.for_repository("o/x") is options


def test_it_documents_every_option_and_every_event():
    text = (Path(__file__).parents[3] / "docs" / "github.md").read_text()
    from ingest.parsers.github import options as module

    assert [name for name in [*module.READERS, "repositories", *READERS] if f"`{name}`" not in text] == []


# ---------------------------------------------------------------- a whole organisation


@pytest.mark.shared
def test_it_reads_every_delivery_of_a_generated_organisation(tmp_path):
    shared = Path(os.environ.get("PLUMBLINE_DATA", Path(__file__).parents[4] / "shared"))
    generator = shared / "tools" / "make_org.py"
    if not generator.exists():
        pytest.skip("the generator is not at hand")
    file = tmp_path / "hooks.ndjson.gz"
    command = [sys.executable, str(generator), "--teams", "1", "--services", "2", "--days", "20"]
    subprocess.run([*command, "--out", str(tmp_path / "out"), "--github", str(file)], check=True, capture_output=True)
    statuses: dict[str, set[str]] = {}
    for line in gzip.decompress(file.read_bytes()).splitlines():
        hook = json.loads(line)
        headers = {name.lower(): value for name, value in hook["headers"].items()}
        found = parse(headers, hook["payload"], GitHubOptions(), RECEIVED, headers["x-github-delivery"])
        assert isinstance(found, list), hook
        for seen in found:
            if isinstance(seen, DeploymentSeen) and "terminal" in seen.said:
                statuses.setdefault(seen.said["terminal"], set()).add(seen.external_id)
    assert statuses.keys() <= {"succeeded", "failed"}
    assert len(statuses["succeeded"]) > 5
