"""How figures are written."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import formats
from scorecards.rollups import summary

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (2520, "42 min"),
        (3599, "1.0 h"),
        (12600, "3.5 h"),
        (86399, "1.0 d"),
        (181440, "2.1 d"),
        (100 * 86400, "100 d"),
        (-3960, "−1.1 h"),
    ],
)
def test_it_writes_a_duration_in_the_unit_that_a_reader_would_choose(seconds, text):
    assert str(formats.duration(seconds)).replace("\u00a0", " ") == text


@given(st.floats(0, 1e9))
def test_it_never_writes_sixty_minutes_or_twenty_four_hours(seconds):
    text = formats.duration(seconds)
    assert (text.unit, text.number) not in {("s", "60"), ("min", "60"), ("h", "24.0")}


def test_it_writes_a_ratio_with_one_decimal_and_keeps_the_ends_for_the_ends():
    assert str(formats.percent(0.031)) == "3.1\u00a0%"
    assert formats.percent(0).number == "0"
    assert formats.percent(1).number == "100"
    assert formats.percent(0.0001).number == "<\u202f0.1"
    assert formats.percent(0.9999).number == ">\u202f99.9"


def test_it_writes_a_rate_with_two_digits_that_matter():
    assert [formats.rate(value).number for value in (0, 0.571, 1.84, 12.3)] == ["0", "0.57", "1.8", "12.3"]


def test_it_writes_a_difference_in_the_unit_of_the_metric():
    assert formats.difference("lead_time", 3600, 7560) == "−1.1\u00a0h"
    assert formats.difference("change_failure_rate", 0.035, 0.031) == "+0.4\u00a0pt"
    assert formats.difference("deployment_frequency", 1.8, 1.6) == "+0.20"
    assert formats.difference("mttr", 60, 60) == "unchanged"


def test_it_has_words_for_every_reason_that_a_summary_can_give():
    for code in summary.Reason.__args__:
        assert formats.reason_text(code) == formats.REASONS[code]


def test_it_spells_out_a_reason_that_it_does_not_know():
    assert formats.reason_text("moon_in_the_way") == "Moon in the way"


def test_it_writes_a_moment_in_the_zone_of_the_organisation():
    assert formats.absolute(NOW, ZoneInfo("Europe/Berlin")) == "Wed 25 Nov 2026, 15:02 CET"


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=40), "40 d ago"),
        (timedelta(days=800), "2 y ago"),
        (timedelta(days=-2), "in 2 d"),
    ],
)
def test_it_writes_how_long_ago_a_moment_was(gap, text):
    assert formats.relative(NOW - gap, NOW).replace("\u00a0", " ") == text


def test_it_counts_what_was_left_out():
    assert formats.left_out_text("still_open", 1) == "1 incident or failure still open"
    assert formats.left_out_text("redeploy", 1200) == "1,200 redeploys of the same version"


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("left", "text"),
    [(1, "100 %"), (0.123, "12.3 %"), (0, "0 %"), (-0.04, "−4.0 %"), (-234.5, "−23,450 %"), (0.0001, "< 0.1 %")],
)
def test_it_writes_what_is_left_of_a_budget_with_its_sign(left: float, text: str) -> None:
    assert plain(str(formats.budget_left(left))) == text


@pytest.mark.parametrize(("share", "text"), [(0.999, "99.9 %"), (0.99, "99 %"), (0.999999, "99.9999 %"), (1, "100 %")])
def test_it_writes_an_objective_as_it_was_told(share: float, text: str) -> None:
    assert plain(formats.objective(share)) == text


@pytest.mark.parametrize(
    ("share", "aim", "text"),
    [(0.99899999, 0.999, "99.899 %"), (0.9987, 0.999, "99.870 %"), (0.5, 0.99, "50.00 %"), (1, 0.999, "100 %")],
)
def test_it_never_writes_more_than_was_attained(share: float, aim: float, text: str) -> None:
    assert plain(str(formats.attainment(share, aim))) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(0, "0 ×"), (0.01, "< 0.1 ×"), (1, "1.0 ×"), (14.4, "14.4 ×"), (1000, "1,000 ×")]
)
def test_it_writes_burn_rates(rate: float, text: str) -> None:
    assert plain(str(formats.burn_rate(rate))) == text


@pytest.mark.parametrize(("seconds", "text"), [(2_592_000, "30 d"), (21_600, "6 h"), (300, "5 min"), (90, "2 min")])
def test_it_writes_a_told_span_as_it_is(seconds: float, text: str) -> None:
    assert plain(formats.whole_span(seconds)) == text


@pytest.mark.parametrize(("seconds", "text"), [(600, "1 h"), (26_000, "7 h"), (170_000, "47 h"), (1_771_200, "20 d")])
def test_it_writes_a_guess_in_whole_hours_or_days(seconds: float, text: str) -> None:
    assert plain(formats.about(seconds)) == text
