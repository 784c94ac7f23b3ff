"""A pass over all repositories of an owner: first what there is, then what is new of each. It can be killed anywhere.

What is new is asked of several repositories in one request; where nothing is, that was all. Who is at work holds a
lease that each kept page renews, so that a worker's death is noticed and the pass goes on where it stood.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from ingest.errors import AccessDenied, IngestError, SourceUnavailable
from ingest.github import queries
from ingest.github.access import client_of
from ingest.github.budget import SharedBudget
from ingest.github.client import Client, Clock, CredentialsRefused, Limited, TooMuch
from ingest.github.credentials import credentials_of
from ingest.github.gaps import close_gaps
from ingest.github.lists import list_repositories, read_teams
from ingest.github.reading import Reading
from ingest.github.shapes import Node
from ingest.github.status import next_at
from ingest.leases import is_dead, own_name
from ingest.models import GitHubSync, SyncCursor, SyncedRepository
from ingest.models.sync import SyncState
from ingest.parsers.github import GitHubOptions

LEASE = timedelta(minutes=5)
TOGETHER = 5  # repositories that one request asks about
MOST_WATCHED = 100  # nodes that one request takes
AGAIN_AFTER = timedelta(minutes=2)
IN_A_ROW = 3  # repositories that GitHub fails to answer for, before the pass is left for later
WRITTEN = ("state", "error", "waiting_until", "round", "counts", "requests", "pages", "lease_by", "lease_until",
           "hooks_read_at", "started_at", "finished_at")  # fmt: skip
Report = Callable[[GitHubSync], None]


class LeaseLost(IngestError):
    """Another worker reads this owner by now."""


@dataclass(slots=True)
class Pass:
    """One pass, or what is left of one that was broken off."""

    sync: GitHubSync
    client: Client
    clock: Clock
    report: Report
    by: str
    failed: list[int] = field(default_factory=list)  # in a row
    together: int = TOGETHER
    _counted: int = 0
    problems: list[str] = field(default_factory=list)

    def run(self) -> None:
        sync = self.sync
        self._begin()
        list_repositories(self.client, sync, credentials_of(sync.source, sync.api_url))
        if not sync.repositories:
            self._teams()
        self.renew()
        self.report(sync)
        reading = Reading(self.client, sync, GitHubOptions.from_dict(sync.source.options), self.renew, self.clock.now())
        pending = sync.synced.filter(gone_at=None, round__lt=sync.round).order_by("number")
        while rows := list(pending[: self.together]):
            try:
                self._repositories(reading, rows)
            except TooMuch:
                if self.together == 1:
                    raise
                self.together = max(1, self.together // 2)
            self.report(sync)
        close_gaps(self.client, sync, self.clock.now())
        self._end()

    def _begin(self) -> None:
        sync, now = self.sync, self.clock.now()
        broken_off = sync.started_at is not None and (sync.finished_at is None or sync.finished_at < sync.started_at)
        if not broken_off:
            sync.round, sync.started_at = sync.round + 1, now
            sync.counts, sync.requests = {}, 0
        sync.state, sync.error, sync.waiting_until = SyncState.RUNNING, "", None
        self.renew()

    def _end(self) -> None:
        sync = self.sync
        sync.finished_at, sync.lease_until, sync.lease_by = self.clock.now(), None, ""
        sync.state = SyncState.IDLE
        sync.error = " ".join(self.problems)[:2_000]
        self._count()
        self._save()

    def renew(self) -> None:
        """Hold on to the lease, and write how far the pass is. Raises ``LeaseLost``."""
        self.sync.lease_until, self.sync.lease_by = self.clock.now() + LEASE, self.by
        self._count()
        self._save()

    def _save(self) -> None:
        """What a pass decides; settings that a person changes meanwhile are not overwritten."""
        held = GitHubSync.objects.filter(pk=self.sync.pk, lease_by=self.by)
        if not held.update(**{name: getattr(self.sync, name) for name in WRITTEN}):
            raise LeaseLost("Another worker has taken over.")

    def _count(self) -> None:
        self.sync.requests += self.client.requests - self._counted
        self._counted = self.client.requests

    def _teams(self) -> None:
        """Who owns what is not worth the pass: without the right to see teams, nobody owns anything by GitHub."""
        try:
            read_teams(self.client, self.sync)
        except CredentialsRefused:
            raise
        except AccessDenied as error:
            self.problems.append(f"GitHub does not show us the teams, so nobody owns a service by them. {error}")

    # ---- repositories

    def _repositories(self, reading: Reading, rows: Sequence[SyncedRepository]) -> None:
        probed, watched = self._probe(reading, rows)
        for row, node in zip(rows, probed, strict=True):
            try:
                if isinstance(node, str):
                    raise AccessDenied(f"GitHub gives nothing of it: {node}")
                reading.read(row, node, [one for one in watched if _repository_of(one) == row.node_id])
                self.failed = []
            except (Limited, CredentialsRefused):
                raise
            except AccessDenied as error:
                row.refused = str(error)[:2_000]
            except SourceUnavailable as error:
                self.failed.append(row.pk)
                if len(self.failed) >= IN_A_ROW:  # it is not for them: the pass goes on with them later
                    SyncedRepository.objects.filter(pk__in=self.failed).update(round=self.sync.round - 1)
                    raise
                self.problems.append(f"{row.name}: {error}")
            row.round = self.sync.round
            row.save()
            self.renew()

    def _probe(self, reading: Reading, rows: Sequence[SyncedRepository]) -> tuple[list[Node | str | None], list[Node]]:
        """What is new of each repository: ``None`` where it is not there any more, a text where it can't be told."""
        labels = [reading.labels_of(row) for row in rows]
        watched = [key for cursor in SyncCursor.objects.filter(repository__in=rows) for key in cursor.watched]
        watched = [key for key in watched if not key.isdigit()]  # runs are read by REST
        variables: dict[str, Any] = {"watched": watched[:MOST_WATCHED]}
        variables |= {f"i{index}": row.node_id for index, row in enumerate(rows)}
        variables |= {f"l{index}x{place}": label for index, own in enumerate(labels) for place, label in enumerate(own)}
        query = queries.probe(labels, [reading.with_runs(row) for row in rows])
        data, errors = self.client.graphql(query, variables)
        found = [node for node in data.get("watched") or () if isinstance(node, dict) and node.get("id")]
        for start in range(MOST_WATCHED, len(watched), MOST_WATCHED):
            more, _ = self.client.graphql(queries.probe([], []), {"watched": watched[start : start + MOST_WATCHED]})
            found += [node for node in more.get("watched") or () if isinstance(node, dict) and node.get("id")]
        return [_known(f"r{index}", data, errors) for index in range(len(rows))], found


