"""Commits."""

from datetime import datetime

from tests.github_server.records import Account, Commit, blob_id
from tests.github_server.shapes.accounts import SITE, Json, time, user


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
