"""How sources do, told in a few queries."""

from datetime import UTC, timedelta

import pytest

from ingest.inbox import health
from tests.factories import NOON, make_delivery, make_source, native

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def of(source):
    return next(one for one in health.sources(NOON, UTC) if one.source == source)


def test_it_counts_by_status_and_day():
    make_delivery(status="processed", event_count=2000, received_at=NOON - timedelta(days=1))
    make_delivery(status="quarantined")
    make_delivery(status="ignored", event_count=9, received_at=NOON - timedelta(days=40))
    found = of(native())
    assert found.events == {"pending": 0, "processed": 2000, "ignored": 9, "quarantined": 1}
    assert found.received == 2010
    assert found.by_day == [*[0] * 12, 2000, 1]


def test_it_tells_medians_of_both_lags():
    for lag in (10, 20, 90):
        make_delivery(
            status="processed",
            event_at=NOON - timedelta(seconds=lag),
            received_at=NOON,
            processed_at=NOON + timedelta(seconds=2),
        )
    make_delivery(status="pending")
    assert (of(native()).lag, of(native()).processing_lag) == (20, 2)


def test_it_tells_nothing_of_a_source_that_never_sent_anything():
    found = of(make_source("github"))
    assert (found.received, found.last_seen, found.silence, found.lag) == (0, None, None, None)


def test_it_tells_the_oldest_that_waits_and_the_newest():
    make_delivery(received_at=NOON - 9 * MINUTE), make_delivery(received_at=NOON - 5 * MINUTE)
    make_delivery(status="processed", received_at=NOON - MINUTE)
    assert (of(native()).waiting_since, of(native()).last_seen) == (NOON - 9 * MINUTE, NOON - MINUTE)


def test_it_learns_the_longest_silence_from_the_weeks_before():
    start = NOON - timedelta(days=3)
    for step in (*range(0, 12 * 60, 20), *(40 * 60 + minute for minute in range(0, 12 * 60, 20))):
        make_delivery(status="processed", received_at=start + MINUTE * step)
    found = of(native()).silence  # heard last some 20 h ago; it was silent for 28 h before
    assert found.usual == 20 * MINUTE
    assert not found.overdue


def test_it_finds_a_silence_that_never_was():
    for step in range(0, 12 * 60, 20):
        make_delivery(status="processed", received_at=NOON - timedelta(hours=18) + MINUTE * step)
    assert of(native()).silence.overdue


def test_it_asks_as_many_queries_whatever_there_is(django_assert_num_queries):
    for _ in range(5):
        source = make_source("github")
        for _ in range(3):
            make_delivery(source=source)
    with django_assert_num_queries(5):
        health.sources(NOON, UTC)
