"""Scans local repositories against the standard, and keeps what it found."""

import json
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from scorecards.errors import InvalidPack
from scorecards.models import Scan
from scorecards.sarif import as_sarif
from scorecards.scanning.report import FAIL_ON, Report, as_json, as_text
from scorecards.scanning.request import Request
from scorecards.scanning.result import Scanned
from scorecards.scanning.run import run
from scorecards.scans.command import declared, keep, repository_of, unchanged
from scorecards.scans.fleet import around
from scorecards.scans.in_force import InForce, in_force, without_database
from scorecards.scans.scope import follow_one
from scorecards.scans.store import latest_scan, receipt_of

ERROR = 2


class Command(BaseCommand):
    help = (
        "Scan local repositories against the standard. Exit code 0: clean, 1: a control at the level fails, 2: error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="the folder of a repository")
        parser.add_argument("--service", metavar="S", help="the service that the repository holds")
        parser.add_argument("--format", choices=("text", "json", "sarif"), default="text")
        parser.add_argument(
            "--fail-on",
            choices=tuple(FAIL_ON),
            default="required",
            help="the least binding level whose failing controls make the exit code 1 (default: required)",
        )
        parser.add_argument("--no-save", action="store_true", help="look only; keep nothing in the database")

    def handle(self, *args: Any, paths: list[str], service: str | None, no_save: bool, **options: Any) -> None:
        try:
            conditions = self._conditions(no_save)
        except InvalidPack as error:
            raise CommandError(str(error), returncode=ERROR) from error
        reports = []
        for path in paths:
            scanned = self._scan(Path(path), service, conditions, save=not no_save)
            if scanned.refused:
                raise CommandError(f"{path}: {scanned.refused}", returncode=ERROR)
            reports.append([Report.of(standard, scanned) for standard in conditions.standards])
        self._print(reports, options["format"], several=len(paths) > 1)
        if any(report.fails(options["fail_on"]) for found in reports for report in found):
            sys.exit(1)

    def _conditions(self, no_save: bool) -> InForce:
        today = timezone.localdate()
        if no_save:
            return without_database(today)
        try:
            return in_force(today)
        except DatabaseError as error:
            raise CommandError(
                "The database is not set up. Run migrate first, or scan with --no-save.", returncode=ERROR
            ) from error

    def _scan(self, path: Path, service: str | None, conditions: InForce, *, save: bool) -> Scanned:
        started, now = time.monotonic(), timezone.now()
        repository = repository_of(path, service) if save else None
        before = latest_scan(repository) if repository else None
        # What was found under other rules or options is no answer to these.
        receipt = receipt_of(before, conditions.checks) if before and before.key == conditions.key else None
        if repository and before and receipt and (known := unchanged(path, before, receipt, conditions, now)):
            follow_one(repository, conditions.standards, now)
            self._say(f"{repository.name}: nothing differs since the scan at {before.commit[:12]}, which is shown.")
            return known
        fleet, ships_events = around(repository) if repository else (None, False)
        request = Request(
            source="folder",
            path=str(path),
            as_of=timezone.localdate(),
            now=now,
            name=repository.name.lower() if repository and not repository.placeholder else "",
            packs=conditions.packs,
            options=conditions.options,
            fleet=fleet,
            ships_events=ships_events,
            receipt=receipt,
        )
        scanned = run(request, self._progress)
        if save and service and repository is None and scanned.commit and not scanned.changed and not scanned.refused:
            repository = declared(path, service, now)
        if repository and not scanned.refused:
            seconds = time.monotonic() - started
            at = now + timedelta(seconds=seconds)
            said = keep(repository, scanned, conditions, trigger=Scan.Trigger.COMMAND, at=at, seconds=seconds)
            self._say(said)
        elif save and not scanned.refused:
            self._say(f"{path}: nothing was kept, {_why_not(scanned, service)}")
        return scanned

    def _print(self, reports: list[list[Report]], form: str, *, several: bool) -> None:
        flat = [report for found in reports for report in found]
        if form == "sarif":
            self.stdout.write(json.dumps(as_sarif(flat), indent=2))
        elif form == "json":
            told = [as_json(found[0]) | {"packs": [as_json(own) for own in found[1:]]} for found in reports]
            self.stdout.write(json.dumps(told if several else told[0], indent=2))
        else:
            self.stdout.write("\n".join(map(as_text, flat)))

    def _progress(self, check: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r\x1b[K{check}", ending="")

    def _say(self, text: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write("\r\x1b[K", ending="")
        self.stderr.write(text)


def _why_not(scanned: Scanned, service: str | None) -> str:
    if scanned.commit is None:
        return "since the folder is not in git."
    if scanned.changed:
        return "since there are uncommitted changes."
    return "since no service is known for it. Name it with --service." if service is None else "since it has no name."
