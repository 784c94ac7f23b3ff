"""Rows in bulk, on PostgreSQL by COPY and on SQLite by prepared statements: never one query a row, let alone a field.

Django's ``bulk_create`` costs 50 to 100 microseconds a row here, ten times of what the database needs. Values go in
as Python values of the column's kind; JSON columns as text (``orjson.dumps``), times as aware datetimes in UTC.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection, models
from psycopg.types.datetime import TimestamptzLoader

Row = Sequence[Any]
BATCH = 20_000


def postgresql() -> bool:
    return connection.vendor == "postgresql"


def to_json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def from_json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def from_time(value: Any) -> Any:
    """A time as the database gives it, aware, in UTC; ``None`` for null."""
    # SQLite gives a column's time as a datetime without a zone, and an expression's as text.
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(time, datetime):
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return None


def _sqlite_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    return value


def _sqlite_rows(rows: Iterable[Row]) -> Iterator[list[Any]]:
    for row in rows:
        yield [_sqlite_value(value) for value in row]


def table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(model: type[models.Model], name: str) -> str:
    return model._meta.get_field(name).column or name  # type: ignore[union-attr]


def _columns(model: type[models.Model], names: Sequence[str]) -> list[str]:
    return [connection.ops.quote_name(_column(model, name)) for name in names]


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert ``rows``; a unique constraint that is broken raises ``IntegrityError``."""
    if not rows:
        return
    columns = ", ".join(_columns(model, names))
    with connection.cursor() as cursor:
        if postgresql():
            _copy(cursor, f"{table(model)} ({columns})", rows)
        else:
            marks = ", ".join(["%s"] * len(names))
            cursor.executemany(
                f"INSERT INTO {table(model)} ({columns}) VALUES ({marks})",  # noqa: S608
                list(_sqlite_rows(rows)),
            )


def _copy(cursor: Any, target: str, rows: Iterable[Row]) -> None:
    # Django turns psycopg's errors into its own everywhere but here.
    with connection.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def update(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Update ``names`` of the rows whose primary key is the first value of each row."""
    if not rows:
        return
    primary_key = connection.ops.quote_name(model._meta.pk.column or "id")
    columns = _columns(model, names)
    with connection.cursor() as cursor:
        if postgresql():
            selected = ", ".join([primary_key, *columns])
            cursor.execute(
                f"CREATE TEMPORARY TABLE bulk_update ON COMMIT DROP AS SELECT {selected} FROM {table(model)} LIMIT 0"  # noqa: S608
            )
            _copy(cursor, f"bulk_update ({selected})", rows)
            assignments = ", ".join(f"{column} = b.{column}" for column in columns)
            cursor.execute(
                f"UPDATE {table(model)} t SET {assignments} FROM bulk_update b"  # noqa: S608
                f" WHERE t.{primary_key} = b.{primary_key}"
            )
            cursor.execute("DROP TABLE bulk_update")
        else:
            assignments = ", ".join(f"{column} = %s" for column in columns)
            cursor.executemany(
                f"UPDATE {table(model)} SET {assignments} WHERE {primary_key} = %s",  # noqa: S608
                [[*row[1:], row[0]] for row in _sqlite_rows(rows)],
            )


def delete(model: type[models.Model], keys: Sequence[int], by: str = "pk", **also: Any) -> None:
    """Delete rows by primary key (or another column) where ``also`` holds, without looking for what refers to them."""
    for start in range(0, len(keys), BATCH):
        rows = model._base_manager.filter(**{f"{by}__in": keys[start : start + BATCH]}, **also)
        rows._raw_delete(connection.alias)


def select(
    model: type[models.Model],
    names: Sequence[str],
    key_names: Sequence[str],
    keys: Sequence[tuple[Any, ...]],
    types: Sequence[str],
    read: Callable[[Iterator[Any]], None],
) -> None:
    """Give ``read`` the rows whose ``key_names`` equal one of ``keys``; ``types``: PostgreSQL's, one a key column."""
    if not keys:
        return
    wanted = ", ".join(f"t.{column}" for column in _columns(model, names))
    columns = _columns(model, key_names)
    with connection.cursor() as cursor:
        if postgresql():
            # psycopg's own loader; the one that Django puts in its place is ten times slower.
            cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
            # One JSON text a column is written and read faster than an array; OFFSET 0 holds the planner to the index,
            # where it would read the whole of a table that it thinks small.
            lists = ", ".join(["json_array_elements_text(%s)"] * len(columns))
            aliases = ", ".join(f"k{index}" for index in range(len(columns)))
            on = " AND ".join(
                f"t.{column} = k.k{index}::{kind}"
                for index, (column, kind) in enumerate(zip(columns, types, strict=True))
            )
            cursor.execute(
                f"SELECT t.* FROM ROWS FROM ({lists}) AS k({aliases})"  # noqa: S608
                f" CROSS JOIN LATERAL (SELECT {wanted} FROM {table(model)} t WHERE {on} OFFSET 0) t",
                [to_json([key[index] for key in keys]) for index in range(len(columns))],
            )
        else:
            on = " AND ".join(
                f"t.{column} = json_extract(k.value, '$[{index}]')" for index, column in enumerate(columns)
            )
            cursor.execute(
                f"SELECT {wanted} FROM json_each(%s) AS k CROSS JOIN {table(model)} t ON {on}",  # noqa: S608
                [orjson.dumps(keys).decode()],
            )
        read(iter(cursor))
