"""Bitbucket Data Center's webhooks: what each event says, by its documentation."""

from datetime import datetime

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import ChangeSeen, Ignored, PullRequestSeen, RepositoryRef, RepositorySeen
from tests.ingest.parsers.recorded import only, sent

KIND = "bitbucket-server"
SHA = [f"{number:040x}" for number in range(0xA0, 0xA4)]
CLOSED = "2026-03-02T10:00:00.500Z"


def at(text):
    return datetime.fromisoformat(text)


def changed(name, **members):
    one = sent(KIND, name)
    return one._replace(payload=one.payload | members)


def event(one, key):
    return one._replace(headers={"x-event-key": key})


def of(kind, found):
    return [seen for seen in found if isinstance(seen, kind)]


def said(one, **options):
    return only(one.told(**options)).said


def test_it_reads_a_push_with_its_commits_and_their_parents():
    found = sent(KIND, "refs_changed").told()
    (repository,) = of(RepositorySeen, found)
    assert (repository.at, repository.said) == (
        at("2026-03-02T10:00:01Z"), {"default_branch": "main", "head": SHA[3]},
    )  # fmt: skip
    by_sha = {seen.sha: seen.said for seen in of(ChangeSeen, found)}
    assert by_sha[SHA[1]] == {
        "committed_at": at("2026-03-02T09:00:00Z"), "authored_at": at("2026-03-02T08:59:00Z"), "title": "Add a",
        "author": "Ada", "bot": False, "parents": [SHA[0]],
    }  # fmt: skip
    assert (by_sha[SHA[3]]["merge"], by_sha[SHA[3]]["pull_request"]) == (True, 7)
    (pull,) = of(PullRequestSeen, found)
    assert pull.said == {"merge_sha": SHA[3], "merged_at": at("2026-03-02T10:00:00Z"), "how": "merge"}


def test_the_same_title_with_one_parent_is_a_squash():
    commit = sent(KIND, "refs_changed").payload["toCommit"] | {"parents": [{"id": SHA[0]}]}
    found = changed("refs_changed", commits=[commit], toCommit=commit).told()
    assert of(PullRequestSeen, found)[0].said["how"] == "squash"
    assert "merge" not in of(ChangeSeen, found)[0].said


def test_an_older_server_tells_only_where_the_branch_moved():
    found = changed("refs_changed", commits=None, toCommit=None).told()
    assert [type(seen) for seen in found] == [RepositorySeen]
    elsewhere = {"ref": {"id": "refs/heads/login"}, "toHash": SHA[3]}
    assert changed("refs_changed", commits=None, toCommit=None, changes=[elsewhere]).told() == Ignored(
        "The push tells no commit: a local clone can."
    )


def test_of_several_branches_no_commit_is_said_to_come_by_the_default_one():
    one = sent(KIND, "refs_changed").payload["changes"][0]
    login = {"ref": {"id": "refs/heads/login"}, "toHash": SHA[2]}
    found = changed("refs_changed", changes=[one, login]).told()
    assert not of(PullRequestSeen, found)
    assert not any("pull_request" in seen.said for seen in of(ChangeSeen, found))


def test_a_tag_is_a_deployment():
    seen = only(sent(KIND, "refs_changed_tag").told())
    assert (seen.external_id, seen.at) == ("bitbucket-server/git.example/4/tag/v1.2.0", at("2026-03-02T10:20:00Z"))
    assert seen.said == {"terminal": "succeeded", "version": "v1.2.0", "sha": SHA[3]}
    assert isinstance(sent(KIND, "refs_changed_tag").told(tags="x*"), Ignored)


def test_it_reads_a_merge():
    seen = only(sent(KIND, "pr_merged").told())
    assert (seen.at, seen.number) == (at(CLOSED), 7)
    assert seen.said == {
        "opened_at": at("2026-03-02T08:00:00Z"), "title": "Mend the login", "base_branch": "main", "hotfix": True,
        "url": "https://git.example/projects/ACME/repos/pay/pull-requests/7", "revert": False, "author": "ada",
        "bot": False, "merged_at": at(CLOSED), "closed_at": at(CLOSED), "merge_sha": SHA[3],
    }  # fmt: skip


def test_it_reads_opening_changing_declining_and_reopening():
    one = sent(KIND, "pr_merged")
    assert said(event(one, "pr:opened"))["ready_at"] == at("2026-03-02T08:00:00Z")
    draft = changed("pr_merged", pullRequest=one.payload["pullRequest"] | {"draft": True})
    assert said(event(draft, "pr:opened"))["ready_at"] is None
    assert not {"closed_at", "merged_at", "ready_at"} & said(event(one, "pr:modified")).keys()
    declined = said(event(one, "pr:declined"))
    assert (declined["closed_at"], "merged_at" in declined) == (at(CLOSED), False)
    assert said(event(one, "pr:reopened"))["closed_at"] is None


def test_it_reads_reviews_of_other_people():
    approved = dict.fromkeys(("first_review_at", "approved_at"), at("2026-03-02T09:45:00Z"))
    assert said(sent(KIND, "pr_approved")) == approved
    for key in ("pr:reviewer:needs_work", "pr:reviewer:changes_requested", "pr:comment:added"):
        assert said(event(sent(KIND, "pr_approved"), key)) == {"first_review_at": at("2026-03-02T09:45:00Z")}
    author = sent(KIND, "pr_approved").payload["pullRequest"]["author"]["user"]
    assert isinstance(changed("pr_approved", actor=author).told(), Ignored)
    assert isinstance(changed("pr_approved", actor={"name": "scan", "type": "SERVICE"}).told(), Ignored)


def test_a_renamed_repository_keeps_its_number():
    seen = only(sent(KIND, "modified").told())
    assert seen.repository == RepositoryRef("ACME/pay", "bitbucket-server/git.example/4")
    assert seen.said == {"previous_name": "ACME/payments"}
    assert isinstance(changed("modified", old=sent(KIND, "modified").payload["new"]).told(), Ignored)


def test_a_server_that_tells_no_address_is_known_by_names():
    repository = sent(KIND, "refs_changed_tag").payload["repository"] | {"links": {}}
    seen = only(changed("refs_changed_tag", repository=repository).told())
    assert (seen.repository, seen.external_id) == (RepositoryRef("ACME/pay"), "bitbucket-server/ACME/pay/tag/v1.2.0")


def test_a_test_of_the_connection_is_ignored_and_the_body_names_the_event_too():
    ping = event(sent(KIND, "refs_changed"), "diagnostics:ping")
    assert ping._replace(payload={"test": True}).told() == Ignored("A test of the connection.")
    assert sent(KIND, "pr_merged")._replace(headers={}).told() == sent(KIND, "pr_merged").told()
    assert isinstance(event(ping, "repo:forked").told(), Ignored)
    with pytest.raises(MalformedPayload, match="authorTimestamp|committerTimestamp"):
        commit = {"id": SHA[1], "message": "x"}
        changed("refs_changed", commits=[commit]).told()
