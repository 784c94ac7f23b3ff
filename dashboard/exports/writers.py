"""(pure) Rows of a dataset as CSV or NDJSON, in pieces. A row is a tuple of values of the types that columns name."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import orjson

from dashboard.datasets.columns import Column, Type

BOM = b"\xef\xbb\xbf"  # by it Excel knows UTF-8
# A spreadsheet takes a text that begins with one of these for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ROWS_A_PIECE = 2_000
_JSON_LINE = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE

Row = Sequence[Any]


def csv_pieces(
    columns: Sequence[Column], rows: Iterable[Row], *, bom: bool = False, head: bool = True
) -> Iterator[bytes]:
    """RFC 4180: a head, lines that end with CR LF, null as an empty cell, lists and JSON as JSON text.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    text = io.StringIO(newline="")
    line = csv.writer(text, lineterminator="\r\n")
    line.writerow([column.name for column in columns])
    types = [column.type for column in columns]
    yield from _pieces(text, BOM if bom else b"", rows, lambda row: line.writerow(map(cell, types, row)))


def ndjson_pieces(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """A JSON object a line, with every column."""
    names = [column.name for column in columns]
    piece: list[bytes] = []
    for row in rows:
        piece.append(orjson.dumps(dict(zip(names, row, strict=True)), option=_JSON_LINE))
        if len(piece) >= ROWS_A_PIECE:
            yield b"".join(piece)
            piece.clear()
    yield b"".join(piece)


def cell(type_: Type, value: Any) -> Any:
    """A value as a CSV cell holds it."""
    if value is None:
        return ""
    if type_ is Type.TEXT:
        return harmless(str(value))
    if type_ is Type.TIME:
        return moment(value)
    if type_ is Type.BOOLEAN:
        return "true" if value else "false"
    if type_ in (Type.LIST, Type.JSON):
        return json_text(value)
    return value.isoformat() if isinstance(value, date) else value


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def json_text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _pieces(text: io.StringIO, before: bytes, rows: Iterable[Row], write: Any) -> Iterator[bytes]:
    for number, row in enumerate(rows, 1):
        write(row)
        if number % ROWS_A_PIECE == 0:
            yield before + _taken(text)
            before = b""
    yield before + _taken(text)


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece
