"""(pure) push -> commits with the parents that can be known, merged pull requests, and tags that are deployments."""

from collections.abc import Sequence
from datetime import datetime

from ingest.parsers.fields import Fields, as_sha
from ingest.parsers.github.delivered import ZEROS, Delivered, Ignored, Said
from ingest.parsers.github.tags import tag_deployment
from ingest.parsers.messages import is_bot, is_hotfix, read_message
from ingest.parsers.observation import Observation
from ingest.parsers.pushes import Commit, chain, change, merged, paths_of, pull_request_commits

# GitHub lists at most so many commits of a push; a longer one is cut, and who is whose parent is not known.
MAX_LISTED = 2048
WEB = "web-flow"  # the committer of what is merged or edited on the site
HEADS, TAGS = "refs/heads/", "refs/tags/"


def _commit(fields: Fields) -> Commit:
    author, committer = fields.maybe_child("author"), fields.maybe_child("committer")
    name = author.prose("name") if author else ""
    names = (name, author.prose("username"), author.prose("email")) if author else ()
    return Commit(
        sha=fields.sha("id"),
        at=fields.author_time("timestamp"),
        message=read_message(fields.prose("message")),
        author=name,
        bot=is_bot(*names),
        on_site=committer is not None and committer.raw("username") == WEB,
        paths=paths_of(fields),
    )


def push(delivered: Delivered) -> Said:
    ref = delivered.body.text("ref")
    if delivered.body.flag("deleted"):
        return Ignored(f"{ref} was deleted.")
    if ref.startswith(TAGS):
        return _tag(delivered, ref.removeprefix(TAGS))
    commits = [_commit(fields) for fields in delivered.body.children("commits")]
    if not commits:
        return Ignored("The push brings no commit.")
    parents = _parents(delivered.body, commits)
    on_default = ref.removeprefix(HEADS) == delivered.default_branch
    brought = pull_request_commits(commits) if on_default else {}
    hotfix = is_hotfix(ref.removeprefix(HEADS))
    seen: list[Observation] = [
        change(delivered, commit, parents.get(commit.sha), brought.get(commit.sha), hotfix) for commit in commits
    ]
    return [
        *delivered.repository_seen(_pushed_at(delivered), head=commits[-1].sha if on_default else None),
        *seen,
        *(merged(delivered, commits) if on_default else []),
    ]


def _pushed_at(delivered: Delivered) -> datetime:
    """The event has no time of its own but the repository's, to the second."""
    return delivered.body.child("repository").maybe_time("pushed_at") or delivered.received_at


def _tag(delivered: Delivered, name: str) -> Said:
    """A tag that was pushed. ``after`` may be the tag's own object; the head commit is what it points at."""
    head = delivered.body.maybe_child("head_commit")
    sha = head.sha("id") if head else delivered.body.maybe_sha("after")
    return tag_deployment(delivered, name, sha, _pushed_at(delivered))


def _parents(body: Fields, commits: Sequence[Commit]) -> dict[str, list[str]]:
    """The parents that follow from the order of a push, where it was not cut; a push names none."""
    if len(commits) >= MAX_LISTED or commits[-1].sha != as_sha(body.raw("after")):
        return {}
    before = body.maybe_sha("before") or ZEROS
    known = before.strip("0") != "" and not body.flag("created") and not body.flag("forced")
    return chain(commits, before if known else None)
