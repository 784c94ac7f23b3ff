"""Buckets and sets of durations add up, in any order, exactly or within the sketch's accuracy."""

from datetime import UTC, datetime
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecards.metrics.spread import spread
from scorecards.rollups.bucket import COUNTS, SUMS, Bucket, pooled
from scorecards.rollups.durations import ACCURACY, Durations

# Whole seconds, and hence whole sums: what floats add up exactly in any order.
seconds = st.integers(0, 10_000_000).map(float)
durations = st.lists(seconds, max_size=12).map(Durations)
moments = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@st.composite
def buckets(draw: st.DrawFn) -> Bucket:
    counts = draw(st.dictionaries(st.sampled_from(COUNTS), st.integers(0, 50), max_size=5))
    sums = draw(st.dictionaries(st.sampled_from(SUMS), seconds, max_size=3))
    bucket = Bucket(**counts, **sums, recheck_at=draw(moments))
    bucket.failed_by.update(draw(st.lists(st.sampled_from(("incident", "status_failed")), max_size=4)))
    bucket.lead_times, bucket.bot_lead_times, bucket.recoveries = draw(durations), draw(durations), draw(durations)
    return bucket


@given(buckets())
def test_it_comes_back_as_it_was_packed(bucket):
    packed = bucket.pack()
    assert Bucket.unpack(packed).pack() == packed


@given(st.data())
def test_it_adds_up_the_same_in_any_order(data):
    days = data.draw(st.lists(buckets(), max_size=5))
    packed = [day.pack() for day in days]
    shuffled = [Bucket.unpack(one) for one in data.draw(st.permutations(packed))]
    assert pooled(days).pack() == pooled(shuffled).pack()


@given(st.lists(buckets(), max_size=5))
def test_packed_days_add_up_like_open_ones(days):
    packed = [day.pack() for day in days]
    whole = Bucket()
    for one in packed:
        whole.merge_packed(one)
    assert whole.pack() == pooled(days).pack()


@given(st.lists(buckets(), min_size=2, max_size=5), st.integers(1, 4))
def test_parts_add_up_to_the_whole(days, cut):
    packed = [day.pack() for day in days]

    def together(part):
        return pooled(Bucket.unpack(one) for one in part)

    parts = pooled([together(packed[:cut]), together(packed[cut:])])
    assert parts.pack() == together(packed).pack()


@given(st.lists(seconds, min_size=1, max_size=60))
def test_small_sets_are_exact(values):
    assert Durations(values).spread() == spread(values)


@settings(max_examples=40)
@given(st.lists(st.lists(seconds, min_size=1, max_size=40), min_size=1, max_size=5), st.data())
def test_a_sketch_is_near_and_counts_exactly(parts, data):
    sketched = [Durations(part) for part in parts]
    for one in sketched:
        if data.draw(st.booleans()):
            one.summarise()
    sketched[0].summarise()
    whole = reduce(lambda one, other: (one.merge(other), one)[1], sketched)
    values = sorted(value for part in parts for value in part)
    found = whole.spread()
    assert found is not None
    assert found.count == len(values)
    assert found.mean == pytest.approx(sum(values) / len(values))
    for quantile, value in ((0.5, found.median), (0.75, found.p75), (0.9, found.p90)):
        place = int(quantile * (len(values) - 1))
        low, high = values[place], values[min(place + 1, len(values) - 1)]
        assert low * (1 - 2 * ACCURACY) <= value <= high * (1 + 2 * ACCURACY)


def test_a_sketch_comes_back_as_it_was_packed():
    durations = Durations(float(value) for value in range(1, 5_000))
    durations.summarise()
    back = Durations.from_plain(durations.to_plain())
    assert back.to_plain() == durations.to_plain()
    before, after = durations.spread(), back.spread()
    assert before is not None
    assert after is not None
    assert (after.count, after.mean) == (before.count, before.mean)
    assert [after.median, after.p75, after.p90] == pytest.approx([before.median, before.p75, before.p90])


def test_the_organisation_alone_gives_up_single_values():
    bucket = Bucket(lead_times=Durations(float(value) for value in range(30)))
    bucket.summarise(30)
    assert bucket.lead_times.sketch is None
    bucket.summarise(29)
    assert bucket.lead_times.sketch is not None
