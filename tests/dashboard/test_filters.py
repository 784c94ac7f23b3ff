"""What a query string is read as."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import Filters
from ingest.window import Window

TODAY = date(2026, 11, 25)


def filters(**query):
    return Filters.from_query(query, TODAY)


def test_it_shows_production_over_the_last_ninety_days_when_nothing_is_asked():
    found = filters()
    assert found.window == Window.last(90, TODAY)
    assert (found.environment_class, found.tier, found.problems, found.query()) == ("production", "", (), "")


def test_it_takes_a_period_and_keeps_it_in_links():
    found = filters(period="28", environment="staging", tier="critical")
    assert found.window == Window.last(28, TODAY)
    assert found.query(sort="-mttr") == "?period=28&environment=staging&tier=critical&sort=-mttr"


def test_it_takes_dates_of_which_the_last_is_not_included():
    found = filters(**{"from": "2026-03-02", "to": "2026-03-09"})
    assert (found.window.day_count, found.period) == (7, "")
    assert found.query() == "?from=2026-03-02&to=2026-03-09"
    assert found.span_text == "2 Mar to 8 Mar 2026"


def test_it_writes_the_days_out_for_a_link_that_must_show_the_same_tomorrow():
    assert filters(tier="low").dated_pairs == {"from": "2026-08-28", "to": "2026-11-26", "tier": "low"}


def test_it_takes_one_date_alone():
    assert filters(**{"from": "2026-11-01"}).window == Window(date(2026, 11, 1), date(2026, 11, 26))
    assert filters(to="2026-11-01").window.day_count == 90


def test_it_says_so_when_it_shows_something_else_than_was_asked():
    assert filters(period="12").problems == ("There is no period “12”. Shown: last 90 days.",)
    assert "environment class" in filters(environment="moon").problems[0]
    assert "before it starts" in filters(**{"from": "2026-03-02", "to": "2026-03-02"}).problems[0]
    assert "like 2026-03-02" in filters(**{"from": "02.03.2026"}).problems[0]
    assert "out of reach" in filters(**{"from": "1066-01-01"}).problems[0]


@given(st.dictionaries(st.sampled_from(["period", "from", "to", "environment", "tier"]), st.text(max_size=12)))
def test_it_reads_anything_without_an_error_and_reads_its_own_links_alike(query):
    found = Filters.from_query(query, TODAY)
    again = Filters.from_query(found.pairs, TODAY)
    assert (again.window, again.environment_class, again.tier) == (
        found.window,
        found.environment_class,
        found.tier,
    )
    assert again.problems == ()
