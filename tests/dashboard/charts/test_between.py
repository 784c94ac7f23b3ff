"""``dashboard.charts.between``: a difference beside zero."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.between import INSET, WIDTH, between

VALUES = st.lists(st.floats(-1e7, 1e7, allow_nan=False, allow_subnormal=False), min_size=3, max_size=3).map(sorted)


@given(VALUES)
def test_it_keeps_the_order_and_stays_within_its_box(values):
    low, estimate, high = values
    drawn = between(low, estimate, high)
    assert INSET <= drawn.low <= drawn.estimate <= drawn.high <= WIDTH - INSET
    assert INSET <= drawn.zero <= WIDTH - INSET


@given(VALUES)
def test_it_shows_on_which_side_of_zero_it_lies(values):
    low, estimate, high = values
    drawn = between(low, estimate, high)
    if low > 0:
        assert drawn.zero <= drawn.low
    if high < 0:
        assert drawn.high <= drawn.zero
    if low <= 0 <= high:
        assert drawn.low <= drawn.zero <= drawn.high


def test_it_stands_in_the_middle_where_there_is_nothing_to_scale():
    drawn = between(0, 0, 0)
    assert drawn.zero == drawn.low == drawn.high == WIDTH / 2
