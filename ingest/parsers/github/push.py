"""(pure) push -> commits with the parents that can be known, merged pull requests, and tags that are deployments."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from ingest.parsers.fields import Fields, as_sha
from ingest.parsers.github.delivered import ZEROS, Delivered, Ignored, Said
from ingest.parsers.github.tags import tag_deployment
from ingest.parsers.messages import Message, is_bot, is_hotfix, read_message
from ingest.parsers.observation import ChangeSeen, Observation, PullRequestSeen
from ingest.parsers.observation import Said as Facts

# GitHub lists at most so many commits of a push; a longer one is cut, and who is whose parent is not known.
MAX_LISTED = 2048
WEB = "web-flow"  # the committer of what is merged or edited on the site
HEADS, TAGS = "refs/heads/", "refs/tags/"


class Commit:
    """One commit of a push, read."""

    __slots__ = ("at", "author", "bot", "fields", "message", "on_site", "sha")

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.sha = fields.sha("id")
        self.at = fields.author_time("timestamp")
        self.message: Message = read_message(fields.prose("message"))
        author, committer = fields.maybe_child("author"), fields.maybe_child("committer")
        self.author = author.prose("name") if author else ""
        names = (self.author, author.prose("username"), author.prose("email")) if author else ()
        self.bot = is_bot(*names)
        self.on_site = committer is not None and committer.raw("username") == WEB


def push(delivered: Delivered) -> Said:
    ref = delivered.body.text("ref")
    if delivered.body.flag("deleted"):
        return Ignored(f"{ref} was deleted.")
    if ref.startswith(TAGS):
        return _tag(delivered, ref.removeprefix(TAGS))
    commits = [Commit(fields) for fields in delivered.body.children("commits")]
    if not commits:
        return Ignored("The push brings no commit.")
    parents = _parents(delivered.body, commits)
    on_default = ref.removeprefix(HEADS) == delivered.default_branch
    brought = _pull_request_commits(commits) if on_default else {}
    hotfix = is_hotfix(ref.removeprefix(HEADS))
    seen: list[Observation] = [
        _change(delivered, commit, parents.get(commit.sha), brought.get(commit.sha), hotfix) for commit in commits
    ]
    return [
        *delivered.repository_seen(_pushed_at(delivered), head=commits[-1].sha if on_default else None),
        *seen,
        *(_merged(delivered, commits) if on_default else []),
    ]


def _pushed_at(delivered: Delivered) -> datetime:
    """The event has no time of its own but the repository's, to the second."""
    return delivered.body.child("repository").maybe_time("pushed_at") or delivered.received_at


def _tag(delivered: Delivered, name: str) -> Said:
    """A tag that was pushed. ``after`` may be the tag's own object; the head commit is what it points at."""
    head = delivered.body.maybe_child("head_commit")
    sha = head.sha("id") if head else delivered.body.maybe_sha("after")
    return tag_deployment(delivered, name, sha, _pushed_at(delivered))


def _change(
    delivered: Delivered, commit: Commit, parents: list[str] | None, pull_request: int | None, hotfix: bool
) -> ChangeSeen:
    """What is only seen in a message is said where it holds and left open else: another source may know better."""
    message = commit.message
    # One time is told: until a clone or a sync tells both, metrics take it for the other too, and count that.
    said: Facts = {"committed_at": commit.at, "title": message.title, "bot": commit.bot}
    said["author"] = commit.author
    said["paths"] = _paths(commit.fields)
    if parents is not None:
        said["parents"] = parents
    if message.reverts:
        said["reverts"] = message.reverts
    if pull_request is not None:
        said["pull_request"] = pull_request
    flags = {"merge": message.merge, "revert": message.revert, "reapply": message.reapply}
    flags["hotfix"] = hotfix or message.hotfix
    said |= {name: True for name, holds in flags.items() if holds}
    # An author's clock may run ahead; what it tells must not outrank all that is told later.
    at = min(commit.at, delivered.received_at)
    return ChangeSeen(at, delivered.key, commit.sha, None, delivered.repository, None, said)


def _paths(commit: Fields) -> list[str]:
    return sorted({path for name in ("added", "removed", "modified") for path in commit.texts(name)})


def _parents(body: Fields, commits: Sequence[Commit]) -> dict[str, list[str]]:
    """The parents that follow from the order of a push; a push names none.

    Without a merge, what a push adds to its branch is a chain, oldest first: each commit's parent is the one before it,
    and the first one's is ``before``, where the branch existed and was not rewritten. With one merge, that of a pull
    request by GitHub itself, at the end: its first parent is ``before``, the rest is the pull request's chain, and
    where that chain left the branch is not known. Else nothing is said: branches may lie side by side.
    """
    if len(commits) >= MAX_LISTED or commits[-1].sha != as_sha(body.raw("after")):
        return {}
    before = body.maybe_sha("before") or ZEROS
    known = before.strip("0") != "" and not body.flag("created") and not body.flag("forced")
    *chain, last = commits
    if any(commit.message.merge for commit in chain):
        return {}
    links = {later.sha: [earlier.sha] for earlier, later in pairwise(commits)}
    if last.message.merge:
        merged = bool(chain) and last.message.branch and last.on_site and known
        return links | {last.sha: [before, chain[-1].sha]} if merged else {}
    if _merged_on_site(commits):
        del links[last.sha]
        return links
    return links | {commits[0].sha: [before]} if known else links


def _merged_on_site(commits: Sequence[Commit]) -> bool:
    """Several commits of which the site made only the last: most likely a merge under a title of one's own."""
    return commits[-1].on_site and not all(commit.on_site for commit in commits)


def _pull_request_commits(commits: Sequence[Commit]) -> dict[str, int]:
    """Which pull request each commit came by, as far as the push shows it."""
    last = commits[-1]
    number = last.message.pull_request
    if number is None or not last.on_site:
        return {}
    return dict.fromkeys([commit.sha for commit in commits], number) if _merges_all(commits) else {last.sha: number}


def _merges_all(commits: Sequence[Commit]) -> bool:
    """Whether the push is one merge of a pull request by GitHub, with its commits."""
    *chain, last = commits
    return bool(chain and last.message.branch and last.on_site) and not any(c.message.merge for c in chain)


def _merged(delivered: Delivered, commits: Sequence[Commit]) -> list[Observation]:
    """The pull request that the push is the merge of, with what its own events don't tell: how, and its commits."""
    last = commits[-1]
    number = last.message.pull_request
    if number is None or not last.on_site:
        return []
    said: Facts = {"merge_sha": last.sha, "merged_at": last.at}
    if last.message.branch:
        said["how"] = "merge"
        if _merges_all(commits):
            said["commits"] = [commit.sha for commit in commits[:-1]]
    elif len(commits) == 1:
        said["how"] = "squash"
    else:
        return []
    at = min(last.at, delivered.received_at)
    return [PullRequestSeen(at, delivered.key, number, None, delivered.repository, None, said)]
