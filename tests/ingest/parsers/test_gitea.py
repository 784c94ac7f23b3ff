"""Gitea's and Forgejo's webhooks: what each event says, by the structures that they send."""

from datetime import datetime

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import ChangeSeen, DeploymentSeen, Ignored, PullRequestSeen, RepositorySeen
from tests.ingest.parsers.recorded import RECEIVED, only, sent

SHA = [f"{number:040x}" for number in range(0xA0, 0xA4)]
RUN_AT, RUN_ENDED = "2026-03-02T10:25:00Z", "2026-03-02T10:30:00Z"


def at(text):
    return datetime.fromisoformat(text)


def changed(name, **members):
    one = sent("gitea", name)
    return one._replace(payload=one.payload | members)


def inner(name, member, **members):
    """A small payload with other members of one of its objects."""
    return changed(name, **{member: sent("gitea", name).payload[member] | members})


def of(kind, found):
    return [seen for seen in found if isinstance(seen, kind)]


def said(one, **options):
    return only(one.told(**options)).said


def test_it_reads_a_push_that_merges_newest_first():
    found = sent("gitea", "push").told()
    (repository,) = of(RepositorySeen, found)
    assert repository.said == {"default_branch": "main", "head": SHA[3]}
    first, second, merge = of(ChangeSeen, found)
    assert first.said == {
        "committed_at": at("2026-03-02T09:00:00Z"), "title": "Add a", "author": "Ada", "bot": False,
        "paths": ["a.py", "b.py"], "pull_request": 7,
    }  # fmt: skip
    assert second.said["parents"] == [SHA[1]]
    assert (merge.said["parents"], merge.said["merge"], merge.said["hotfix"]) == ([SHA[0], SHA[2]], True, True)
    (pull,) = of(PullRequestSeen, found)
    assert pull.said == {
        "merge_sha": SHA[3], "merged_at": at("2026-03-02T10:00:00Z"), "how": "merge", "commits": SHA[1:3],
    }  # fmt: skip


def test_a_cut_push_tells_no_parents_and_no_merge():
    found = changed("push", total_commits=9).told()
    assert not any("parents" in seen.said or "pull_request" in seen.said for seen in of(ChangeSeen, found))
    assert not of(PullRequestSeen, found)


def test_a_number_at_a_titles_end_may_be_another_repositorys():
    commit = sent("gitea", "push").payload["commits"][0] | {"message": "Mend the login (#7)"}
    (seen,) = of(ChangeSeen, changed("push", commits=[commit], total_commits=1).told())
    assert "pull_request" not in seen.said
    assert seen.said["parents"] == [SHA[0]]


def test_a_branch_that_was_deleted_or_brings_nothing_is_ignored():
    assert isinstance(changed("push", after="0" * 40).told(), Ignored)
    assert isinstance(changed("push", commits=[]).told(), Ignored)
    assert isinstance(changed("create", ref_type="branch").told(), Ignored)


def test_the_push_and_the_making_of_a_tag_are_one_deployment():
    pushed, made = only(sent("gitea", "push_tag").told()), only(sent("gitea", "create").told())
    assert pushed == made
    assert (pushed.external_id, pushed.at) == ("gitea/git.example/30/tag/v1.2.0", RECEIVED)
    assert pushed.said == {"terminal": "succeeded", "version": "v1.2.0", "sha": SHA[3]}


def test_it_reads_a_merge():
    (_, seen) = sent("gitea", "pull_request").told()
    assert (seen.at, seen.number) == (at("2026-03-02T10:00:01Z"), 7)
    assert seen.said == {
        "opened_at": at("2026-03-02T08:00:00Z"), "title": "Mend the login", "base_branch": "main", "hotfix": True,
        "url": "https://git.example/acme/pay/pulls/7", "revert": False, "author": "ada", "bot": False,
        "merged_at": at("2026-03-02T10:00:00Z"), "closed_at": at("2026-03-02T10:00:00Z"), "merge_sha": SHA[3],
        "how": "merge",
    }  # fmt: skip


def test_the_way_of_merging_is_told_where_one_alone_is_allowed():
    base = sent("gitea", "pull_request").payload["pull_request"]["base"]
    both = {"ref": "main", "repo": base["repo"] | {"allow_squash_merge": True}}
    assert "how" not in inner("pull_request", "pull_request", base=both).told()[1].said
    squash = {"ref": "main", "repo": {"allow_squash_merge": True}}
    assert inner("pull_request", "pull_request", base=squash).told()[1].said["how"] == "squash"
    forward = inner("pull_request", "pull_request", base=both, merge_commit_sha=SHA[2])
    assert forward.told()[1].said["how"] == "merge"


def test_it_reads_opening_drafting_closing_and_reopening():
    still_open = {"merged": False, "merged_at": None, "closed_at": None}

    def told(action, title="Mend the login", **members):
        one = inner("pull_request", "pull_request", title=title, **still_open)
        return said(one._replace(payload=one.payload | {"action": action} | members))

    assert told("opened")["ready_at"] == at("2026-03-02T08:00:00Z")
    assert told("opened", "WIP: Mend")["ready_at"] is None
    assert told("edited", changes={"title": {"from": "WIP: Mend"}})["ready_at"] == at("2026-03-02T10:00:01Z")
    assert told("edited", "[WIP] Mend", changes={"title": {"from": "Mend"}})["ready_at"] is None
    assert "ready_at" not in told("edited", changes={"title": {"from": "Mend"}})
    assert told("closed")["closed_at"] == at("2026-03-02T10:00:01Z")
    assert told("reopened")["closed_at"] is None
    assert isinstance(changed("pull_request", action="assigned").told(), Ignored)


