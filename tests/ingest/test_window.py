"""``ingest.window``: how many working days a window has."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.window import Window

DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@given(start=DAYS, length=st.integers(0, 400), ahead=st.frozensets(st.integers(-5, 405)))
def test_it_counts_working_days_as_one_does_on_a_calendar(start, length, ahead):
    holidays = frozenset(start + timedelta(days=number) for number in ahead)
    days = [start + timedelta(days=number) for number in range(length)]
    by_hand = len([day for day in days if day.strftime("%a") not in ("Sat", "Sun") and day not in holidays])
    assert Window(start, start + timedelta(days=length)).working_days(holidays) == by_hand
