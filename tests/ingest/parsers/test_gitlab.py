"""GitLab's webhooks: what each event says, by its documentation."""

from datetime import datetime

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import (
    ChangeSeen,
    DeploymentSeen,
    Ignored,
    IncidentSeen,
    PullRequestSeen,
    RepositoryRef,
    RepositorySeen,
)
from tests.ingest.parsers.recorded import RECEIVED, only, sent

SHA = [f"{number:040x}" for number in range(0xA0, 0xA4)]
PAY = RepositoryRef("acme/pay", "gitlab/git.example/30")
DEPLOYED = "2026-03-02T10:30:00Z"


def at(text):
    return datetime.fromisoformat(text)


def changed(name, **members):
    """A small payload with other members at its top."""
    one = sent("gitlab", name)
    return one._replace(payload=one.payload | members)


def attributes(name, **members):
    """A small payload with other members of its object."""
    one = sent("gitlab", name)
    return changed(name, object_attributes=one.payload["object_attributes"] | members)


def of(kind, found):
    return [seen for seen in found if isinstance(seen, kind)]


def said(one, **options):
    return only(one.told(**options)).said


# ---------------------------------------------------------------- deployments


def test_it_reads_a_deployment():
    seen = only(sent("gitlab", "deployment").told())
    assert seen == DeploymentSeen(
        at(DEPLOYED), "key", "gitlab/git.example/30/15", None, PAY, "production", None,
        {
            "terminal": "succeeded", "sha": SHA[3], "by": "ada", "bot": False, "version": "v1.2.0",
            "url": "https://git.example/acme/pay/-/jobs/796", "same_as": ["gitlab/git.example/30/job/796"],
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("failed", {"terminal": "failed"}),
        ("canceled", {"terminal": "cancelled"}),
        ("running", {"progress": "running", "started_at": at(DEPLOYED)}),
        ("created", {}),
        ("blocked", {}),
    ],
)
def test_it_reads_every_state_of_a_deployment(status, wanted):
    found = said(changed("deployment", status=status))
    assert {name: found[name] for name in ("terminal", "progress", "started_at") if name in found} == wanted


def test_a_state_that_says_nothing_changes_nothing():
    assert changed("deployment", status="skipped").told() == Ignored(
        "The status skipped says nothing of how the deployment went."
    )


def test_a_branch_is_no_version_and_a_short_sha_stands_in_for_a_whole_one():
    found = said(changed("deployment", ref="main", commit_url=""))
    assert "version" not in found
    assert found["sha"] == SHA[3][:8]


def test_a_tier_or_a_pattern_names_the_environment():
    one = changed("deployment", environment="pay-prod", environment_tier="production")
    assert only(one.told()).environment == "pay-prod"
    assert only(one.told(environment_by="tier")).environment == "production"
    seen = only(one.told(environment_names="{service}-{environment}"))
    assert (seen.service, seen.environment) == ("pay", "prod")


@pytest.mark.parametrize("name", ["deployment", "tag_push", "job", "pipeline", "release"])
def test_what_counts_is_one_of_them_alone(name):
    other = "pipelines" if name != "pipeline" else "jobs"
    found = sent("gitlab", name)._replace(options={}).told(deploys_by=other)
    assert isinstance(found, Ignored)
    assert found.reason.endswith(f"are no deployments here (deploys_by is {other}).")


def test_it_reads_a_job_that_starts_an_environment():
    seen = only(sent("gitlab", "job").told())
    assert (seen.external_id, seen.environment) == ("gitlab/git.example/30/job/796", "production/eu")
    assert (seen.at, seen.said["started_at"]) == (at(DEPLOYED), at("2026-03-02T10:25:00Z"))
    assert (seen.said["terminal"], seen.said["sha"]) == ("succeeded", SHA[3])


def test_a_job_counts_by_its_name_where_some_are_named():
    assert isinstance(sent("gitlab", "job").told(jobs="test*"), Ignored)
    assert only(changed("job", environment=None).told(jobs="deploy:*")).environment == "production"
    stopped = {"name": "review/1", "action": "stop"}
    assert isinstance(changed("job", environment=stopped).told(), Ignored)
    assert isinstance(sent("gitlab", "job").told(branches="release/*"), Ignored)


def test_it_reads_a_pipeline_of_the_default_branch():
    seen = only(sent("gitlab", "pipeline").told())
    assert (seen.external_id, seen.at, seen.environment) == (
        "gitlab/git.example/30/pipeline/50",
        at(DEPLOYED),
        "production",
    )
    assert seen.said["terminal"] == "failed"


@pytest.mark.parametrize(
    ("members", "counts"),
    [
        ({"ref": "feature"}, False),
        ({"ref": "v2.0", "tag": True}, True),
        ({"ref": "nightly", "tag": True}, False),
        ({"source": "merge_request_event"}, False),
        ({"status": "skipped"}, False),
        ({"status": "running", "finished_at": None}, True),
    ],
)
def test_pipelines_elsewhere_deploy_nothing(members, counts):
    assert (
        isinstance(attributes("pipeline", **members)._replace(options={"deploys_by": "pipelines"}).told(), list)
        is counts
    )


