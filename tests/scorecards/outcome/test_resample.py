"""``scorecards.outcome.resample``: the bootstrap of medians, against one that draws every value."""

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.outcome.resample import _middles, median, of_difference, of_median

# As figures are: seconds, shares and rates, many of them alike.
VALUES = st.one_of(st.integers(0, 20).map(float), st.floats(0, 1e7, allow_nan=False, allow_subnormal=False))
GROUPS = st.lists(VALUES, min_size=8, max_size=60)


@given(st.lists(VALUES, min_size=1, max_size=40))
def test_it_finds_the_median_as_it_is_defined(values):
    assert median(sorted(values)) == pytest.approx(statistics.median(values))


@given(GROUPS)
def test_it_holds_the_median(values):
    low, high = of_median(values)
    assert low <= median(sorted(values)) <= high


@given(GROUPS, GROUPS)
def test_it_holds_the_difference(those, others):
    low, high = of_difference(those, others)
    assert low <= median(sorted(those)) - median(sorted(others)) <= high


@given(GROUPS, GROUPS, st.randoms(use_true_random=False))
def test_it_does_not_depend_on_the_order(those, others, chance):
    before = of_difference(those, others), of_median(those)
    chance.shuffle(those)
    chance.shuffle(others)
    assert (of_difference(those, others), of_median(those)) == before


@given(GROUPS, GROUPS)
def test_it_changes_the_signs_alone_where_the_groups_change_places(those, others):
    low, high = of_difference(those, others)
    assert of_difference(others, those) == (-high, -low)


@given(GROUPS)
def test_it_has_the_other_sign_where_all_values_have(values):
    low, high = of_median(values)
    assert of_median([-value for value in values]) == (-high, -low)


@given(VALUES, st.integers(8, 40), st.integers(8, 40))
def test_it_has_no_width_where_all_services_are_alike(value, those, others):
    assert of_difference([value] * those, [value] * others) == (0, 0)


def test_it_says_the_same_each_time():
    values = [float(number) for number in range(30)]
    first = of_median(values)
    _middles.cache_clear()
    assert of_median(values) == first


@pytest.mark.parametrize("count", [8, 9, 24, 151])
def test_it_draws_medians_as_often_as_resampling_every_value_does(count):
    chance = random.Random(7)
    values = sorted(chance.lognormvariate(0, 1) for _ in range(count))
    drawn = sorted(statistics.median(chance.choices(values, k=count)) for _ in range(20_000))
    lows, highs = _middles(count, 0)
    ours = [(values[low] + values[high]) / 2 for low, high in zip(lows, highs, strict=True)]
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        at = drawn[int(share * len(drawn))]
        below = sum(one < at for one in ours) / len(ours)
        up_to = sum(one <= at for one in ours) / len(ours)
        assert below - 0.03 <= share <= up_to + 0.03


def test_it_misses_what_is_true_about_as_rarely_as_it_says():
    # Services drawn from a known distribution: an interval of 95 % holds its median about 19 times of 20.
    chance = random.Random(3)
    held = 0
    for _ in range(400):
        low, high = of_median([chance.expovariate(1) for _ in range(40)])
        held += low <= 0.6931471805599453 <= high
    assert 0.91 <= held / 400 <= 0.99


def test_it_finds_a_difference_that_is_large_and_none_where_there_is_none():
    chance = random.Random(11)
    slow, fast = ([chance.gauss(mean, 1) for _ in range(50)] for mean in (12, 8))
    low, high = of_difference(slow, fast)
    assert 3 < low < high < 5
    same = [chance.gauss(12, 1) for _ in range(50)]
    low, high = of_difference(slow, same)
    assert low < 0 < high
