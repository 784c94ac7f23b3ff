"""Pull requests, reviews and issues."""

from tests.github_server.records import Issue, IssueEvent, PullRequest, Repository, Review
from tests.github_server.shapes.accounts import SITE, Json, time, user
from tests.github_server.shapes.repositories import label, repository


def _end(api: str, one: PullRequest, ref: str, sha: str) -> Json:
    repo = one.repository
    return {
        "label": f"{repo.owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(api, repo.owner),
        "repo": repository(api, repo),
    }


def pull(api: str, one: PullRequest) -> Json:
    """/rest/pulls/pulls, as lists show it: without counts and without who merged it."""
    url, site = f"{api}/repos/{one.repository.full_name}", f"{SITE}/{one.repository.full_name}/pull/{one.number}"
    mine, issue = f"{url}/pulls/{one.number}", f"{url}/issues/{one.number}"
    links = {
        "self": mine,
        "html": site,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{mine}/comments",
        "review_comment": f"{url}/pulls/comments{{/number}}",
        "commits": f"{mine}/commits",
        "statuses": f"{url}/statuses/{one.head_sha}",
    }
    return {
        "url": mine,
        "id": one.id,
        "node_id": one.node_id,
        "html_url": site,
        "diff_url": f"{site}.diff",
        "patch_url": f"{site}.patch",
        "issue_url": issue,
        **{f"{name}_url": link for name, link in links.items() if name not in ("self", "html", "issue")},
        "number": one.number,
        "state": one.state,
        "locked": False,
        "title": one.title,
        "user": user(api, one.author),
        "body": one.body or None,
        "created_at": time(one.created_at),
        "updated_at": time(one.updated_at),
        "closed_at": time(one.closed_at),
        "merged_at": time(one.merged_at),
        "merge_commit_sha": one.merge_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [label(api, item, one.repository) for item in one.labels],
        "milestone": None,
        "draft": one.draft,
        "head": _end(api, one, one.head, one.head_sha),
        "base": _end(api, one, one.base, one.base_sha),
        "_links": {name: {"href": link} for name, link in links.items()},
        "author_association": "MEMBER",
        "auto_merge": None,
        "active_lock_reason": None,
    }


def whole_pull(api: str, one: PullRequest) -> Json:
    """/rest/pulls/pulls, "Get a pull request"."""
    return {
        **pull(api, one),
        "merged": one.merged_at is not None,
        "mergeable": None if one.state == "closed" else True,
        "rebaseable": None if one.state == "closed" else True,
        "mergeable_state": "unknown" if one.state == "closed" else "clean",
        "merged_by": user(api, one.merged_by) if one.merged_by else None,
        "comments": 0,
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(one.commits),
        "additions": len(one.commits),
        "deletions": len(one.commits),
        "changed_files": 1,
    }


def review(api: str, one: Review) -> Json:
    """/rest/pulls/reviews."""
    mine = f"{api}/repos/{one.pull.repository.full_name}/pulls/{one.pull.number}"
    site = f"{SITE}/{one.pull.repository.full_name}/pull/{one.pull.number}#pullrequestreview-{one.number}"
    return {
        "id": one.number,
        "node_id": one.node_id,
        "user": user(api, one.author),
        "body": one.body,
        "state": one.state,
        "html_url": site,
        "pull_request_url": mine,
        "author_association": "MEMBER",
        "_links": {"html": {"href": site}, "pull_request": {"href": mine}},
        "submitted_at": time(one.submitted_at),
        "commit_id": one.sha,
    }


def issue(api: str, one: Issue) -> Json:
    """/rest/issues/issues."""
    url = f"{api}/repos/{one.repository.full_name}"
    mine = f"{url}/issues/{one.number}"
    return {
        "url": mine,
        "repository_url": url,
        "labels_url": f"{mine}/labels{{/name}}",
        "comments_url": f"{mine}/comments",
        "events_url": f"{mine}/events",
        "html_url": f"{SITE}/{one.repository.full_name}/issues/{one.number}",
        "id": one.id,
        "node_id": one.node_id,
        "number": one.number,
        "title": one.title,
        "user": user(api, one.author),
        "labels": [label(api, item, one.repository) for item in one.labels],
        "state": one.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": 0,
        "created_at": time(one.created_at),
        "updated_at": time(one.updated_at),
        "closed_at": time(one.closed_at),
        "author_association": "MEMBER",
        "active_lock_reason": None,
        "body": one.body or None,
        "closed_by": user(api, one.closed_by) if one.closed_by else None,
        "timeline_url": f"{mine}/timeline",
        "performed_via_github_app": None,
        "state_reason": one.reason,
    }


def pull_as_issue(api: str, one: PullRequest) -> Json:
    """/rest/issues/issues: every pull request is an issue too, with a member that says so."""
    told = pull(api, one)
    kept = ("id", "node_id", "number", "title", "user", "labels", "state", "locked", "body")
    times = ("created_at", "updated_at", "closed_at")
    url = f"{api}/repos/{one.repository.full_name}"
    mine, site = f"{url}/issues/{one.number}", told["html_url"]
    merged = {"merged_at": told["merged_at"]}
    return {
        **{name: told[name] for name in (*kept, *times)},
        "url": mine,
        "repository_url": url,
        "labels_url": f"{mine}/labels{{/name}}",
        "comments_url": f"{mine}/comments",
        "events_url": f"{mine}/events",
        "timeline_url": f"{mine}/timeline",
        "html_url": site,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": 0,
        "author_association": "MEMBER",
        "active_lock_reason": None,
        "draft": one.draft,
        "pull_request": {name: told[name] for name in ("url", "html_url", "diff_url", "patch_url")} | merged,
        "closed_by": told["user"] if one.closed_at else None,
        "performed_via_github_app": None,
        "state_reason": None,
    }


def issue_event(api: str, one: IssueEvent, repository: Repository) -> Json:
    """/rest/issues/events."""
    told = {
        "id": one.number,
        "node_id": one.node_id,
        "url": f"{api}/repos/{repository.full_name}/issues/events/{one.number}",
        "actor": user(api, one.actor),
        "event": one.event,
        "commit_id": None,
        "commit_url": None,
        "created_at": time(one.created_at),
        "performed_via_github_app": None,
    }
    if one.label:
        told["label"] = {"name": one.label.name, "color": one.label.color}
    return told
