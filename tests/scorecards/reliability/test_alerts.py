"""Multi-window alerts, by the table of the SRE workbook (chapter 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.reliability.alerts import fires_after, spends, states, table
from scorecards.reliability.burn import SECONDS_BY_WINDOW

MONTH = 30 * 86_400
rates = st.one_of(st.none(), st.floats(0, 1000))


def told(**given):
    return {(each.severity, each.long): each.state for each in states(given, MONTH)}


def test_it_is_the_workbooks_table():
    """Recommended parameters for an objective of 99.9 % over 30 days."""
    assert [(each.severity, each.long, each.short, each.budget) for each in table().alerts] == [
        ("page", "1h", "5m", 0.02),
        ("page", "6h", "30m", 0.05),
        ("ticket", "3d", "6h", 0.10),
    ]
    assert [each.factor(MONTH) for each in table().alerts] == pytest.approx([14.4, 6, 1])


def test_it_says_where_it_comes_from():
    assert table().url == "https://sre.google/workbook/alerting-on-slos/"
    assert table().year == 2018


def test_short_windows_are_a_twelfth_of_the_long_ones():
    for each in table().alerts:
        assert SECONDS_BY_WINDOW[each.long] == 12 * SECONDS_BY_WINDOW[each.short]


def test_at_its_factor_an_alert_spends_its_share_of_the_budget():
    assert [spends(each, MONTH) for each in table().alerts] == pytest.approx([0.02, 0.05, 0.10])


def test_factors_follow_the_objectives_window():
    week = 7 * 86_400
    assert [each.factor(week) for each in table().alerts] == pytest.approx([3.36, 1.4, 0.7 / 3])
    assert [spends(each, week) for each in table().alerts] == pytest.approx([0.02, 0.05, 0.10])


def test_an_objective_over_a_day_has_no_alert_over_three():
    assert [each.long for each in states({}, 86_400)] == ["1h", "6h"]


@pytest.mark.parametrize(
    ("error_ratio", "seconds"),
    [
        (1.0, (51.84, 129.6, 259.2)),  # a full outage
        (0.1, (518.4, 1296, 2592)),
        (0.0144, (None, 6 * 3600 * 6 / 14.4, 3 * 86_400 / 14.4)),  # at the factor itself it stays quiet
        (0.001, (None, None, None)),
    ],
)
def test_detection_takes_as_long_as_the_workbooks_formula_says(error_ratio, seconds):
    """(1 - SLO) / error ratio x window x burn rate."""
    found = [fires_after(each, error_ratio, 0.999, MONTH) for each in table().alerts]
    assert found == [None if each is None else pytest.approx(each) for each in seconds]


def test_it_fires_while_both_windows_are_above_the_factor():
    assert told(**{"1h": 20.0, "5m": 20.0})["page", "1h"] == "firing"


def test_it_stops_as_soon_as_the_short_window_is_fine():
    assert told(**{"1h": 20.0, "5m": 0.0})["page", "1h"] == "quiet"


def test_it_does_not_fire_at_the_factor_itself():
    assert told(**{"1h": 14.4, "5m": 14.4})["page", "1h"] == "quiet"


def test_without_data_it_is_neither_firing_nor_quiet():
    assert told()["page", "1h"] == "no_data"
    assert told(**{"1h": 20.0, "5m": None})["page", "1h"] == "no_data"


def test_one_window_below_the_factor_is_enough_to_know():
    assert told(**{"1h": 1.0, "5m": None})["page", "1h"] == "quiet"


def test_a_state_tells_both_rates_and_the_factor():
    assert states({"1h": 20.0, "5m": 15.0}, MONTH)[0].plain() == {
        "severity": "page",
        "long": "1h",
        "short": "5m",
        "factor": pytest.approx(14.4),
        "long_rate": 20.0,
        "short_rate": 15.0,
        "state": "firing",
    }


@given(rates, rates, rates, rates, rates)
def test_an_alert_fires_only_on_data(one, two, three, four, five):
    found = states({"5m": one, "30m": two, "1h": three, "6h": four, "3d": five}, MONTH)
    for each in found:
        known = [rate for rate in (each.long_rate, each.short_rate) if rate is not None]
        assert (each.state == "firing") == (len(known) == 2 and min(known) > each.factor)
        assert each.state != "quiet" or min(known) <= each.factor