def test_a_release_and_a_tag_are_deployments_where_the_options_say_so():
    release, tag = only(sent("gitlab", "release").told()), only(sent("gitlab", "tag_push").told())
    assert (release.external_id, release.at) == ("gitlab/git.example/30/release/v1.2.0", at("2026-03-02T10:45:00Z"))
    assert (tag.external_id, tag.at) == ("gitlab/git.example/30/tag/v1.2.0", RECEIVED)
    assert release.said["sha"] == tag.said["sha"] == SHA[3]
    assert isinstance(sent("gitlab", "release").told(tags="x*"), Ignored)
    assert isinstance(changed("tag_push", checkout_sha=None).told(), Ignored)


# ---------------------------------------------------------------- changes


def test_it_reads_a_push_that_merges():
    found = sent("gitlab", "push").told()
    (repository,) = of(RepositorySeen, found)
    assert (repository.said, repository.at) == ({"default_branch": "main", "head": SHA[3]}, at("2026-03-02T10:00:00Z"))
    first, second, merge = of(ChangeSeen, found)
    assert first.said == {
        "committed_at": at("2026-03-02T09:00:00Z"), "title": "Add a", "author": "Ada", "bot": False,
        "paths": ["a.py", "b.py"], "pull_request": 7,
    }  # fmt: skip
    assert second.said["parents"] == [SHA[1]]
    assert (merge.said["parents"], merge.said["merge"], merge.said["hotfix"]) == ([SHA[0], SHA[2]], True, True)
    (request,) = of(PullRequestSeen, found)
    assert (request.number, request.said) == (
        7,
        {"merge_sha": SHA[3], "merged_at": at("2026-03-02T10:00:00Z"), "how": "merge", "commits": SHA[1:3]},
    )


def test_commits_without_a_merge_are_a_chain():
    commits = sent("gitlab", "push").payload["commits"][:2]
    found = changed("push", commits=commits, after=SHA[2], total_commits_count=2).told()
    assert [seen.said["parents"] for seen in of(ChangeSeen, found)] == [[SHA[0]], [SHA[1]]]
    found = changed("push", commits=commits, after=SHA[2], total_commits_count=2, before="0" * 40).told()
    assert [seen.said.get("parents") for seen in of(ChangeSeen, found)] == [None, [SHA[1]]]


def test_a_cut_push_tells_no_parents_and_no_merge():
    found = changed("push", total_commits_count=30).told()
    assert not any("parents" in seen.said or "pull_request" in seen.said for seen in of(ChangeSeen, found))
    assert not of(PullRequestSeen, found)


@pytest.mark.parametrize("text", ["Done\n\nSee merge request acme/pay!7", "Done\n\nSee merge request other/pay!7"])
def test_a_merge_in_words_of_ones_own_or_of_elsewhere_tells_no_pull_request(text):
    commits = sent("gitlab", "push").payload["commits"]
    found = changed("push", commits=[*commits[:2], commits[2] | {"message": text}]).told()
    assert not of(PullRequestSeen, found)
    assert all(seen.said.get("pull_request") in (None, 7) for seen in of(ChangeSeen, found))


def test_a_push_elsewhere_does_not_move_the_default_branch():
    found = changed("push", ref="refs/heads/hotfix/x").told()
    assert [seen.said for seen in of(RepositorySeen, found)] == [{"default_branch": "main"}]
    assert all(seen.said["hotfix"] for seen in of(ChangeSeen, found))
    assert isinstance(changed("push", after="0" * 40).told(), Ignored)


def test_a_bot_is_one_by_the_name_of_its_token():
    user = {"id": 4, "username": "project_30_bot_0af3"}
    assert said(changed("deployment", user=user))["bot"] is True


# ---------------------------------------------------------------- merge requests


def test_it_reads_a_merge():
    (repository, seen) = sent("gitlab", "merge_request").told()
    assert isinstance(repository, RepositorySeen)
    assert (seen.at, seen.number) == (at("2026-03-02T10:00:05Z"), 7)
    assert seen.said == {
        "opened_at": at("2026-03-02T08:00:00Z"), "title": "Mend the login", "base_branch": "main", "hotfix": True,
        "url": "https://git.example/acme/pay/-/merge_requests/7", "revert": False, "merge_sha": SHA[3], "how": "merge",
        "merged_at": at("2026-03-02T10:00:05Z"), "closed_at": at("2026-03-02T10:00:05Z"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        ({}, {}),
        ({"squash": False}, {"merge_sha": SHA[2], "how": "merge"}),
        ({"squash": True}, {}),
        ({"squash_commit_sha": SHA[1]}, {"merge_sha": SHA[1], "how": "squash"}),
    ],
)
def test_a_merge_without_a_merge_commit_says_what_it_knows(members, wanted):
    found = attributes("merge_request", merge_commit_sha=None, **members).told()[1].said
    assert {name: found[name] for name in ("merge_sha", "how") if name in found} == wanted


