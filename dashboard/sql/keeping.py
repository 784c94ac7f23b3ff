"""Has the database hold the views: away before migrations, which they would stand in the way of, and back behind them.

They are made of what the datasets tell today, so that the tables below may change; ``bi_v1_`` promises names and types,
which a test holds. No views stand while a migration is still to come.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from dashboard.datasets.columns import Column
from dashboard.sql import readers
from dashboard.sql.beside import MOMENT, moment
from dashboard.sql.compiled import literal
from dashboard.sql.star import VIEWS
from dashboard.sql.view import View

FAMILY = "bi_v"  # of all versions


def before_migrations(plan: Any = (), **kwargs: Any) -> None:
    """Take them away where something is to be migrated."""
    if plan:
        with transaction.atomic(), connection.cursor() as cursor:
            drop(cursor)


def keep(**kwargs: Any) -> None:
    """Have them be those of today; nothing where they are."""
    with transaction.atomic(), connection.cursor() as cursor:
        wanted = _statements(connection.vendor, str(settings.ORGANISATION_ZONE), _schema(cursor))
        if _held(cursor, wanted) or _to_be_migrated():
            return
        drop(cursor)
        for statement in wanted:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            readers.grant(cursor)


@lru_cache(maxsize=4)
def _statements(vendor: str, zone: str, schema: str) -> tuple[str, ...]:
    """What makes all of them; the same for one database, time zone and program."""
    if vendor == "sqlite":
        return tuple(map(_made, VIEWS))
    made = [moment(schema)]
    for view in VIEWS:
        made += [_made(view), *_comments(view)]
    return (*made, f"COMMENT ON FUNCTION {MOMENT}() IS '{_digest(made)}'")


def _made(view: View) -> str:
    names = ", ".join(f'"{column.name}"' for column in view.columns)
    return f"CREATE VIEW {view.name} ({names}) AS {view.statement()}"


def _comments(view: View) -> Iterator[str]:
    yield f"COMMENT ON VIEW {view.name} IS {literal(view.text)}"
    for column in view.columns:
        yield f'COMMENT ON COLUMN {view.name}."{column.name}" IS {literal(comment(column))}'


def comment(column: Column) -> str:
    """What a column says, with its unit and values."""
    parts = [column.text, f"In {column.unit}." if column.unit else "", "One of: " if column.values else ""]
    return " ".join(filter(None, parts)) + ", ".join(column.values)


def drop(cursor: Any) -> None:
    """All of them, of every version."""
    for name in _views(cursor):
        cursor.execute(f'DROP VIEW "{name}"')
    if connection.vendor == "postgresql":
        cursor.execute(f"DROP FUNCTION IF EXISTS {MOMENT}()")


def _views(cursor: Any) -> list[str]:
    found = connection.introspection.get_table_list(cursor)
    return sorted(one.name for one in found if one.type == "v" and one.name.startswith(FAMILY))


def _held(cursor: Any, wanted: Sequence[str]) -> bool:
    """Whether they stand as they are wanted. PostgreSQL keeps no statement as it was written, so a digest is kept."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'view' AND name LIKE %s", [f"{FAMILY}%"])
        return {sql for (sql,) in cursor.fetchall()} == {*wanted}
    cursor.execute("SELECT obj_description(to_regprocedure(%s), 'pg_proc')", [f"{MOMENT}()"])
    [(digest,)] = cursor.fetchall()
    return wanted[-1].endswith(f"'{digest}'") and {*_views(cursor)} == {view.name for view in VIEWS}


def _digest(statements: Sequence[str]) -> str:
    return blake2b("\n".join(statements).encode(), digest_size=8).hexdigest()


def _schema(cursor: Any) -> str:
    if connection.vendor == "sqlite":
        return ""
    cursor.execute("SELECT quote_ident(current_schema())")
    return str(cursor.fetchone()[0])


def _to_be_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
