"""What an error budget comes to next. Definition: metrics.md, "Service level objectives"."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.prometheus.slots import SLOTS, Slots, slot_of
from scorecards.reliability.burn import Days, budget_left
from scorecards.reliability.outlook import Outlook, outlook
from scorecards.reliability.policy import Policy, standard

END = datetime(2026, 3, 31, tzinfo=UTC)
DAY = 86_400
WINDOW = 30 * DAY
OBJECTIVE = 0.99
POLICY: Policy = standard()  # 75, 50, 25, 0 % left


def month(bad: Callable[[int], float | None]) -> dict[date, Slots]:
    """Thirty days of a hundred events a slot, of which ``bad(day)`` are bad: 1 of 100 spends exactly the budget.

    Day 0 is the oldest, day 29 the last before END.
    """
    found: dict[date, Slots] = {}
    for number in range(30):
        slots, each = Slots(), bad(number)
        for index in range(SLOTS if each is not None else 0):
            slots.put(index, each or 0.0, 100.0)
        found[(END - timedelta(days=30 - number)).date()] = slots
    return found


def told(bad: Callable[[int], float | None]) -> Outlook | None:
    return outlook(month(bad), END, WINDOW, OBJECTIVE, POLICY)


def test_it_tells_when_the_next_step_is_reached() -> None:
    # The last day burns at 6: it has spent 6 / 30 = 20 % of the budget, 80 % are left. Another 5 % take a quarter day.
    found = told(lambda day: 6.0 if day == 29 else 0.0)
    assert found is not None and found.step is not None and found.seconds is not None
    assert found.step.label == "75"
    assert not found.improves
    assert 6 * 3_600 <= found.seconds <= 7 * 3_600


def test_it_tells_when_old_errors_leave_the_window() -> None:
    # Day 5 alone spent 15 / 30 = 50 %; it begins to leave the window after five days, and nothing is spent since.
    found = told(lambda day: 15.0 if day == 5 else 0.0)
    assert found is not None and found.seconds is not None
    assert found.improves
    assert found.step is not None and found.step.label == "75"
    assert 5 * DAY < found.seconds <= 5 * DAY + 2 * 3_600


def test_it_tells_of_a_step_that_holds_on() -> None:
    found = told(lambda day: 0.1)
    assert found == Outlook(None, None)


def test_it_says_nothing_without_data_of_the_last_day() -> None:
    assert told(lambda day: None if day == 29 else 0.5) is None


def test_it_says_nothing_where_an_objective_leaves_no_budget() -> None:
    assert outlook(month(lambda day: 0.0), END, WINDOW, 1.0, POLICY) is None
    assert outlook({}, END, WINDOW, OBJECTIVE, POLICY) is None


@given(st.lists(st.floats(0, 8), min_size=30, max_size=30))
def test_it_tells_a_step_that_differs_from_the_present_one_or_none(bad: list[float]) -> None:
    slots = month(lambda day: bad[day])
    whole = Days.of(slots).last(WINDOW, END)
    present = POLICY.step(budget_left(whole.bad, whole.total, OBJECTIVE))
    found = outlook(slots, END, WINDOW, OBJECTIVE, POLICY)
    assert found is not None
    assert (found.seconds is None) == (found.step == present)
    if found.seconds is not None:
        lower = found.step is not None and (present is None or found.step.remaining < present.remaining)
        assert found.improves is not lower


def test_it_starts_a_slot_where_the_window_does() -> None:
    assert slot_of((END - timedelta(days=30)).timestamp() + 1)[1] == 0
