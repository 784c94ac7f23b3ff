"""Bitbucket Cloud's webhooks: what each event says, by its documentation."""

from datetime import datetime

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import ChangeSeen, Ignored, PullRequestSeen, RepositorySeen
from tests.ingest.parsers.recorded import only, sent

SHA = [f"{number:040x}" for number in range(0xA0, 0xA4)]
PREFIX = "bitbucket/bitbucket.org/673a6070-3421-46c9-9d48-90745f7bfe8e"
PULL_AT = "2026-03-02T10:00:00.500000+00:00"


def at(text):
    return datetime.fromisoformat(text)


def changed(name, **members):
    one = sent("bitbucket", name)
    return one._replace(payload=one.payload | members)


def inner(name, member, **members):
    return changed(name, **{member: sent("bitbucket", name).payload[member] | members})


def event(one, key):
    return one._replace(headers={"x-event-key": key})


def push_of(**members):
    """The small push with other members of its only change."""
    one = sent("bitbucket", "push").payload["push"]["changes"][0]
    return changed("push", push={"changes": [one | members]})


def of(kind, found):
    return [seen for seen in found if isinstance(seen, kind)]


def said(one, **options):
    return only(one.told(**options)).said


def test_it_reads_a_push_with_the_parents_that_it_tells():
    found = sent("bitbucket", "push").told()
    (repository,) = of(RepositorySeen, found)
    assert repository.said == {"default_branch": "main", "head": SHA[3]}
    by_sha = {seen.sha: seen.said for seen in of(ChangeSeen, found)}
    assert by_sha[SHA[1]] == {
        "committed_at": at("2026-03-02T09:00:00Z"), "title": "Add a", "author": "Ada", "bot": False,
        "parents": [SHA[0]],
    }  # fmt: skip
    merge = by_sha[SHA[3]]
    assert (merge["parents"], merge["merge"], merge["pull_request"], merge["hotfix"]) == (
        [SHA[0], SHA[2]],
        True,
        7,
        True,
    )
    (pull,) = of(PullRequestSeen, found)
    assert (pull.number, pull.said) == (
        7, {"merge_sha": SHA[3], "merged_at": at("2026-03-02T10:00:00Z"), "how": "merge"},
    )  # fmt: skip


def test_the_same_title_with_one_parent_is_a_squash():
    commit = sent("bitbucket", "push").payload["push"]["changes"][0]["new"]["target"]
    squash = commit | {"parents": [{"hash": SHA[0]}]}
    found = push_of(new={"type": "branch", "name": "main", "target": squash}, commits=[]).told()
    (seen,), (pull,) = of(ChangeSeen, found), of(PullRequestSeen, found)
    assert "merge" not in seen.said
    assert pull.said["how"] == "squash"


def test_the_default_branch_is_main_or_master_unless_the_options_say_else():
    elsewhere = push_of(new=sent("bitbucket", "push").payload["push"]["changes"][0]["new"] | {"name": "trunk"})
    assert not of(RepositorySeen, elsewhere.told())
    assert not of(PullRequestSeen, elsewhere.told())
    (seen,) = of(RepositorySeen, elsewhere.told(default_branches="trunk"))
    assert seen.said == {"default_branch": "trunk", "head": SHA[3]}


def test_a_deleted_branch_is_ignored_and_a_commit_without_time_is_passed_over():
    assert push_of(new=None).told() == Ignored("A branch or tag was deleted.")
    bare = {"type": "branch", "name": "login", "target": {"hash": SHA[3]}}
    assert isinstance(push_of(new=bare, commits=[]).told(), Ignored)


def test_a_tag_is_a_deployment():
    seen = only(sent("bitbucket", "push_tag").told())
    assert (seen.external_id, seen.at, seen.environment) == (
        f"{PREFIX}/tag/v1.2.0", at("2026-03-02T10:20:00Z"), "production",
    )  # fmt: skip
    assert seen.said == {"terminal": "succeeded", "version": "v1.2.0", "sha": SHA[3]}
    assert isinstance(sent("bitbucket", "push_tag").told(tags="x*"), Ignored)
    assert isinstance(sent("bitbucket", "push_tag").told(deploys_by="statuses", statuses="x"), Ignored)


def test_it_reads_a_merge_whose_sha_is_cut():
    seen = only(sent("bitbucket", "pullrequest").told())
    assert (seen.at, seen.number) == (at(PULL_AT), 7)
    assert seen.said == {
        "opened_at": at("2026-03-02T08:00:00Z"), "title": "Mend the login", "base_branch": "main", "hotfix": False,
        "url": "https://bitbucket.org/acme/pay/pull-requests/7", "revert": False, "author": "ada", "bot": False,
        "merged_at": at(PULL_AT), "closed_at": at(PULL_AT),
    }  # fmt: skip
    whole = inner("pullrequest", "pullrequest", merge_commit={"hash": SHA[3]})
    assert said(whole)["merge_sha"] == SHA[3]


