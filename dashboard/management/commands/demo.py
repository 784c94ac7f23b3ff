"""``manage.py demo``: the demo organisation, recorded and computed when it returns."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard.demo.load import DEFAULT_SEED, is_loaded, load_demo


class Command(BaseCommand):
    help = "Loads a demo organisation: eight teams, a year of deployments and incidents."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED, metavar="N", help="another N, another company")

    def handle(self, *args: Any, **options: Any) -> None:
        if is_loaded():
            raise CommandError("The demo organisation is here already. To load it anew, begin with an empty database.")
        load_demo(options["seed"], timezone.now(), self.stdout.write)
        self.stdout.write("The demo organisation is loaded.")
