"""Roles of PostgreSQL that may read the views and nothing else.

Each is a member of one group, which can't sign in and to which the views are granted whenever they are made anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from dashboard.sql.star import VIEWS

CONNECTIONS = 10
IDLE = "5min"


@dataclass(frozen=True, slots=True)
class Reader:
    """``verifier``: of the password, as the server keeps it. ``seconds``: the longest that a statement may take."""

    name: str
    verifier: str
    seconds: int


def group(database: str) -> str:
    """The group of a database: roles are shared by all databases of a server."""
    return f"{database[:60]}_bi"


def grant(cursor: Any) -> None:
    """Grant the views to the group, where there is one."""
    cursor.execute("SELECT current_database()")
    [(database,)] = cursor.fetchall()
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [group(database)])
    if cursor.fetchone():
        cursor.execute(_grant(database))


def is_reader(cursor: Any, name: str) -> bool | None:
    """Whether the role may read by the group of this database; ``None`` where there is no such role."""
    cursor.execute("SELECT current_database()")
    [(database,)] = cursor.fetchall()
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid"
        " WHERE m.member = r.oid AND g.rolname = %s) FROM pg_roles r WHERE r.rolname = %s",
        [group(database), name],
    )
    row = cursor.fetchone()
    return bool(row[0]) if row else None


def renewal(reader: Reader) -> sql.Composed:
    """What gives a role that is there another password."""
    return sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(reader.name), sql.Literal(reader.verifier))


def recipe(reader: Reader, database: str, schema: str) -> Iterator[sql.Composed]:
    """What makes a role, in the order in which to run it: by who may make roles, in the site's database."""
    members = sql.Literal(group(database)), sql.Identifier(group(database))
    role, place, where = sql.Identifier(reader.name), sql.Identifier(database), sql.Identifier(schema)
    yield sql.SQL(
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = {}) THEN CREATE ROLE {} NOLOGIN; END IF;"
        " END $$"
    ).format(*members)
    yield sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(place, members[1])
    yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(where, members[1])
    yield _grant(database)
    # What every role of the server may do unless it is told otherwise.
    yield sql.SQL("REVOKE CREATE ON SCHEMA {} FROM PUBLIC").format(where)
    yield sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(place)
    yield sql.SQL(
        "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT {} PASSWORD {}"
    ).format(role, sql.Literal(CONNECTIONS), sql.Literal(reader.verifier))
    yield sql.SQL("GRANT {} TO {}").format(members[1], role)
    for name, value in settings(reader.seconds).items():
        told = sql.SQL(name), sql.Literal(value)
        yield sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(role, place, *told)


def settings(seconds: int) -> dict[str, str]:
    """What holds for a reader's sessions. Views hold joins of their own: by default a query that joins some of them has
    too many for PostgreSQL to look for the best order."""
    return {
        "default_transaction_read_only": "on",
        "statement_timeout": f"{seconds}s",
        "idle_in_transaction_session_timeout": IDLE,
        "join_collapse_limit": "24",
        "from_collapse_limit": "24",
    }


def _grant(database: str) -> sql.Composed:
    views = sql.SQL(", ").join(sql.Identifier(view.name) for view in VIEWS)
    return sql.SQL("GRANT SELECT ON {} TO {}").format(views, sql.Identifier(group(database)))
