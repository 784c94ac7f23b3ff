"""``manage.py ingest_events FILE``: native events as NDJSON, recorded when it returns."""

import sys
import time
from argparse import ArgumentParser
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ingest.inbox.load import Totals, load
from ingest.inbox.sources import native
from scorecards.rollups.build import build_rollups

SHOWN = 20  # refused lines that are told; the data health page has them all


class Command(BaseCommand):
    help = "Records native events (NDJSON, gzip by content) from FILE, or - for standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        name: str = options["file"]
        try:
            stream: IO[bytes] = sys.stdin.buffer if name == "-" else open(name, "rb")  # noqa: SIM115 - closed below
        except OSError as error:
            raise CommandError(f"{name} can't be read: {error.strerror}.") from error
        began = time.monotonic()
        with stream:
            try:
                totals = load(native(), stream, timezone.now(), f"file {name}", self._progress(began))
            except (OSError, EOFError) as error:
                raise CommandError(
                    f"{name} can't be read to its end: {error}. What came before is recorded."
                ) from error
            finally:
                build_rollups(lambda text: self.stderr.write(f"\r{text}", ending=""))
        seconds = time.monotonic() - began
        self.stderr.write(f"\rDone in {seconds:.1f} s ({totals.received / max(seconds, 0.001):,.0f} lines a second).")
        self.stdout.write(str(totals))
        if totals.rejected:
            sys.exit(1)

    def _progress(self, began: float) -> Any:
        def report(totals: Totals, known: int) -> None:
            for rejected in totals.rejected[known:]:
                if len(totals.rejected) <= SHOWN or totals.rejected.index(rejected) < SHOWN:
                    self.stderr.write(f"\nline {rejected.line}: {rejected.error}", ending="")
            if known < SHOWN <= len(totals.rejected) and known != len(totals.rejected):
                self.stderr.write("\nMore refused lines stand on the data health page.", ending="")
            rate = totals.received / max(time.monotonic() - began, 0.001)
            self.stderr.write(f"\r{totals.received:,} lines, {rate:,.0f} a second", ending="")
            self.stderr.flush()

        return report
