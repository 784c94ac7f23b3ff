"""``manage.py ingest_events FILE``: native events as NDJSON, recorded when it returns."""

import sys
import time
from argparse import ArgumentParser
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from ingest.inbox.load import Batch, Report, Totals, few_collections
from ingest.inbox.parallel import LoadBroken, load_in_parallel
from ingest.inbox.sources import native
from scorecards.adoption import build as adoption
from scorecards.rollups.build import build_rollups

SHOWN = 20  # refused lines that are told; the data health page has them all
BROKEN = 2  # exit code where the load could not go on
AGAIN = "What was reported before is recorded. Run the command again: what is known is passed over."


class Command(BaseCommand):
    help = "Records native events (NDJSON, gzip by content) from FILE, or - for standard input."
    requires_system_checks = ()  # they load every page, which takes as long as thousands of lines

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument(
            "--workers",
            type=int,
            metavar="N",
            help="processes that record (default: 2, or 1 on one core or with few lines; SQLite has always 1)",
        )

    def handle(self, *args: Any, file: str, workers: int | None = None, **options: Any) -> None:
        if workers is not None and not 1 <= workers <= 64:
            raise CommandError("--workers must be a number from 1 to 64.")
        try:
            stream: IO[bytes] = sys.stdin.buffer if file == "-" else open(file, "rb")  # noqa: SIM115 - closed below
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}.") from error
        began = time.monotonic()
        with stream, few_collections():
            totals = self._load(stream, file, workers, self._progress(began))
        seconds = time.monotonic() - began
        self.stderr.write(f"\rDone in {seconds:.1f} s ({totals.received / max(seconds, 0.001):,.0f} lines a second).")
        self.stdout.write(str(totals))
        if totals.rejected:
            sys.exit(1)

    def _load(self, stream: IO[bytes], name: str, workers: int | None, report: Report) -> Totals:
        try:
            batch = Batch(native(), timezone.now(), f"file {name}")
            try:
                return load_in_parallel(batch, stream, report, workers, build_rollups)
            finally:
                build_rollups(lambda text: self.stderr.write(f"\r{text}", ending=""))
                adoption.build(timezone.now())
        except LoadBroken as error:
            raise CommandError(f"{error} {AGAIN}", returncode=BROKEN) from error
        except (OperationalError, InterfaceError) as error:
            raise CommandError(f"The database does not answer: {error} {AGAIN}", returncode=BROKEN) from error
        except (OSError, EOFError) as error:
            raise CommandError(f"{name} can't be read to its end: {error}. What came before is recorded.") from error

    def _progress(self, began: float) -> Report:
        def report(totals: Totals, known: int) -> None:
            for rejected in totals.rejected[known:SHOWN]:
                self.stderr.write(f"\nline {rejected.line}: {rejected.error}", ending="")
            if known <= SHOWN < len(totals.rejected):
                self.stderr.write("\nMore refused lines stand on the data health page.", ending="")
            rate = totals.received / max(time.monotonic() - began, 0.001)
            self.stderr.write(f"\r{totals.received:,} lines, {rate:,.0f} a second", ending="")
            self.stderr.flush()

        return report
