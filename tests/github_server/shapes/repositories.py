"""Repositories, their files and labels."""

from tests.github_server.records import Label, Repository, blob_id
from tests.github_server.shapes.accounts import SITE, Json, time, user

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
