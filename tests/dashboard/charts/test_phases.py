"""Services by phase as they are drawn."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.phases import Week, bar, stacked

START = date(2026, 3, 2)
NAMES = ("none", "A", "F", "P", "O", "E")


def weeks(*counts: tuple[int, ...]) -> list[Week]:
    return [Week(START + timedelta(days=7 * number), told, f"{told}") for number, told in enumerate(counts)]


def test_it_stacks_a_bar_a_week_with_a_part_a_phase() -> None:
    figure = stacked(weeks((), (2, 1, 0, 0, 0, 0), (1, 1, 1, 0, 0, 0)), NAMES)
    assert figure is not None
    assert figure["layout"]["barmode"] == "stack"
    assert [trace["y"] for trace in figure["data"][:3]] == [[None, 2, 1], [None, 1, 1], [None, 0, 1]]


def test_it_names_the_phases_that_some_service_is_in_beside_their_part() -> None:
    figure = stacked(weeks((4, 0, 0, 0, 6, 0)), NAMES)
    assert figure is not None
    found = [(label["text"], label["y"]) for label in figure["layout"]["annotations"]]
    assert found == [("O 6", 7.0), ("none 4", 2.0)]


def test_it_draws_nothing_before_the_first_scan() -> None:
    assert stacked(weeks((), ()), NAMES) is None
    assert stacked([], NAMES) is None


def test_the_bar_has_a_part_a_phase_side_by_side() -> None:
    found = bar({0: 1, 4: 3})
    assert found is not None
    assert [(part.number, part.x, part.length) for part in found.parts] == [(0, 0.0, 40.0), (4, 40.0, 120.0)]


def test_there_is_no_bar_without_services() -> None:
    assert bar({}) is None


@given(st.dictionaries(st.integers(0, 5), st.integers(0, 3000)))
def test_the_parts_of_the_bar_fill_it(counts: dict[int, int]) -> None:
    found = bar(counts)
    if found is not None:
        assert abs(sum(part.length for part in found.parts) - found.width) < 1
