"""``scorecards.outcome.compare``: two groups side by side."""

from hypothesis import given
from hypothesis import strategies as st

from scorecards.outcome.compare import Group, compare
from scorecards.outcome.figures import FIGURES

VALUES = st.one_of(st.none(), st.floats(0, 1e6, allow_nan=False))
SERVICES = st.lists(st.fixed_dictionaries(dict.fromkeys(FIGURES, VALUES)), max_size=30)


def services(*lead_times):
    return [dict.fromkeys(FIGURES) | {"lead_time": value} for value in lead_times]


def of(compared, figure="lead_time"):
    return next(one for one in compared if one.figure == figure)


def test_it_tells_the_median_of_each_group_and_how_far_apart_they_are():
    found = of(compare(services(1, 2, 3, 4, 5, 6, 7, 90), services(*range(11, 20))))
    assert found.those == Group(8, 8, 4.5)
    assert found.others == Group(9, 9, 15)
    assert found.difference.estimate == -10.5
    assert found.difference.low <= -10.5 <= found.difference.high < 0
    assert found.difference.is_shown
    assert found.reason == ""


def test_it_counts_only_services_that_have_the_figure():
    found = of(compare(services(*range(8), None, None), services(*range(8), None)))
    assert (found.those.services, found.those.count) == (10, 8)
    assert (found.others.services, found.others.count) == (9, 8)


def test_it_tells_counts_alone_where_a_group_has_under_eight():
    found = of(compare(services(*range(40)), services(*range(7), None)))
    assert found.those == Group(40, 40, None)
    assert found.others == Group(8, 7, None)
    assert found.difference is None
    assert found.reason == "too_few_services"


def test_it_tells_every_figure_of_no_service_at_all():
    assert [one.figure for one in compare([], [])] == list(FIGURES)
    assert {one.reason for one in compare([], [])} == {"too_few_services"}


def test_it_shows_no_difference_between_groups_that_are_alike():
    found = of(compare(services(*range(20)), services(*range(20))))
    assert found.difference.estimate == 0
    assert not found.difference.is_shown


@given(SERVICES, SERVICES)
def test_it_flips_the_signs_where_the_groups_change_places(those, others):
    for one, other in zip(compare(those, others), compare(others, those), strict=True):
        assert (one.those, one.others, one.reason) == (other.others, other.those, other.reason)
        if one.difference is not None:
            mine, theirs = one.difference, other.difference
            assert (mine.estimate, mine.low, mine.high) == (-theirs.estimate, -theirs.high, -theirs.low)
            assert mine.low <= mine.estimate <= mine.high


@given(SERVICES, SERVICES, st.randoms(use_true_random=False))
def test_it_does_not_depend_on_the_order_of_the_services(those, others, chance):
    before = compare(those, others)
    chance.shuffle(those)
    chance.shuffle(others)
    assert compare(those, others) == before