def _known(name: str, data: Node, errors: Sequence[Node]) -> Node | str | None:
    node = data.get(name)
    if isinstance(node, dict) and node.get("nameWithOwner"):
        return node
    own = [error for error in errors if (error.get("path") or [""])[0] == name]
    if own and all(error.get("type") == "NOT_FOUND" for error in own):
        return None
    return str((own or list(errors) or [{}])[0].get("message") or "no reason told.")[:300]


def _repository_of(node: Node) -> str:
    return str((node.get("repository") or {}).get("id") or "")


# ---------------------------------------------------------------- from outside


def claim(sync: GitHubSync, by: str, now: datetime) -> bool:
    """Take the lease, unless somebody else is at work. Who died on this machine needs no waiting for."""
    free = Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_by=by)
    if is_dead(sync.lease_by):
        free |= Q(lease_by=sync.lease_by)
    taken = GitHubSync.objects.filter(free, pk=sync.pk).update(lease_until=now + LEASE, lease_by=by)
    sync.refresh_from_db()
    return bool(taken)


def synchronise(sync: GitHubSync, clock: Clock | None = None, report: Report = lambda sync: None) -> bool:
    """Do one pass over the owner's repositories, or go on with one that was broken off.

    ``False`` where somebody else is at it. How it ended stands in ``sync.state`` and ``sync.error``: limits and errors
    of GitHub end a pass, and none escapes.
    """
    clock = clock or Clock()
    by = own_name()
    if not claim(sync, by, clock.now()):
        return False
    try:
        client = client_of(credentials_of(sync.source, sync.api_url), sync.api_url, sync.owner, clock)
    except IngestError as error:
        _stop(sync, error, clock.now())
        return True
    try:
        Pass(sync, client, clock, report, by).run()
    except LeaseLost:
        sync.refresh_from_db()
    except IngestError as error:
        _stop(sync, error, clock.now())
    finally:
        if isinstance(client.budget, SharedBudget):
            client.budget.flush()
    report(sync)
    return True


def _stop(sync: GitHubSync, error: IngestError, now: datetime) -> None:
    """End the pass: to be gone on with later, or by a person."""
    sync.lease_until, sync.lease_by, sync.waiting_until = None, "", None
    if isinstance(error, SourceUnavailable):
        sync.state = SyncState.WAITING
        sync.waiting_until = error.until if isinstance(error, Limited) else now + AGAIN_AFTER
        sync.error = "" if isinstance(error, Limited) else str(error)[:2_000]
    else:
        sync.state, sync.error = SyncState.FAILED, str(error)[:2_000]
    sync.save(update_fields=[*WRITTEN])


def due(now: datetime) -> list[GitHubSync]:
    """Those that are to be read by themselves now."""
    rows = GitHubSync.objects.select_related("source").exclude(state=SyncState.FAILED)
    return [sync for sync in rows if (at := next_at(sync, now)) is not None and at <= now]


def follow(clock: Clock | None = None) -> int:
    """Read every owner that is due; how many were."""
    clock = clock or Clock()
    return sum(synchronise(sync, clock) for sync in due(clock.now()))


def of_owner(owner: str) -> GitHubSync | None:
    """The synchronising of an owner, by its name in any case of letters."""
    return GitHubSync.objects.select_related("source").filter(owner__iexact=owner).first()
