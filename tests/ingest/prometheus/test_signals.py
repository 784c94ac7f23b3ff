"""Signals read from a real Prometheus, whose samples are known."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from ingest.inbox.process import process_pending
from ingest.models import Delivery, Deployment, Service, SignalSample
from ingest.prometheus import signals
from ingest.prometheus.sync import follow, synchronise
from tests.ingest.prometheus.world import (
    DAYS,
    NOW,
    START,
    counters,
    deployments_signal,
    gauge,
    server_at,
)
from tests.prometheus import prometheus, series

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
TRUTH = counters()


@pytest.fixture(scope="module")
def real():
    rollbacks = [(timedelta(days=2), 240.0), (timedelta(days=3, hours=2), 600.0), (timedelta(days=20), 240.0)]
    gamedays = [(timedelta(days=5), 80.0), (timedelta(days=12), 95.0)]
    held = [
        *TRUTH.series,
        gauge("deployment_rollback_duration_seconds", [(timedelta(0), 0.0), *rollbacks], service="pay"),
        gauge("gameday_score", gamedays, scenario="database is away"),
    ]
    with prometheus(held) as server:
        yield server


def record() -> None:
    while process_pending():
        pass


def counted() -> Counter[tuple[str, str, str]]:
    """Deployments by service, status and day, in the words of the labels."""
    words = {"succeeded": "success", "failed": "failed"}
    return Counter(
        (row.service.slug, words[row.status], f"{row.finished_at:%Y-%m-%d}")
        for row in Deployment.objects.select_related("service")
    )


def told(signal) -> list[str]:
    signal.refresh_from_db()
    return [signal.error, str(signal.failing_since)]


def test_counts_are_exact_by_day_through_resets_and_gaps(real):
    signal = deployments_signal(server_at(real.url))
    assert synchronise(signal.server, NOW)
    record()
    assert counted() == TRUTH.counts
    assert sum(TRUTH.counts.values()) > 400
    assert told(signal) == ["", "None"]
    assert (signal.read_to, signal.series_count, signal.unmatched) == (NOW, 4, [])
    assert set(Deployment.objects.values_list("environment__name", flat=True)) == {"production"}


def test_reading_in_pieces_comes_to_the_same_deployments(real):
    signal = deployments_signal(server_at(real.url))
    at = START
    while at < NOW:
        at = min(NOW, at + timedelta(hours=31, minutes=7))
        synchronise(signal.server, at)
    record()
    assert counted() == TRUTH.counts


def test_reading_twice_changes_nothing(real):
    signal = deployments_signal(server_at(real.url))
    synchronise(signal.server, NOW)
    record()
    before = set(Deployment.objects.values_list("external_id", flat=True))
    signal.refresh_from_db()
    signal.state, signal.read_to = {}, None
    signal.save()
    synchronise(signal.server, NOW)
    record()
    assert set(Deployment.objects.values_list("external_id", flat=True)) == before
    assert counted() == TRUTH.counts


def test_one_read_that_found_something_is_one_delivery(real):
    signal = deployments_signal(server_at(real.url), since=(START + timedelta(days=20)).date())
    synchronise(signal.server, START + timedelta(days=20, hours=23))
    (delivery,) = Delivery.objects.all()
    assert (delivery.source, delivery.status) == (signal.server.source, "pending")
    synchronise(signal.server, START + timedelta(days=20, hours=23))
    assert Delivery.objects.count() == 1


def test_killed_between_chunks_it_loses_and_doubles_nothing(real, monkeypatch):
    signal = deployments_signal(server_at(real.url))
    asked, kept = signals._asked, []

    def dies(*arguments):
        kept.append(arguments)
        if len(kept) % 4 == 0:
            raise KeyboardInterrupt
        return asked(*arguments)

    monkeypatch.setattr(signals, "_asked", dies)
    for _ in range(40):
        try:
            synchronise(signal.server, NOW)
            break
        except KeyboardInterrupt:
            record()
    record()
    assert len(kept) > DAYS
    assert counted() == TRUTH.counts


def test_killed_while_a_chunk_is_kept_it_keeps_nothing_of_it(real, monkeypatch):
    signal = deployments_signal(server_at(real.url))
    move, tries = signals._move, []

    def dies(*arguments):
        tries.append(arguments)
        move(*arguments)
        if len(tries) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(signals, "_move", dies)
    with pytest.raises(KeyboardInterrupt):
        synchronise(signal.server, NOW)
    signal.refresh_from_db()
    assert signal.read_to == START + timedelta(days=4)
    synchronise(signal.server, NOW)
    record()
    assert counted() == TRUTH.counts


def test_a_server_that_is_stopped_zeroes_nothing_and_recovers_by_itself(real):
    server = server_at(real.url)
    signal = deployments_signal(server)
    half = START + timedelta(days=15)
    synchronise(server, half)
    record()
    before = counted()
    assert before
    real.stop()
    try:
        failed_at = half + timedelta(days=1)
        assert follow(failed_at) == 1
        server.refresh_from_db()
        assert server.failing_since == failed_at
        assert "did not answer" in server.error
        assert server.answered_at == half
        assert told(signal) == [server.error, str(failed_at)]
        assert (signal.read_to, signal.answered_at) == (half, half)
        waits = []
        at = failed_at
        for _ in range(7):
            waits.append((server.not_before - at) // MINUTE)
            assert follow(server.not_before - timedelta(seconds=1)) == 0
            at = server.not_before
            assert follow(at) == 1
            server.refresh_from_db()
        assert waits == [1, 2, 4, 8, 15, 15, 15]
        assert server.failing_since == failed_at
        record()
        assert counted() == before
    finally:
        real.start()
    assert follow(NOW) == 1
    record()
    server.refresh_from_db()
    assert (server.error, server.failing_since, server.not_before, server.answered_at) == ("", None, None, NOW)
    assert told(signal) == ["", "None"]
    assert counted() == TRUTH.counts


def test_it_asks_for_less_where_a_day_is_too_much():
    with prometheus(TRUTH.series, args=["--query.max-samples=300"]) as small:  # a day of four series holds 1,152
        signal = deployments_signal(server_at(small.url))
        synchronise(signal.server, NOW)
        record()
        assert told(signal) == ["", "None"]
        assert counted() == TRUTH.counts


def test_it_tells_where_even_the_least_is_too_much_and_reads_the_others():
    many = [
        series("many", [(START.timestamp() + 60 * n, 1) for n in range(1_440)], service=f"s{place}")
        for place in range(40)
    ]
    few = series(
        "deployments_total", [(START.timestamp() + 3_600 * n, n) for n in range(24)], service="pay", status="ok"
    )
    with prometheus([*many, few], args=["--query.max-samples=100"]) as small:
        server = server_at(small.url)
        much = deployments_signal(server, name="much", query="many")
        less = deployments_signal(server, name="less")
        synchronise(server, START + timedelta(days=1))
        record()
        error, since = told(much)
        assert "too many samples" in error
        assert since == str(START + timedelta(days=1))
        assert told(less) == ["", "None"]
        assert Deployment.objects.count() == 23
        server.refresh_from_db()
        assert server.error == ""


def test_an_expression_is_counted_by_the_minute_and_says_so(real):
    query = "sum by (service, status) (deployments_total)"
    signal = deployments_signal(server_at(real.url), query=query)
    synchronise(signal.server, START + timedelta(days=3))
    record()
    days = {f"{START + timedelta(days=n):%Y-%m-%d}" for n in range(3)}
    truth = Counter({key: count for key, count in TRUTH.counts.items() if key[2] in days})
    assert counted() == truth
    signal.refresh_from_db()
    assert signal.state["exact"] is False


def test_rollbacks_are_kept_when_their_duration_is_new(real):
    server = server_at(real.url)
    deployments_signal(server, name="rollbacks", kind="rollback_duration", query="deployment_rollback_duration_seconds")
    synchronise(server, NOW)
    found = SignalSample.objects.order_by("at").values_list("service__slug", "environment", "value", "at")
    assert list(found) == [
        ("pay", "production", 240.0, START + timedelta(days=2)),
        ("pay", "production", 600.0, START + timedelta(days=3, hours=2)),
        ("pay", "production", 240.0, START + timedelta(days=20)),
    ]
    assert Service.objects.get(slug="pay").ownerships.count() == 0


def test_gamedays_need_no_service_and_keep_their_scenario(real):
    server = server_at(real.url)
    signal = deployments_signal(server, name="gamedays", kind="gameday_score", query="gameday_score")
    synchronise(server, NOW)
    found = list(SignalSample.objects.order_by("at").values_list("service", "label", "value"))
    assert found == [(None, "database is away", 80.0), (None, "database is away", 95.0)]
    assert told(signal) == ["", "None"]
    assert signal.unmatched == []


def test_reading_further_back_moves_the_first_value_to_where_it_was_new(real):
    server = server_at(real.url)
    signal = deployments_signal(
        server, name="rollbacks", kind="rollback_duration", query="deployment_rollback_duration_seconds",
        since=date(2026, 3, 10),
    )  # fmt: skip
    synchronise(server, NOW)
    assert SignalSample.objects.earliest("at").at == datetime(2026, 3, 10, tzinfo=UTC)
    signal.refresh_from_db()
    signal.since, signal.state, signal.read_to = START.date(), {}, None
    signal.save()
    synchronise(server, NOW)
    assert [row.value for row in SignalSample.objects.order_by("at")] == [240.0, 600.0, 240.0]


@pytest.mark.parametrize("minutes", [1_440, 30])
def test_a_gauge_that_always_changes_is_told_and_kept_nowhere(minutes):
    """A latency, say; it is also found where it is read bit by bit."""
    restless = [(START.timestamp() + 60 * n, 100.0 + n) for n in range(1_440)]
    with prometheus([series("last_seconds", restless, service="pay")]) as small:
        server = server_at(small.url)
        signal = deployments_signal(
            server, name="no rollbacks", kind="rollback_duration", query="last_seconds", since=START.date()
        )
        for end in range(minutes, 241 if minutes < 240 else 1_441, minutes):
            synchronise(server, START + timedelta(minutes=end))
        assert "values within a day: no rollbacks or gamedays, it seems" in told(signal)[0]
        assert SignalSample.objects.count() <= 100
