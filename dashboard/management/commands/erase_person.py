"""``manage.py erase_person``: forget who somebody is; or hash the names that are stored."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ingest.people import erase, hash_stored


class Command(BaseCommand):
    help = (
        "Erase a person from facts and stored deliveries, under every name, login and address that is given; they stay"
        " erased when a source tells of them again. Figures do not change."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="a name, login or e-mail address")
        parser.add_argument(
            "--hash-stored", action="store_true", help="hash all stored names instead, after AUTHORS=hashed was set"
        )

    def handle(self, *args: Any, names: list[str], hash_stored: bool, **options: Any) -> None:
        if hash_stored:
            self.stdout.write(f"{_hash()} facts hold a hash now")
            return
        if not any(name.strip() for name in names):
            raise CommandError("Say whom: erase_person ada ada@example.com 'Ada Lovelace'.")
        done = erase(names)
        self.stdout.write(f"erased from {done.facts} facts and {done.deliveries} deliveries")


def _hash() -> int:
    if settings.AUTHORS != "hashed":
        raise CommandError("Set AUTHORS=hashed first, or new deliveries bring names again.")
    return hash_stored()
