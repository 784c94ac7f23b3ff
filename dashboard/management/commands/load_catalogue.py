"""``manage.py load_catalogue``: teams, services and who owns them, from a file."""

import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from dashboard.formats import plural
from ingest.catalogue.documents import MAX_BYTES
from ingest.catalogue.files import CatalogueFile, read_catalogue
from ingest.catalogue.manage import retire_service
from ingest.inbox.sources import native
from ingest.record import record
from scorecards.adoption import build as adoption
from scorecards.rollups.build import build_rollups
from scorecards.rollups.forget import forget_summaries


class Command(BaseCommand):
    help = "Load teams, services and their owners from a catalogue file or Backstage's. Loading again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="YAML, ours or Backstage's (docs/catalogue.md)")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        found = read_catalogue(_content(file), Path(file).name, _now())
        apply_catalogue(found)
        build_rollups()
        adoption.build(timezone.now())
        for line, message in sorted([*found.notes, *found.problems]):
            self.stderr.write(f"{file}:{line}: {message}")
        self.stdout.write(_told(found))
        if found.problems:
            sys.exit(1)


def apply_catalogue(found: CatalogueFile) -> None:
    """Record what a file says, all or nothing."""
    with transaction.atomic():
        record(native(), [*found.teams, *found.services])
        for service, on in found.retired.items():
            retire_service(service, on)
        forget_summaries()


def _content(file: str) -> bytes:
    """The file's bytes, at most one more than are taken, so that the reader can say that it is too large."""
    try:
        with Path(file).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}.") from error


def _now() -> datetime:
    return timezone.now().astimezone(settings.ORGANISATION_ZONE)


def _told(found: CatalogueFile) -> str:
    parts = [plural(len(found.teams), "team"), plural(len(found.services), "service")]
    parts += [f"{len(found.retired)} retired or back in use"] if found.retired else []
    parts += [f"{plural(len(found.problems), 'problem')}, left out"] if found.problems else []
    return ", ".join(parts)
