"""The lists, OData, views and each form of a file tell the same rows, by row and column."""

from typing import Any

import pytest
from django.core.management import call_command

from dashboard.datasets.every import DATASETS
from ingest.models import Team
from scorecards.rollups.build import build_rollups, mark_all
from tests.dashboard.exports.rows import organisation
from tests.dashboard.exports.told import body, by_csv, by_list, by_ndjson, by_odata, by_parquet, by_view, differences
from tests.factories import bearer, make_token

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("read", [by_odata, by_ndjson, by_csv, by_parquet, by_view])
def test_it_tells_what_the_list_tells(get: Any, name: str, read: Any) -> None:
    dataset = DATASETS[name]
    empty = None if read is by_csv else ""  # a cell of CSV has no other way to say null
    assert differences(dataset, by_list(get, dataset), read(get, dataset), empty) == []


def test_there_are_rows_to_compare(get: Any) -> None:
    filled = {name for name, dataset in DATASETS.items() if dataset.rows().exists()}
    assert filled >= {"teams", "services", "repositories", "deployments", "changes", "pull-requests", "incidents"}


def test_the_command_writes_the_same_file(get: Any, tmp_path: Any) -> None:
    path = tmp_path / "file"
    for name, dataset in DATASETS.items():
        call_command("export", name, "--format", "csv", "-o", str(path))
        assert path.read_bytes() == body(get, dataset, "csv")
