"""Each form of a file holds the rows that the dataset holds, on the database that the tests run on."""

import csv
import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pyarrow import parquet

from dashboard.datasets.columns import Type
from dashboard.datasets.dataset import Dataset
from dashboard.datasets.every import DATASETS
from dashboard.exports import asked, stream, writers
from ingest.models import Deployment, RemovedRow, Team
from tests.dashboard.exports.rows import HOSTILE, organisation
from tests.factories import NOON, make_deployment

pytestmark = pytest.mark.django_db
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def every_row(dataset: Dataset) -> list[tuple[Any, ...]]:
    return list(dataset.values(dataset.rows().order_by("pk")))


def csv_rows(found: asked.Asked, *, bom: bool = False) -> list[list[str]]:
    pieces = stream.csv_of(found.dataset, found.columns, found.ordered, found.removed_rows(), bom=bom)
    return list(csv.reader(io.StringIO(b"".join(pieces).decode(), newline="")))


def read(type_: Type, cell: str) -> Any:
    """A cell of CSV read back, a text without the apostrophe that made it harmless."""
    if cell == "":
        return None
    if type_ in (Type.INTEGER, Type.NUMBER):
        return float(cell)
    if type_ is Type.BOOLEAN:
        return {"true": True, "false": False}[cell]
    if type_ is Type.TIME:
        assert cell.endswith("Z") and cell[10] == "T"
        return datetime.fromisoformat(cell)
    if type_ is Type.DAY:
        return date.fromisoformat(cell)
    if type_ in (Type.LIST, Type.JSON):
        return json.loads(cell)
    return cell[1:] if cell[0] == "'" and cell[1:2] in writers.FORMULA else cell


@pytest.mark.parametrize("name", DATASETS)
def test_csv_holds_the_rows_of_the_dataset(name: str, pay: Team) -> None:
    organisation(pay)
    dataset = DATASETS[name]
    head, *rows = csv_rows(asked.everything(dataset))
    assert head == list(dataset.names)
    types = [column.type for column in dataset.columns]
    found = [tuple(read(type_, cell) for type_, cell in zip(types, row, strict=True)) for row in rows]
    assert found == [tuple(None if cell == "" else cell for cell in row) for row in every_row(dataset)]


@pytest.mark.parametrize("name", DATASETS)
def test_ndjson_holds_the_rows_of_the_dataset(name: str, pay: Team) -> None:
    organisation(pay)
    dataset = DATASETS[name]
    found = asked.everything(dataset)
    text = b"".join(stream.ndjson_of(dataset, found.columns, found.ordered, ())).decode()
    rows = [json.loads(line) for line in text.splitlines()]
    assert [tuple(row) for row in rows] == [dataset.names] * len(rows)
    assert [[plain(cell) for cell in row] for row in every_row(dataset)] == [list(row.values()) for row in rows]


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("since", [None, SINCE])
def test_parquet_holds_the_rows_of_the_dataset_with_their_types(name: str, since: datetime | None, pay: Team) -> None:
    organisation(pay)
    dataset = DATASETS[name]
    found = asked.everything(dataset, since)
    file = io.BytesIO()
    stream.parquet_into(file, dataset, found.columns, found.ordered, found.removed_rows())
    table = parquet.read_table(io.BytesIO(file.getvalue()))
    assert table.column_names == [column.name for column in found.columns]
    rows = [
        tuple(from_parquet(column.type, row[column.name]) for column in dataset.columns) for row in table.to_pylist()
    ]
    expected = [
        tuple(in_utc(column.type, value) for column, value in zip(dataset.columns, row, strict=True))
        for row in every_row(dataset)
    ]
    assert sorted(map(repr, rows)) == sorted(map(repr, expected))
    for column in dataset.columns:
        assert table.schema.field(column.name).metadata[b"comment"].decode() == column.text


def from_parquet(type_: Type, value: Any) -> Any:
    return in_utc(type_, json.loads(value) if type_ is Type.JSON and value is not None else value)


def in_utc(type_: Type, value: Any) -> Any:
    """The same, where two spellings of one value are equal."""
    if type_ is Type.NUMBER and value is not None:
        return float(value)
    return value.astimezone(UTC) if type_ is Type.TIME and value is not None else value


def test_a_formula_is_made_harmless_and_a_number_is_not(pay: Team) -> None:
    organisation(pay)
    rows = csv_rows(asked.everything(DATASETS["deployments"]))
    told = dict(zip(rows[0], rows[1], strict=True))
    assert told["by"] == f"'{HOSTILE}"
    assert told["version"] == "'-1+2"
    assert float(told["duration_seconds"]) == 300.0


def test_lines_of_csv_end_as_rfc_4180_says(pay: Team) -> None:
    organisation(pay)
    found = asked.everything(DATASETS["teams"])
    text = b"".join(stream.csv_of(found.dataset, found.columns, found.ordered, (), bom=True))
    assert text.startswith(b"\xef\xbb\xbfslug,name,")
    assert text.count(b"\n") == text.count(b"\r\n") == 1 + Team.objects.count()


def test_a_reader_of_changes_is_told_first_what_left(pay: Team) -> None:
    organisation(pay)
    gone = Deployment.objects.order_by("pk")[0]
    RemovedRow.objects.all().delete()
    RemovedRow.objects.create(dataset="deployments", key="99", row=99, team=pay, at=NOON)
    head, first, *others = csv_rows(asked.everything(DATASETS["deployments"], SINCE))
    assert head[-1] == "deleted"
    told = dict(zip(head, first, strict=True))
    assert (told["id"], told["deleted"], told["updated_at"]) == ("99", "true", "2026-03-02T12:00:00Z")
    assert {cell for name, cell in told.items() if name not in ("id", "deleted", "updated_at")} == {""}
    assert str(gone.pk) in {row[0] for row in others}
    assert {row[-1] for row in others} == {"false"}


def test_a_reader_of_changes_is_told_those_alone(pay: Team) -> None:
    organisation(pay)
    dataset = DATASETS["deployments"]
    times = sorted(dataset.rows().values_list("updated_at", flat=True))
    rows = csv_rows(asked.everything(dataset, times[-1]))[1:]
    assert len(rows) == times.count(times[-1])
    assert len(csv_rows(asked.everything(dataset, None, times[-1]))[1:]) == len(times) - times.count(times[-1])


def test_no_row_is_a_head_alone(pay: Team) -> None:
    for name in ("csv", "none"):
        found = asked.everything(DATASETS["deployments"])
        rows = found.rows if name == "csv" else found.rows.none()
        assert len(list(csv.reader(io.StringIO(b"".join(stream.csv_of(
            found.dataset, found.columns, rows, (), bom=False)).decode())))) == 1  # fmt: skip


def test_parquet_codes_by_a_dictionary_what_repeats(pay: Team) -> None:
    service = organisation(pay)
    for number in range(20):
        make_deployment(service, NOON, external_id=f"more {number}", version=f"1.{number}", kind="deploy")
    found = asked.everything(DATASETS["deployments"])
    file = io.BytesIO()
    stream.parquet_into(file, found.dataset, found.columns, found.ordered, ())
    group = parquet.ParquetFile(file).metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    coded = {one.path_in_schema for one in columns if one.has_dictionary_page}
    assert {"service", "team", "kind", "failed_by.list.element"} <= coded
    assert coded.isdisjoint({"id", "external_id", "version"})