def test_it_reads_opening_drafting_closing_and_reopening():
    opened = said(attributes("merge_request", action="open"))
    assert opened["ready_at"] == at("2026-03-02T08:00:00Z")
    assert said(attributes("merge_request", action="open", draft=True))["ready_at"] is None
    one = attributes("merge_request", action="update")
    ready = one._replace(payload=one.payload | {"changes": {"draft": {"previous": True, "current": False}}})
    assert said(ready)["ready_at"] == at("2026-03-02T10:00:05Z")
    again = one._replace(payload=one.payload | {"changes": {"draft": {"previous": False, "current": True}}})
    assert said(again)["ready_at"] is None
    assert "ready_at" not in said(one)
    assert said(attributes("merge_request", action="close"))["closed_at"] == at("2026-03-02T10:00:05Z")
    assert said(attributes("merge_request", action="reopen"))["closed_at"] is None
    assert isinstance(attributes("merge_request", action="dance").told(), Ignored)


def test_an_approval_is_dated_by_its_receipt_and_the_authors_own_is_none():
    found = said(attributes("merge_request", action="approved"))
    assert (found["first_review_at"], found["approved_at"]) == (RECEIVED, RECEIVED)
    own = said(attributes("merge_request", action="approved", author_id=5))
    assert "approved_at" not in own
    assert own["author"] == "bob"


def test_a_comment_of_another_person_is_a_review():
    assert said(sent("gitlab", "note")) == {"first_review_at": at("2026-03-02T09:40:00Z")}
    assert isinstance(changed("note", user={"id": 4, "username": "ada"}).told(), Ignored)
    assert isinstance(changed("note", merge_request=None).told(), Ignored)
    assert isinstance(attributes("note", system=True).told(), Ignored)
    assert isinstance(attributes("note", action="update").told(), Ignored)


# ---------------------------------------------------------------- incidents, projects


def test_it_reads_an_incident():
    seen = only(sent("gitlab", "issue").told())
    assert seen == IncidentSeen(
        at("2026-03-02T12:40:00Z"), "key", "gitlab/git.example/30/issue/23", "pay-api", PAY, "production", None,
        {
            "opened_at": at("2026-03-02T12:10:00Z"), "resolved_at": at("2026-03-02T12:40:00Z"), "severity": "sev2",
            "title": "Login is down", "url": "https://git.example/acme/pay/-/issues/23",
            "caused_by": "gitlab/git.example/30/15",
        },
    )  # fmt: skip


def test_an_issue_is_an_incident_by_its_label_until_that_is_taken_away():
    label, other = {"title": "Incident"}, {"title": "SEV1"}
    one = attributes("issue", type="Issue", state="opened", closed_at=None)
    assert isinstance(one.told(), Ignored)
    labelled = one._replace(payload=one.payload | {"labels": [label, other]})
    assert (said(labelled)["resolved_at"], said(labelled)["severity"]) == (None, "sev1")
    gone = one._replace(payload=one.payload | {"changes": {"labels": {"previous": [label], "current": []}}})
    assert said(gone)["resolved_at"] == at("2026-03-02T12:40:00Z")


def test_the_options_say_what_a_severity_stands_for():
    assert said(sent("gitlab", "issue"), severities={"high": "sev1"})["severity"] == "sev1"
    assert "severity" not in said(attributes("issue", severity="unknown"))


def test_a_renamed_project_keeps_its_number():
    seen = only(sent("gitlab", "project_rename").told())
    assert (seen.repository, seen.said) == (PAY, {"previous_name": "acme/payments"})
    assert only(sent("gitlab", "project_rename")._replace(headers={}).told()).repository == RepositoryRef("acme/pay")
    gone = only(changed("project_rename", event_name="project_destroy").told())
    assert (gone.said["deleted"], gone.at) == (True, RECEIVED)


def test_a_system_hook_tells_the_same():
    one = sent("gitlab", "push")._replace(headers={"x-gitlab-event": "System Hook"})
    assert one.told() == sent("gitlab", "push").told()


@pytest.mark.parametrize(
    "payload", [{}, [], "x", {"object_kind": "push"}, {"object_kind": "push", "project": {"id": 1}}]
)
def test_what_tells_no_project_is_refused(payload):
    with pytest.raises(MalformedPayload):
        sent("gitlab", "push")._replace(payload=payload).told()


def test_a_branch_that_may_have_been_rewritten_tells_no_parent_of_its_first_commit():
    commits = sent("gitlab", "push").payload["commits"][:2]
    found = changed("push", ref="refs/heads/login", commits=commits, after=SHA[2], total_commits_count=2).told()
    assert [seen.said.get("parents") for seen in of(ChangeSeen, found)] == [None, [SHA[1]]]
