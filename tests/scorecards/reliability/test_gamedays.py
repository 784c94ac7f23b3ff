"""Runs of gamedays from what gauges told, and whether the newest is recent."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Signal, SignalSample
from scorecards.reliability.exercises import runs_of
from scorecards.reliability.gamedays import TOGETHER, Run, Told, runs, verdict
from tests.factories import NOON, make_service
from tests.ingest.prometheus.world import server_at

MINUTE = timedelta(minutes=1)


def score(value: float, after: timedelta = timedelta(0), scenario: str = "db", service: int | None = None) -> Told:
    return Told(scenario, service, NOON + after, value, recovery=False)


def recovery(value: float, after: timedelta = timedelta(0), scenario: str = "db", service: int | None = None) -> Told:
    return Told(scenario, service, NOON + after, value, recovery=True)


def test_a_score_and_a_recovery_time_of_about_the_same_time_are_one_run():
    assert runs([recovery(95.0, 3 * MINUTE), score(80.0)]) == [Run("db", None, NOON, 80.0, 95.0)]
    assert runs([recovery(95.0), score(80.0, TOGETHER)]) == [Run("db", None, NOON, 80.0, 95.0)]


def test_what_is_further_apart_is_two_runs_of_which_half_is_known():
    apart = TOGETHER + MINUTE
    assert runs([score(80.0), recovery(95.0, apart)]) == [
        Run("db", None, NOON + apart, None, 95.0),
        Run("db", None, NOON, 80.0, None),
    ]


def test_two_scores_within_an_hour_are_two_runs():
    found = runs([score(80.0), recovery(95.0), score(70.0, 30 * MINUTE), recovery(60.0, 31 * MINUTE)])
    assert [(run.score, run.mttr) for run in found] == [(70.0, 60.0), (80.0, 95.0)]


def test_scenarios_and_services_are_apart():
    found = runs([score(80.0), recovery(95.0, scenario="cache"), recovery(9.0, service=3)])
    assert {(run.scenario, run.service_id, run.score, run.mttr) for run in found} == {
        ("db", None, 80.0, None), ("cache", None, None, 95.0), ("db", 3, None, 9.0),
    }  # fmt: skip


told = st.builds(
    Told,
    st.sampled_from(["db", "cache"]),
    st.sampled_from([None, 1]),
    st.integers(0, 600).map(lambda minute: NOON + minute * MINUTE),
    st.integers(0, 100).map(float),
    st.booleans(),
)


@given(st.lists(told, max_size=15), st.randoms())
def test_each_value_is_in_one_run_in_any_order_newest_first(values, random):
    found = runs(random.sample(values, len(values)))
    assert found == runs(values)
    assert [run.at for run in found] == sorted((run.at for run in found), reverse=True)
    assert sorted(run.score for run in found if run.score is not None) == sorted(
        one.value for one in values if not one.recovery
    )
    assert sorted(run.mttr for run in found if run.mttr is not None) == sorted(
        one.value for one in values if one.recovery
    )


@pytest.mark.parametrize(
    ("days", "word"), [((89, 400), "within_90_days"), ((90,), "older"), ((400,), "older"), ((), "never")]
)
def test_it_says_how_long_ago_the_newest_was(days, word):
    found = [Run("db", None, NOON - timedelta(days=day)) for day in days]
    assert verdict(found, NOON) == word


@pytest.mark.django_db
def test_it_reads_what_gauges_told_of_all_and_of_some_services():
    server, service = server_at("http://127.0.0.1:9"), make_service("pay")
    for kind, value in (("gameday_score", 80.0), ("gameday_mttr", 95.0), ("rollback_duration", 5.0)):
        signal = Signal.objects.create(server=server, kind=kind, name=kind, query=kind)
        SignalSample.objects.create(signal=signal, label="db", series="x", value=value, at=NOON)
        SignalSample.objects.create(signal=signal, label="db", series="y", value=value, at=NOON, service=service)
    assert set(runs_of()) == {Run("db", None, NOON, 80.0, 95.0), Run("db", service.pk, NOON, 80.0, 95.0)}
    assert runs_of([service.pk]) == [Run("db", service.pk, NOON, 80.0, 95.0)]
    assert runs_of([]) == []
