"""What the site shows of a synchronised source, and how one is set up: how far it is, what it may still ask."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from ingest.errors import AccessDenied
from ingest.github.credentials import (
    ConnectionRefused,
    Credentials,
    checked_name,
    checked_owner,
    checked_url,
    credentials_of,
    fingerprint,
    sealed,
)
from ingest.models import ApiBudget, GitHubSync, Source
from ingest.models.inbox import SourceKind
from ingest.models.sync import SyncState


class Told(NamedTuple):
    """A repository, and what there is to say of it: why it is refused, or who owns it and why."""

    repository: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """How a source's synchronising stands. ``None``: not known, or not the case.

    ``state``: never, running, waiting, idle, failed; ``text`` says it in a sentence. ``done`` of ``total``
    repositories in this pass, the last one where none is under way; ``counts``: items kept in it, by resource.
    ``seconds_left``: an estimate while it runs. ``remaining`` of ``limit`` requests until ``reset_at``.
    ``error``: a sentence with what to do; empty where all is well.
    """

    owner: str
    api_url: str
    state: str
    text: str
    done: int = 0
    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    seconds_left: float | None = None
    remaining: int | None = None
    limit: int | None = None
    reset_at: datetime | None = None
    waiting_until: datetime | None = None
    error: str = ""
    refused: tuple[Told, ...] = ()
    notes: tuple[Told, ...] = ()
    started_at: datetime | None = None
    finished_at: datetime | None = None
    next_at: datetime | None = None
    since: date | None = None


def status_of(source: Source, now: datetime | None = None) -> SyncStatus | None:
    """How the source's synchronising stands; ``None`` where it was not set up."""
    sync = GitHubSync.objects.filter(source=source).first()
    if sync is None:
        return None
    now = now or timezone.now()
    rows = list(sync.synced.filter(gone_at=None, listed=True))
    done = sum(row.round >= sync.round for row in rows) if sync.round else 0
    state = _state(sync, now)
    budget = _budget(sync)
    return SyncStatus(
        owner=sync.owner,
        api_url=sync.api_url,
        state=state,
        text=_text(sync, state, done, len(rows)),
        done=done,
        total=len(rows),
        counts=dict(sync.counts),
        requests=sync.requests,
        seconds_left=seconds_left(sync.started_at, done, len(rows), now) if state == SyncState.RUNNING else None,
        remaining=budget.remaining if budget else None,
        limit=budget.limit if budget else None,
        reset_at=budget.reset_at if budget else None,
        waiting_until=sync.waiting_until if state == SyncState.WAITING else None,
        error=sync.error,
        refused=tuple(Told(row.name, row.refused) for row in rows if row.refused),
        notes=tuple(Told(row.name, row.note) for row in rows if row.note),
        started_at=sync.started_at,
        finished_at=sync.finished_at,
        next_at=next_at(sync, now),
        since=sync.since,
    )


def seconds_left(started_at: datetime | None, done: int, total: int, now: datetime) -> float | None:
    """By the pace so far; ``None`` before the first repository is done."""
    if started_at is None or not done:
        return None
    return (now - started_at).total_seconds() / done * (total - done)


def next_at(sync: GitHubSync, now: datetime) -> datetime | None:
    """When it is due by itself; ``None`` while it runs or where the source is paused."""
    if sync.source.paused_at is not None or (sync.lease_until is not None and sync.lease_until > now):
        return None
    if sync.state == SyncState.WAITING and sync.waiting_until is not None:
        return sync.waiting_until
    if sync.finished_at is None or sync.started_at is None or sync.finished_at < sync.started_at:
        return now
    return sync.finished_at + timedelta(minutes=sync.follow_minutes)


def _state(sync: GitHubSync, now: datetime) -> str:
    if sync.state == SyncState.WAITING and (sync.waiting_until is None or sync.waiting_until <= now):
        return SyncState.IDLE if sync.finished_at else SyncState.NEVER
    return str(sync.state)


def _text(sync: GitHubSync, state: str, done: int, total: int) -> str:
    match state:
        case SyncState.RUNNING:
            return f"Reading {sync.owner}: {done} of {total} repositories."
        case SyncState.WAITING:
            return f"GitHub asks to wait until {sync.waiting_until:%H:%M} UTC; it goes on by itself."
        case SyncState.FAILED:
            return sync.error
        case SyncState.NEVER:
            return f"{sync.owner} is to be read; it begins by itself."
    return f"{sync.owner} is up to date: {total} repositories."


def _budget(sync: GitHubSync) -> ApiBudget | None:
    try:
        name = fingerprint(credentials_of(sync.source, sync.api_url))
    except AccessDenied:
        return None
    return ApiBudget.objects.filter(name__startswith=name, remaining__isnull=False).order_by("remaining").first()


# ---------------------------------------------------------------- setting up


@transaction.atomic
def connect(
    source: Source,
    owner: str,
    credentials: Credentials | None,
    *,
    api_url: str,
    since: date | None,
    repositories: Sequence[str] = (),
) -> GitHubSync:
    """Let a GitHub source be read by the API from ``since`` on (``None``: all); the next turn of the schedule begins.

    ``credentials`` ``None``: those that it has, else the environment's. ``repositories``: owner/name; none: all.
    Called again, it changes what was told before; what is read already stays.

    Raises:
        ConnectionRefused: with a sentence on what to give instead.
    """
    if source.kind != SourceKind.GITHUB:
        raise ConnectionRefused("Only a source of GitHub can be read by GitHub's API.")
    owner = checked_owner(owner)
    names = [checked_name(owner, name) for name in repositories]
    if credentials is not None:
        source.credentials = sealed(credentials)
        source.save(update_fields=["credentials"])
    told: dict[str, Any] = {"owner": owner, "api_url": checked_url(api_url), "since": since, "repositories": names}
    held = GitHubSync.objects.filter(source=source).first()
    if held is not None and (held.owner.lower(), held.api_url) != (owner.lower(), told["api_url"]):
        held.synced.all().delete()  # of another owner nothing is known
    if held is not None and (credentials is not None or {name: getattr(held, name) for name in told} != told):
        told["pages"] = {}
    sync, _ = GitHubSync.objects.update_or_create(source=source, defaults=told)
    GitHubSync.objects.filter(pk=sync.pk, state=SyncState.FAILED).update(state=SyncState.IDLE, error="")
    return sync
