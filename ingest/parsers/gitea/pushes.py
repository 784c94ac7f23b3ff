"""(pure) push, create and repository -> commits with the parents that can be known, merges, tags, deletion."""

import re

from ingest.parsers.fields import Fields
from ingest.parsers.hosts.opened import Opened, branch_of, existing, is_bot_name, tag_deployment
from ingest.parsers.messages import NUMBER_LIMIT, Message, is_hotfix, read_message
from ingest.parsers.observation import Ignored, Observation, Outcome, RepositorySeen, Said
from ingest.parsers.pushes import Commit, chain, change, merged, paths_of, pull_request_commits

_MERGED = re.compile(r"Merge pull request '.{0,500}' \(#(\d{1,10})\) from (\S{1,300})")


def push(opened: Opened) -> Outcome:
    """Commits are told newest first and cut to a few; a cut push tells neither parents nor what it merged."""
    ref = opened.body.text("ref")
    branch, after = branch_of(ref), existing(opened.body.maybe_sha("after"))
    if after is None:
        return Ignored(f"{ref} was deleted.")
    if branch is None:
        return _tag(opened, ref, after)
    commits = _oldest_first([_commit(fields) for fields in opened.body.children("commits")], after)
    if not commits:
        return Ignored("The push brings no commit.")
    on_default = opened.is_default(branch)
    whole = commits[-1].sha == after and opened.body.maybe_number("total_commits") in (None, 0, len(commits))
    # a rewritten branch looks like any other: only of the default one, which hardly ever is, the start is believed
    before = existing(opened.body.maybe_sha("before")) if on_default else None
    parents = chain(commits, before) if whole else {}
    brought = pull_request_commits(commits) if whole and on_default else {}
    hotfix = is_hotfix(branch)
    seen: list[Observation] = [
        change(opened, one, parents.get(one.sha), brought.get(one.sha), hotfix) for one in commits
    ]
    at = min(max(commit.at for commit in commits), opened.received_at)
    head = opened.repository_seen(at, after if on_default else None, branch if on_default else None)
    return [*head, *seen, *(merged(opened, commits) if whole and on_default else [])]


def _tag(opened: Opened, ref: str, after: str) -> Outcome:
    """``after`` may be the tag's own object; the head commit is what it points at. No time is told."""
    head = opened.body.maybe_child("head_commit")
    sha = head.sha("id") if head else after
    return tag_deployment(opened, ref.removeprefix("refs/tags/"), sha, opened.received_at)


def create(opened: Opened) -> Outcome:
    """A branch or tag was made; its push tells the same."""
    if opened.body.text("ref_type") != "tag":
        return Ignored("A new branch: its commits come with its pushes.")
    name = opened.body.text("ref").removeprefix("refs/tags/")
    return tag_deployment(opened, name, existing(opened.body.maybe_sha("sha")), opened.received_at)


def repository(opened: Opened) -> Outcome:
    """Made or deleted; a rename or a move is not told, and found by the number."""
    action = opened.body.maybe_text("action") or ""
    if action not in ("created", "deleted"):
        return Ignored(f"Nothing is kept of a repository that was {action or 'changed'}.")
    told = opened.body.child("repository")
    said: Said = {"archived": told.flag("archived")}
    if opened.default_branch is not None:
        said["default_branch"] = opened.default_branch
    at = told.maybe_time("created_at") or opened.received_at
    if action == "deleted":
        said["deleted"], at = True, opened.received_at
    return [RepositorySeen(at, opened.key, opened.repository, said)]


def _oldest_first(commits: list[Commit], after: str) -> list[Commit]:
    return commits[::-1] if commits and commits[0].sha == after else commits


def _commit(fields: Fields) -> Commit:
    author = fields.maybe_child("author")
    name = author.prose("name") if author else ""
    names = (name, author.prose("username"), author.prose("email")) if author else ()
    message, on_site = _message(fields.prose("message"))
    return Commit(
        sha=fields.sha("id"),
        at=fields.author_time("timestamp"),
        message=message,
        author=name,
        bot=is_bot_name(*names),
        on_site=on_site,
        paths=paths_of(fields),
    )


def _message(text: str) -> tuple[Message, bool]:
    """A message, and whether it is that of a merge on the site: "Merge pull request 'Title' (#7) from fix into main".

    "(#7)" alone at a title's end may stand for another repository's number, where commits were brought from there.
    """
    message = read_message(text)
    found = _MERGED.match(message.title)
    number = int(found[1]) if found else 0
    if found is None or not 0 < number < NUMBER_LIMIT:
        return message._replace(pull_request=None, branch=""), False
    branch = found[2].partition(":")[2] or found[2]
    hotfix = message.hotfix or is_hotfix(branch)
    return message._replace(merge=True, pull_request=number, branch=branch, hotfix=hotfix), True
