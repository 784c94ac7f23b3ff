"""DuckDB and pandas read the files that the site serves: every row, in types that hold what the dataset holds."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pytest
import requests

from dashboard.datasets.columns import Column, Type
from dashboard.datasets.dataset import Dataset
from dashboard.datasets.every import DATASETS
from dashboard.exports.writers import FORMULA
from tests.dashboard.exports.rows import every_kind
from tests.factories import bearer, make_deployment, make_service, make_team, make_token

LONG = "long, and\n“quoted” " * 20_000
IN_DUCKDB = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.BOOLEAN: "BOOLEAN",
    Type.TIME: "TIMESTAMP WITH TIME ZONE",
    Type.DAY: "DATE",
    Type.LIST: "VARCHAR[]",
    Type.JSON: "VARCHAR",
}
IN_PANDAS = {
    Type.INTEGER: "int64",
    Type.NUMBER: "float64",
    Type.BOOLEAN: "bool",
    Type.TIME: "datetime64[us, UTC]",
    Type.TEXT: "str",
}

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]


@pytest.fixture
def site(live_server: Any, monkeypatch: Any) -> tuple[str, dict[str, str]]:
    """Where the files are, and the header with a token; rows of every dataset, one of them with much text."""
    service = every_kind(monkeypatch)
    make_deployment(service, url=LONG, by="NA", external_id="long")
    return f"{live_server.url}/api/v1/exports", bearer(make_token()[1])


def expected(dataset: Dataset) -> dict[Any, tuple[Any, ...]]:
    rows = {row[dataset.names.index(dataset.key)]: row for row in dataset.values(dataset.rows())}
    assert rows, f"no row of {dataset.name} to read"
    return rows


def compare(dataset: Dataset, found: Iterable[Mapping[str, Any]], read: Callable[[Column, Any], Any]) -> None:
    wanted, told = expected(dataset), {row[dataset.key]: row for row in found}
    assert told.keys() == wanted.keys()
    for key, row in wanted.items():
        for column, value in zip(dataset.columns, row, strict=True):
            assert read(column, told[key][column.name]) == plain(column, value), (dataset.name, key, column.name)


def plain(column: Column, value: Any) -> Any:
    """A value of the dataset in one spelling; CSV can't tell an empty text from null."""
    if value is None or value == "":
        return None
    return float(value) if column.type is Type.NUMBER else value


def of_parquet(column: Column, value: Any) -> Any:
    if missing(value):
        return None
    if column.type is Type.JSON:
        return json.loads(value)
    return typed(column, value)


def of_csv(column: Column, value: Any) -> Any:
    if missing(value):
        return None
    if column.type in (Type.LIST, Type.JSON):
        return json.loads(value)
    if column.type is Type.TEXT:
        text = str(value)
        assert not text.startswith(FORMULA), "a spreadsheet would run it"
        return text[1:] if text[0] == "'" and text[1:2] in FORMULA else text
    return typed(column, value)


def missing(value: Any) -> bool:
    return (
        value is None
        or (isinstance(value, str) and not value)
        or (pandas.api.types.is_scalar(value) and pandas.isna(value))
    )


def typed(column: Column, value: Any) -> Any:
    match column.type:
        case Type.TIME:
            assert value.tzinfo is not None
            return value.to_pydatetime() if isinstance(value, pandas.Timestamp) else value.astimezone(UTC)
        case Type.DAY:
            return value.date() if isinstance(value, datetime) else value
        case Type.LIST:
            return list(value)
        case Type.NUMBER:
            return float(value)
        case Type.INTEGER:
            assert value == int(value)
            return int(value)
    return value


# ---------------------------------------------------------------- DuckDB


def fetched(site: tuple[str, dict[str, str]], name: str, folder: Path) -> Path:
    url, headers = site
    answer = requests.get(f"{url}/{name}", headers=headers, timeout=30)
    answer.raise_for_status()
    path = folder / name
    path.write_bytes(answer.content)
    return path


def asked_of_duckdb(query: str) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The types of the answer's columns, and its rows."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        answer = connection.sql(query)
        names = answer.columns
        types = dict(zip(names, map(str, answer.types), strict=True))
        return types, [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def test_duckdb_reads_parquet_and_csv(site: Any, tmp_path: Path) -> None:
    for name, dataset in DATASETS.items():
        types, rows = asked_of_duckdb(f"SELECT * FROM '{fetched(site, f'{name}.parquet', tmp_path)}'")
        assert types == {column.name: IN_DUCKDB[column.type] for column in dataset.columns}
        compare(dataset, rows, of_parquet)
        texts = {one.name: "VARCHAR" for one in dataset.columns if one.type is Type.TEXT}  # else a lone T is a truth
        path = fetched(site, f"{name}.csv", tmp_path)
        types, rows = asked_of_duckdb(f"SELECT * FROM read_csv('{path}', types = {texts})")
        for column in dataset.columns:
            if column.type is Type.TIME and any(row[column.name] is not None for row in rows):
                assert types[column.name] == "TIMESTAMP WITH TIME ZONE", column.name
        compare(dataset, rows, of_csv)


# ---------------------------------------------------------------- pandas


def test_pandas_reads_parquet_and_csv(site: Any) -> None:
    url, headers = site
    for name, dataset in DATASETS.items():
        frame = pandas.read_parquet(f"{url}/{name}.parquet", storage_options=headers)
        assert tuple(frame.columns) == dataset.names
        for column in dataset.columns:
            if not column.nullable and column.type in IN_PANDAS:
                assert str(frame[column.name].dtype) == IN_PANDAS[column.type], column.name
        compare(dataset, frame.to_dict("records"), of_parquet)
        frame = pandas.read_csv(
            f"{url}/{name}.csv",
            storage_options=headers,
            parse_dates=[one.name for one in dataset.columns if one.type in (Type.TIME, Type.DAY)],
            date_format="ISO8601",  # of each by itself: some have fractions of a second
            dtype={one.name: "string" for one in dataset.columns if one.type is Type.TEXT},
            keep_default_na=False,  # a text NA is a text
            na_values=[""],
        )
        compare(dataset, frame.to_dict("records"), of_csv)


# ---------------------------------------------------------------- who sees what


def test_a_team_s_token_reads_its_own_rows_alone(site: Any, tmp_path: Path) -> None:
    url, _ = site
    other = make_team("other")
    make_deployment(make_service("other", other), external_id="other")
    headers = bearer(make_token(team=other)[1])
    path = fetched((url, headers), "deployments.parquet", tmp_path)
    _, rows = asked_of_duckdb(f"SELECT DISTINCT service FROM '{path}'")
    assert rows == [{"service": "other"}]
    services = pandas.read_csv(f"{url}/services.csv", storage_options=headers)
    assert services["slug"].tolist() == ["other"]
