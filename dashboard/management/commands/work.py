"""``manage.py work``: the embedded worker, a child of ``up``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from dashboard.embedded import Stop, work


class Command(BaseCommand):
    help = "Drains the inbox and keeps the figures current, without a broker. up starts it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when nothing is left to do")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Stop()
        stop.listen()
        work(stop, once=options["once"])
