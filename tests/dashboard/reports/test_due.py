"""When a weekly mail is due, by the clocks of time zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.reports.due import due_at, week_due, zone_of

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MONDAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    ("monday", "weekday", "hour", "zone", "due"),
    [
        (MONDAY, 0, 8, "UTC", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        (MONDAY, 4, 8, "Europe/Berlin", datetime(2026, 11, 27, 7, tzinfo=UTC)),
        (date(2026, 7, 6), 0, 8, "Europe/Berlin", datetime(2026, 7, 13, 6, tzinfo=UTC)),
        (MONDAY, 0, 8, "Pacific/Auckland", datetime(2026, 11, 22, 19, tzinfo=UTC)),
        # Berlin goes from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
        (date(2026, 3, 16), 6, 2, "Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (date(2026, 10, 12), 6, 2, "Europe/Berlin", datetime(2026, 10, 25, 0, tzinfo=UTC)),
    ],
)
def test_it_is_due_by_the_clock_of_the_zone(monday, weekday, hour, zone, due):
    assert due_at(monday, weekday, hour, ZoneInfo(zone)) == due


def test_it_is_due_from_its_hour_on_for_three_days():
    due = datetime(2026, 11, 23, 8, tzinfo=UTC)
    zone = ZoneInfo("UTC")
    assert week_due(due - timedelta(seconds=1), LONG_AGO, 0, 8, zone) is None
    assert week_due(due, LONG_AGO, 0, 8, zone) == MONDAY
    assert week_due(due + timedelta(days=3) - timedelta(seconds=1), LONG_AGO, 0, 8, zone) == MONDAY
    assert week_due(due + timedelta(days=3), LONG_AGO, 0, 8, zone) is None


def test_who_subscribes_after_the_hour_waits_for_the_next_week():
    due = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert week_due(due + timedelta(hours=2), due + timedelta(hours=1), 0, 8, ZoneInfo("UTC")) is None


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 6),
    st.integers(0, 23),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_a_week_is_due_once_it_is_over_and_never_before(now, weekday, hour, name):
    zone = ZoneInfo(name)
    monday = week_due(now, LONG_AGO, weekday, hour, zone)
    if monday is not None:
        assert monday.weekday() == 0
        assert due_at(monday, weekday, hour, zone) <= now
        assert now.astimezone(zone).date() >= monday + timedelta(days=7)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "\0", "/etc/localtime"])
def test_what_is_no_zone_is_none(name):
    assert zone_of(name) is None
