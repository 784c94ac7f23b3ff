"""Days in SQL are those of the organisation's time zone, on either database; the days' parts are the calendar's."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sql.days import day_of
from tests.dashboard.sql.plain import Plain

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu", "Africa/Casablanca"]
INSTANTS = st.datetimes(datetime(2000, 1, 2), datetime(2049, 12, 30), timezones=st.just(UTC))


@given(INSTANTS, st.sampled_from(ZONES))
def test_sqlite_tells_the_day_of_the_zone(at, zone):
    [(told,)] = sqlite3.connect(":memory:").execute(f"SELECT {day_of('?1', ZoneInfo(zone), 'sqlite')}", [_text(at)])
    assert date.fromisoformat(told) == at.astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize("hour", [0, 1])
def test_it_tells_it_to_the_second_where_the_clock_is_put_on(hour):
    zone = ZoneInfo("America/Santiago")  # at midnight
    change = datetime(2026, 9, 6, 4, tzinfo=UTC)
    for at in (change - timedelta(seconds=1), change, change + timedelta(hours=hour)):
        query = f"SELECT {day_of('?1', zone, 'sqlite')}"
        [(told,)] = sqlite3.connect(":memory:").execute(query, [_text(at)])
        assert date.fromisoformat(told) == at.astimezone(zone).date()


def test_of_no_instant_there_is_no_day():
    query = f"SELECT {day_of('NULL', ZoneInfo('Europe/Berlin'), 'sqlite')}"
    assert sqlite3.connect(":memory:").execute(query).fetchall() == [(None,)]


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="of PostgreSQL")
@pytest.mark.parametrize("zone", ZONES)
def test_postgresql_tells_the_day_of_the_zone(zone):
    for hour in range(0, 24 * 366, 7):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {day_of('%s::timestamptz', ZoneInfo(zone), 'postgresql')}", [at])
            assert cursor.fetchone() == (at.astimezone(ZoneInfo(zone)).date(),)


@pytest.mark.django_db
def test_each_day_of_the_calendar_tells_its_parts():
    rows = Plain().rows("SELECT * FROM bi_v1_dates ORDER BY day")
    days = [date.fromisoformat(str(row["day"])) for row in rows]
    assert days[0] == date(1970, 1, 1) and (days[-1].month, days[-1].day) == (12, 31)
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert days[-1] > date.today() + timedelta(days=364)
    for day, row in zip(days, rows, strict=True):
        year, week, weekday = day.isocalendar()
        told = {
            name: str(value) if name.endswith("_on") else int(value) for name, value in row.items() if name != "day"
        }
        assert told == {
            "year": day.year,
            "quarter": (day.month + 2) // 3,
            "month": day.month,
            "iso_year": year,
            "iso_week": week,
            "weekday": weekday,
            "weekend": weekday > 5,
            "week_starts_on": str(day - timedelta(days=weekday - 1)),
            "month_starts_on": str(day.replace(day=1)),
            "quarter_starts_on": str(day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)),
        }


def _text(at: datetime) -> str:
    return str(at.replace(tzinfo=None))
