"""(pure) GraphQL's nodes as the objects that webhooks bring, as far as the parsers of these read them."""

from collections.abc import Iterable
from typing import Any

Node = dict[str, Any]


def nodes_of(connection: object) -> list[Node]:
    """The nodes of a connection; none of anything else."""
    nodes = connection.get("nodes") if isinstance(connection, dict) else None
    return [node for node in nodes or () if isinstance(node, dict)]


def commit(node: Node) -> Node:
    author = _object(node.get("author"))
    return {
        "id": node.get("oid"),
        "message": node.get("message"),
        "authored_at": node.get("authoredDate"),
        "committed_at": node.get("committedDate"),
        "on_site": node.get("committedViaWeb"),
        "author": {
            "name": author.get("name"),
            "email": author.get("email"),
            "username": _object(author.get("user")).get("login"),
        },
        "parents": [parent.get("oid") for parent in nodes_of(node.get("parents"))],
    }


def pull_request(node: Node, commits: Iterable[Node], reviews: Iterable[Node]) -> Node:
    """``commits``: all of the pull request's, as far as GitHub lists them; ``reviews``: all of it."""
    listed = [commit(one) for one in commits]
    return {
        "number": node.get("number"),
        "title": node.get("title"),
        "html_url": node.get("url"),
        "draft": node.get("isDraft"),
        "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        "closed_at": node.get("closedAt"),
        "merged_at": node.get("mergedAt"),
        "merge_commit_sha": _object(node.get("mergeCommit")).get("oid"),
        "how": how_merged(node, listed),
        "user": user(node.get("author")),
        "base": {"ref": node.get("baseRefName")},
        "head": {"ref": node.get("headRefName")},
        "labels": [{"name": label.get("name")} for label in nodes_of(node.get("labels"))],
        "commits": listed,
        "reviews": [
            {"user": user(one.get("author")), "state": one.get("state"), "submitted_at": one.get("submittedAt")}
            for one in reviews
        ],
    }


def how_merged(node: Node, commits: list[Node]) -> str | None:
    """Which way it was merged; ``None`` where it was not.

    Two parents: a merge. One of its own commits: nothing was rewritten. The last commit's author time and title kept:
    rebased. All else is one new commit.
    """
    made = _object(node.get("mergeCommit"))
    if not node.get("mergedAt") or not made:
        return None
    if len(nodes_of(made.get("parents"))) > 1 or made.get("oid") in {one["id"] for one in commits}:
        return "merge"
    last = commits[-1] if len(commits) > 1 else None
    if last and last["authored_at"] == made.get("authoredDate"):
        title = str(last["message"] or "").partition("\n")[0]
        return "rebase" if title == made.get("messageHeadline") else "squash"
    return "squash"


def deployment(node: Node) -> Node:
    return {
        "node_id": node.get("id"),
        "id": node.get("databaseId"),
        "sha": node.get("commitOid"),
        "ref": _object(node.get("ref")).get("name"),
        "environment": node.get("originalEnvironment") or node.get("environment"),
        "task": node.get("task"),
        "payload": node.get("payload"),
        "created_at": node.get("createdAt"),
        "creator": user(node.get("creator")),
        "statuses": [
            {
                "state": str(one.get("state") or "").lower(),
                "created_at": one.get("createdAt"),
                "environment": one.get("environment"),
                "log_url": one.get("logUrl"),
            }
            for one in nodes_of(node.get("statuses"))
        ],
    }


def release(node: Node) -> Node:
    return {
        "id": node.get("databaseId"),
        "tag_name": node.get("tagName"),
        "draft": node.get("isDraft"),
        "prerelease": node.get("isPrerelease"),
        "created_at": node.get("createdAt"),
        "published_at": node.get("publishedAt"),
        "html_url": node.get("url"),
        "author": user(node.get("author")),
        "target_commitish": _object(node.get("tagCommit")).get("oid"),
    }


def tag(node: Node) -> Node:
    target = _object(node.get("target"))
    return {"name": node.get("name"), "sha": target.get("oid"), "committed_at": target.get("committedDate")}


def issue(node: Node) -> Node:
    reason = node.get("stateReason")
    return {
        "number": node.get("number"),
        "title": node.get("title"),
        "html_url": node.get("url"),
        "state": str(node.get("state") or "").lower(),
        "state_reason": reason.lower() if isinstance(reason, str) else None,
        "body": node.get("body"),
        "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        "closed_at": node.get("closedAt"),
        "labels": [{"name": label.get("name")} for label in nodes_of(node.get("labels"))],
    }


def user(actor: object) -> Node | None:
    """A user as webhooks tell it; ``None`` where the account is gone."""
    if not isinstance(actor, dict) or not isinstance(actor.get("login"), str):
        return None
    is_bot = actor.get("__typename") == "Bot"
    login = actor["login"]
    # GraphQL leaves out the ending by which the rest of GitHub tells an App's account.
    return {"login": f"{login}[bot]" if is_bot and not login.endswith("[bot]") else login,
            "type": "Bot" if is_bot else "User"}  # fmt: skip


def _object(value: object) -> Node:
    return value if isinstance(value, dict) else {}
