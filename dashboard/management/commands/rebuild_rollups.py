"""``manage.py rebuild_rollups``: every figure anew from the facts."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ingest.catalogue.names import environment_class
from ingest.models import Environment
from scorecards.adoption import build as adoption
from scorecards.rollups.build import build_rollups, drop_rollups, mark_all


class Command(BaseCommand):
    help = "Recomputes every judged row and rollup from the facts; environments get the class that settings give them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", metavar="DAY", help="only days from this one on, such as 2026-03-02")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            since = date.fromisoformat(options["since"]) if options["since"] else None
        except ValueError as error:
            raise CommandError(f"--since {options['since']} is no day. Write it like 2026-03-02.") from error
        for environment in Environment.objects.filter(set_by_hand=False):
            found = environment_class(environment.name, settings.ENVIRONMENT_CLASSES)
            if found != environment.environment_class:
                environment.environment_class = found
                environment.save(update_fields=["environment_class"])
                self.stderr.write(f"{environment.name} is {found}")
        drop_rollups(since)
        mark_all()
        count = build_rollups(lambda text: self.stderr.write(f"\r{text}", ending=""))
        self.stderr.write("")
        adoption.rebuild(timezone.now())
        self.stdout.write(f"{count} services recomputed")
