"""Azure DevOps' service hooks: what each event says, by its documentation."""

from datetime import datetime

import pytest

from ingest.parsers.observation import ChangeSeen, Ignored, PullRequestSeen, RepositoryRef, RepositorySeen
from ingest.parsers.options import InvalidOptions
from ingest.parsers.senders import SENDERS
from tests.ingest.parsers.recorded import only, sent
from tests.shared import SHARED

KIND = "azuredevops"
PROJECT = "be9b3917-87e6-42a4-a549-2bc06a7a878f"
PAY = RepositoryRef("acme/shop/pay", "azuredevops/dev.azure.com/487e28f0-8046-41cf-8eee-a566eeca25e3")
SHA = "731f7eaddfb6af01cb2173e18f0f75b0ba780ef1"
PAGE = "https://dev.azure.com/acme/shop/_build/results?buildId=479"


def at(text):
    return datetime.fromisoformat(text)


def changed(name, **resource):
    """A recorded event, with other members of its resource."""
    one = sent(KIND, name)
    return one._replace(payload=one.payload | {"resource": one.payload["resource"] | resource})


def test_it_reads_a_stage_that_ended():
    seen = only(sent(KIND, "stage-succeeded").told())
    assert (seen.at, seen.external_id) == (
        at("2026-03-09T10:05:00Z"),
        f"azuredevops/{PROJECT}/run/479/stage/Deploy_Production",
    )
    assert (seen.service, seen.repository, seen.environment) == (None, PAY, "Production")
    assert seen.said == {
        "terminal": "succeeded", "started_at": at("2026-03-09T10:00:00.123456Z"), "sha": SHA, "url": PAGE,
    }  # fmt: skip


def test_a_stage_that_is_tried_again_is_another_deployment():
    assert only(sent(KIND, "stage-failed").told()).external_id.endswith("/run/480/stage/Deploy_Production/2")


@pytest.mark.parametrize(
    ("result", "terminal"),
    [("partiallySucceeded", "succeeded"), ("failed", "failed"), ("canceled", "cancelled"), ("rejected", "cancelled")],
)
def test_it_reads_every_result(result, terminal):
    stage = sent(KIND, "stage-succeeded").payload["resource"]["stage"] | {"result": result}
    assert only(changed("stage-succeeded", stage=stage).told()).said["terminal"] == terminal


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("stage-succeeded", {"stages": ["x"]}, "The stage Deploy_Production fits none of x (option stages)."),
        ("stage-succeeded", {"pipelines": "shop*"}, "The pipeline pay-cd fits none of shop* (option pipelines)."),
        ("stage-succeeded", {"branches": "x"}, "The branch main fits none of x (option branches)."),
        ("stage-succeeded", {"deploys_by": "runs"}, "Stages are no deployments here (deploys_by is runs)."),
        ("job-succeeded", {"deploys_by": "stages"}, "Jobs are no deployments here (deploys_by is stages)."),
        ("job-succeeded", {"jobs": "x"}, "The job DeployWeb fits none of x (option jobs)."),
        ("run-succeeded", {"deploys_by": "jobs"}, "Runs are no deployments here (deploys_by is jobs)."),
        ("build", {"deploys_by": "jobs"}, "Builds are no deployments here (deploys_by is jobs)."),
        ("release-started", {"deploys_by": "runs"}, "Stages of releases are no deployments here (deploys_by is runs)."),
    ],
)
def test_it_says_which_option_would_count_it(name, options, reason):
    assert sent(KIND, name).told(**options) == Ignored(reason)


def test_it_ignores_a_stage_that_was_skipped_or_waits():
    stage = sent(KIND, "stage-succeeded").payload["resource"]["stage"]
    for other in ({"result": "skipped"}, {"state": "waiting"}, {"state": "notStarted"}):
        assert isinstance(changed("stage-succeeded", stage=stage | other).told(), Ignored)


def test_it_reads_a_job_and_a_run_where_they_are_deployments():
    job, run = only(sent(KIND, "job-succeeded").told()), only(sent(KIND, "run-succeeded").told())
    assert job.external_id == f"azuredevops/{PROJECT}/run/479/job/Deploy_Production/DeployWeb"
    assert (run.external_id, run.environment) == (f"azuredevops/{PROJECT}/run/479", "production")


