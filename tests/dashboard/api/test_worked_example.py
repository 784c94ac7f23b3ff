"""The worked example of metrics.md, from facts in the database to the API's answer."""

from datetime import UTC, datetime

import pytest

from ingest.models import ChangedService
from scorecards.rollups.build import build_rollups
from tests.factories import (
    bearer,
    make_change,
    make_deployment,
    make_incident,
    make_repository,
    make_service,
    make_team,
    make_token,
)

pytestmark = pytest.mark.django_db


def march(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def worked_example():
    service = make_service("pay", make_team("payments"), tier="critical")
    repository = make_repository("acme/pay", service)
    for sha, authored_at in {
        "a": march(2, 9, 30),
        "b": march(1, 10),
        "c": march(3, 11),
        "e": march(5, 8),
    }.items():
        make_change(repository, authored_at, sha=sha)

    def deploy(name, finished_at, version, shas, **fields):
        return make_deployment(
            service, finished_at, repository=repository, external_id=name, version=version, shas=shas, **fields
        )

    deploy("d1", march(2, 10), "1", ["a", "b"])
    deploy("d2", march(3, 12), "2", ["c"])
    deploy("d3", march(3, 12, 38), "1", [], kind="rollback", rollback_of="d2")
    deploy("d4", march(5, 9), "3", ["e"], status="failed")
    deploy("d5", march(5, 9, 20), "3", ["e"])
    make_incident(service, march(3, 12, 10), resolved_at=march(3, 12, 40), names_cause=True, caused_by="d2")
    ChangedService.objects.create(service=service)
    build_rollups()


@pytest.mark.parametrize("scope", ["org", "team:payments", "service:pay"])
def test_it_tells_the_figures_of_the_definition(client, worked_example, scope):
    query = {"scope": scope, "from": "2026-03-02", "to": "2026-03-09"}
    answer = client.get("/api/v1/metrics/", query, headers=bearer(make_token()[1])).json()
    row = answer["results"][0]
    assert row["deployments"] == 4
    assert row["deployment_frequency"] == pytest.approx(4 / 7)
    assert row["lead_time"]["median"] == pytest.approx(4200)
    assert row["lead_time"]["mean"] == pytest.approx(24150)
    assert row["lead_time"]["count"] == 4
    assert (row["finished_deployments"], row["failed_deployments"], row["change_failure_rate"]) == (5, 2, 0.4)
    assert row["mttr"] == pytest.approx(1500)
    assert row["failed_deployment_recovery_time"] == pytest.approx(1740)
    assert row["rework_rate"] == 0.25
    assert row["targets"]["deployment_frequency"] == "missed"
    assert row["targets"]["mttr"] == "met"
    assert row["stages"]["coding"] is None
    assert row["reasons"]["stages"] == "no_pull_request_with_all_stages"


def test_it_adds_the_days_up_to_the_week(client, worked_example):
    query = {"scope": "service:pay", "from": "2026-03-02", "to": "2026-03-09", "interval": "day"}
    rows = client.get("/api/v1/metrics/", query, headers=bearer(make_token()[1])).json()["results"]
    assert [row["deployments"] for row in rows] == [1, 2, 0, 1, 0, 0, 0]
    assert [row["failed_deployments"] for row in rows] == [0, 1, 0, 1, 0, 0, 0]
