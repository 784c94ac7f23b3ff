"""How the demo's objectives were kept leaves what is told, by the arithmetic of metrics.md."""

from datetime import timedelta

import pytest

from dashboard.demo.reliability.courses import COURSES, Burst, Course, counted, course_of, end_of
from scorecards.reliability.burn import Days, budget_left, burn_rate
from tests.dashboard.demo.conftest import NOW

WINDOW = 30 * 86_400


def left_of(course: Course, objective: float = 0.999, bursts: tuple[Burst, ...] = ()) -> float:
    sums = Days.of(counted(course, objective, bursts, NOW, 1, "a", "b")).last(WINDOW, end_of(course, NOW))
    found = budget_left(sums.bad, sums.total, objective)
    assert found is not None
    return found


@pytest.mark.parametrize("left", [0.98, 0.6, 0.12, -0.18])
def test_it_leaves_the_told_share_of_the_budget(left: float) -> None:
    assert left_of(Course(left)) == pytest.approx(left, abs=0.002)
    burst = Burst(NOW - timedelta(days=9), NOW - timedelta(days=8.9), 0.3)
    assert left_of(Course(left), bursts=(burst,)) == pytest.approx(left, abs=0.002)


def test_it_spends_more_while_something_is_wrong() -> None:
    burst = Burst(NOW - timedelta(days=9), NOW - timedelta(days=8.9), 0.3)
    days = Days.of(counted(Course(0.3), 0.999, [burst], NOW, 1, "a", "b"))
    wrong, calm = (days.over(*_around(ago)) for ago in (9.0, 5.0))
    assert wrong.bad > 20 * calm.bad


def _around(ago: float):
    start = (NOW - timedelta(days=ago)).replace(minute=0, second=0, microsecond=0)
    return start, start + timedelta(hours=2)


def test_it_drifts_at_the_told_burn_rate() -> None:
    course = Course(0.5, 2000, drift=(4.0, 2.4))
    sums = Days.of(counted(course, 0.999, [], NOW, 1, "a", "b")).last(86_400, end_of(course, NOW))
    # Beside the drift there is what is spent evenly: not more than a third of what is spent in all.
    assert 2.4 <= (burn_rate(sums.bad, sums.total, 0.999) or 0) < 3


def test_it_tells_nothing_of_the_hours_of_silence() -> None:
    days = counted(Course(0.9, silent=26), 0.999, [], NOW, 1, "a", "b")
    newest = max(days)
    assert (NOW - timedelta(hours=26)).date() == newest


def test_it_is_the_same_each_time() -> None:
    first, second = (counted(Course(0.9), 0.999, [], NOW, 7, "a", "b") for _ in range(2))
    assert {day: slots.sums() for day, slots in first.items()} == {day: slots.sums() for day, slots in second.items()}


def test_it_counts_whole_events_and_never_more_bad_ones_than_there_are() -> None:
    burst = Burst(NOW - timedelta(days=2), NOW, 5.0)
    for slots in counted(Course(-3.0, 20), 0.999, [burst], NOW, 1, "a", "b").values():
        for _, bad, total in slots.measured():
            assert bad == int(bad)
            assert 0 <= bad <= total


def test_it_has_a_service_for_each_step_of_the_policy() -> None:
    lefts = [course.left for both in COURSES.values() for course in both]
    assert any(left < 0 for left in lefts)
    assert any(0 < left < 0.25 for left in lefts)
    assert any(0.25 < left < 0.5 for left in lefts)
    assert any(0.5 < left < 0.75 for left in lefts)
    assert any(course.silent for both in COURSES.values() for course in both)
    assert course_of("orders-warehouse", "availability") is None
