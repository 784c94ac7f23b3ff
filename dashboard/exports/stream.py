"""A dataset's rows out of the database as pieces of a file, or into one. Nothing holds more than some thousand rows."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, BinaryIO

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Value

from dashboard.datasets.columns import Column
from dashboard.datasets.dataset import Dataset, Rows
from dashboard.exports import parquet, writers
from dashboard.exports.cells import Cell
from dashboard.exports.writers import Row

FETCHED_AT_ONCE = 2_000
PIECE_BYTES = 256 * 1024
BLOCK_BYTES = 1024 * 1024


def csv_of(
    dataset: Dataset, columns: Sequence[Column], rows: Rows, before: Iterable[Row], *, bom: bool
) -> Iterator[bytes]:
    """CSV of ``before``, which are tuples of values, and then of ``rows``."""
    yield from writers.csv_pieces(columns, before, bom=bom)
    query = _query(dataset, columns, rows, plain=False)
    yield from _copied_csv(query) if connection.vendor == "postgresql" else _stored_csv(query)


def ndjson_of(dataset: Dataset, columns: Sequence[Column], rows: Rows, before: Iterable[Row]) -> Iterator[bytes]:
    """NDJSON of ``before`` and then of ``rows``."""
    yield from writers.ndjson_pieces(columns, before)
    yield from writers.ndjson_pieces(columns, typed(dataset, columns, rows))


def parquet_into(
    file: BinaryIO,
    dataset: Dataset,
    columns: Sequence[Column],
    rows: Rows,
    before: Iterable[Row],
) -> None:
    """Parquet of ``before`` and then of ``rows``. Raises ``parquet.NoParquet``."""
    sink = parquet.Sink(file, columns, {"dataset": dataset.name, "comment": dataset.text})
    for some in _batches(before):
        sink.typed(some)
    query = _query(dataset, columns, rows, plain=True)
    if connection.vendor == "postgresql":
        for block in _joined(_lines(query), BLOCK_BYTES):
            sink.copied(block)
    else:
        for some in _fetched(query):
            sink.stored(some)
    sink.close()


def typed(dataset: Dataset, columns: Sequence[Column], rows: Rows) -> Iterator[Row]:
    """The rows as tuples of Python values."""
    told = [column.name for column in columns if column.name in dataset.column_by_name]
    more = (False,) * (len(columns) - len(told))
    for row in dataset.values(rows, told).iterator(chunk_size=FETCHED_AT_ONCE):
        yield (*row, *more)


def _query(dataset: Dataset, columns: Sequence[Column], rows: Rows, *, plain: bool) -> Rows:
    expressions = [
        dataset.expression(column.name) if column.name in dataset.column_by_name else Value(False) for column in columns
    ]
    cells = {
        f"cell_{number}": Cell(one, column.type, plain=plain)
        for number, (one, column) in enumerate(zip(expressions, columns, strict=True))
    }
    return rows.values_list(*cells.values())


def _sql(query: Rows) -> tuple[str, tuple[Any, ...]] | None:
    """``None``: the conditions rule out every row."""
    try:
        sql, params = query.query.sql_with_params()
    except EmptyResultSet:
        return None
    return sql, params


def _lines(query: Rows) -> Iterator[bytes]:
    """The rows as PostgreSQL writes them, a line each: null is nothing, an empty text two quotes."""
    if (said := _sql(query)) is None:
        return
    sql, params = said
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL datestyle TO 'ISO'")
        cursor.execute("SET LOCAL jit TO off")  # it would compile for longer than it then saves
        raw: Any = cursor.cursor
        with raw.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", params) as copy:
            for line in copy:
                yield bytes(line)


def _joined(lines: Iterable[bytes], size: int) -> Iterator[bytes]:
    held: list[bytes] = []
    length = 0
    for line in lines:
        held.append(line)
        length += len(line)
        if length >= size:
            yield b"".join(held)
            held, length = [], 0
    yield b"".join(held)


def _copied_csv(query: Rows) -> Iterator[bytes]:
    return _joined((line[:-1] + b"\r\n" for line in _lines(query)), PIECE_BYTES)


def _stored_csv(query: Rows) -> Iterator[bytes]:
    for some in _fetched(query):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(some)
        yield text.getvalue().encode()


def _fetched(query: Rows) -> Iterator[Sequence[Row]]:
    """The rows as SQLite holds them, some at a time."""
    if (said := _sql(query)) is None:
        return
    sql, params = said
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql, params)
        while some := cursor.fetchmany(FETCHED_AT_ONCE):
            yield some


def _batches(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    held: list[Row] = []
    for row in rows:
        held.append(row)
        if len(held) >= FETCHED_AT_ONCE:
            yield held
            held = []
    yield held
