"""Counters and gauges, as Prometheus' documentation of counters and ``increase`` defines them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.prometheus.series import (
    Increase,
    Sample,
    Series,
    Sum,
    changes,
    increases,
    increases_of_sum,
    is_selector,
    key_of,
    merged,
    newest,
)

VALUES = st.lists(st.integers(0, 1_000), min_size=1, max_size=40)


def samples(values: list[float], start: float = 0, step: float = 60) -> list[Sample]:
    return [Sample(start + step * place, float(value)) for place, value in enumerate(values)]


def total(found: list[Increase]) -> float:
    return sum(one.count for one in found)


def test_the_first_sample_of_all_is_where_counting_begins():
    assert increases(None, samples([7])) == []
    assert increases(None, samples([7, 9])) == [Increase(60, 2)]


def test_a_counter_that_began_anew_adds_what_it_says_by_then():
    assert increases(None, samples([5, 8, 2, 3])) == [Increase(60, 3), Increase(120, 2), Increase(180, 1)]


def test_a_counter_that_began_anew_at_zero_adds_nothing_yet():
    assert increases(None, samples([5, 0, 1])) == [Increase(120, 1)]


def sums(values: list[float]) -> list[Increase]:
    return increases_of_sum(None, samples(values))[0]


def test_a_part_of_a_sum_that_was_out_of_sight_counts_no_second_time():
    assert sums([500, 501, 101, 101, 502]) == [Increase(60, 1), Increase(240, 1)]
    assert sums([500, 100, 100, 100, 500]) == []


def test_a_sum_that_began_anew_counts_on_once_no_part_is_waited_for():
    climbing = [500.0, 0.0, 1.0, 1.0, 3.0, *[3.0] * 58, 5.0]
    assert sums(climbing) == [Increase(62 * 60, 3), Increase(63 * 60, 2)]


@given(VALUES)
def test_a_sum_that_never_falls_is_a_counter(values):
    rising = sorted(values)
    assert sums(rising) == increases(None, samples(rising))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=8, max_size=40), st.data())
def test_what_a_sum_counts_is_what_its_parts_do_wherever_one_is_out_of_sight(steps, data):
    ours, theirs = [100.0], [100.0]
    for one, other in steps:
        ours.append(ours[-1] + one)
        theirs.append(theirs[-1] + other)
    first = data.draw(st.integers(1, len(ours) - 2))
    end = data.draw(st.integers(first + 1, len(ours) - 1))
    seen = [one if first <= n < end else one + other for n, (one, other) in enumerate(zip(ours, theirs, strict=True))]
    assert total(sums(seen)) == ours[-1] + theirs[-1] - 200


def test_a_gap_is_bridged_and_dated_by_the_sample_after_it():
    assert increases(Sample(0, 4), [Sample(86_400, 9)]) == [Increase(86_400, 5)]


def test_what_was_taken_before_is_not_taken_again():
    held = samples([1, 2, 3, 5])
    assert increases(held[2], held) == [Increase(180, 2)]


@given(VALUES)
def test_without_a_reset_increases_add_up_to_the_last_less_the_first(values):
    rising = sorted(values)
    assert total(increases(None, samples(rising))) == rising[-1] - rising[0]


@given(VALUES, st.data())
def test_any_cut_into_chunks_gives_the_same(values, data):
    held = samples(values)
    whole = increases(None, held)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(held)))))
    found: list[Increase] = []
    before: Sample | None = None
    for start, end in zip([0, *cuts], [*cuts, len(held)], strict=True):
        chunk = held[max(0, start - 2) : end]  # a reading looks a little back
        found += increases(before, chunk)
        before = newest(before, chunk)
    assert found == whole
    assert before == held[-1]


@given(VALUES, st.data())
def test_any_cut_of_a_sum_into_chunks_gives_the_same(values, data):
    held = samples(values, step=600)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(held)))))
    found: list[Increase] = []
    before: Sum | None = None
    for start, end in zip([0, *cuts], [*cuts, len(held)], strict=True):
        more, before = increases_of_sum(before, held[max(0, start - 2) : end])
        found += more
    assert (found, before) == increases_of_sum(None, held)


@given(VALUES)
def test_nothing_grows_by_less_than_nothing(values):
    assert all(one.count > 0 for one in increases(None, samples(values)))


@given(VALUES)
def test_a_gauge_that_stays_has_changed_once(values):
    held = samples([value for value in values for _ in range(3)])
    found = changes(None, held)
    assert [one.value for one in found] == [v for n, v in enumerate(values) if n == 0 or v != values[n - 1]]


def test_a_gauge_goes_on_from_its_last_value():
    assert changes(Sample(0, 5), [Sample(60, 5), Sample(120, 6)]) == [Sample(120, 6)]


def test_a_series_is_named_alike_whatever_the_order_of_its_labels():
    assert key_of({"a": "1", "b": "2"}) == key_of({"b": "2", "a": "1"}) != key_of({"a": "2", "b": "1"})


def test_parts_of_one_series_are_put_together_in_order_of_time():
    late, early = Series({"a": "1"}, (Sample(60, 2),)), Series({"a": "1"}, (Sample(0, 1), Sample(60, 2)))
    assert merged([late, early]) == [Series({"a": "1"}, (Sample(0, 1), Sample(60, 2)))]


@pytest.mark.parametrize(
    ("query", "plain"),
    [
        ("deployments_total", True),
        (' deployments_total{status=~"a|b", x!="}"} ', True),
        ('{__name__="deployments_total"}', True),
        ("job:deployments:total{}", True),
        ("sum(deployments_total)", False),
        ("deployments_total[5m]", False),
        ("deployments_total offset 5m", False),
        ("a_total + b_total", False),
        ('a_total{x="1"} or b_total{x="1"}', False),
        ('a_total{x="{"}', True),
        ("", False),
        ("1", False),
    ],
)
def test_a_plain_selector_is_told_from_an_expression(query, plain):
    assert is_selector(query) is plain
