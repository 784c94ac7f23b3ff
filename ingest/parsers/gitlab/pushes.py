"""(pure) Push Hook and Tag Push Hook -> commits, merged merge requests, and tags that are deployments."""

import re
from datetime import datetime

from ingest.parsers.fields import Fields
from ingest.parsers.hosts.opened import Opened, branch_of, existing, is_bot_name, tag_deployment
from ingest.parsers.messages import NUMBER_LIMIT, Message, is_hotfix, read_message
from ingest.parsers.observation import Ignored, Observation, Outcome
from ingest.parsers.pushes import Commit, chain, change, merged, paths_of, pull_request_commits

MAX_BRANCH = 300
_MERGED = re.compile(r"Merge branch '([^'\n]{1,300})' into ")
_SEE = re.compile(r"^See merge request (\S{0,300})!(\d{1,10})\s*$", re.MULTILINE)


def push(opened: Opened) -> Outcome:
    """A push lists at most 20 commits; a longer one tells neither parents nor what it merged."""
    ref = opened.body.text("ref")
    branch, after = branch_of(ref), existing(opened.body.maybe_sha("after"))
    if after is None:
        return Ignored(f"{ref} was deleted.")
    if branch is None:
        return Ignored(f"{ref} is no branch.")
    commits = [_commit(fields, opened) for fields in opened.body.children("commits")]
    on_default = opened.is_default(branch)
    whole = bool(commits) and commits[-1].sha == after and _is_whole(opened.body, len(commits))
    seen = _changes(opened, commits, whole, on_default, is_hotfix(branch))
    at = _pushed_at(opened, commits)
    return [
        *opened.repository_seen(at, after if on_default else None, branch if on_default else None),
        *seen,
        *(merged(opened, commits) if on_default and whole else []),
    ] or Ignored("The push brings no commit.")


def _changes(opened: Opened, commits: list[Commit], whole: bool, on_default: bool, hotfix: bool) -> list[Observation]:
    # a rewritten branch looks like any other: only of the default one, which hardly ever is, the start is believed
    before = existing(opened.body.maybe_sha("before")) if on_default else None
    parents = chain(commits, before) if whole and not _hidden(commits) else {}
    brought = pull_request_commits(commits) if whole and on_default else {}
    return [change(opened, one, parents.get(one.sha), brought.get(one.sha), hotfix) for one in commits]


def _is_whole(body: Fields, listed: int) -> bool:
    count = body.maybe_number("total_commits_count")
    return count is None or count == listed


def _hidden(commits: list[Commit]) -> bool:
    """A merge under words of one's own (a project's template): whose parents are whose can't be told."""
    return any(commit.on_site and not commit.message.merge for commit in commits)


def _pushed_at(opened: Opened, commits: list[Commit]) -> datetime:
    """The event has no time of its own: the latest commit's stands in, so that a repeat says the same."""
    return min(max((commit.at for commit in commits), default=opened.received_at), opened.received_at)


def tag_push(opened: Opened) -> Outcome:
    """``checkout_sha`` is the commit that the tag points at; ``after`` may be the tag's own object."""
    ref, sha = opened.body.text("ref"), existing(opened.body.maybe_sha("checkout_sha"))
    if sha is None:
        return Ignored(f"{ref} was deleted.")
    # no time is told: that of the commit may be long before
    return tag_deployment(opened, ref.removeprefix("refs/tags/"), sha, opened.received_at)


def _commit(fields: Fields, opened: Opened) -> Commit:
    author = fields.maybe_child("author")
    name = author.prose("name") if author else ""
    message, on_site = _message(fields.prose("message"), opened.repository.name)
    return Commit(
        sha=fields.sha("id"),
        at=fields.author_time("timestamp"),
        message=message,
        author=name,
        bot=is_bot_name(name, author.prose("email") if author else ""),
        on_site=on_site,
        paths=paths_of(fields),
    )


def _message(text: str, project: str) -> tuple[Message, bool]:
    """A message, and whether it is that of a merge by GitLab into this project ("See merge request group/pay!7")."""
    message = read_message(text)
    see = _SEE.search(text)
    number = int(see[2]) if see else 0
    if see is None or see[1].lower() not in ("", project.lower()) or not 0 < number < NUMBER_LIMIT:
        return message, False
    merge = _MERGED.match(message.title)
    branch = merge[1] if merge else ""
    hotfix = message.hotfix or is_hotfix(branch)
    return message._replace(pull_request=number, branch=branch, hotfix=hotfix), True
