"""Datasets as files over HTTP, and by the command."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dashboard.api.document import document
from dashboard.exports import parquet
from ingest.models import Deployment, Team
from tests.dashboard.exports.rows import organisation
from tests.factories import bearer, make_deployment, make_service, make_team, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_teams(pay: Team) -> None:
    organisation(pay)
    make_deployment(make_service("web", make_team("shop")), external_id="of shop")


def lines(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def ask(client: Any, file: str, team: Team | None = None, scope: str = "read", **query: Any) -> Any:
    _, token = make_token(scope, team=team)
    return client.get(f"/api/v1/exports/{file}", query, headers={**bearer(token), "Accept": "text/plain"})


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_it_is_streamed_as_an_attachment_of_its_type(client: Any, two_teams: None, form: str) -> None:
    answer = ask(client, f"deployments.{form}")
    assert answer.streaming
    assert answer["Content-Disposition"] == f'attachment; filename="deployments.{form}"'
    types = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
    assert answer["Content-Type"] == types.get(form, "application/vnd.apache.parquet")
    body = b"".join(answer.streaming_content)
    assert body.startswith({"csv": b"id,source,", "ndjson": b'{"id":', "parquet": b"PAR1"}[form])


def test_a_token_of_a_team_gets_its_own_rows(client: Any, two_teams: None, pay: Team) -> None:
    assert {row["team"] for row in lines(ask(client, "deployments.ndjson", pay))} <= {"pay", "unassigned"}
    found = {row["external_id"] for row in lines(ask(client, "deployments.ndjson", pay))}
    assert found == set(Deployment.objects.filter(service__slug="checkout").values_list("external_id", flat=True))
    assert "of shop" in {row["external_id"] for row in lines(ask(client, "deployments.ndjson"))}


def test_who_may_not_read_gets_none(client: Any, two_teams: None) -> None:
    assert client.get("/api/v1/exports/deployments.csv").status_code == 401
    assert ask(client, "deployments.csv", scope="ingest").status_code == 403


def test_a_person_who_is_signed_in_may_download(client: Any, two_teams: None, charlie: User) -> None:
    client.force_login(charlie)
    assert client.get("/api/v1/exports/teams.csv").status_code == 200


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"service": "checkout"}, 3),
        ({"status": "running"}, 1),
        ({"failed": "true"}, 1),
        ({"finished_at_after": "2026-03-02T13:00:00Z"}, 1),
        ({"finished_at_before": "2026-03-02T13:00:00Z", "service": "checkout"}, 1),
        ({"updated_since": "2026-03-02T13:00:00Z"}, 1),
        ({"updated_since": "2026-03-02T14:00:00 01:00"}, 1),
    ],
)
def test_the_filters_of_the_lists_hold(client: Any, two_teams: None, query: dict[str, str], count: int) -> None:
    assert len(lines(ask(client, "deployments.ndjson", **query))) == count


@pytest.mark.parametrize(
    "query",
    [
        {"colour": "red"},
        {"failed": "perhaps"},
        {"updated_since": "yesterday"},
        {"finished_at_after": "2026-13-01"},
        {"source__secret": "x"},
    ],
)
def test_a_filter_that_cannot_be_read_is_400(client: Any, two_teams: None, query: dict[str, str]) -> None:
    answer = ask(client, "deployments.csv", **query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_service_that_the_token_does_not_see_is_404(client: Any, two_teams: None, pay: Team) -> None:
    assert ask(client, "deployments.csv", service="nobody").status_code == 404
    assert ask(client, "deployments.csv", pay, service="web").status_code == 404


def test_it_says_what_to_ask_for_the_next_time(client: Any, two_teams: None) -> None:
    as_of = ask(client, "deployments.csv")["Plumbline-As-Of"]
    assert ask(client, "deployments.csv", updated_since=as_of).status_code == 200


@pytest.mark.parametrize("file", ["passwords.csv", "deployments.xlsx", "deployments.csv.gz"])
def test_a_file_that_there_is_not_is_404(client: Any, two_teams: None, file: str) -> None:
    assert ask(client, file).status_code == 404


def test_without_pyarrow_parquet_says_what_to_install(client: Any, two_teams: None, monkeypatch: Any) -> None:
    def missing() -> Any:
        raise parquet.NoParquet(parquet.INSTALL)

    monkeypatch.setattr(parquet, "arrow", missing)
    answer = ask(client, "deployments.parquet")
    assert answer.status_code == 501
    assert answer["Content-Type"] == "application/problem+json"
    assert "requirements/parquet.txt" in answer.json()["detail"]
    told = document()["paths"]["/api/v1/exports/{dataset}.{form}"]["get"]["responses"]["501"]
    assert list(told["content"]) == ["application/problem+json"]
    with pytest.raises(CommandError, match=r"requirements/parquet\.txt"):
        call_command("export", "deployments", form="parquet", output="/dev/null")


def test_the_command_writes_a_file(two_teams: None, tmp_path: Path) -> None:
    path = tmp_path / "teams.csv"
    call_command("export", "teams", "--format", "csv", "--bom", "-o", str(path))
    assert path.read_bytes().startswith(b"\xef\xbb\xbfslug,")
    call_command("export", "deployments", "--format", "ndjson", "--since", "2026-03-02T13:00:00Z", "-o", str(path))
    (row,) = [json.loads(line) for line in path.read_text().splitlines()]
    assert row["deleted"] is False


def test_the_command_refuses_a_time_that_is_none(two_teams: None) -> None:
    with pytest.raises(CommandError, match="is no time"):
        call_command("export", "teams", "--format", "csv", "--since", "soon")