def test_it_reads_opening_drafting_and_declining():
    one = sent("bitbucket", "pullrequest")
    assert said(event(one, "pullrequest:created"))["ready_at"] == at("2026-03-02T08:00:00Z")
    draft = inner("pullrequest", "pullrequest", draft=True)
    assert said(event(draft, "pullrequest:created"))["ready_at"] is None
    assert said(event(draft, "pullrequest:updated"))["ready_at"] is None
    assert "ready_at" not in said(event(one, "pullrequest:updated"))
    declined = said(event(one, "pullrequest:rejected"))
    assert (declined["closed_at"], "merged_at" in declined) == (at(PULL_AT), False)


def test_it_reads_reviews_of_other_people():
    assert said(sent("bitbucket", "approved")) == dict.fromkeys(
        ("first_review_at", "approved_at"), at("2026-03-02T09:45:00Z")
    )
    wanted = event(sent("bitbucket", "approved"), "pullrequest:changes_request_created")
    assert said(wanted) == {"first_review_at": at("2026-03-02T09:45:00Z")}
    assert said(sent("bitbucket", "comment")) == {"first_review_at": at("2026-03-02T09:40:00Z")}
    author = sent("bitbucket", "comment").payload["pullrequest"]["author"]
    assert isinstance(changed("comment", actor=author).told(), Ignored)
    assert isinstance(inner("approved", "approval", user=author).told(), Ignored)
    assert isinstance(changed("comment", actor={"type": "app_user", "uuid": "{x}"}).told(), Ignored)


def test_a_status_is_a_deployment_a_commit_and_key():
    seen = only(sent("bitbucket", "commit_status").told())
    assert seen.external_id == f"{PREFIX}/status/{SHA[3]}/deploy-production"
    assert (seen.at, seen.said["terminal"], seen.said["started_at"]) == (
        at("2026-03-02T10:30:00Z"), "succeeded", at("2026-03-02T10:25:00Z"),
    )  # fmt: skip
    assert only(sent("bitbucket", "commit_status").told(statuses="Deploy to *")) == seen
    link = {"commit": {"href": f"https://api.bitbucket.org/2.0/repositories/acme/pay/commit/{SHA[3]}"}}
    assert only(inner("commit_status", "commit_status", commit=None, links=link).told()) == seen
    assert isinstance(sent("bitbucket", "commit_status").told(statuses="test"), Ignored)
    running = inner("commit_status", "commit_status", state="INPROGRESS")
    assert said(running)["progress"] == "running"
    assert isinstance(inner("commit_status", "commit_status", state="ODD").told(), Ignored)


def test_an_issue_is_an_incident_by_its_component():
    seen = only(sent("bitbucket", "issue").told())
    assert seen.external_id == f"{PREFIX}/issue/23"
    assert seen.said == {
        "opened_at": at("2026-03-02T12:10:00Z"), "resolved_at": at("2026-03-02T12:40:00Z"), "severity": "sev2",
        "title": "Login is down", "url": "https://bitbucket.org/acme/pay/issues/23",
    }  # fmt: skip
    assert isinstance(inner("issue", "issue", component=None).told(), Ignored)
    assert said(inner("issue", "issue", state="open"))["resolved_at"] is None


def test_what_is_said_of_an_ended_incident_later_does_not_end_it_again():
    assert "resolved_at" not in said(changed("issue", changes={"title": {"old": "x", "new": "y"}}))
    assert "resolved_at" not in said(changed("issue", changes={"status": {"old": "resolved", "new": "closed"}}))


def test_a_renamed_repository_keeps_its_number():
    seen = only(sent("bitbucket", "updated").told())
    assert (seen.repository.external_id, seen.said) == (PREFIX, {"previous_name": "acme/payments"})
    assert isinstance(changed("updated", changes={}).told(), Ignored)


def test_what_is_not_read_is_ignored_and_what_has_no_header_refused():
    assert event(sent("bitbucket", "push"), "repo:fork").told() == Ignored("Nothing is kept of the event repo:fork.")
    with pytest.raises(MalformedPayload, match="X-Event-Key"):
        sent("bitbucket", "push")._replace(headers={}).told()
    with pytest.raises(MalformedPayload, match="uuid"):
        inner("push", "repository", uuid="{../x}").told()
