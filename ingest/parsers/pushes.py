"""(pure) What pushes have in common, whichever host tells them: commits, parents that follow, merged pull requests."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple, Protocol

from ingest.parsers.fields import Fields
from ingest.parsers.messages import Message
from ingest.parsers.observation import ChangeSeen, Observation, PullRequestSeen, RepositoryRef
from ingest.parsers.observation import Said as Facts


class Told(Protocol):
    """A delivery, as far as its commits need it."""

    @property
    def repository(self) -> RepositoryRef: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def key(self) -> str: ...


class Commit(NamedTuple):
    """One commit of a push, read. ``on_site``: the host itself made it. ``authored_at`` ``None``: not told apart."""

    sha: str
    at: datetime
    message: Message
    author: str
    bot: bool
    on_site: bool
    paths: list[str] | None = None
    parents: list[str] | None = None
    authored_at: datetime | None = None


def paths_of(commit: Fields) -> list[str]:
    """The paths that a commit added, removed or changed."""
    return sorted({path for name in ("added", "removed", "modified") for path in commit.texts(name)})


def change(
    told: Told, commit: Commit, parents: list[str] | None, pull_request: int | None, hotfix: bool = False
) -> ChangeSeen:
    """What is only seen in a message is said where it holds and left open else: another source may know better."""
    message = commit.message
    # Where one time is told, metrics take it for the other too until a clone or a sync tells both, and count that.
    said: Facts = {"committed_at": commit.at, "title": message.title, "bot": commit.bot, "author": commit.author}
    if commit.authored_at is not None:
        said["authored_at"] = commit.authored_at
    if commit.paths is not None:
        said["paths"] = commit.paths
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
    at = min(commit.at, told.received_at)
    return ChangeSeen(at, told.key, commit.sha, None, told.repository, None, said)


def chain(commits: Sequence[Commit], before: str | None) -> dict[str, list[str]]:
    """The parents that follow from the order of a whole push, oldest first, that names none.

    Without a merge, what a push adds to its branch is a chain: each commit's parent is the one before it, and the
    first one's is ``before``, which is ``None`` unless the branch existed and was not rewritten. With one merge, that
    of a pull request by the host itself, at the end: its first parent is ``before``, the rest is the pull request's
    chain, and where that chain left the branch is not known. Else nothing is said: branches may lie side by side.
    """
    *others, last = commits
    if any(commit.message.merge for commit in others):
        return {}
    links = {later.sha: [earlier.sha] for earlier, later in pairwise(commits)}
    if last.message.merge:
        by_host = bool(others) and last.message.branch and last.on_site and before
        return links | {last.sha: [before, others[-1].sha]} if by_host and before else {}
    if _merged_on_site(commits):
        del links[last.sha]
        return links
    return links | {commits[0].sha: [before]} if before else links


def _merged_on_site(commits: Sequence[Commit]) -> bool:
    """Several commits of which the site made only the last: most likely a merge under a title of one's own."""
    return commits[-1].on_site and not all(commit.on_site for commit in commits)


def pull_request_commits(commits: Sequence[Commit]) -> dict[str, int]:
    """Which pull request each commit came by, as far as the push shows it."""
    last = commits[-1]
    number = last.message.pull_request
    if number is None or not last.on_site:
        return {}
    return dict.fromkeys([commit.sha for commit in commits], number) if _merges_all(commits) else {last.sha: number}


def _merges_all(commits: Sequence[Commit]) -> bool:
    """Whether the push is one merge of a pull request by the host, with its commits."""
    *others, last = commits
    return bool(others and last.message.branch and last.on_site) and not any(c.message.merge for c in others)


def merged(told: Told, commits: Sequence[Commit]) -> list[Observation]:
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
    at = min(last.at, told.received_at)
    return [PullRequestSeen(at, told.key, number, None, told.repository, None, said)]
