"""The worked example of metrics.md, from native lines to figures and to the API's answer."""

from datetime import date

import pytest

from ingest.models import Service, Team
from ingest.window import Window
from scorecards.models import JudgedDeployment
from scorecards.rollups.read import ORGANISATION, Scope, series, summary
from tests.factories import bearer, make_token
from tests.native_events import ingest, worked_example

pytestmark = pytest.mark.django_db

WEEK = Window(date(2026, 3, 2), date(2026, 3, 9))
TODAY = date(2026, 3, 20)


@pytest.fixture
def scopes():
    totals = ingest(worked_example())
    assert (totals.processed, totals.quarantined) == (12, 0)
    return {
        "org": ORGANISATION,
        "team": Scope("team", Team.objects.get(slug="payments").pk),
        "service": Scope("service", Service.objects.get(slug="pay").pk),
    }


@pytest.mark.parametrize("kind", ["org", "team", "service"])
def test_it_comes_to_the_figures_of_the_definition(scopes, kind):
    found = summary(scopes[kind], "production", WEEK, TODAY)
    assert found.deployments == 4
    assert found.deployments_per_day == 4 / 7
    assert found.deployment_frequency == 4 / 7
    assert (found.active_services, found.frequency_met, found.working_days) == (1, 0, 5)
    assert (found.lead_time.median, found.lead_time.mean, found.lead_time.count) == (4200, 24150, 4)
    assert (found.finished_deployments, found.failed_deployments, found.change_failure_rate) == (5, 2, 0.4)
    assert found.failed_by == {"status_failed": 1, "rolled_back": 1, "incident": 1}
    assert (found.mttr, found.restored_count, found.open_count) == (1500, 2, 0)
    assert found.critical_mttr == 1500
    assert (found.failed_deployment_recovery_time, found.recovered_count) == (1740, 2)
    assert (found.rework_rate, found.rework_deployments) == (0.25, 1)
    assert found.incidents_opened == 1
    assert found.targets == {
        "deployment_frequency": "missed",
        "lead_time": "missed",
        "change_failure_rate": "missed",
        "mttr": "met",
    }
    assert found.coverage["lead_time"] == 1


def test_it_judges_each_deployment_as_the_definition_tells(scopes):
    found = {
        row.deployment.external_id: (
            set(filter(None, row.failed_by.split(","))),
            row.rollback,
            row.redeploy,
            row.change_count,
        )
        for row in JudgedDeployment.objects.select_related("deployment")
    }
    assert found == {
        "d1": (set(), False, False, 2),
        "d2": ({"incident", "rolled_back"}, False, False, 1),
        "d3": (set(), True, False, 0),
        "d4": ({"status_failed"}, False, False, 0),
        "d5": (set(), False, False, 1),
    }


def test_it_adds_its_days_up_to_the_week(scopes):
    days = series(scopes["service"], "production", WEEK, TODAY, "day")
    assert [day.deployments for day in days] == [1, 2, 0, 1, 0, 0, 0]
    assert [day.failed_deployments for day in days] == [0, 1, 0, 1, 0, 0, 0]
    assert [day.lead_time.count if day.lead_time else 0 for day in days] == [2, 1, 0, 1, 0, 0, 0]


def test_the_api_tells_the_same(client, scopes):
    query = {"scope": "team:payments", "from": "2026-03-02", "to": "2026-03-09"}
    answer = client.get("/api/v1/metrics/", query, headers=bearer(make_token()[1]))
    assert answer.status_code == 200
    (row,) = answer.json()["results"]
    assert row["deployments"] == 4
    assert row["deployments_per_day"] == pytest.approx(4 / 7)
    assert row["lead_time"]["median"] == 4200
    assert row["lead_time"]["mean"] == 24150
    assert row["lead_time"]["count"] == 4
    assert row["change_failure_rate"] == 0.4
    assert row["mttr"] == 1500
    assert row["failed_deployment_recovery_time"] == 1740
    assert row["rework_rate"] == 0.25
    assert row["targets"]["mttr"] == "met"
