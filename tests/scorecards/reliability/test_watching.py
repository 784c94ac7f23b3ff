"""Triggers of the rollback policy on a real Prometheus, whose samples are known: what fires, when, what does not."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import SourceUnavailable
from ingest.models import Signal
from ingest.prometheus.client import Prometheus
from scorecards.models import TriggerFiring, TriggerState
from scorecards.reliability.watching import keep
from tests.factories import make_environment, make_service
from tests.ingest.prometheus.world import server_at
from tests.prometheus import prometheus, series

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# From here on errors, restarts and memory are over their limits, and p99 at three times what it was.
TROUBLE = START + timedelta(hours=26)
RECOVERED = TROUBLE + 40 * MINUTE
END = RECOVERED + 30 * MINUTE


def each_minute(name, usual, trouble, *, until=END, gaps=(), **labels):
    points = []
    at = START
    while at < until:
        if not any(first <= at < last for first, last in gaps):
            points.append((at.timestamp(), trouble if TROUBLE <= at < RECOVERED else usual))
        at += MINUTE
    return series(name, points, **labels)


@pytest.fixture(scope="module")
def real():
    gap = (TROUBLE + 2 * MINUTE, TROUBLE + 12 * MINUTE)
    held = [
        each_minute("error_rate", 0.01, 0.08, service="pay", pod="a"),
        each_minute("error_rate", 0.01, 0.02, service="pay", pod="b"),
        each_minute("error_rate", 0.01, 0.08, service="search", env="staging"),
        each_minute("error_rate", 0.01, 0.08, service="gaps", gaps=[gap]),
        each_minute("error_rate", 0.01, 0.08, service="stranger"),
        each_minute("error_rate", float("nan"), float("nan"), service="silent"),
        each_minute("p99", 0.2, 0.6, service="pay"),
        each_minute("memory", 1_000.0, 200_000.0, service="pay"),
        each_minute("restarts", 0.0, 6.0, service="pay"),
    ]
    with prometheus(held) as server:
        yield server


@pytest.fixture
def services():
    make_environment("staging", "staging")
    return {slug: make_service(slug) for slug in ("pay", "search", "gaps", "silent")}


def signals(server, *kinds):
    queries = {"error_rate": "error_rate", "p99_latency": "p99", "memory_growth": "memory", "restarts": "restarts"}
    said = {"server": server, "environment_label": "env"}
    return [Signal.objects.create(kind=kind, name=kind, query=queries[kind], **said) for kind in kinds]


def state(service, trigger="high_error_rate"):
    return TriggerState.objects.get(service=service, trigger=trigger)


def test_the_four_of_the_standard_fire_after_as_long_as_it_says(real, services):
    signals(server_at(real.url), "error_rate", "p99_latency", "memory_growth", "restarts")
    at, pay = TROUBLE - 5 * MINUTE, services["pay"]
    while at <= TROUBLE + 32 * MINUTE:
        keep(at)
        at += MINUTE
    found = {row.trigger: row for row in TriggerFiring.objects.filter(service=pay)}
    assert {name: (row.fired_at - TROUBLE) / MINUTE for name, row in found.items()} == {
        "high_error_rate": 5, "latency_degradation": 10, "crash_loop": 15, "memory_leak": 30,
    }  # fmt: skip
    assert {(row.since, row.until) for row in found.values()} == {(TROUBLE, None)}
    assert {name: row.action for name, row in found.items()} == {
        "high_error_rate": "immediate", "latency_degradation": "immediate", "crash_loop": "immediate",
        "memory_leak": "scheduled",
    }  # fmt: skip
    assert {name: (row.peak, pytest.approx(row.limit)) for name, row in found.items()} == {
        "high_error_rate": (0.08, 0.05), "latency_degradation": (0.6, 0.4), "crash_loop": (6, 5),
        "memory_leak": (200_000, 10_000_000 / 60),
    }  # fmt: skip
    assert (state(pay).since, state(pay).fired) == (TROUBLE, True)


def test_it_ends_when_the_condition_does(real, services):
    signals(server_at(real.url), "error_rate")
    keep(TROUBLE + 10 * MINUTE)
    assert (state(services["pay"]).fired, state(services["pay"]).value) == (True, 0.08)
    keep(RECOVERED + MINUTE)
    (row,) = TriggerFiring.objects.filter(service=services["pay"])
    assert (row.until, row.peak) == (RECOVERED + MINUTE, 0.08)
    assert (state(services["pay"]).fired, state(services["pay"]).since) == (False, None)


def test_it_is_told_while_it_holds_for_not_long_enough(real, services):
    signals(server_at(real.url), "error_rate")
    keep(TROUBLE + 4 * MINUTE)
    assert (state(services["pay"]).since, state(services["pay"]).fired) == (TROUBLE, False)
    assert not TriggerFiring.objects.exists()


def test_nothing_fires_of_staging_of_gaps_of_nan_and_of_strangers(real, services):
    signals(server_at(real.url), "error_rate")
    keep(TROUBLE + 14 * MINUTE)
    assert (state(services["silent"]).value, state(services["silent"]).fired) == (None, False)
    # Prometheus gives a value for five minutes after the last sample, then none until there is one again.
    assert (state(services["gaps"]).since, state(services["gaps"]).fired) == (TROUBLE + 12 * MINUTE, False)
    assert set(TriggerFiring.objects.values_list("service__slug", flat=True)) == {"pay"}
    assert set(TriggerState.objects.values_list("service__slug", flat=True)) == {"pay", "gaps", "silent"}


def test_what_has_no_values_any_more_is_not_known_and_fires_no_longer(real, services):
    signals(server_at(real.url), "error_rate")
    keep(TROUBLE + 10 * MINUTE)
    keep(END + 20 * MINUTE)
    assert (state(services["pay"]).value, state(services["pay"]).fired) == (None, False)
    assert not TriggerFiring.objects.filter(until=None).exists()


def test_without_a_day_before_there_is_no_baseline_and_nothing_is_known(real, services):
    signals(server_at(real.url), "p99_latency")
    keep(START + 30 * MINUTE)
    found = state(services["pay"], "latency_degradation")
    assert (found.value, found.limit, found.fired) == (None, None, False)


def test_the_baseline_is_asked_once_an_hour(real, services, monkeypatch):
    from ingest.prometheus.client import Prometheus

    (signal,) = signals(server_at(real.url), "p99_latency")
    steps, between = [], Prometheus.between

    def counted(self, query, start, end, step):
        steps.append(step)
        return between(self, query, start, end, step)

    monkeypatch.setattr(Prometheus, "between", counted)
    for minute in range(0, 120, 10):
        keep(TROUBLE - timedelta(hours=2) + minute * MINUTE)
    assert (steps.count(300), steps.count(60)) == (2, 12)
    signal.refresh_from_db()
    assert signal.state["usual"]["values"] == {str(services["pay"].pk): 0.2}


def test_a_server_that_does_not_answer_changes_nothing(real, services):
    server = server_at(real.url)
    signals(server, "error_rate")
    keep(TROUBLE + 10 * MINUTE)
    before = list(TriggerState.objects.values())
    for changes in ({"url": "http://127.0.0.1:9"}, {"failing_since": TROUBLE}):
        type(server).objects.filter(pk=server.pk).update(**changes)
        keep(RECOVERED + 10 * MINUTE)
        assert list(TriggerState.objects.values()) == before
        assert TriggerFiring.objects.filter(until=None).count() == 1


def test_a_query_that_is_refused_stops_no_other(real, services):
    bad, good = signals(server_at(real.url), "restarts", "error_rate")
    Signal.objects.filter(pk=bad.pk).update(query="restarts[")
    keep(TROUBLE + 10 * MINUTE)
    assert set(TriggerState.objects.values_list("signal", flat=True)) == {good.pk}


def test_a_query_that_the_way_to_the_server_gives_up_on_stops_no_other(real, services, monkeypatch):
    _, good = signals(server_at(real.url), "restarts", "error_rate")
    answers = Prometheus.between

    def between(client, query, *args):
        if query == "restarts":
            raise SourceUnavailable("The server answered 504.")
        return answers(client, query, *args)

    monkeypatch.setattr(Prometheus, "between", between)
    keep(TROUBLE + 10 * MINUTE)
    assert set(TriggerState.objects.values_list("signal", flat=True)) == {good.pk}


def test_what_no_signal_asks_for_any_more_ends(real, services):
    (signal,) = signals(server_at(real.url), "error_rate")
    keep(TROUBLE + 10 * MINUTE)
    Signal.objects.filter(pk=signal.pk).update(enabled=False)
    keep(TROUBLE + 11 * MINUTE)
    assert not TriggerState.objects.exists()
    assert not TriggerFiring.objects.filter(until=None).exists()


def test_the_file_overrides_the_standards_and_a_bad_one_leaves_what_was_good(real, services, settings, tmp_path):
    path = tmp_path / "prometheus.yaml"
    said = "rollback_triggers:\n  - {name: errors, condition: error_rate > 7%, duration: 2m, action: scheduled}\n"
    path.write_text(said)
    settings.PROMETHEUS_CONFIG = str(path)
    signals(server_at(real.url), "error_rate", "restarts")
    keep(TROUBLE + 2 * MINUTE)
    path.write_text("rollback_triggers: [")
    keep(TROUBLE + 3 * MINUTE)
    (row,) = TriggerFiring.objects.filter(service=services["pay"])
    assert (row.trigger, row.action, row.limit, row.until) == ("errors", "scheduled", pytest.approx(0.07), None)
    assert set(TriggerState.objects.values_list("trigger", flat=True)) == {"errors"}
