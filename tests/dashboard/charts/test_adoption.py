"""Adoption as it is drawn."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.adoption import Counts, bar, course, funnel
from dashboard.charts.standing import Band

START = date(2026, 3, 2)


def bands(*shares: tuple[float, float] | None) -> list[Band]:
    found = []
    for number, share in enumerate(shares):
        low, high = share or (None, None)
        found.append(Band(START + timedelta(days=number), low, high, "words"))
    return found


def days(*counts: tuple[int, int, int, int] | None) -> list[Counts]:
    return [Counts(START + timedelta(days=number), told, f"{told}") for number, told in enumerate(counts)]


def test_the_course_is_a_band_from_what_is_proven_to_what_is_possible() -> None:
    figure = course(bands((0.25, 0.5), None, (0.5, 1.0)), 0.9)
    assert figure is not None
    possible, proven = figure["data"]
    assert possible["y"] == [50.0, None, 100.0]
    assert proven["y"] == [25.0, None, 50.0]
    assert proven["fill"] == "tonexty"
    assert proven["connectgaps"] is False


def test_the_course_shows_its_target() -> None:
    figure = course(bands((0.25, 0.5)), 0.9)
    assert figure is not None
    [line] = figure["layout"]["shapes"]
    assert (line["y0"], line["y1"]) == (90.0, 90.0)
    assert figure["layout"]["yaxis"]["range"] == [0, 104]
    assert [label["text"] for label in figure["layout"]["annotations"]] == ["target"]


def test_there_is_no_course_without_data() -> None:
    assert course(bands(None, None), 0.9) is None
    assert course([], 0.9) is None


def test_the_bar_of_a_funnel_is_as_long_as_its_counts() -> None:
    found = bar(10, 8, 5, 2, 0)
    assert found is not None
    assert [(step.name, step.length / found.width) for step in found.steps] == [
        ("configured", 0.8), ("used", 0.5), ("retained", 0.2)
    ]  # fmt: skip


def test_what_is_unknown_stands_after_what_is_known() -> None:
    found = bar(10, 5, 5, 0, 3)
    assert found is not None
    unknown = found.steps[-1]
    assert (unknown.name, unknown.x / found.width, unknown.length / found.width) == ("unknown", 0.5, 0.3)


def test_there_is_no_bar_where_nothing_could_use_it() -> None:
    assert bar(0, 0, 0, 0, 0) is None


@given(st.lists(st.integers(0, 5000), min_size=5, max_size=5))
def test_the_bar_stays_in_its_frame(counts: list[int]) -> None:
    retained, used, configured, eligible = sorted(counts[:4])
    found = bar(eligible, configured, used, retained, min(counts[4], eligible - used))
    assert (found is None) == (eligible == 0)
    for step in found.steps if found else ():
        assert step.x >= 0 and step.x + step.length <= found.width + 0.2


def test_the_funnel_has_a_line_a_step_named_at_its_end() -> None:
    figure = funnel(days((9, 8, 4, 1), None, (10, 8, 5, 2)))
    assert figure is not None
    assert [trace["y"] for trace in figure["data"]] == [[9, None, 10], [8, None, 8], [4, None, 5], [1, None, 2]]
    labels = [label["text"] for label in figure["layout"]["annotations"]]
    assert labels == ["eligible 10", "configured 8", "used 5", "for months 2"]


def test_there_is_no_funnel_without_data() -> None:
    assert funnel(days(None)) is None


@pytest.mark.parametrize("counts", [(10, 10, 10, 10), (0, 0, 0, 0), (30, 1, 0, 0), (30, 30, 0, 0)])
def test_labels_do_not_lie_over_each_other(counts: tuple[int, int, int, int]) -> None:
    figure = funnel(days(counts))
    assert figure is not None
    heights = [label["y"] for label in figure["layout"]["annotations"]]
    highest = max(counts) or 1
    assert all(above - below >= 0.079 * highest for above, below in zip(heights, heights[1:], strict=False))
    assert min(heights) >= 0
