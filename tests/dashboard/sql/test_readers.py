"""``manage.py add_reader``: the role reads each view, and can do nothing else."""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import errors

from dashboard.sql import keeping, readers
from dashboard.sql.star import VIEWS
from tests.factories import make_service, make_team

of_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="of PostgreSQL")


def add(name: str, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("add_reader", name, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def name(transactional_db: None) -> Iterator[str]:
    """A role of this database alone; it and its group go behind the test."""
    database = connection.settings_dict["NAME"]
    yield f"{database}_reader"
    with connection.cursor() as cursor:
        for role in (f"{database}_reader", readers.group(database)):
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if cursor.fetchone():
                cursor.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


def connected(name: str, password: str) -> "psycopg.Connection[Any]":
    told = connection.settings_dict
    return psycopg.connect(
        host=told["HOST"], port=told["PORT"], dbname=told["NAME"], user=name, password=password, autocommit=True
    )


@of_postgresql
def test_it_reads_each_view_and_nothing_else(name: str) -> None:
    make_service("pay-api", make_team("pay"))
    role, password = add(name, seconds=7)[0].split()
    assert role == name
    with connected(name, password) as session:
        for view in VIEWS:
            session.execute(f"SELECT * FROM {view.name} LIMIT 1").fetchall()
        assert session.execute("SELECT slug FROM bi_v1_services").fetchall() == [("pay-api",)]
        assert session.execute("SHOW statement_timeout").fetchone() == ("7s",)
        session.execute("SET default_transaction_read_only = off")  # which anybody may
        tables = {one for (one,) in session.execute("SELECT relname FROM pg_class WHERE relkind = 'r'").fetchall()}
        own = {one for one in tables if re.match("ingest_|scorecards_|dashboard_|auth_|django_", one)}
        assert len(own) > 60
        for table in own:
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(f"SELECT 1 FROM {table}")
        for statement in (
            "UPDATE bi_v1_environments SET environment_key = 1",
            "DELETE FROM bi_v1_environments",
            "INSERT INTO ingest_team (slug, name) VALUES ('x', 'x')",
            "CREATE TABLE mine (a int)",
            "CREATE TEMPORARY TABLE mine (a int)",
            "CREATE ROLE mine",
            "COPY bi_v1_teams TO PROGRAM 'cat'",
            "SELECT pg_read_file('/etc/passwd')",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement)


@of_postgresql
def test_a_query_that_takes_too_long_is_broken_off(name: str) -> None:
    _, password = add(name, seconds=1)[0].split()
    with connected(name, password) as session, pytest.raises(errors.QueryCanceled):
        session.execute("SELECT pg_sleep(60)")


@of_postgresql
def test_it_goes_on_reading_when_the_views_are_made_anew(name: str) -> None:
    _, password = add(name)[0].split()
    keeping.before_migrations(plan=["something"])
    keeping.keep()
    with connected(name, password) as session:
        session.execute("SELECT * FROM bi_v1_deployments").fetchall()


@of_postgresql
def test_it_is_told_of_transactions_that_may_still_bring_rows(name: str) -> None:
    _, password = add(name)[0].split()
    told = connection.settings_dict
    asked = "SELECT as_of FROM bi_v1_as_of"
    with connected(name, password) as session:
        [[before]] = session.execute(asked).fetchall()
        writer = {"host": told["HOST"], "port": told["PORT"], "dbname": told["NAME"], "user": told["USER"]}
        with psycopg.connect(**writer, password=told["PASSWORD"]) as writing:
            began = writing.execute("SELECT now()").fetchone()
            assert began is not None
            session.execute("SELECT pg_sleep(0.05)")
            [[during]] = session.execute(asked).fetchall()
            assert before <= during <= began[0]
        [[after]] = session.execute(asked).fetchall()
        assert after > during


@of_postgresql
def test_a_second_time_gives_it_another_password(name: str) -> None:
    first, second = add(name)[0].split()[1], add(name)[0].split()[1]
    assert first != second
    connected(name, second).close()


@of_postgresql
@pytest.mark.django_db
def test_a_role_that_does_something_else_is_left_alone() -> None:
    with pytest.raises(CommandError, match="does something else"):
        add(connection.settings_dict["USER"])


@of_postgresql
@pytest.mark.django_db
def test_the_statements_can_be_run_by_somebody_else() -> None:
    statements, told = add("metabase", sql=True)
    password = told.split()[1]
    assert password not in statements and "SCRAM-SHA-256" in statements
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'metabase'")
        assert cursor.fetchone() is None
        cursor.execute(statements.replace("metabase", f"metabase_of_{connection.settings_dict['NAME']}"))


@of_postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["", "Metabase", 'a"b', "a b", "1a", "a" * 51])
def test_a_name_that_needs_quotes_is_refused(wrong: str) -> None:
    with pytest.raises(CommandError, match="small letters"):
        add(wrong)


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="of SQLite")
def test_sqlite_has_no_roles() -> None:
    with pytest.raises(CommandError, match="no roles"):
        add("metabase")
