"""A dataset's rows as each way of reading tells them: dictionaries by column, with values of Python."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from pyarrow import parquet

from dashboard.datasets.columns import Column, Type
from dashboard.datasets.dataset import Dataset
from dashboard.exports.writers import FORMULA
from dashboard.odata.metadata import set_name
from dashboard.sql.view import PREFIX
from tests.dashboard.sql.plain import Plain

IN_TABLES = (Type.LIST, Type.JSON)
SUMMED = ("adoption", "scorecards")  # their addresses answer sums of what is asked for, and not the rows
Row = dict[str, Any]
Get = Callable[[str], Any]  # asks a path, and fails where the answer is an error


def keyed(dataset: Dataset, rows: list[Row]) -> dict[Any, Row]:
    found = {row[dataset.key]: row for row in rows}
    assert len(found) == len(rows)
    return found


def by_list(get: Get, dataset: Dataset, page_size: int = 2) -> list[Row]:
    if dataset.name in SUMMED:
        return [dict(zip(dataset.names, row, strict=True)) for row in dataset.values(dataset.rows())]
    rows, path = [], f"/api/v1/{dataset.name}/?page_size={page_size}"
    while path:
        answer = get(path).json()
        rows += answer["results"]
        path = answer["next"]
    return rows


def by_odata(get: Get, dataset: Dataset) -> list[Row]:
    rows, path = [], f"/odata/v4/{set_name(dataset.name)}"
    while path:
        answer = get(path).json()
        rows += answer["value"]
        path = answer.get("@odata.nextLink")
    for row in rows:
        for column in dataset.columns:
            if column.type in IN_TABLES and row[column.name] is not None:
                row[column.name] = json.loads(row[column.name])
    return rows


def body(get: Get, dataset: Dataset, form: str) -> bytes:
    return b"".join(get(f"/api/v1/exports/{dataset.name}.{form}").streaming_content)


def by_ndjson(get: Get, dataset: Dataset) -> list[Row]:
    return [json.loads(line) for line in body(get, dataset, "ndjson").splitlines()]


def by_csv(get: Get, dataset: Dataset) -> list[Row]:
    table = csv.DictReader(io.StringIO(body(get, dataset, "csv").decode(), newline=""))
    return [{column.name: of_cell(column, row[column.name]) for column in dataset.columns} for row in table]


def by_parquet(get: Get, dataset: Dataset) -> list[Row]:
    rows = parquet.read_table(io.BytesIO(body(get, dataset, "parquet"))).to_pylist()
    return [
        {
            column.name: json.loads(row[column.name])
            if column.type is Type.JSON and row[column.name] is not None
            else row[column.name]
            for column in dataset.columns
        }
        for row in rows
    ]


def by_view(get: Get, dataset: Dataset) -> list[Row]:
    rows = Plain().rows(f"SELECT * FROM {PREFIX}{dataset.name.replace('-', '_')}")
    return [{column.name: of_database(column, row[column.name]) for column in dataset.columns} for row in rows]


def of_database(column: Column, value: Any) -> Any:
    """A value as the driver gives it, which on SQLite knows numbers and texts alone."""
    if value is None:
        return None
    if column.type in IN_TABLES:
        return json.loads(value)
    if connection.vendor == "sqlite" and column.type is Type.BOOLEAN:
        return {0: False, 1: True}[value]
    if connection.vendor == "sqlite" and column.type is Type.TIME:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


def of_cell(column: Column, cell: str) -> Any:
    if cell == "":
        return None
    if column.type in (Type.INTEGER, Type.NUMBER):
        return float(cell)
    if column.type is Type.BOOLEAN:
        return cell == "true"
    if column.type in IN_TABLES:
        return json.loads(cell)
    return cell[1:] if cell[0] == "'" and cell[1:2] in FORMULA else cell


def plain(column: Column, value: Any, empty: Any) -> Any:
    """A value in one spelling."""
    if value is None or value == "":
        return empty if value == "" else None
    if column.type is Type.TIME:
        return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).timestamp()
    if column.type is Type.DAY:
        return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()
    return float(value) if column.type in (Type.INTEGER, Type.NUMBER) else value


def differences(dataset: Dataset, expected: list[Row], found: list[Row], empty: Any = "") -> list[tuple[Any, ...]]:
    """Where two readings of a dataset differ: key, column, and both values. ``empty``: what an empty text reads as."""
    mine, theirs = keyed(dataset, expected), keyed(dataset, found)
    different: list[tuple[Any, ...]] = [(key, "not in both") for key in mine.keys() ^ theirs.keys()]
    for key in mine.keys() & theirs.keys():
        for column in dataset.columns:
            values = [plain(column, row[key][column.name], empty) for row in (mine, theirs)]
            if values[0] != values[1]:
                different.append((key, column.name, *values))
    return different
