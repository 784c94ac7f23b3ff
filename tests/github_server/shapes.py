"""How GitHub's REST API shows each record: docs.github.com/rest, the page that each function names.

``api`` is the root of the API's URLs, as the client reached it.
"""

from datetime import datetime
from typing import Any

from tests.github_server.records import (
    Account,
    Commit,
    Deployment,
    DeploymentStatus,
    Hook,
    HookDelivery,
    Issue,
    IssueEvent,
    Job,
    Label,
    PullRequest,
    Release,
    Repository,
    Review,
    Team,
    WorkflowRun,
    blob_id,
    node_id,
)

Json = dict[str, Any]
SITE = "https://github.com"
USER_LINKS = ("followers", "subscriptions", "orgs:organizations", "repos", "received_events")
REPOSITORY_LINKS = (
    *("forks", "teams", "hooks", "events", "tags", "languages", "stargazers", "contributors", "subscribers"),
    *("subscription", "merges", "downloads", "deployments"),
)
TEMPLATES = {
    "keys": "keys{/key_id}",
    "collaborators": "collaborators{/collaborator}",
    "issue_events": "issues/events{/number}",
    "assignees": "assignees{/user}",
    "branches": "branches{/branch}",
    "blobs": "git/blobs{/sha}",
    "git_tags": "git/tags{/sha}",
    "git_refs": "git/refs{/sha}",
    "trees": "git/trees{/sha}",
    "statuses": "statuses/{sha}",
    "commits": "commits{/sha}",
    "git_commits": "git/commits{/sha}",
    "comments": "comments{/number}",
    "issue_comment": "issues/comments{/number}",
    "contents": "contents/{+path}",
    "compare": "compare/{base}...{head}",
    "archive": "{archive_format}{/ref}",
    "issues": "issues{/number}",
    "pulls": "pulls{/number}",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "labels": "labels{/name}",
    "releases": "releases{/id}",
}


def time(at: datetime | None) -> str | None:
    """To the second, in UTC, with a Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def user(api: str, account: Account) -> Json:
    """A simple user: /rest/users/users."""
    url = f"{api}/users/{account.login}"
    site = f"{SITE}/apps/{account.login.removesuffix('[bot]')}" if account.kind == "Bot" else f"{SITE}/{account.login}"
    links = {f"{name}_url": f"{url}/{path}" for path, _, name in (one.partition(":") for one in USER_LINKS) if name}
    links |= {f"{name}_url": f"{url}/{name}" for name in USER_LINKS if ":" not in name}
    return {
        "login": account.login,
        "id": account.number,
        "node_id": account.node_id,
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.number}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": site,
        **links,
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "events_url": f"{url}/events{{/privacy}}",
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def organisation(api: str, account: Account, repositories: int) -> Json:
    """/rest/orgs/orgs, "Get an organization"."""
    url = f"{api}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.number,
        "node_id": account.node_id,
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.number}?v=4",
        "description": None,
        "name": account.name,
        "email": account.email,
        "html_url": f"{SITE}/{account.login}",
        "public_repos": repositories,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2025-01-01T00:00:00Z",
        "archived_at": None,
        "type": "Organization",
    }


def repository(api: str, one: Repository) -> Json:
    """/rest/repos/repos, a repository as lists show it, and all that "Get a repository" adds for a client."""
    url, site = f"{api}/repos/{one.full_name}", f"{SITE}/{one.full_name}"
    return {
        "id": one.number,
        "node_id": one.node_id,
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
        "owner": user(api, one.owner),
        "html_url": site,
        "description": one.description,
        "fork": False,
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in REPOSITORY_LINKS},
        **{f"{name}_url": f"{url}/{path}" for name, path in TEMPLATES.items()},
        "created_at": time(one.created_at),
        "updated_at": time(one.updated_at),
        "pushed_at": time(one.pushed_at),
        "git_url": f"git://github.com/{one.full_name}.git",
        "ssh_url": f"git@github.com:{one.full_name}.git",
        "clone_url": f"{site}.git",
        "svn_url": site,
        "homepage": None,
        "size": len(one.commits),
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": one.language,
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 0,
        "mirror_url": None,
        "archived": one.archived,
        "disabled": False,
        "open_issues_count": one.open_count,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if one.private else "public",
        "forks": 0,
        "open_issues": one.open_count,
        "watchers": 0,
        "default_branch": one.default_branch,
        "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True},
    }


def whole_repository(api: str, one: Repository) -> Json:
    """/rest/repos/repos, "Get a repository": with the ways of merging."""
    told = repository(api, one)
    ways = {f"allow_{name}": way in one.allows for way, name in MERGING.items()}
    told |= ways | {"allow_auto_merge": False, "delete_branch_on_merge": True, "subscribers_count": 0}
    told |= {"network_count": 0, "temp_clone_token": ""}
    if one.owner.kind == "Organization":
        told["organization"] = user(api, one.owner)
    return told


MERGING = {"merge": "merge_commit", "squash": "squash_merge", "rebase": "rebase_merge"}


def _signature(account: Account, at: datetime) -> Json:
    return {"name": account.name, "email": account.email, "date": time(at)}


def git_commit(api: str, commit: Commit) -> Json:
    """The part of a commit that git knows: /rest/commits/commits."""
    url = f"{api}/repos/{commit.repository.full_name}/git"
    return {
        "author": _signature(commit.author, commit.authored_at),
        "committer": _signature(commit.committer, commit.committed_at),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{url}/trees/{commit.tree}"},
        "url": f"{url}/commits/{commit.sha}",
        "comment_count": 0,
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


def commit(api: str, one: Commit) -> Json:
    """/rest/commits/commits, as lists show it."""
    url, site = f"{api}/repos/{one.repository.full_name}/commits", f"{SITE}/{one.repository.full_name}/commit"
    return {
        "sha": one.sha,
        "node_id": one.node_id,
        "commit": git_commit(api, one),
        "url": f"{url}/{one.sha}",
        "html_url": f"{site}/{one.sha}",
        "comments_url": f"{url}/{one.sha}/comments",
        "author": user(api, one.author),
        "committer": user(api, one.committer),
        "parents": [{"sha": sha, "url": f"{url}/{sha}", "html_url": f"{site}/{sha}"} for sha in one.parents],
    }


def whole_commit(api: str, one: Commit) -> Json:
    """/rest/commits/commits, "Get a commit": with files and their counts."""
    files = [changed_file(api, one, path) for path in one.files]
    return {
        **commit(api, one),
        "stats": {"total": 2 * len(files), "additions": len(files), "deletions": len(files)},
        "files": files,
    }


def changed_file(api: str, one: Commit, path: str) -> Json:
    """A file of a commit or a comparison: /rest/commits/commits."""
    url, site = f"{api}/repos/{one.repository.full_name}", f"{SITE}/{one.repository.full_name}"
    return {
        "sha": blob_id(f"{one.sha} {path}"),
        "filename": path,
        "status": "modified",
        "additions": 1,
        "deletions": 1,
        "changes": 2,
        "blob_url": f"{site}/blob/{one.sha}/{path}",
        "raw_url": f"{site}/raw/{one.sha}/{path}",
        "contents_url": f"{url}/contents/{path}?ref={one.sha}",
        "patch": "@@ -1 +1 @@\n-old\n+new",
    }


def label(api: str, one: Label, repository: Repository) -> Json:
    """/rest/issues/labels."""
    return {
        "id": one.number,
        "node_id": one.node_id,
        "url": f"{api}/repos/{repository.full_name}/labels/{one.name}",
        "name": one.name,
        "color": one.color,
        "default": one.name in ("bug", "enhancement"),
        "description": one.description,
    }


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


def deployment(api: str, one: Deployment) -> Json:
    """/rest/deployments/deployments."""
    url = f"{api}/repos/{one.repository.full_name}"
    return {
        "url": f"{url}/deployments/{one.number}",
        "id": one.number,
        "node_id": one.node_id,
        "sha": one.sha,
        "ref": one.ref,
        "task": one.task,
        "payload": one.payload,
        "original_environment": one.original_environment,
        "environment": one.environment,
        "description": one.description,
        "creator": user(api, one.creator),
        "created_at": time(one.created_at),
        "updated_at": time(one.updated_at),
        "statuses_url": f"{url}/deployments/{one.number}/statuses",
        "repository_url": url,
        "transient_environment": one.transient,
        "production_environment": one.production,
        "performed_via_github_app": None,
    }


def deployment_status(api: str, one: DeploymentStatus) -> Json:
    """/rest/deployments/statuses."""
    url = f"{api}/repos/{one.deployment.repository.full_name}"
    return {
        "url": f"{url}/deployments/{one.deployment.number}/statuses/{one.number}",
        "id": one.number,
        "node_id": one.node_id,
        "state": one.state,
        "creator": user(api, one.creator),
        "description": one.description,
        "environment": one.environment,
        "target_url": one.log_url,
        "created_at": time(one.created_at),
        "updated_at": time(one.created_at),
        "deployment_url": f"{url}/deployments/{one.deployment.number}",
        "repository_url": url,
        "environment_url": one.environment_url,
        "log_url": one.log_url,
        "performed_via_github_app": None,
    }


def release(api: str, one: Release) -> Json:
    """/rest/releases/releases."""
    url, site = f"{api}/repos/{one.repository.full_name}", f"{SITE}/{one.repository.full_name}"
    return {
        "url": f"{url}/releases/{one.number}",
        "html_url": f"{site}/releases/tag/{one.tag}",
        "assets_url": f"{url}/releases/{one.number}/assets",
        "upload_url": f"{url}/releases/{one.number}/assets{{?name,label}}",
        "tarball_url": f"{url}/tarball/{one.tag}",
        "zipball_url": f"{url}/zipball/{one.tag}",
        "id": one.number,
        "node_id": one.node_id,
        "tag_name": one.tag,
        "target_commitish": one.target,
        "name": one.name,
        "body": one.body,
        "draft": one.draft,
        "prerelease": one.prerelease,
        "immutable": False,
        "created_at": time(one.created_at),
        "published_at": time(one.published_at),
        "updated_at": time(one.published_at or one.created_at),
        "author": user(api, one.author),
        "assets": [],
    }


def workflow_run(api: str, one: WorkflowRun) -> Json:
    """/rest/actions/workflow-runs."""
    url = f"{api}/repos/{one.repository.full_name}"
    mine, head = f"{url}/actions/runs/{one.number}", one.repository.commits[one.sha]
    parts = ("jobs", "logs", "artifacts", "cancel", "rerun")
    return {
        "id": one.number,
        "name": one.name,
        "node_id": one.node_id,
        "check_suite_id": one.suite,
        "check_suite_node_id": node_id("CS", one.suite),
        "head_branch": one.branch,
        "head_sha": one.sha,
        "path": one.path,
        "display_title": head.message.partition("\n")[0],
        "run_number": one.run_number,
        "event": one.event,
        "status": one.status,
        "conclusion": one.conclusion,
        "workflow_id": one.workflow,
        "url": mine,
        "html_url": f"{SITE}/{one.repository.full_name}/actions/runs/{one.number}",
        "pull_requests": [],
        "created_at": time(one.created_at),
        "updated_at": time(one.updated_at),
        "actor": user(api, one.actor),
        "triggering_actor": user(api, one.actor),
        "run_attempt": one.attempt,
        "referenced_workflows": [],
        "run_started_at": time(one.started_at),
        **{f"{part}_url": f"{mine}/{part}" for part in parts},
        "check_suite_url": f"{url}/check-suites/{one.suite}",
        "previous_attempt_url": None if one.attempt == 1 else f"{mine}/attempts/{one.attempt - 1}",
        "workflow_url": f"{url}/actions/workflows/{one.workflow}",
        "head_commit": {
            "id": head.sha,
            "tree_id": head.tree,
            "message": head.message,
            "timestamp": time(head.authored_at),
            "author": {"name": head.author.name, "email": head.author.email},
            "committer": {"name": head.committer.name, "email": head.committer.email},
        },
        "repository": repository(api, one.repository),
        "head_repository": repository(api, one.repository),
    }


def job(api: str, run: WorkflowRun, one: Job) -> Json:
    """/rest/actions/workflow-jobs."""
    url = f"{api}/repos/{run.repository.full_name}"
    return {
        "id": one.number,
        "run_id": run.number,
        "run_url": f"{url}/actions/runs/{run.number}",
        "run_attempt": run.attempt,
        "node_id": one.node_id,
        "head_sha": run.sha,
        "head_branch": run.branch,
        "url": f"{url}/actions/jobs/{one.number}",
        "html_url": f"{SITE}/{run.repository.full_name}/actions/runs/{run.number}/job/{one.number}",
        "status": one.status,
        "conclusion": one.conclusion,
        "created_at": time(one.created_at),
        "started_at": time(one.started_at),
        "completed_at": time(one.completed_at),
        "name": one.name,
        "steps": [],
        "check_run_url": f"{url}/check-runs/{one.number}",
        "labels": ["ubuntu-latest"],
        "runner_id": 1,
        "runner_name": "runner-1",
        "runner_group_id": 1,
        "runner_group_name": "Default",
        "workflow_name": run.name,
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


def team(api: str, one: Team, owner: Account) -> Json:
    """/rest/teams/teams."""
    url = f"{api}/organizations/{owner.number}/team/{one.number}"
    return {
        "id": one.number,
        "node_id": one.node_id,
        "url": url,
        "html_url": f"{SITE}/orgs/{owner.login}/teams/{one.slug}",
        "name": one.name,
        "slug": one.slug,
        "description": one.description,
        "privacy": one.privacy,
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": owner.number,
        "parent": team(api, one.parent, owner) if one.parent else None,
    }


def permissions(word: str) -> dict[str, bool]:
    """What a team may, of the five steps up to ``word``: /rest/teams/teams, "List team repositories"."""
    steps = ("pull", "triage", "push", "maintain", "admin")
    return {step: place <= steps.index(word) for place, step in reversed(list(enumerate(steps)))}


ROLES = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}


def hook(api: str, one: Hook, place: str) -> Json:
    """/rest/repos/webhooks and /rest/orgs/webhooks. ``place``: orgs/acme or repos/acme/x. The secret is masked."""
    url = f"{api}/{place}/hooks/{one.number}"
    config = {"content_type": one.content_type, "insecure_ssl": "0", "url": one.url}
    told: Json = {
        "type": "Organization" if place.startswith("orgs/") else "Repository",
        "id": one.number,
        "name": "web",
        "active": one.active,
        "events": one.events,
        "config": config | ({"secret": "********"} if one.secret else {}),
        "updated_at": time(one.created_at),
        "created_at": time(one.created_at),
        "url": url,
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
    }
    if place.startswith("repos/"):
        told |= {"test_url": f"{url}/test", "last_response": {"code": None, "status": "unused", "message": None}}
    return told


def hook_delivery(one: HookDelivery) -> Json:
    """/rest/repos/webhooks, "List deliveries": its time is to the thousandth."""
    return {
        "id": one.number,
        "guid": one.guid,
        "delivered_at": one.delivered_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": None,
        "repository_id": one.repository,
        "throttled_at": None,
    }


def whole_hook_delivery(one: HookDelivery, url: str, payload: Any) -> Json:
    """/rest/repos/webhooks, "Get a delivery": with what was sent, and what was answered."""
    return {
        **hook_delivery(one),
        "url": url,
        "request": {"headers": one.headers, "payload": payload},
        "response": {"headers": {}, "payload": one.answer},
    }


def content(api: str, one: Repository, path: str, ref: str) -> Json:
    """/rest/repos/contents, a file."""
    url, sha = f"{api}/repos/{one.full_name}", blob_id(one.files[path])
    mine, git = f"{url}/contents/{path}?ref={ref}", f"{url}/git/blobs/{sha}"
    site = f"{SITE}/{one.full_name}/blob/{ref}/{path}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": len(one.files[path].encode()),
        "url": mine,
        "html_url": site,
        "git_url": git,
        "download_url": f"https://raw.githubusercontent.com/{one.full_name}/{ref}/{path}",
        "type": "file",
        "content": one.encoded(path),
        "encoding": "base64",
        "_links": {"self": mine, "git": git, "html": site},
    }
