"""Slots of a day: packed, unpacked, added up."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.prometheus.slots import SLOTS, Slots, Sums, floor, pack, slot_end, slot_of, spans, unpack

counts = st.floats(0, 1e12)
pairs = st.one_of(st.none(), st.tuples(counts, counts))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.integers(0, 4_000_000_000)


@st.composite
def days(draw):
    slots = Slots()
    for index, pair in draw(st.dictionaries(st.integers(0, SLOTS - 1), pairs, max_size=40)).items():
        slots.put(index, *(pair or (math.nan, math.nan)))
    return slots


@given(days())
def test_what_is_packed_comes_back(slots):
    found = unpack(pack(slots))
    assert list(found.measured()) == list(slots.measured())
    assert found.sums() == slots.sums()


@given(days(), st.integers(0, SLOTS), st.integers(0, SLOTS))
def test_sums_of_two_parts_are_the_sum_of_the_whole(slots, one, two):
    first, end = sorted((one, two))
    parts = [slots.sums(0, first), slots.sums(first, end), slots.sums(end)]
    whole = slots.sums()
    assert sum(part.measured for part in parts) == whole.measured
    assert sum(part.bad for part in parts) == pytest.approx(whole.bad)
    assert sum(part.total for part in parts) == pytest.approx(whole.total)


def test_a_new_day_has_no_data():
    slots = Slots()
    assert slots.sums() == Sums(0, 0, 0)
    assert slots.at(0) is None
    assert slots.last_measured() is None


def test_nothing_happened_is_data():
    slots = Slots()
    slots.put(7, 0, 0)
    assert slots.sums() == Sums(0, 0, 1)
    assert slots.at(7) == (0, 0)
    assert slots.last_measured() == 7


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1.0])
def test_what_is_no_count_is_no_data(value):
    slots = Slots()
    slots.put(1, 1, 1)
    slots.put(1, value, 1)
    slots.put(2, 1, value)
    assert slots.sums() == Sums(0, 0, 0)


def test_a_day_of_counts_takes_little_room():
    slots = Slots()
    for index in range(SLOTS):
        slots.put(index, index % 3, 1000 + index % 17)
    assert len(pack(slots)) < 1000


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01abc", b"\x02" + pack(Slots())[1:], pack(Slots())[:-4]])
def test_other_bytes_are_refused(data):
    with pytest.raises(ValueError, match="slots"):
        unpack(data)


def test_a_slot_holds_its_end_and_not_its_start():
    midnight = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    assert slot_of(midnight) == (date(2026, 3, 1), SLOTS - 1)
    assert slot_of(midnight + 0.001) == (date(2026, 3, 2), 0)
    assert slot_of(midnight + 300) == (date(2026, 3, 2), 0)
    assert slot_of(midnight + 300.5) == (date(2026, 3, 2), 1)


@given(instants)
def test_an_instant_lies_in_its_slot(at):
    end = slot_end(*slot_of(at))
    assert timedelta() <= end - (EPOCH + timedelta(seconds=at)) < timedelta(seconds=300)


@given(instants, st.integers(0, 3000))
def test_spans_name_every_slot_once(at, count):
    start = floor(EPOCH + timedelta(seconds=at))
    end = start + timedelta(seconds=300 * count)
    slots = [(day, index) for day, first, last in spans(start, end) for index in range(first, last)]
    assert [slot_end(*slot) for slot in slots] == [start + timedelta(seconds=300 * (n + 1)) for n in range(count)]