def test_a_review_is_dated_by_its_receipt():
    assert said(sent("gitea", "review")) == {"first_review_at": RECEIVED, "approved_at": RECEIVED}
    rejected = changed("review", review={"type": "pull_request_review_rejected", "content": ""})
    assert said(rejected) == {"first_review_at": RECEIVED}
    for login in ("ada", "renovate[bot]", "forgejo-actions"):
        assert isinstance(changed("review", sender={"login": login}).told(), Ignored)


def test_it_reads_an_incident():
    seen = only(sent("gitea", "issues").told())
    assert (seen.external_id, seen.environment, seen.at) == (
        "gitea/git.example/30/issue/23", "production", at("2026-03-02T12:40:00Z"),
    )  # fmt: skip
    assert seen.said == {
        "opened_at": at("2026-03-02T12:10:00Z"), "resolved_at": at("2026-03-02T12:40:00Z"), "severity": "sev1",
        "title": "Login is down", "url": "https://git.example/acme/pay/issues/23", "caused_by": None,
    }  # fmt: skip
    assert said(inner("issues", "issue", state="open"))["resolved_at"] is None
    assert isinstance(inner("issues", "issue", labels=[]).told(), Ignored)


def test_a_release_is_a_deployment_unless_it_is_a_preview():
    seen = only(sent("gitea", "release").told())
    assert isinstance(seen, DeploymentSeen)
    assert (seen.external_id, seen.at) == ("gitea/git.example/30/release/8", at("2026-03-02T10:45:00Z"))
    assert (seen.said["version"], seen.said["by"], "sha" in seen.said) == ("v1.2.0", "ada", False)
    for preview in ({"draft": True}, {"prerelease": True}, {"tag_name": "nightly"}):
        assert isinstance(inner("release", "release", **preview).told(), Ignored)
    assert isinstance(changed("release", action="deleted").told(), Ignored)


def test_a_run_counts_each_attempt_and_both_products_tell_it():
    failed, succeeded = only(sent("gitea", "workflow_run").told()), only(sent("gitea", "action_run").told())
    assert (failed.external_id, failed.at) == ("gitea/git.example/30/run/50/2", at(RUN_ENDED))
    assert (failed.said["terminal"], failed.said["started_at"]) == ("failed", at(RUN_AT))
    assert (succeeded.external_id, succeeded.at) == ("gitea/git.example/30/run/50", at(RUN_ENDED))
    assert (succeeded.said["terminal"], succeeded.said["sha"]) == ("succeeded", SHA[3])


def test_a_job_that_runs_has_not_ended_in_the_year_1():
    seen = only(sent("gitea", "workflow_job").told())
    assert (seen.external_id, seen.at, seen.said["progress"]) == ("gitea/git.example/30/job/796", at(RUN_AT), "running")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("workflow_run", {"workflows": "test.yaml"}),
        ("workflow_run", {"jobs": "deploy"}),
        ("workflow_run", {"branches": "release/*"}),
        ("workflow_run", {"deploys_by": "releases"}),
        ("workflow_job", {"jobs": "test"}),
        ("workflow_job", {"deploys_by": "tags"}),
        ("action_run", {"workflows": "test.yaml"}),
        ("action_run", {"deploys_by": "tags"}),
        ("action_run", {"jobs": "deploy"}),
        ("status", {"statuses": "test/*"}),
        ("status", {"deploys_by": "tags"}),
        ("release", {"deploys_by": "tags"}),
        ("push_tag", {"deploys_by": "releases"}),
    ],
)
def test_what_is_no_deployment_by_the_options_is_ignored(name, options):
    assert isinstance(sent("gitea", name).told(**options), Ignored)


def test_a_status_is_a_deployment_a_commit_and_context():
    seen = only(sent("gitea", "status").told())
    assert seen.external_id == f"gitea/git.example/30/status/{SHA[3]}/deploy/production"
    assert (seen.at, seen.said["terminal"], seen.said["bot"]) == (at(RUN_ENDED), "succeeded", True)
    assert said(changed("status", state="pending"))["progress"] == "running"
    assert isinstance(changed("status", state="warning").told(), Ignored)


def test_a_deleted_repository_is_told():
    seen = only(sent("gitea", "repository").told())
    assert (seen.said["deleted"], seen.at) == (True, RECEIVED)
    assert "deleted" not in said(changed("repository", action="created"))


def test_forgejos_headers_and_githubs_do_as_well():
    for header in ("x-forgejo-event", "x-github-event"):
        assert sent("gitea", "push")._replace(headers={header: "push"}).told() == sent("gitea", "push").told()
    assert isinstance(sent("gitea", "push")._replace(headers={"x-gitea-event": "wiki"}).told(), Ignored)
    with pytest.raises(MalformedPayload, match="X-Gitea-Event"):
        sent("gitea", "push")._replace(headers={}).told()


def test_runs_that_deploy_must_be_named():
    with pytest.raises(MalformedPayload, match="workflows or jobs must name some"):
        sent("gitea", "push").told(deploys_by="workflow_runs")


def test_a_branch_that_may_have_been_rewritten_tells_no_parent_of_its_first_commit():
    commits = sent("gitea", "push").payload["commits"][1:]
    found = changed("push", ref="refs/heads/login", commits=commits, after=SHA[2], total_commits=2).told()
    assert [seen.said.get("parents") for seen in of(ChangeSeen, found)] == [None, [SHA[1]]]
