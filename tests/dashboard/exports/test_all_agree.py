"""The lists, OData and each form of a file tell the same rows, by row and column."""

import csv
import io
import json
from datetime import date, datetime
from typing import Any

import pytest
from django.core.management import call_command
from pyarrow import parquet

from dashboard.datasets.columns import Column, Type
from dashboard.datasets.dataset import Dataset
from dashboard.datasets.every import DATASETS
from dashboard.exports.writers import FORMULA
from dashboard.odata.metadata import set_name
from ingest.models import Team
from scorecards.rollups.build import build_rollups, mark_all
from tests.dashboard.exports.rows import organisation
from tests.factories import bearer, make_token

pytestmark = pytest.mark.django_db
IN_TABLES = (Type.LIST, Type.JSON)
SUMMED = ("adoption", "scorecards")  # their addresses answer sums of what is asked for, and not the rows


@pytest.fixture
def get(client: Any, pay: Team) -> Any:
    organisation(pay)
    mark_all()
    build_rollups()
    _, token = make_token()

    def ask(path: str) -> Any:
        answer = client.get(path, headers=bearer(token))
        assert answer.status_code == 200, (path, answer.content)
        return answer

    return ask


def keyed(dataset: Dataset, rows: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    found = {row[dataset.key]: row for row in rows}
    assert len(found) == len(rows)
    return found


def by_list(get: Any, dataset: Dataset) -> list[dict[str, Any]]:
    if dataset.name in SUMMED:
        return [dict(zip(dataset.names, row, strict=True)) for row in dataset.values(dataset.rows())]
    rows, path = [], f"/api/v1/{dataset.name}/?page_size=2"
    while path:
        answer = get(path).json()
        rows += answer["results"]
        path = answer["next"]
    return rows


def by_odata(get: Any, dataset: Dataset) -> list[dict[str, Any]]:
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


def body(get: Any, dataset: Dataset, form: str) -> bytes:
    return b"".join(get(f"/api/v1/exports/{dataset.name}.{form}").streaming_content)


def by_ndjson(get: Any, dataset: Dataset) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body(get, dataset, "ndjson").splitlines()]


def by_csv(get: Any, dataset: Dataset) -> list[dict[str, Any]]:
    table = csv.DictReader(io.StringIO(body(get, dataset, "csv").decode(), newline=""))
    return [{column.name: of_cell(column, row[column.name]) for column in dataset.columns} for row in table]


def by_parquet(get: Any, dataset: Dataset) -> list[dict[str, Any]]:
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


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("read", [by_odata, by_ndjson, by_csv, by_parquet])
def test_it_tells_what_the_list_tells(get: Any, name: str, read: Any) -> None:
    dataset = DATASETS[name]
    empty = None if read is by_csv else ""  # a cell of CSV has no other way to say null
    expected, found = (keyed(dataset, rows) for rows in (by_list(get, dataset), read(get, dataset)))
    assert {float(key) if isinstance(key, float) else key for key in found} == set(expected)
    for key, row in expected.items():
        assert set(row) == set(found[key]) == set(dataset.names)
        for column in dataset.columns:
            mine, theirs = (plain(column, told[column.name], empty) for told in (found[key], row))
            assert mine == theirs, (key, column.name)


def test_there_are_rows_to_compare(get: Any) -> None:
    filled = {name for name, dataset in DATASETS.items() if dataset.rows().exists()}
    assert filled >= {"teams", "services", "repositories", "deployments", "changes", "pull-requests", "incidents"}


def test_the_command_writes_the_same_file(get: Any, tmp_path: Any) -> None:
    path = tmp_path / "file"
    for name, dataset in DATASETS.items():
        call_command("export", name, "--format", "csv", "-o", str(path))
        assert path.read_bytes() == body(get, dataset, "csv")
