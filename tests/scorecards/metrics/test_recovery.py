"""MTTR and failed deployment recovery time."""

from datetime import date

from ingest.window import Window
from scorecards.metrics.records import Definitions
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
