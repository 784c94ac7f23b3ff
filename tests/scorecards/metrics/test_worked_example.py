"""The worked example of metrics.md, to the digit."""

from datetime import date

import pytest

from ingest.window import Window
from scorecards.metrics import change_failure_rate, deployment_frequency, lead_time, levels, recovery, rework_rate
from scorecards.metrics.records import Definitions
from tests.scorecards.metrics.facts import at, change, deployment, incident, judged

WEEK = Window(date(2026, 3, 2), date(2026, 3, 9))
TODAY = date(2026, 3, 9)
DEFAULT = Definitions()
CHANGES = [
    change(1, "a", at(hours=9, minutes=30)),
    change(2, "b", at(days=-1, hours=10)),
    change(3, "c", at(days=1, hours=11)),
    change(4, "e", at(days=3, hours=8)),
]
DEPLOYMENTS = [
    deployment(1, at(hours=10), version="1", shas=("a", "b")),
    deployment(2, at(days=1, hours=12), version="2", shas=("c",)),
    deployment(3, at(days=1, hours=12, minutes=38), version="1", kind="rollback", rollback_of="d2"),
    deployment(4, at(days=3, hours=9), version="3", status="failed", shas=("e",)),
    deployment(5, at(days=3, hours=9, minutes=20), version="3", shas=("e",)),
]
INCIDENTS = [
    incident(1, at(days=1, hours=12, minutes=10), at(days=1, hours=12, minutes=40), names_cause=True, caused_by="d2")
]
PAY = judged(DEPLOYMENTS, INCIDENTS, CHANGES)


def test_it_counts_four_deployments_and_misses_the_target():
    count = deployment_frequency.count(deployment_frequency.deployments(PAY, DEFAULT), WEEK)
    assert count == 4
    assert deployment_frequency.deployment_frequency(count, 1, WEEK, TODAY) == pytest.approx(0.571, abs=5e-4)
    assert levels.frequency_verdict(count, WEEK.working_days()) == "missed"


def test_it_takes_the_lead_times_of_four_changes():
    delivered = list(lead_time.delivered_changes(PAY))
    assert {c.change_id: c.seconds for c in delivered} == {1: 1800, 2: 86400, 3: 3600, 4: 4800}
    assert {c.change_id: c.deployment_id for c in delivered} == {1: 1, 2: 1, 3: 2, 4: 5}
    spread = lead_time.lead_time(delivered, WEEK)
    assert spread and (spread.median, spread.mean, spread.count) == (4200, 24150, 4)


def test_it_fails_two_of_five():
    assert {key: set(j.failed_by) for key, j in PAY.judgements.items() if j.failed} == {
        2: {"rolled_back", "incident"},
        4: {"status_failed"},
    }
    finished = change_failure_rate.finished_deployments(PAY, DEFAULT)
    assert change_failure_rate.change_failure_rate(finished, WEEK) == 0.4


def test_it_fails_one_of_four_in_the_reading_of_dora():
    finished = change_failure_rate.finished_deployments(PAY, Definitions(exclude_status_failed=True))
    assert change_failure_rate.change_failure_rate(finished, WEEK) == 0.25


def test_it_means_1500_seconds_to_restore_and_meets_the_target():
    restored = list(recovery.restorations(PAY, INCIDENTS, DEFAULT))
    assert {(r.kind, r.id): r.seconds for r in restored} == {("incident", 1): 1800, ("deployment", 4): 1200}
    assert recovery.mttr(restored, WEEK) == 1500
    assert levels.target_verdict("mttr", recovery.mttr(restored, WEEK)) == "met"


def test_it_recovers_failed_deployments_in_1740_seconds():
    recovered = list(recovery.failed_deployment_recoveries(PAY, DEFAULT))
    assert {r.id: r.seconds for r in recovered} == {2: 2280, 4: 1200}
    assert {key: j.restored_by for key, j in PAY.judgements.items() if j.failed} == {2: 3, 4: 5}
    spread = recovery.failed_deployment_recovery_time(recovered, WEEK)
    assert spread and spread.median == 1740


def test_it_reworks_a_quarter():
    assert rework_rate.rework_rate(rework_rate.reworked_deployments(PAY, DEFAULT), WEEK) == 0.25
