"""Error budgets as they are drawn."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.budget import Deployed, Incident, Left, Threshold, bar, burn_down, left_by_day

START = datetime(2026, 3, 2, tzinfo=UTC)
NOW = START + timedelta(days=3)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def line(*lefts: float | None) -> list[Left]:
    return [Left(at(number), left, f"{left}") for number, left in enumerate(lefts)]


def test_the_bar_is_as_long_as_what_is_left() -> None:
    found = bar(0.25)
    assert found is not None
    assert found.filled == found.width / 4


@pytest.mark.parametrize("left", [0.0, -0.4, -30.0])
def test_the_bar_is_empty_where_nothing_is_left(left: float) -> None:
    found = bar(left)
    assert found is not None
    assert found.filled == 0


def test_there_is_no_bar_without_data() -> None:
    assert bar(None) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_bar_stays_in_its_box(left: float) -> None:
    found = bar(left)
    assert found is not None
    assert 0 <= found.filled <= found.width


def test_it_sums_up_what_is_left_by_day() -> None:
    # 1,000 events in all, of which 10 may be bad.
    assert left_by_day([(2, 400), None, (3, 600)], 0.99) == pytest.approx([0.8, None, 0.5])


def test_it_knows_no_budget_of_no_events_nor_of_an_objective_of_100_percent() -> None:
    assert left_by_day([None, (0, 0)], 0.99) == [None, None]
    assert left_by_day([(0, 10)], 1.0) == [None]


def test_it_draws_a_gap_where_there_is_no_data() -> None:
    found = burn_down(line(1.0, None, 0.5), now=NOW)
    assert found is not None
    assert found["data"][0]["y"] == [100, None, 50]
    assert found["data"][0]["connectgaps"] is False


def test_it_draws_nothing_of_nothing() -> None:
    assert burn_down([], now=NOW) is None
    assert burn_down(line(None, None), now=NOW) is None


def test_it_labels_the_steps_of_the_policy_and_draws_the_line_at_zero() -> None:
    steps = [Threshold(25, "25 % freeze"), Threshold(0, "0 % halt")]
    found = burn_down(line(1.0, 0.1), thresholds=steps, now=NOW)
    assert found is not None
    assert [one["text"] for one in found["layout"]["annotations"]] == ["25 % freeze", "0 % halt"]
    assert [shape["y0"] for shape in found["layout"]["shapes"]] == [0, 25]
    low, high = found["layout"]["yaxis"]["range"]
    assert low < 0 and high > 100


def test_it_shows_an_overspent_budget_below_zero_but_not_so_far_that_all_else_is_flat() -> None:
    found = burn_down(line(1.0, -0.4, -40.0), now=NOW)
    assert found is not None
    assert found["data"][0]["y"] == [100, -40, -100]
    assert found["layout"]["yaxis"]["range"][0] < -100


def test_it_sets_deployments_and_incidents_below_failed_ones_as_triangles() -> None:
    found = burn_down(
        line(1.0, 0.9, 0.8),
        deployed=[Deployed(at(1), failed=False, text="1.2"), Deployed(at(2), failed=True, text="1.3")],
        incidents=[Incident(at(1), at(1.5), "sev2"), Incident(at(2), None, "sev1")],
        now=NOW,
    )
    assert found is not None
    _, good, failed, closed, still_open = found["data"]
    assert good["marker"]["symbol"] != failed["marker"]["symbol"] == "triangle-up"
    assert failed["customdata"] == ["1.3"]
    assert closed["x"] == [at(1).isoformat(), at(1.5).isoformat()]
    assert still_open["x"][1] == NOW.isoformat()
    assert {one["yaxis"] for one in (good, failed, closed, still_open)} == {"y2"}
