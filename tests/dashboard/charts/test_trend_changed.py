"""Days on which definitions changed, on the chart of a metric."""

from datetime import date

from dashboard.charts.trend import Changed, Point, trend

POINTS = [Point(date(2026, 3, 2), 0.1, "10 %"), Point(date(2026, 3, 9), 0.2, "20 %")]
CHANGES = [Changed(date(2026, 3, 4), "olga: this"), Changed(date(2026, 3, 4), "olga: that")]


def test_a_day_is_marked_once_and_each_of_its_changes_is_told():
    figure = trend(POINTS, measure="ratio", target=0.05, changed=CHANGES)
    lines = [shape for shape in figure["layout"]["shapes"] if shape["x0"] == "2026-03-04"]
    labels = [one for one in figure["layout"]["annotations"] if one["text"] == "redefined"]
    assert (len(lines), len(labels)) == (1, 1)
    assert figure["data"][-1]["customdata"] == ["olga: this", "olga: that"]


def test_the_target_stays_beside_it():
    shapes = trend(POINTS, measure="ratio", target=0.05, changed=CHANGES)["layout"]["shapes"]
    assert len(shapes) == len(trend(POINTS, measure="ratio", target=0.05)["layout"]["shapes"]) + 1


def test_without_a_change_a_chart_is_as_it_was():
    assert trend(POINTS, measure="ratio") == trend(POINTS, measure="ratio", changed=())
    assert "shapes" not in trend(POINTS, measure="ratio")["layout"]


def test_a_label_that_has_no_room_is_left_out_and_its_line_stays():
    changes = [Changed(date(2026, 3, day), "olga") for day in (3, 4, 12)]
    layout = trend(POINTS, measure="ratio", changed=changes)["layout"]
    assert [one["x"] for one in layout["annotations"]] == ["2026-03-03", "2026-03-12"]
    assert len(layout["shapes"]) == 3
