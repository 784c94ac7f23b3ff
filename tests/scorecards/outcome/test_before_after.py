"""``scorecards.outcome.before_after``: each service beside itself."""

from hypothesis import given
from hypothesis import strategies as st

from scorecards.outcome.before_after import Changed, before_and_after
from scorecards.outcome.figures import FIGURES

VALUES = st.one_of(st.none(), st.floats(0, 1e6, allow_nan=False))
TOLD = st.fixed_dictionaries(dict.fromkeys(FIGURES, VALUES))
SERVICES = st.lists(st.builds(Changed, TOLD, TOLD), max_size=30)


def changed(*pairs):
    return [Changed({"lead_time": before}, {"lead_time": after}) for before, after in pairs]


def of(paired, figure="lead_time"):
    return next(one for one in paired if one.figure == figure)


def test_it_tells_the_median_of_what_each_service_changed_by():
    # Differences -1 to -9: their median is -5, though the medians lie 7 apart.
    pairs = [(10, 9), (12, 10), (14, 11), (16, 12), (18, 13), (20, 14), (22, 15), (24, 16), (26, 17)]
    found = of(before_and_after(changed(*pairs)))
    assert (found.services, found.count, found.before, found.after) == (9, 9, 18, 13)
    assert found.difference.estimate == -5
    assert found.difference.low <= -5 <= found.difference.high < 0


def test_it_leaves_out_a_service_that_has_the_figure_on_one_side_alone():
    found = of(before_and_after(changed(*[(2, 1)] * 8, (None, 1), (1, None))))
    assert (found.services, found.count) == (10, 8)
    assert found.difference.estimate == -1


def test_it_tells_counts_alone_of_under_eight_services():
    found = of(before_and_after(changed(*[(2, 1)] * 7, (None, 1))))
    assert (found.services, found.count, found.before, found.after, found.difference) == (8, 7, None, None, None)
    assert found.reason == "too_few_services"


@given(SERVICES)
def test_it_flips_the_signs_where_before_and_after_change_places(services):
    swapped = [Changed(one.after, one.before) for one in services]
    for one, other in zip(before_and_after(services), before_and_after(swapped), strict=True):
        assert (one.before, one.after, one.count) == (other.after, other.before, other.count)
        if one.difference is not None:
            mine, theirs = one.difference, other.difference
            assert (mine.estimate, mine.low, mine.high) == (-theirs.estimate, -theirs.high, -theirs.low)
            assert mine.low <= mine.estimate <= mine.high


@given(SERVICES, st.randoms(use_true_random=False))
def test_it_does_not_depend_on_the_order_of_the_services(services, chance):
    before = before_and_after(services)
    chance.shuffle(services)
    assert before_and_after(services) == before