def test_it_takes_names_from_options_and_parameters():
    seen = only(sent(KIND, "stage-succeeded").told(services={"pay-cd": "checkout"}, environments={"*prod*": "live"}))
    assert (seen.service, seen.environment) == ("checkout", "live")
    run = sent(KIND, "stage-succeeded").payload["resource"]["run"]
    run = run | {"templateParameters": {"service": "till", "environment": "staging", "version": "7"}}
    seen = only(changed("stage-succeeded", run=run).told())
    assert (seen.service, seen.environment, seen.said["version"]) == ("till", "staging", "7")


def test_a_pattern_splits_a_name_and_not_a_path_of_names():
    run = sent(KIND, "stage-succeeded").payload["resource"]["run"]
    pipeline = run["pipeline"] | {"name": "pay-staging"}
    one = changed("stage-succeeded", pipeline=pipeline)
    seen = only(one.told(environment_names="{service}-{environment}"))
    assert (seen.service, seen.environment) == ("pay", "staging")


def test_a_repository_elsewhere_bears_no_id_of_azures():
    repository = {"alias": "self", "id": "acme/pay", "type": "GitHub", "url": "https://api.github.com/repos/acme/pay"}
    seen = only(changed("stage-succeeded", repositories=[repository]).told())
    assert seen.repository == RepositoryRef("acme/pay")


def test_a_pipeline_without_repository_is_its_own_service_and_its_runs_name_the_version():
    run = sent(KIND, "stage-succeeded").payload["resource"]["run"] | {"resources": None}
    seen = only(changed("stage-succeeded", repositories=[], run=run).told())
    assert (seen.service, seen.repository, seen.said["version"]) == ("pay-cd", None, "20260309.1")


def test_a_release_starts_and_ends_as_one_deployment():
    started, ended = only(sent(KIND, "release-started").told()), only(sent(KIND, "release-completed").told())
    assert started.external_id == ended.external_id == f"azuredevops/{PROJECT}/release/5/1"
    assert (started.service, started.environment, started.said["version"]) == ("pay", "Production", "Release-5")
    assert ended.said["terminal"] == "succeeded"
    assert (ended.said["sha"], ended.said["by"]) == (SHA, "Ann")
    assert (ended.at, ended.repository) == (at("2026-03-09T10:03:00Z"), RepositoryRef("acme/pay"))


def test_a_release_is_of_one_service_whatever_its_events_tell_of_a_repository():
    environment = {"variables": {}}
    for name in ("release-started", "release-completed"):
        told = sent(KIND, name).payload["resource"]["environment"] | environment
        assert only(changed(name, environment=told).told()).service == "pay-cd"


def test_a_rejected_stage_of_a_release_has_failed():
    environment = sent(KIND, "release-completed").payload["resource"]["environment"] | {"status": "rejected"}
    seen = only(changed("release-completed", environment=environment, deployment=None).told())
    assert (seen.said["terminal"], seen.at) == ("failed", at("2026-03-09T10:03:01Z"))


def test_it_reads_a_build_of_the_older_form():
    seen = only(sent(KIND, "build").told())
    assert (seen.external_id, seen.service) == (f"azuredevops/{PROJECT}/run/2", "ConsumerAddressModule")
    assert seen.said["sha"] == "600c52d2d5b655caa111abfd863e5a9bd304bb0e"


def test_it_reads_a_push():
    found = sent(KIND, "push").told()
    repository, change = found
    assert isinstance(repository, RepositorySeen)
    assert isinstance(change, ChangeSeen)
    sha = "33b55f7cb7e7e245323987634f960cf4a6e6bc74"
    assert repository.said == {"default_branch": "main", "head": sha}
    assert (change.sha, change.said["title"]) == (sha, "Fixed bug in web.config file")
    assert change.said["authored_at"] == at("2015-02-25T19:01:00Z")


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("Merged PR 12: More", {"pull_request": 12}),
        ("Merge pull request 12 from more into main", {"pull_request": 12, "merge": True}),
        ('Revert "More"\n\nThis reverts commit abcdef1.', {"revert": True, "reverts": ["abcdef1"]}),
        ("Hotfix: less", {"hotfix": True}),
    ],
)
def test_it_reads_what_messages_give_away(comment, said):
    commit = sent(KIND, "push").payload["resource"]["commits"][0] | {"comment": comment}
    _, change = changed("push", commits=[commit]).told()
    assert {name: change.said.get(name) for name in said} == said


