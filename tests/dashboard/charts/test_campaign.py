"""``dashboard.charts.campaign``: the bar and the burn-up."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.campaign import BEYOND, HEIGHT, WIDTH, Bar, Day, Part, bar, burn_up

START = date(2026, 3, 2)


def day(number):
    return START + timedelta(days=number)


def days(*done, goal=10):
    return [Day(day(number), count, goal, f"{count} done") for number, count in enumerate(done)]


def drawn(told, ahead=30, **said):
    return burn_up(told, **({"starts_on": START, "deadline": day(ahead), "ends_on": None, "projected": None} | said))


def test_it_draws_what_is_done_then_waived_then_unknown():
    parts = (Part("done", 0, 80), Part("waived", 80, 16), Part("unknown", 96, 32))
    assert bar(10, done=5, waived=1, unknown=2, goal=9) == Bar(WIDTH, HEIGHT, parts, None)


def test_it_marks_the_goal_where_not_all_have_to_be_done():
    assert bar(10, done=0, waived=0, unknown=0, goal=8).goal == 128
    assert bar(10, done=0, waived=2, unknown=0, goal=8).goal is None
    assert bar(10, done=0, waived=0, unknown=0, goal=10).parts == ()


def test_it_draws_nothing_where_nobody_is_asked():
    assert bar(0, 0, 0, 0, 0) is None


@given(st.lists(st.integers(0, 300), min_size=4, max_size=4).filter(sum))
def test_it_stays_within_its_frame(counts):
    done, waived, unknown, left = counts
    found = bar(sum(counts), done, waived, unknown, done)
    assert sum(part.length for part in found.parts) <= WIDTH + 0.3
    assert all(part.x >= 0 for part in found.parts)


def test_it_draws_what_is_done_against_what_has_to_be_until_the_last_day():
    figure = drawn(days(1, 3, 4))
    goal, done = figure["data"]
    assert done["y"] == [1, 3, 4]
    assert (goal["y"], goal["x"][-1]) == ([10, 10, 10, 10], day(30).isoformat())
    assert figure["layout"]["xaxis"]["range"] == [day(-1).isoformat(), day(31).isoformat()]
    assert [one["text"] for one in figure["layout"]["annotations"]] == ["last day", "to do 10", "done 4"]
    assert figure["layout"]["shapes"][0]["x0"] == day(30).isoformat()


def test_it_projects_to_the_goal_and_no_farther_than_it_draws():
    line = drawn(days(0, 2, 4), projected=day(5))["data"][2]
    assert (line["x"], line["y"]) == ([day(2).isoformat(), day(5).isoformat()], [4, 10])
    late = drawn(days(0, 2, 4), projected=day(1000))
    assert late["data"][2]["x"][1] == (day(30) + BEYOND).isoformat()
    assert 4 < late["data"][2]["y"][1] < 10


def test_it_projects_nothing_of_what_ended():
    figure = drawn(days(0, 2, 4), ends_on=day(2), projected=day(5))
    assert len(figure["data"]) == 2
    assert len(figure["data"][0]["x"]) == 3


def test_it_draws_a_single_day_as_a_point_and_none_not_at_all():
    assert drawn(days(0))["data"][1]["mode"] == "lines+markers"
    assert drawn([]) is None


def test_it_counts_few_services_one_by_one():
    assert drawn(days(0, 2, goal=3))["layout"]["yaxis"]["dtick"] == 1
    assert "dtick" not in drawn(days(0, 2, goal=30))["layout"]["yaxis"]


def test_it_can_draw_where_nothing_has_to_be_done():
    assert drawn(days(0, goal=0))["layout"]["yaxis"]["range"] == [0, 1.08]
