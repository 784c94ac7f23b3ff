"""Badges as SVG: as wide as their words, hostile words as text, colours as the pages have them."""

import re
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.badge import THEMES, Told, badge, clean, cut, text_width, trend
from dashboard.charts.sparkline import sparkline

SVG = "{http://www.w3.org/2000/svg}"
TOKENS = Path(__file__).resolve().parents[3] / "static" / "css" / "tokens.css"


def told(**said) -> Told:
    return Told(
        **{"label": "lead time", "value": "3.2\u00a0h", "title": "Lead time of Pay: 3.2 h", "verdict": "bad"} | said
    )


def texts(svg: str) -> list[str]:
    return [one.text for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("draw", [badge, trend])
@pytest.mark.parametrize("theme", THEMES)
def test_it_says_what_and_how_much_and_all_of_it_to_who_can_t_see(draw, theme):
    root = ElementTree.fromstring(draw(told(), THEMES[theme]))
    assert (root.get("role"), root.get("aria-label")) == ("img", "Lead time of Pay: 3.2 h")
    assert root.find(f"{SVG}title").text == "Lead time of Pay: 3.2 h"
    said = texts(draw(told(), THEMES[theme]))
    assert said[0] == "lead time" and said[-1] == "3.2\u00a0h"


@pytest.mark.parametrize("draw", [badge, trend])
def test_no_data_is_a_word_in_grey_and_never_zero(draw):
    svg = draw(told(value="", reason="No deployment in this period", verdict="good"), THEMES["light"])
    assert "no data" in texts(svg)
    assert "0" not in texts(svg)
    light = THEMES["light"]
    assert light.good not in svg and light.bad not in svg and light.ink not in svg


def test_a_verdict_has_a_shape_of_its_own_and_its_colour():
    light = THEMES["light"]
    drawn = {kind: badge(told(verdict=kind), light) for kind in ("good", "warn", "bad")}
    assert all(getattr(light, kind) in svg for kind, svg in drawn.items())
    assert len({re.sub("#[0-9a-f]{6}", "", svg) for svg in drawn.values()}) == 3


def test_a_value_that_nobody_judges_has_none():
    svg = badge(told(verdict=None), THEMES["light"])
    assert "<circle" not in svg and "translate" not in svg


def test_it_is_as_wide_as_its_words():
    def width(**said) -> int:
        return int(ElementTree.fromstring(badge(told(**said), THEMES["light"])).get("width"))

    assert width(value="100") < width(value="1,000") < width(value="100,000,000")
    assert width(label="standards") < width(label="standards of the organisation")
    # 11 px in Chromium with DejaVu Sans: "lead time" is 51.2 px, "3.2 h" 31.0 px.
    assert 51 <= text_width("lead time") <= 54
    assert 28 <= text_width("3.2\u00a0h") <= 33


HOSTILE = """</title><script>alert(1)</script><a xlink:href="javascript:x">&amp;"'"""


@pytest.mark.parametrize("draw", [badge, trend])
def test_hostile_words_stay_words(draw):
    svg = draw(told(label=HOSTILE, value=HOSTILE, title=HOSTILE), THEMES["dark"])
    root = ElementTree.fromstring(svg)
    names = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert names <= {"svg", "title", "g", "rect", "path", "circle", "text"}
    assert root.get("aria-label") == HOSTILE
    assert not [name for one in root.iter() for name in one.attrib if name.startswith("on") or "href" in name]


@given(st.text(), st.text(), st.text())
def test_whatever_the_words_it_can_be_read_as_xml(label, value, reason):
    for draw in (badge, trend):
        for line in (None, sparkline([1, None, 2, 3], title="")):
            root = ElementTree.fromstring(
                draw(told(label=label, value=value, title=label, reason=reason, line=line), THEMES["light"])
            )
            assert int(root.get("width")) > 0


@given(st.text(), st.integers(20, 200))
def test_a_text_that_is_cut_has_room(text, width):
    assert text_width(cut(text, width)) <= width


def test_it_leaves_out_what_would_turn_the_text_beside_it():
    assert clean("a\u202eb\u2066c\x00d\x1be\nf") == "abcde f"


def test_a_trend_draws_weeks_as_a_line_and_leaves_gaps():
    line = sparkline([1.0, 2.0, None, 4.0, 5.0], title="", width=200, height=28)
    svg = trend(told(line=line), THEMES["light"])
    assert [one.get("d") for one in ElementTree.fromstring(svg).iter(f"{SVG}path") if one.get("d").count("M") == 2] == [
        line.drawn
    ]


def test_it_has_no_style_no_script_and_asks_for_nothing():
    for draw in (badge, trend):
        svg = draw(told(), THEMES["light"])
        assert not re.search(r"style|script|href|url\(|@import", svg)


def test_its_colours_are_those_of_the_pages():
    told_in = dict(re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]+, #[0-9a-f]+)\)", TOKENS.read_text()))
    for place, name in enumerate(("light", "dark")):
        for colour, value in asdict(THEMES[name]).items():
            assert value == told_in[colour].split(", ")[place], colour