def test_a_branch_that_was_deleted_has_no_head():
    update = {"name": "refs/heads/main", "oldObjectId": "a" * 40, "newObjectId": "0" * 40}
    repository, *_ = changed("push", refUpdates=[update]).told()
    assert repository.said == {"default_branch": "main"}


def test_it_reads_a_pull_request_from_its_opening_to_its_merge():
    opened, merged = only(sent(KIND, "pull-request-created").told()), only(sent(KIND, "pull-request-completed").told())
    assert isinstance(opened, PullRequestSeen)
    assert (opened.at, opened.number) == (at("2014-06-17T16:55:46.589889Z"), 1)
    assert opened.said["ready_at"] == opened.said["opened_at"] == opened.at
    assert merged.said["merged_at"] == merged.at == at("2014-06-30T18:59:12.366057Z")
    assert merged.said["merge_sha"] == "eef717f69257a6333f221566c1c987dc94cc0d72"
    assert merged.said["commits"] == ["53d54ac915144006c2c9e90d2c7d3880920db49c"]


def test_it_reads_how_a_pull_request_was_merged_and_who_looked_at_it():
    reviewers = [{"id": "2", "vote": 10}, {"id": "54d125f7-69f7-4191-904f-c5b96b6261c8", "vote": -5}]
    one = changed("pull-request-completed", completionOptions={"mergeStrategy": "squash"}, reviewers=reviewers)
    said = only(one.told()).said
    assert said["how"] == "squash"
    assert said["approved_at"] == said["first_review_at"] == at("2016-09-19T13:03:27.281382Z")


def test_an_authors_own_vote_is_no_review():
    own = [{"id": "54d125f7-69f7-4191-904f-c5b96b6261c8", "vote": 10}, {"id": "9", "vote": 10, "isContainer": True}]
    assert "first_review_at" not in only(changed("pull-request-completed", reviewers=own).told()).said


def test_an_abandoned_pull_request_is_closed_and_not_merged():
    said = only(changed("pull-request-completed", status="abandoned").told()).said
    assert said["closed_at"] == at("2014-06-30T18:59:12.366057Z")
    assert "merged_at" not in said


def test_a_hotfix_is_told_by_its_label_or_branch():
    assert only(changed("pull-request-created", labels=[{"name": "Hotfix"}]).told()).said["hotfix"] is True
    assert only(changed("pull-request-created", sourceRefName="refs/heads/hotfix/x").told()).said["hotfix"] is True


def test_it_says_why_it_keeps_no_work_items():
    found = sent(KIND, "push").told({"eventType": "workitem.updated"})
    assert found == Ignored("Nothing is kept of work items: incidents come from what watches production.")


def test_it_keeps_nothing_of_the_platforms_own_test():
    one = sent(KIND, "stage-succeeded")
    found = one.told(one.payload | {"subscriptionId": "00000000-0000-0000-0000-000000000000"})
    assert found == Ignored("A test of the subscription, with made-up data.")


def test_it_refuses_an_option_that_makes_no_sense():
    with pytest.raises(InvalidOptions, match="deploys_by is 'tags'"):
        SENDERS[KIND].options({"deploys_by": "tags"})


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the larger data is not there")
@pytest.mark.parametrize(
    ("event", "kinds"),
    [
        ("build.complete", "Builds are no deployments here (deploys_by is stages)."),
        ("git.pullrequest.created", [PullRequestSeen]),
        ("git.pullrequest.merged", [PullRequestSeen]),
        ("git.pullrequest.updated", [PullRequestSeen]),
        ("git.push", [RepositorySeen, ChangeSeen]),
    ],
)
def test_it_reads_what_others_recorded(event, kinds):
    import json

    path = SHARED / "data" / "payloads" / KIND / f"{event}.go-playground.json"
    found = sent(KIND, "push").told(json.loads(path.read_text()))
    assert (found.reason if isinstance(found, Ignored) else [type(seen) for seen in found]) == kinds
