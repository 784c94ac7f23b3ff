"""Commits and deployments -> which deployment first brought which change to an environment."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from scorecards.metrics.records import (
    Brought,
    Change,
    Content,
    DeliveredChange,
    DeliveredPullRequest,
    Deployment,
    LeadTimeFrom,
    PullRequest,
)


def series(deployments: Iterable[Deployment]) -> list[Deployment]:
    """The finished ones (succeeded or failed), in the order in which they finished; equal times by external id."""
    finished = [d for d in deployments if d.status in ("succeeded", "failed") and d.finished_at is not None]
    return sorted(finished, key=lambda d: (d.finished_at, d.external_id, d.id))


def finish(deployment: Deployment) -> datetime:
    """When a finished deployment did so. Raises: ValueError for one that has not finished."""
    if deployment.finished_at is None:
        raise ValueError(f"deployment {deployment.external_id} has not finished")
    return deployment.finished_at


class History:
    """The commits and pull requests of one service, indexed once for all its environments.

    ``rewritten``: commits that a squash or a rebase made of others that are known; the others count instead.
    ``reverts``: commit -> the commits that it takes back; ``reverted``: all of these.
    Definition: metrics.md, "Lead time for changes".
    """

    def __init__(self, changes: Iterable[Change], pull_requests: Iterable[PullRequest]) -> None:
        # Sorted, so that no result depends on the order in which rows were read.
        ordered = sorted(changes, key=lambda change: change.id)
        self.change_by_sha = {change.sha: change for change in ordered}
        self.has_parents = any(change.parents is not None for change in ordered)
        self.pull_requests = sorted(pull_requests, key=lambda pull_request: pull_request.id)
        self.pull_request_by_number = {p.number: p for p in self.pull_requests}
        self.merged_by: dict[str, list[PullRequest]] = defaultdict(list)
        for pull_request in self.pull_requests:
            if pull_request.merge_sha:
                self.merged_by[pull_request.merge_sha].append(pull_request)
        self._shas_by_number: dict[int, list[str]] = defaultdict(list)
        for change in ordered:
            if change.pull_request is not None:
                self._shas_by_number[change.pull_request].append(change.sha)
        self._rewritten_by_number = {p.number: self._rewritten(p) for p in self.pull_requests}
        self.rewritten = frozenset(sha for shas in self._rewritten_by_number.values() for sha in shas)
        self.hotfix_shas, self.hotfix_pull_request_ids = self._hotfixes()
        self.reverts = self._reverts()
        self.reverted = frozenset(name for names in self.reverts.values() for name in names)
        self._merges = sorted(_default_branch_merges(self.pull_requests), key=lambda merge: merge.at)
        self._merge_times = [merge.at for merge in self._merges]
        self._first_commits: dict[int, datetime | None] = {}

    @property
    def has_merge_times(self) -> bool:
        return bool(self._merges)

    def merged_between(self, after: datetime | None, until: datetime) -> list[PullRequest]:
        """Pull requests merged to the default branch in ``(after, until]``; ``None``: since ever."""
        first = 0 if after is None else bisect_right(self._merge_times, after)
        return [merge.pull_request for merge in self._merges[first : bisect_right(self._merge_times, until)]]

    def commits_of(self, pull_request: PullRequest) -> list[Change]:
        """The known commits of a pull request: those it names and those that name it, less the rewritten."""
        rewritten = self._rewritten_by_number[pull_request.number]
        return [self.change_by_sha[sha] for sha in self._known_shas(pull_request) if sha not in rewritten]

    def delivered_with(self, pull_request: PullRequest) -> Iterator[str]:
        """Every sha that is delivered when the pull request is: its commits, its merge, what it was rewritten to."""
        yield from pull_request.commits
        yield from self._shas_by_number.get(pull_request.number, ())
        yield from self._rewritten_by_number[pull_request.number]
        if pull_request.merge_sha:
            yield pull_request.merge_sha

    def counts(self, change: Change) -> bool:
        """Whether the commit is a change at all: no merge, and not replaced by what it was rewritten from."""
        return not change.merge and len(change.parents or ()) < 2 and change.sha not in self.rewritten

    def started_at(self, change: Change, start: LeadTimeFrom) -> datetime | None:
        """When the change's lead time begins. Without a pull request, or that time of it, its own commit's time stands
        in."""
        if start == "authored":
            return change.authored_at
        committed_at = change.committed_at or change.authored_at
        if start == "committed":
            return committed_at
        pull_request = self._pull_request_of(change)
        if start == "first_commit":
            return (pull_request and self.first_commit_at(pull_request)) or change.authored_at
        if pull_request is None:
            return committed_at
        told = pull_request.opened_at if start == "pull_request_opened" else pull_request.merged_at
        return told or committed_at

    def first_commit_at(self, pull_request: PullRequest) -> datetime | None:
        """When its first commit was authored, as its source told or as the known commits tell."""
        if pull_request.first_commit_at is not None:
            return pull_request.first_commit_at
        if pull_request.id not in self._first_commits:
            begun = [change.authored_at for change in self.commits_of(pull_request) if change.authored_at]
            self._first_commits[pull_request.id] = min(begun, default=None)
        return self._first_commits[pull_request.id]

    def _pull_request_of(self, change: Change) -> PullRequest | None:
        own = self.pull_request_by_number.get(change.pull_request) if change.pull_request is not None else None
        return own or self._pull_request_by_sha.get(change.sha)

    @cached_property
    def _pull_request_by_sha(self) -> dict[str, PullRequest]:
        """Merged ones before those that are not; the first by id of several that hold a commit."""
        found: dict[str, PullRequest] = {}
        for pull_request in sorted(self.pull_requests, key=lambda p: (p.merged_at is None, p.id)):
            for sha in self.delivered_with(pull_request):
                found.setdefault(sha, pull_request)
        return found

    def _hotfixes(self) -> tuple[frozenset[str], frozenset[int]]:
        """The shas whose delivery is that of a hotfix, and the pull requests that are marked so."""
        marked = [pull_request for pull_request in self.pull_requests if pull_request.hotfix]
        shas = {change.sha for change in self.change_by_sha.values() if change.hotfix and change.in_scope}
        shas.update(p.merge_sha for p in marked if p.merge_sha)
        return frozenset(shas), frozenset(p.id for p in marked)

    def _reverts(self) -> dict[str, tuple[str, ...]]:
        """What each commit reverts, as evidence of a failure: neither a reapplied commit nor a revert of a revert."""
        found = {}
        for change in self.change_by_sha.values():
            if change.reverts and change.in_scope and not change.reapply:
                found[change.sha] = tuple(name for name in change.reverts if not self._is_revert(name))
        return found

    def _is_revert(self, sha: str) -> bool:
        change = self.change_by_sha.get(sha)
        return change is not None and change.revert

    def _known_shas(self, pull_request: PullRequest) -> list[str]:
        named = dict.fromkeys((*pull_request.commits, *self._shas_by_number.get(pull_request.number, ())))
        return [sha for sha in named if sha in self.change_by_sha]

    def _rewritten(self, pull_request: PullRequest) -> frozenset[str]:
        # Where no source told how, the merge is either no change (a merge commit) or a squash.
        if pull_request.how == "merge" or not pull_request.merge_sha:
            return frozenset()
        known = self._known_shas(pull_request)
        length = 1
        if pull_request.how == "rebase":
            length = len(pull_request.commits) or self._unlike_base(pull_request.merge_sha, known)
        base = self._first_parents(pull_request.merge_sha, length)
        if all(sha in base for sha in known):
            return frozenset()
        return frozenset(base) - frozenset(pull_request.commits)

    def _unlike_base(self, merge_sha: str, known: Sequence[str]) -> int:
        """How many commits a rebase made where only the commits themselves name the pull request: as many as there
        are originals, and both the originals and the rewritten may name it."""
        return len(set(known) - set(self._first_parents(merge_sha, len(known))))

    def _first_parents(self, sha: str, length: int) -> list[str]:
        chain: list[str] = []
        while len(chain) < length and sha in self.change_by_sha:
            chain.append(sha)
            parents = self.change_by_sha[sha].parents
            if not parents:
                break
            sha = parents[0]
        return chain


class _Merge(NamedTuple):
    at: datetime
    pull_request: PullRequest


def _default_branch_merges(pull_requests: Iterable[PullRequest]) -> Iterator[_Merge]:
    for pull_request in pull_requests:
        if pull_request.merged_at is not None and pull_request.to_default_branch:
            yield _Merge(pull_request.merged_at, pull_request)


def brought(
    deployments: Iterable[Deployment], history: History, start: LeadTimeFrom = "authored"
) -> dict[int, Brought]:
    """What each succeeded deployment of ONE environment brought, by deployment id, in the order of the series.

    Each change is brought once, by the first that contains it. ``start``: where its lead time begins.
    Definition: metrics.md, "Lead time for changes".
    """
    environment = _Environment(history, start)
    return {d.id: environment.deploy(d) for d in series(deployments) if d.status == "succeeded"}


class _Taken(NamedTuple):
    """What one step delivered that was not there before."""

    shas: list[str]
    pull_requests: list[PullRequest]


class _Environment:
    """What has been delivered to one environment so far."""

    def __init__(self, history: History, start: LeadTimeFrom) -> None:
        self.history, self.start = history, start
        self.delivered: set[str] = set()
        self.walked: set[str] = set()
        self.numbers: set[int] = set()
        self.has_baseline = False
        self.previous_start: datetime | None = None

    def deploy(self, deployment: Deployment) -> Brought:
        if deployment.by_counter:
            return Brought(deployment.id, "counter")
        content = self._content(deployment)
        baseline = content != "unknown" and not self.has_baseline
        self.has_baseline = self.has_baseline or baseline
        if content in ("list", "empty_list"):
            found = self._by_list(deployment, content, baseline)
        else:
            found = self._by_reach(deployment, content, baseline)
        self.previous_start = _start(deployment)
        return found

    def _content(self, deployment: Deployment) -> Content:
        if deployment.pull_requests is not None or deployment.shas is not None:
            return "list" if deployment.pull_requests or deployment.shas else "empty_list"
        if self.history.has_merge_times and not self.history.has_parents:
            return "merge_time"
        return "ancestry" if deployment.sha in self.history.change_by_sha else "unknown"

    def _by_list(self, deployment: Deployment, content: Content, baseline: bool) -> Brought:
        numbers, shas = deployment.pull_requests or (), deployment.shas or ()
        listed, unmapped = self._take_pull_requests(numbers)
        unmapped += sum(not self._is_known(sha) for sha in dict.fromkeys(shas))
        more = self._take(shas)
        listed = _Taken(listed.shas + more.shas, listed.pull_requests + more.pull_requests)
        # What is reachable besides is there from then on, but only what is listed has a lead time.
        reached = self._take(self._walk(deployment.sha))
        changes, undated = self._changes(deployment, listed.shas, frozenset(listed.shas))
        return Brought(
            deployment_id=deployment.id,
            content=content,
            changes=changes,
            pull_requests=tuple(self._stages(p, deployment) for p in listed.pull_requests),
            shas=frozenset(listed.shas).union(reached.shas),
            unmapped=unmapped + undated,
            baseline=baseline,
        )

    def _by_reach(self, deployment: Deployment, content: Content, baseline: bool) -> Brought:
        merged, unmapped = self._merged_since_previous(deployment) if content == "merge_time" else (_Taken([], []), 0)
        reached = self._take(self._walk(deployment.sha))
        shas = merged.shas + reached.shas
        changes, undated = self._changes(deployment, shas)
        if baseline:
            return Brought(
                deployment_id=deployment.id,
                content="baseline",
                shas=frozenset(shas),
                without_lead_time=len(changes) + undated,
                baseline=True,
            )
        return Brought(
            deployment_id=deployment.id,
            content=content,
            changes=changes,
            pull_requests=tuple(self._stages(p, deployment) for p in (*merged.pull_requests, *reached.pull_requests)),
            shas=frozenset(shas),
            unmapped=unmapped + undated,
        )

    def _merged_since_previous(self, deployment: Deployment) -> tuple[_Taken, int]:
        merged = self.history.merged_between(self.previous_start, _start(deployment))
        return self._take_pull_requests([p.number for p in merged])

    def _is_known(self, sha: str) -> bool:
        return sha in self.history.change_by_sha or sha in self.history.merged_by

    def _walk(self, sha: str | None) -> list[str]:
        """What is reachable from a known sha and was not walked before. A commit is walked once, so all walks
        together are linear in the commits; no recursion, as histories are deep."""
        if sha is None or sha not in self.history.change_by_sha:
            return []
        found, pending = [], [sha]
        while pending:
            sha = pending.pop()
            if sha in self.walked:
                continue
            self.walked.add(sha)
            found.append(sha)
            change = self.history.change_by_sha.get(sha)
            if change is not None and change.parents:
                pending.extend(change.parents)
        return found

    def _take(self, shas: Iterable[str]) -> _Taken:
        """Delivers commits, and the pull requests that were merged by one of them with all their commits."""
        taken, pending = _Taken([], []), [*shas]
        merged_by = self.history.merged_by
        while pending:
            sha = pending.pop()
            if sha in self.delivered:
                continue
            self.delivered.add(sha)
            taken.shas.append(sha)
            for pull_request in merged_by.get(sha, ()):
                if pull_request.number not in self.numbers:
                    self.numbers.add(pull_request.number)
                    taken.pull_requests.append(pull_request)
                    pending.extend(self.history.delivered_with(pull_request))
        return taken

    def _take_pull_requests(self, numbers: Sequence[int]) -> tuple[_Taken, int]:
        """Delivers pull requests by number; and how many of them nothing is known of."""
        taken, unmapped = _Taken([], []), 0
        for number in dict.fromkeys(numbers):
            pull_request = self.history.pull_request_by_number.get(number)
            if pull_request is None:
                unmapped += 1
            elif number not in self.numbers:
                self.numbers.add(number)
                taken.pull_requests.append(pull_request)
                more = self._take(self.history.delivered_with(pull_request))
                taken.shas.extend(more.shas)
                taken.pull_requests.extend(more.pull_requests)
                unmapped += not any(sha in self.history.change_by_sha for sha in more.shas)
        return taken, unmapped

    def _changes(
        self, deployment: Deployment, shas: Iterable[str], listed: frozenset[str] = frozenset()
    ) -> tuple[tuple[DeliveredChange, ...], int]:
        """The changes among ``shas``, and how many of them have no time to begin at and so no lead time."""
        delivered_at, undated = finish(deployment), 0
        found: list[DeliveredChange] = []
        for sha in shas:
            change = self.history.change_by_sha.get(sha)
            if change is None or not self.history.counts(change) or not (change.in_scope or sha in listed):
                continue
            began_at = self.history.started_at(change, self.start)
            if began_at is None:
                undated += 1
                continue
            seconds = (delivered_at - began_at).total_seconds()
            found.append(DeliveredChange(change.id, deployment.id, delivered_at, seconds, change.bot))
        return tuple(sorted(found, key=lambda change: change.change_id)), undated

    def _stages(self, pull_request: PullRequest, deployment: Deployment) -> DeliveredPullRequest:
        first_commit_at = self.history.first_commit_at(pull_request)
        ready_at = pull_request.ready_at or pull_request.opened_at
        delivered_at = finish(deployment)
        return DeliveredPullRequest(
            pull_request_id=pull_request.id,
            deployment_id=deployment.id,
            delivered_at=delivered_at,
            coding=_seconds(first_commit_at, ready_at),
            pickup=_seconds(ready_at, pull_request.first_review_at),
            review=_seconds(pull_request.first_review_at, pull_request.merged_at),
            release=_seconds(pull_request.merged_at, delivered_at),
        )


def _start(deployment: Deployment) -> datetime:
    """When it started; its finish where that is not known, or where two events told a start after the finish."""
    finished_at = finish(deployment)
    return min(deployment.started_at or finished_at, finished_at)


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    """``None`` where an end is missing or the span is negative: no data, never 0."""
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()
