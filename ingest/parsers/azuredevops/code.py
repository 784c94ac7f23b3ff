"""(pure) git.push and git.pullrequest.* -> commits, pull requests and the repository's default branch."""

import re
from datetime import datetime

from ingest.parsers.azuredevops.delivered import Delivered, display_name, link, maybe_when, repository_of
from ingest.parsers.fields import Fields
from ingest.parsers.messages import is_bot, is_hotfix, read_message
from ingest.parsers.observation import (
    ChangeSeen,
    Ignored,
    Observation,
    Outcome,
    PullRequestSeen,
    RepositoryRef,
    RepositorySeen,
    Said,
)

HEADS = "refs/heads/"
APPROVED, NUMBER_LIMIT = 5, 2**31
MAX_VOTES = 1_000
HOW = {"noFastForward": "merge", "squash": "squash", "rebase": "rebase", "rebaseMerge": "merge"}
_MERGED = re.compile(r"Merged PR (\d{1,10}): |Merge pull request (\d{1,10}) from ")


def push(delivered: Delivered) -> Outcome:
    """The commits of a push, and where it moved the default branch to. The event tells no parents."""
    resource = delivered.resource
    told = resource.child("repository")
    repository, branch = repository_of(told), told.prose("defaultBranch").removeprefix(HEADS)
    at = resource.maybe_time("date") or delivered.at
    seen: list[Observation] = [
        _change(delivered, commit, repository, _pushed_to(resource)) for commit in resource.children("commits")
    ]
    if branch:
        head = _head(resource, HEADS + branch)
        said: Said = {"default_branch": branch} | ({"head": head} if head else {})
        seen.insert(0, RepositorySeen(at, delivered.key, repository, said))
    return seen or Ignored("The push brings no commit.")


def _pushed_to(resource: Fields) -> str:
    """The branch, where the push moved one alone."""
    names = [update.prose("name") for update in resource.children("refUpdates")]
    return names[0].removeprefix(HEADS) if len(names) == 1 else ""


def _head(resource: Fields, ref: str) -> str | None:
    moved = [update for update in resource.children("refUpdates") if update.prose("name") == ref]
    sha = moved[-1].sha("newObjectId") if moved else ""
    return sha if sha.strip("0") else None


def _change(delivered: Delivered, commit: Fields, repository: RepositoryRef, branch: str) -> ChangeSeen:
    author, committer = commit.maybe_child("author"), commit.maybe_child("committer")
    message = read_message(commit.prose("comment"))
    said: Said = {"title": message.title}
    if author is not None:
        said |= {"authored_at": author.author_time("date"), "author": author.prose("name")}
        said["bot"] = is_bot(author.prose("name"), author.prose("email"))
    at = committer.author_time("date") if committer else said.get("authored_at") or delivered.at
    said["committed_at"] = at
    merged = _MERGED.match(message.title)
    number = int(merged[1] or merged[2]) if merged else 0
    if 0 < number < NUMBER_LIMIT:
        said["pull_request"] = number
    if message.reverts:
        said["reverts"] = message.reverts
    hotfix = message.hotfix or is_hotfix(branch)
    flags = {"merge": message.merge or bool(merged and merged[2]), "revert": message.revert, "hotfix": hotfix}
    said |= {name: True for name, holds in flags.items() if holds}
    # An author's clock may run ahead; what it tells must not outrank all that is told later.
    return ChangeSeen(
        min(at, delivered.received_at), delivered.key, commit.sha("commitId"), None, repository, None, said
    )


def pull_request(delivered: Delivered) -> Outcome:
    """A pull request as the event tells it; merged is what is completed, whatever the event is called."""
    told = delivered.resource
    repository, status = repository_of(told.child("repository")), told.text("status", 50).lower()
    opened_at, closed_at = told.time("creationDate"), maybe_when(told, "closedDate")
    ends_at = closed_at if status in ("completed", "abandoned") else None
    at = opened_at if _is_new(delivered) else delivered.at
    said = _opened(delivered, told, opened_at) | _votes(delivered, told)
    if ends_at is not None:
        at = max(ends_at, opened_at)
        said |= {"closed_at": ends_at} | (_merged(told, ends_at) if status == "completed" else {})
    elif status == "active":
        said["closed_at"] = None
    commits = [commit.sha("commitId") for commit in told.children("commits")]
    if commits:
        said["commits"] = commits
    number = told.number("pullRequestId", NUMBER_LIMIT)
    return [PullRequestSeen(at, delivered.key, number, None, repository, None, said)]


def _opened(delivered: Delivered, told: Fields, opened_at: datetime) -> Said:
    author = told.maybe_child("createdBy")
    name, source = display_name(author), told.prose("sourceRefName").removeprefix(HEADS)
    labels = {label.prose("name").lower() for label in told.children("labels")}
    wanted = {label.lower() for label in delivered.options.hotfix_labels}
    said: Said = {
        "opened_at": opened_at,
        "title": told.prose("title")[:500],
        "base_branch": told.prose("targetRefName").removeprefix(HEADS)[:300],
        "author": name[:300],
        "bot": is_bot(name),
        "url": _page(told),
    }
    if _is_new(delivered) and not told.flag("isDraft"):
        said["ready_at"] = opened_at  # when a draft became ready is told by no event
    if labels & wanted or is_hotfix(told.prose("title")) or is_hotfix(source):
        said["hotfix"] = True
    return said


def _is_new(delivered: Delivered) -> bool:
    return delivered.body.text("eventType") == "git.pullrequest.created"


def _page(told: Fields) -> str:
    address = told.child("repository").url("remoteUrl")
    return link(told) or (f"{address}/pullrequest/{told.number('pullRequestId', NUMBER_LIMIT)}" if address else "")


def _merged(told: Fields, merged_at: datetime) -> Said:
    said: Said = {"merged_at": merged_at}
    commit, options = told.maybe_child("lastMergeCommit"), told.maybe_child("completionOptions")
    if commit is not None:
        said["merge_sha"] = commit.sha("commitId")
    how = HOW.get(options.prose("mergeStrategy")) if options else None
    if how is None and options is not None and options.raw("squashMerge") is True:
        how = "squash"
    return said | ({"how": how} if how else {})


def _votes(delivered: Delivered, told: Fields) -> Said:
    """By another person than the author: any vote is a review. The earliest event that tells of it dates it."""
    author = told.maybe_child("createdBy")
    own = author.prose("id") if author else ""
    votes = [
        reviewer.raw("vote")
        for reviewer in told.children("reviewers")[:MAX_VOTES]
        if not reviewer.flag("isContainer") and reviewer.prose("id") != own
    ]
    cast = [vote for vote in votes if type(vote) is int and vote != 0]
    if not cast:
        return {}
    at = delivered.at
    return {"first_review_at": at} | ({"approved_at": at} if max(cast) >= APPROVED else {})
