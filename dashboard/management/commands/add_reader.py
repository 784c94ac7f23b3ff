"""``manage.py add_reader NAME``: a role of PostgreSQL that may read the views ``bi_v1_...`` and nothing else."""

import re
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction

from dashboard.sql import readers
from dashboard.sql.readers import Reader

NAME = re.compile(r"[a-z_][a-z0-9_]{0,49}")
LONGEST_SECONDS = 24 * 60 * 60


class Command(BaseCommand):
    help = "Makes a role of PostgreSQL that may read the views bi_v1_... and nothing else; prints its password once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="such as metabase; one that is there gets another password")
        parser.add_argument("--seconds", type=int, default=60, help="the longest that a query may take (60)")
        parser.add_argument("--sql", action="store_true", help="print what who may make roles is to run")

    def handle(self, *args: Any, name: str, seconds: int, sql: bool, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("SQLite has no roles: who can open the file reads all of it. Give out files or the API.")
        if not NAME.fullmatch(name):
            raise CommandError("Name the role with small letters, digits and underscores, such as metabase.")
        if not 1 <= seconds <= LONGEST_SECONDS:
            raise CommandError(f"Give queries 1 to {LONGEST_SECONDS} seconds.")
        connection.ensure_connection()
        password = secrets.token_urlsafe(24)
        reader = Reader(name, _verifier(name, password), seconds)
        if sql:
            for statement in readers.recipe(reader, *_place()):
                self.stdout.write(statement.as_string(connection.connection) + ";")
            self.stderr.write(f"{name} {password}")
            return
        try:
            _make(reader)
        except ProgrammingError as error:
            raise CommandError(
                f"The database says: {error}\nHave who may make roles run what add_reader {name} --sql prints."
            ) from error
        self.stdout.write(f"{name} {password}")


@transaction.atomic
def _make(reader: Reader) -> None:
    with connection.cursor() as cursor:
        match readers.is_reader(cursor, reader.name):
            case False:
                raise CommandError(f"There is a role {reader.name} that does something else. Choose another name.")
            case True:
                cursor.execute(readers.renewal(reader))
            case None:
                for statement in readers.recipe(reader, *_place()):
                    cursor.execute(statement)


def _place() -> tuple[str, str]:
    """The database and the schema that the site is in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_schema()")
        database, schema = cursor.fetchone()
    return database, schema


def _verifier(name: str, password: str) -> str:
    """The password as the server keeps it, so that no log of statements holds it."""
    return str(connection.connection.pgconn.encrypt_password(password.encode(), name.encode()).decode())
