"""What is drawn for a series of values."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.sparkline import sparkline
from dashboard.charts.stages import WIDTH, stages_bar
from dashboard.charts.timeline import Deployed, Incident, timeline
from dashboard.charts.trend import Mark, Point, scale, trend
from ingest.window import Window
from scorecards.rollups.summary import Stages

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 8, 12, tzinfo=UTC)
WEEK = Window(MONDAY, date(2026, 3, 9))


def points(*values):
    return [Point(MONDAY + timedelta(weeks=place), value, str(value)) for place, value in enumerate(values)]


def test_it_draws_no_sparkline_where_no_bucket_has_data():
    assert sparkline([None, None], title="Lead time") is None


def test_it_leaves_a_gap_in_a_sparkline_where_there_is_no_data():
    line = sparkline([1, 2, None, 3, None, 4, 5], title="Lead time")
    assert len(line.paths) == 2
    assert len(line.dots) == 1


def test_it_marks_the_newest_value_only_when_the_newest_bucket_has_one():
    assert sparkline([1, 2], title="").last is not None
    assert sparkline([1, None], title="").last is None


@given(st.lists(st.none() | st.floats(0, 1e9), min_size=1, max_size=60))
def test_it_keeps_a_sparkline_inside_its_box(values):
    line = sparkline(values, title="", width=96, height=20)
    if line is not None:
        dots = [*line.dots, *([line.last] if line.last else [])]
        assert all(0 <= dot.x <= 96 and 0 <= dot.y <= 20 for dot in dots)


def test_it_draws_a_line_with_gaps_and_the_target():
    figure = trend(points(3600, None, 7200), measure="duration", target=1800)
    assert figure["data"][0]["y"] == [1.0, None, 2.0]
    assert figure["data"][0]["connectgaps"] is False
    assert figure["layout"]["shapes"][0]["y0"] == 0.5
    assert figure["layout"]["yaxis"]["range"] == [0, 2.16]


def test_it_keeps_a_target_above_the_line_in_sight():
    assert trend(points(60), measure="duration", target=6000)["layout"]["yaxis"]["range"][1] > 100


def test_it_draws_rates_as_bars_from_zero():
    figure = trend(points(1.5, 0.5), measure="rate")
    assert figure["data"][0]["type"] == "bar"
    assert figure["layout"]["yaxis"]["rangemode"] == "tozero"


def test_it_names_colours_by_their_variable_only():
    figure = trend(points(0.2), measure="ratio", target=0.05, marks=[Mark(NOW, "incident")])
    assert "#" not in str(figure)
    assert figure["data"][1]["marker"]["color"] == "var(--bad)"


def test_it_chooses_the_unit_by_the_middle_value():
    assert scale(points(30, 7200, 90000), "duration") == (3600.0, "hours")
    assert scale(points(None), "duration", target=1800) == (60.0, "minutes")
    assert scale([], "duration") == (1.0, "seconds")


@given(st.tuples(*[st.floats(0, 1e7)] * 4))
def test_it_fills_the_stacked_bar(seconds):
    parts = stages_bar(Stages(*seconds, count=1))
    if parts:
        assert abs(sum(part.width for part in parts) - WIDTH) < 1
        assert [part.name for part in parts] == ["coding", "pickup", "review", "release"]


def test_it_draws_a_tick_each_and_cuts_incidents_at_the_window():
    deployed = [
        Deployed(NOW - timedelta(days=2), False, "v1", "/deployments/1/"),
        Deployed(NOW - timedelta(days=20), False, "before", "/deployments/0/"),
        Deployed(NOW - timedelta(days=1), True, "v2", "/deployments/2/"),
    ]
    open_one = Incident(NOW - timedelta(days=30), None, "i1", "/incidents/1/")
    strip = timeline(deployed, [open_one], WEEK, NOW)
    assert [tick.failed for tick in strip.ticks] == [False, True]
    assert strip.bars[0].x == 4
    assert strip.bars[0].open
    assert strip.title == "2 deployments, 1 failed, 1 incident"


def test_it_ticks_on_mondays_and_on_months_where_the_axis_is_long():
    short = trend(points(*[1.0] * 13), measure="rate")["layout"]["xaxis"]
    assert (short["tick0"], short["dtick"]) == ("2026-03-02", 21 * 86_400_000)
    assert trend(points(*[1.0] * 52), measure="rate")["layout"]["xaxis"]["dtick"] == "M2"


def test_it_draws_a_partial_week_as_narrow_as_it_is():
    partial = [Point(MONDAY, 1.0, "1", days=2), Point(MONDAY + timedelta(days=2), 1.0, "1")]
    assert trend(partial, measure="rate")["data"][0]["width"] == [2 * 0.8 * 86_400_000, 7 * 0.8 * 86_400_000]


def test_it_never_writes_one_label_over_another():
    strip = timeline([], [], Window(date(2026, 2, 27), date(2026, 5, 28)), NOW)
    places = [label.x for label in strip.labels]
    assert all(after - before >= 60 for before, after in zip(places, places[1:], strict=False))
