"""(pure) The commits of a clone as a graph: what a merge brought, the first parents of a branch, pull requests."""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from ingest.git.log import Commit


class Merged(NamedTuple):
    """A merged pull request, by its merge's message. ``commits``: those that it brought, oldest first."""

    number: int
    merge: Commit
    how: str
    commits: list[str]


class History:
    """Commits by sha. ``commits``: children before parents, as ``git log --topo-order`` gives them."""

    def __init__(self, commits: Iterable[Commit]) -> None:
        self.by_sha: dict[str, Commit] = {commit.sha: commit for commit in commits}
        self._depth: dict[str, int] = {}
        for commit in self.oldest_first():
            self._depth[commit.sha] = 1 + max((self._depth.get(sha, 0) for sha in commit.parents or ()), default=0)

    def oldest_first(self) -> Iterator[Commit]:
        """Parents before children."""
        for sha in reversed(self.by_sha):
            yield self.by_sha[sha]

    def first_parents(self, sha: str) -> Iterator[Commit]:
        """The commit and its first parents, as far back as they are known: what a branch went through, newest first."""
        commit = self.by_sha.get(sha)
        while commit is not None:
            yield commit
            commit = self.by_sha.get(commit.parents[0]) if commit.parents else None

    def brought_by(self, merge: Commit) -> list[str]:
        """What is reachable from the merge's other parents and not from its first, oldest first.

        Walks down from all parents by depth, deepest first, so that a commit is met after all that leads to it; ends
        when all that is left is reachable from the first parent.
        """
        if not merge.is_merge or merge.parents is None:
            return []
        first, *others = merge.parents
        before: dict[str, bool] = dict.fromkeys(others, False) | {first: True}
        queue: list[tuple[int, str]] = []
        for sha in before:
            heappush(queue, (-self._depth.get(sha, 0), sha))
        fresh = sum(not held for held in before.values())
        found: list[str] = []
        while fresh:
            _, sha = heappop(queue)
            commit, held = self.by_sha.get(sha), before[sha]
            if not held:
                fresh -= 1
                found.append(sha)
            for parent in (commit.parents or ()) if commit else ():
                if parent not in before:
                    before[parent] = held
                    fresh += not held
                    heappush(queue, (-self._depth.get(parent, 0), parent))
                elif held and not before[parent]:
                    before[parent] = True
                    fresh -= 1
        return found[::-1]

    def pull_requests(self) -> list[Merged]:
        """Merged pull requests, one a number: a merge by its full message goes before a mere "(#N)" in a title."""
        by_number: dict[int, Commit] = {}
        for commit in self.oldest_first():
            number = commit.message.pull_request
            if number is None or commit.parents is None:
                continue
            held = by_number.get(number)
            if held is None or (commit.message.branch and not held.message.branch):
                by_number[number] = commit
        return [self._merged(number, commit) for number, commit in by_number.items()]

    def _merged(self, number: int, commit: Commit) -> Merged:
        if commit.is_merge:
            return Merged(number, commit, "merge", self.brought_by(commit))
        return Merged(number, commit, "squash", [commit.sha])
