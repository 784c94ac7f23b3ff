"""A day's figures in columns equal those that pages read for that day."""

from datetime import timedelta

import pytest

from dashboard.datasets.every import DATASETS
from ingest.models import Service, Team
from ingest.window import Window
from scorecards.models import DayRollup
from scorecards.rollups import read
from scorecards.rollups.figures import FIGURES
from scorecards.rollups.read import ORGANISATION, Scope
from tests.dashboard.datasets.reader import full
from tests.factories import make_token
from tests.native_events import RECEIVED_AT, ingest, worked_example

pytestmark = pytest.mark.django_db
TODAY = RECEIVED_AT.date()


def rows():
    return full(DATASETS["metrics-daily"], make_token()[0]).values()


def test_they_equal_the_pages_day_by_day():
    ingest(worked_example())
    scopes = {
        "org": ORGANISATION,
        "team:payments": Scope("team", Team.objects.get(slug="payments").pk),
        "service:pay": Scope("service", Service.objects.get().pk),
    }
    assert {row["scope"] for row in rows()} == set(scopes)
    for row in rows():
        day = Window(row["day"], row["day"] + timedelta(days=1))
        shown = read.summary(scopes[row["scope"]], row["environment_class"], day, TODAY)
        spread = shown.lead_time
        assert row["deployments"] == shown.deployments
        assert row["finished_deployments"] == shown.finished_deployments
        assert row["failed_deployments"] == shown.failed_deployments
        assert row["change_failure_rate"] == shown.change_failure_rate
        assert row["rework_deployments"] == shown.rework_deployments
        assert row["rework_rate"] == shown.rework_rate
        assert row["lead_time_count"] == (spread.count if spread else 0)
        for name in ("median", "mean", "p75", "p90"):
            assert row[f"lead_time_{name}_seconds"] == (getattr(spread, name) if spread else None)
        assert row["mttr_seconds"] == shown.mttr
        assert row["restored_count"] == shown.restored_count
        assert row["failed_deployment_recovery_time_seconds"] == shown.failed_deployment_recovery_time
        assert row["incident_count"] == shown.incidents_opened
        assert row["mean_time_to_acknowledge_seconds"] == shown.response.mean_time_to_acknowledge
        assert row["within_limit_share"] == shown.response.within_limit


def test_the_worked_example_adds_up_over_its_days():
    """metrics.md: 4 deployments, 2 of 5 failed, 3 restorations' seconds over 2."""
    ingest(worked_example())
    days = [row for row in rows() if row["scope"] == "org"]
    total = {name: sum(row[name] for row in days) for name in (
        "deployments", "finished_deployments", "failed_deployments", "restored_count", "restoration_seconds",
        "rework_deployments", "lead_time_count",
    )}  # fmt: skip
    assert total == {
        "deployments": 4, "finished_deployments": 5, "failed_deployments": 2, "restored_count": 2,
        "restoration_seconds": 3_000.0, "rework_deployments": 1, "lead_time_count": 4,
    }  # fmt: skip


def test_days_by_tier_are_told_once():
    ingest(worked_example())
    assert DayRollup.objects.exclude(tier="").exists()
    assert {getattr(row, name) for row in DayRollup.objects.exclude(tier="") for name in FIGURES} == {None}
    assert len(rows()) == DayRollup.objects.filter(tier="").count()
