"""Every way to read data holds a token to its scope, its team and its end: lists, rows, files and OData."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.api.auth import revoke_token
from dashboard.datasets.every import DATASETS
from dashboard.odata.metadata import set_name
from tests.factories import bearer, make_deployment, make_service, make_team, make_token

pytestmark = pytest.mark.django_db
WAYS = {
    "list": "/api/v1/services/",
    "row": "/api/v1/services/theirs/",
    "file": "/api/v1/exports/services.csv",
    "lines": "/api/v1/exports/services.ndjson",
    "columns": "/api/v1/exports/services.parquet",
    "sets": "/odata/v4/",
    "metadata": "/odata/v4/$metadata",
    "set": "/odata/v4/services",
    "count": "/odata/v4/services/$count",
    "entity": "/odata/v4/services('theirs')",
    "value": "/odata/v4/services('theirs')/name/$value",
    "figures": "/api/v1/metrics/?scope=service:theirs",
    "scorecards": "/api/v1/scorecards/?scope=service:theirs",
    "gate": "/api/v1/services/theirs/gate/",
}
OF_A_TEAM = [way for way in WAYS if way not in ("sets", "metadata")]
EVERY = pytest.mark.parametrize("path", WAYS.values(), ids=WAYS)


@pytest.fixture
def services(pay):
    """One of team pay, and one of another."""
    for slug, team in (("ours", pay), ("theirs", make_team("other"))):
        make_deployment(make_service(slug, team), timezone.now() - timedelta(hours=1))


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"anyone:{text}".encode()).decode()}


def body(answer) -> str:
    return (answer.getvalue() if answer.streaming else answer.content).decode("utf-8", "replace")


@EVERY
def test_a_token_that_reads_reads(client, services, path):
    for scope in ("read", "admin"):
        answer = client.get(path, headers=bearer(make_token(scope)[1]))
        assert answer.status_code == 200
        assert body(answer)


@EVERY
def test_one_that_ended_was_revoked_or_is_none_opens_nothing(client, services, path):
    now = timezone.now()
    revoked, text = make_token()
    revoke_token(revoked, now)
    ended = make_token(expires_at=now - timedelta(seconds=1))[1]
    unknown = text[:-4] + "AAAA"
    for one in (text, ended, unknown, "nonsense"):
        for headers in (bearer(one), basic(one)):
            assert client.get(path, headers=headers).status_code == 401
    assert client.get(path).status_code == 401


@EVERY
def test_one_that_sends_events_reads_nothing(client, services, path):
    assert client.get(path, headers=bearer(make_token("ingest")[1])).status_code == 403


@pytest.mark.parametrize("way", OF_A_TEAM)
def test_one_of_a_team_sees_nothing_of_another(client, services, pay, way):
    answer = client.get(WAYS[way], headers=bearer(make_token(team=pay)[1]))
    if way in ("list", "file", "lines", "columns", "set", "count"):
        assert answer.status_code == 200
        said = body(answer)
        assert "theirs" not in said
        assert ("ours" in said) or said == "1"
    else:
        assert answer.status_code == 404


@pytest.mark.parametrize("name", DATASETS)
def test_no_row_of_another_team_s_service_is_in_any_dataset(client, services, pay, name):
    headers = bearer(make_token(team=pay)[1])
    for path in (f"/api/v1/exports/{name}.ndjson", f"/odata/v4/{set_name(name)}"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200
        assert "theirs" not in body(answer)
