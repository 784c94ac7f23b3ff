"""(pure) Rows of a dataset as Parquet: by pyarrow, where ``requirements/parquet.txt`` is installed."""

import importlib
import io
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, BinaryIO

import orjson

from dashboard.datasets.columns import Column, Type
from dashboard.exports.writers import Row, json_text

ROWS_A_GROUP = 50_000
SELDOM = 4  # values that occur so often each, in the mean, repeat
INSTALL = "Parquet needs pyarrow: pip install --require-hashes -r requirements/parquet.txt."


class NoParquet(Exception):
    """pyarrow is not installed; the message says how to."""


@cache
def arrow() -> Any:
    """The library. Raises ``NoParquet`` without it."""
    try:
        found = importlib.import_module("pyarrow")
        for part in ("compute", "csv", "parquet"):
            importlib.import_module(f"pyarrow.{part}")
    except ImportError as error:
        raise NoParquet(INSTALL) from error
    return found


def schema(columns: Sequence[Column], about: Mapping[str, str] | None = None) -> Any:
    """The columns with their types; what each says, its unit and its values are its metadata."""
    pa = arrow()
    fields = [pa.field(one.name, arrow_type(one.type), one.nullable, metadata=_told(one)) for one in columns]
    return pa.schema(fields, metadata=dict(about or {}))


def arrow_type(type_: Type) -> Any:
    pa = arrow()
    kinds: dict[Type, Callable[[], Any]] = {
        Type.TEXT: pa.string,
        Type.INTEGER: pa.int64,
        Type.NUMBER: pa.float64,
        Type.BOOLEAN: pa.bool_,
        Type.TIME: lambda: pa.timestamp("us", tz="UTC"),
        Type.DAY: pa.date32,
        Type.LIST: lambda: pa.list_(pa.string()),
        Type.JSON: pa.string,
    }
    return kinds[type_]()


def _told(column: Column) -> dict[str, str]:
    told = {"comment": column.text, "unit": column.unit, "values": ", ".join(column.values)}
    if column.type is Type.JSON:
        told["format"] = "json"
    return {key: value for key, value in told.items() if value}


class Sink:
    """Writes rows in groups of 50,000, packed by zstd. It takes three kinds of rows, and holds a group at most."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column], about: Mapping[str, str] | None = None) -> None:
        self.columns = columns
        self.schema = schema(columns, about)
        self._file = file
        self._writer: Any = None
        self._held: list[Any] = []
        self._held_rows = 0

    def typed(self, rows: Sequence[Row]) -> None:
        """Rows of Python values."""
        self._add(rows, _of_values)

    def stored(self, rows: Sequence[Row]) -> None:
        """Rows as SQLite holds them: times and days as text, booleans as 0 and 1, lists and JSON as JSON text."""
        self._add(rows, _of_stored)

    def copied(self, block: bytes) -> None:
        """Lines of CSV as PostgreSQL's COPY writes them, times without a zone in UTC."""
        pa = arrow()
        if not block:
            return
        kinds = {
            one.name: {Type.LIST: pa.string(), Type.TIME: pa.timestamp("us")}.get(one.type, arrow_type(one.type))
            for one in self.columns
        }
        table = pa.csv.read_csv(
            io.BytesIO(block),
            read_options=pa.csv.ReadOptions(column_names=list(kinds), block_size=len(block) + 1),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types=kinds,
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        arrays = [
            _lists(found) if one.type is Type.LIST else found.cast(arrow_type(one.type))
            for one, found in zip(self.columns, table.columns, strict=True)
        ]
        self._hold(pa.table(arrays, schema=self.schema))

    def close(self) -> None:
        self._flush()
        if self._writer is None:
            self._writer = self._written_by(self.schema.empty_table())
        self._writer.close()

    def _add(self, rows: Sequence[Row], turned: Callable[[Type, Sequence[Any]], Any]) -> None:
        if rows:
            cells = zip(*rows, strict=True)
            arrays = [turned(column.type, found) for column, found in zip(self.columns, cells, strict=True)]
            self._hold(arrow().table(arrays, schema=self.schema))

    def _hold(self, table: Any) -> None:
        while self._held_rows + table.num_rows >= ROWS_A_GROUP:
            room = ROWS_A_GROUP - self._held_rows
            self._held.append(table.slice(0, room))
            self._flush()
            table = table.slice(room)
        if table.num_rows:
            self._held.append(table)
            self._held_rows += table.num_rows

    def _flush(self) -> None:
        if self._held:
            group = arrow().concat_tables(self._held)
            if self._writer is None:
                self._writer = self._written_by(group)
            self._writer.write_table(group, row_group_size=ROWS_A_GROUP)
            self._held, self._held_rows = [], 0

    def _written_by(self, first: Any) -> Any:
        """A writer that codes values by a dictionary where they repeat in the first group: elsewhere it costs more time
        and bytes than it saves."""
        pa = arrow()
        return pa.parquet.ParquetWriter(
            self._file, self.schema, compression="zstd", use_dictionary=[
                f"{one.name}.list.element" if one.type is Type.LIST else one.name
                for one in self.columns
                if one.type is Type.LIST or _repeats(first[one.name])
            ],
        )  # fmt: skip


def _repeats(column: Any) -> bool:
    return bool(arrow().compute.count_distinct(column).as_py() * SELDOM <= len(column))


def _of_values(type_: Type, cells: Sequence[Any]) -> Any:
    if type_ is Type.JSON:
        cells = [None if cell is None else json_text(cell) for cell in cells]
    return arrow().array(cells, arrow_type(type_))


def _of_stored(type_: Type, cells: Sequence[Any]) -> Any:
    pa = arrow()
    if type_ is Type.LIST:
        return _lists(pa.array(cells, pa.string()))
    if type_ is Type.TIME:
        return pa.array(cells, pa.string()).cast(pa.timestamp("us")).cast(arrow_type(type_))
    if type_ is Type.DAY:
        return pa.array(cells, pa.string()).cast(pa.date32())
    if type_ is Type.BOOLEAN:
        return pa.array(cells, pa.int8()).cast(pa.bool_())
    return pa.array(cells, arrow_type(type_))


def _lists(texts: Any) -> Any:
    """JSON texts as lists; each that occurs is parsed once."""
    pa = arrow()
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    coded = texts.dictionary_encode()
    parsed = pa.array([orjson.loads(text) for text in coded.dictionary.to_pylist()], pa.list_(pa.string()))
    return parsed.take(coded.indices)
