"""MTTR and failed deployment recovery time."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.window import Window
from scorecards.metrics.delivered import History
from scorecards.metrics.failures import judge
from scorecards.metrics.records import Definitions, Rollback
from scorecards.metrics.recovery import (
    failed_deployment_recoveries,
    failed_deployment_recovery_time,
    mttr,
    negative_count,
    restorations,
    still_open,
)
from tests.scorecards.metrics.facts import at, deployment, incident, judged

WEEK = Window(date(2026, 3, 2), date(2026, 3, 9))
DEFAULT = Definitions()


def test_it_is_dated_by_restoration():
    incidents = [incident(1, at(-1), at(0)), incident(2, at(6), at(7))]
    assert mttr(restorations(judged(()), incidents, DEFAULT), WEEK) == 86400


def test_it_shows_what_is_open_and_counts_it_in_no_mean():
    deployments = [deployment(1, at(1)), deployment(2, at(3), status="failed")]
    incidents = [incident(1, at(1, 1)), incident(2, None, at(2))]
    service = judged(deployments, incidents)
    assert mttr(restorations(service, incidents, DEFAULT), WEEK) is None
    assert {(o.kind, o.id) for o in still_open(service, incidents, DEFAULT)} == {("incident", 1), ("deployment", 2)}


def test_it_leaves_out_negative_spans_and_counts_them():
    incidents = [incident(1, at(2), at(1), names_cause=True, caused_by="d1")]
    service = judged([deployment(1, at(3))], incidents)
    recoveries = list(failed_deployment_recoveries(service, DEFAULT))
    assert failed_deployment_recovery_time(recoveries, WEEK) is None
    assert negative_count(recoveries, WEEK) == 1
    assert negative_count(restorations(service, incidents, DEFAULT), WEEK) == 1


def test_it_counts_a_failure_with_an_incident_by_the_incident_alone():
    incidents = [incident(1, at(1, 1), at(1, 2))]
    service = judged([deployment(1, at(1)), deployment(2, at(2), fixes=("d1",))], incidents)
    assert [(r.kind, r.seconds) for r in restorations(service, incidents, DEFAULT)] == [("incident", 3600)]
    assert [r.seconds for r in failed_deployment_recoveries(service, DEFAULT)] == [86400]


# What counters and gauges tell


def with_rollbacks(deployments, rollbacks, incidents=()):
    return judge(deployments, incidents, History((), ()), DEFAULT, rollbacks=rollbacks)


def test_durations_of_rollbacks_stand_for_what_counters_told_had_failed():
    deployments = [
        deployment(1, at(1), status="failed", by_counter=True),
        deployment(2, at(1, 2), by_counter=True),
        deployment(3, at(3), status="failed"),
        deployment(4, at(3, 1)),
        deployment(5, at(4), status="failed", by_counter=True),
    ]
    told = [Rollback(7, "production", at(1, 0, 20), 600.0)]
    without, service = with_rollbacks(deployments, ()), with_rollbacks(deployments, told)
    assert sorted(r.seconds for r in restorations(without, (), DEFAULT)) == [3600, 7200]
    assert {o.id for o in still_open(without, (), DEFAULT)} == {5}
    assert {(r.kind, r.id, r.seconds) for r in restorations(service, (), DEFAULT)} == {
        ("deployment", 3, 3600),
        ("rollback", 7, 600),
    }
    assert mttr(restorations(service, (), DEFAULT), WEEK) == 2100
    assert not list(still_open(service, (), DEFAULT))
    assert [r.seconds for r in failed_deployment_recoveries(service, DEFAULT)] == [7200, 3600]


def test_an_incident_of_a_counted_deployment_counts_beside_durations():
    incidents = [incident(1, at(1, 1), at(1, 3))]
    service = with_rollbacks(
        [deployment(1, at(1), by_counter=True)], [Rollback(7, "production", at(2), 60.0)], incidents
    )
    assert sorted(r.seconds for r in restorations(service, incidents, DEFAULT)) == [60, 7200]


def test_a_negative_duration_is_left_out_and_counted():
    service = with_rollbacks([], [Rollback(7, "production", at(2), -60.0), Rollback(8, "production", at(2), 60.0)])
    assert mttr(restorations(service, (), DEFAULT), WEEK) == 60
    assert negative_count(restorations(service, (), DEFAULT), WEEK) == 1


@given(st.lists(st.tuples(st.integers(0, 167), st.integers(0, 100_000)), min_size=1))
def test_of_counters_alone_mttr_is_the_mean_of_the_durations(told):
    rollbacks = [Rollback(n, "production", at(hours=hours), float(took)) for n, (hours, took) in enumerate(told)]
    deployments = [deployment(n, at(hours=3 * n), status="failed", by_counter=True) for n in range(5)]
    found = mttr(restorations(with_rollbacks(deployments, rollbacks), (), DEFAULT), WEEK)
    assert found == pytest.approx(sum(took for _, took in told) / len(told))
