"""``manage.py sync_github``: reads repositories, pull requests, commits, deployments and more by GitHub's API."""

import secrets
import time
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard import formats
from ingest.github.credentials import ConnectionRefused
from ingest.github.status import connect, status_of
from ingest.github.sync import of_owner, synchronise
from ingest.inbox.process import process_pending
from ingest.inbox.secrets import seal
from ingest.models import GitHubSync, Source
from ingest.models.sync import SyncState
from scorecards.adoption import build as adoption
from scorecards.rollups.build import build_rollups


class Command(BaseCommand):
    help = (
        "Read repositories of GitHub by its API: as far back as --since tells, then what is new. It can be stopped at"
        " any time and goes on where it stood. Without names: all that are set up."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="OWNER[/REPO]", help="an organisation, a user, or a repository")
        parser.add_argument("--since", metavar="DAY", help="the first day to read back to (default: all there is)")
        parser.add_argument("--no-wait", action="store_true", help="where GitHub asks to wait, stop and say until when")

    def handle(self, *args: Any, names: list[str], since: str | None, no_wait: bool, **options: Any) -> None:
        syncs = [self._named(name, names, _day(since)) for name in _owners(names)]
        syncs = syncs or list(GitHubSync.objects.select_related("source"))
        if not syncs:
            raise CommandError("No owner is set up. Name one: sync_github OWNER, or OWNER/REPO.")
        for sync in syncs:
            self._read(sync, no_wait)
        self._record()
        whole = [self._is_whole(sync) for sync in syncs]
        if not all(whole):
            raise SystemExit(1)

    def _named(self, owner: str, names: list[str], since: date | None) -> GitHubSync:
        """The owner's synchronising, made or widened by what is named."""
        wanted = [name for name in names if name.partition("/")[0].lower() == owner.lower()]
        whole = any("/" not in name for name in wanted)
        held = of_owner(owner)
        source = held.source if held is not None else _source(owner)
        known = list(held.repositories) if held is not None else []
        repositories = [] if whole or (held is not None and not known) else sorted({*known, *wanted})
        day = since or (held.since if held is not None else None)
        url = held.api_url if held is not None else settings.GITHUB_API_URL
        try:
            return connect(source, owner, None, api_url=url, since=day, repositories=repositories)
        except ConnectionRefused as refused:
            raise CommandError(str(refused)) from refused

    def _read(self, sync: GitHubSync, no_wait: bool) -> None:
        while True:
            if not synchronise(sync, report=self._report):
                raise CommandError(f"Somebody else is reading {sync.owner} right now.")
            if sync.state != SyncState.WAITING or no_wait or sync.waiting_until is None:
                return
            self._say(f"{sync.error or 'GitHub asks to wait.'} Going on at {sync.waiting_until:%H:%M:%S} UTC")
            self._record()
            time.sleep(max(0.0, (sync.waiting_until - timezone.now()).total_seconds()))

    def _report(self, sync: GitHubSync) -> None:
        status = status_of(sync.source)
        if status is None:
            return
        counts = ", ".join(f"{formats.number(count)} {name.replace('_', ' ')}" for name, count in status.counts.items())
        left = f", about {formats.duration(status.seconds_left)} left" if status.seconds_left else ""
        asked = f", {formats.number(status.remaining)} requests left" if status.remaining is not None else ""
        self._say(f"{sync.owner}: {status.done} of {status.total} repositories{left}; {counts or 'nothing new'}{asked}")

    def _record(self) -> None:
        """Record what was kept, and bring figures up to date."""
        while process_pending():
            pass
        build_rollups()
        adoption.build(timezone.now())

    def _is_whole(self, sync: GitHubSync) -> bool:
        """Say how it ended; whether every repository could be read."""
        status = status_of(sync.source)
        if status is None:
            return False
        for told in status.refused:
            self.stderr.write(f"{told.repository}: {told.reason}")
        if status.error:
            self.stderr.write(status.error)
        self.stdout.write(f"{status.text} {formats.plural(status.requests, 'request')}.")
        return not status.refused and status.state != SyncState.FAILED

    def _say(self, text: str) -> None:
        self.stderr.write(f"{datetime.now():%H:%M:%S} {text}")


def _owners(names: list[str]) -> list[str]:
    return list({name.partition("/")[0].lower(): name.partition("/")[0] for name in names}.values())


def _source(owner: str) -> Source:
    """A source for an owner that nobody set up: its webhooks may be added later."""
    return Source.objects.create(kind="github", name=f"GitHub {owner}"[:200], secrets=seal([secrets.token_urlsafe(32)]))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(f"--since {text} is no day. Write it like 2026-03-02.") from error
