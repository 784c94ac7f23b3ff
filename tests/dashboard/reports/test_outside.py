"""What of a report goes to an address outside."""

from dashboard.reports.outside import outside
from dashboard.reports.render import rendered
from dashboard.reports.weekly import Line, Section
from tests.dashboard.reports.test_render import full

SECRET = "Root password in the wiki"
INSIDE = Section("Open grave incidents", [Line("pay-api", SECRET, "/x", "bad")] * 5, 3, "8 grave incidents open")
PUBLIC = Section("Moved", [Line("pay-api", "lead time changed", "/y")], 0, "1 figure moved", public=True)


def test_it_is_told_figures_and_moves_and_of_the_rest_how_many_there_are():
    report = full(waiting=[INSIDE], changes=[PUBLIC], next=Line(SECRET, SECRET, "/z"), sources=[SECRET])
    parts = rendered(outside(report))
    assert SECRET in rendered(report).text
    for text in (parts.text, parts.html):
        assert SECRET not in text and "/x" not in text.replace("/explain", "")
        assert "8 grave incidents open" in text and "and 3 more" not in text
        assert "lead time changed" in text and "41 min" in text


def test_what_is_not_known_to_be_public_is_counted_alone():
    [section] = outside(full(waiting=[INSIDE], changes=())).waiting
    assert Section("x", []).public is False
    assert [line.name for line in section.lines] == ["8 grave incidents open"]
