"""Counts of deliveries: exact whatever writes the inbox."""

from collections import Counter, defaultdict
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ingest.inbox import counts, process
from ingest.models import Delivery, DeliveryHour, DeliveryTotal, Source
from tests.factories import NOON, make_delivery, make_source, native

pytestmark = pytest.mark.django_db

STATUSES = ("pending", "processed", "ignored", "quarantined")


def summed() -> tuple[dict[tuple[int, str], int], dict[object, int]]:
    """What the rows themselves come to: by source and status, and by source and hour."""
    totals, hours = Counter[tuple[int, str]](), Counter[object]()
    for one in Delivery.objects.all():
        totals[one.source_id, one.status] += one.event_count
        hours[one.source_id, one.received_at.replace(minute=0, second=0, microsecond=0)] += one.event_count
    return dict(totals), dict(hours)


def counted() -> tuple[dict[tuple[int, str], int], dict[object, int]]:
    totals = {
        (source, status): events for source, row in counts.totals().items() for status, events in row.items() if events
    }
    hours: dict[object, int] = defaultdict(int)
    for row in DeliveryHour.objects.all():
        hours[row.source_id, row.hour] += row.events
    return totals, {key: events for key, events in hours.items() if events}


STEPS = st.one_of(
    st.tuples(st.just("come"), st.sampled_from(STATUSES), st.integers(1, 5000), st.integers(0, 200)),
    st.tuples(st.just("become"), st.sampled_from(STATUSES), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("hold"), st.just(""), st.integers(1, 50), st.integers(0, 9)),
    st.tuples(st.just("go"), st.just(""), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("replay"), st.just(""), st.just(0), st.just(0)),
    st.tuples(st.just("fold"), st.just(""), st.just(0), st.just(0)),
)


def take(step: tuple[str, str, int, int]) -> None:
    what, status, number, minutes = step
    rows = list(Delivery.objects.order_by("pk"))
    if what == "come":
        source = native() if number % 2 else make_source_once()
        at = NOON + timedelta(minutes=minutes)
        make_delivery(source=source, status=status, event_count=number, received_at=at)
    elif what == "replay":
        process.replay(Delivery.objects.all())
    elif what == "fold":
        counts.fold(NOON)
    elif rows:
        one = Delivery.objects.filter(pk=rows[(minutes if what == "hold" else number) % len(rows)].pk)
        if what == "become":
            one.update(status=status)
        elif what == "hold":
            one.update(event_count=number)
        else:
            one.delete()


def make_source_once() -> Source:
    return Source.objects.filter(kind="github").first() or make_source("github")


class TestCounts(TestCase):
    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEPS, max_size=25))
    def test_it_equals_the_sum_of_the_rows_whatever_happened_to_them(self, steps):
        for step in steps:
            take(step)
        assert counted() == summed()


def test_it_counts_what_was_there_before_the_triggers():
    counts._drop()
    make_delivery(status="ignored", event_count=7)
    assert counted() != summed()
    counts.keep_counting()
    assert counted() == summed()
    make_delivery(status="processed", event_count=2)
    assert counted() == summed()


def test_it_leaves_counts_alone_where_the_database_counts_already():
    make_delivery(event_count=3)
    DeliveryTotal.objects.update(events=99)
    counts.keep_counting()
    assert counts.totals()[native().pk] == {"pending": 99}


def test_it_counts_no_statement_that_is_rolled_back():
    make_delivery()
    with transaction.atomic():
        make_delivery()
        transaction.set_rollback(True)
    assert counted() == summed()


def test_it_folds_many_rows_into_one_and_forgets_old_hours():
    for _ in range(counts.FOLD_FROM):
        DeliveryTotal.objects.create(source=native(), status="pending", events=2)
    DeliveryHour.objects.create(source=native(), hour=NOON - counts.KEPT - timedelta(hours=1), events=5)
    assert counts.fold(NOON) == counts.FOLD_FROM
    assert [row.events for row in DeliveryTotal.objects.all()] == [2 * counts.FOLD_FROM]
    assert not DeliveryHour.objects.exists()


def test_it_folds_a_part_at_a_time_and_loses_nothing(monkeypatch):
    monkeypatch.setattr(counts, "FOLD_AT_ONCE", 15)
    for _ in range(40):
        DeliveryTotal.objects.create(source=native(), status="pending", events=1)
    while counts.fold(NOON):
        assert counts.totals()[native().pk] == {"pending": 40}
    assert DeliveryTotal.objects.count() < counts.FOLD_FROM


@pytest.mark.django_db(transaction=True)
def test_it_is_exact_under_writers_at_once():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    source = native()

    def write(number: int) -> None:
        for turn in range(10):
            one = make_delivery(source=source, key=f"{number}-{turn}", event_count=number + 1)
            Delivery.objects.filter(pk=one.pk).update(status="quarantined" if turn % 3 else "processed")
            counts.fold(timezone.now() - timedelta(days=3650))
            process.replay(Delivery.objects.filter(pk=one.pk))
        connection.close()

    threads = [Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted() == summed()
