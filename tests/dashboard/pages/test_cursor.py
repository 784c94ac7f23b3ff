"""Where a page of a long list begins."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.pages.cursor import Cursor, page

TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(TIMES, st.integers(0, 10**17))
def test_it_reads_what_it_wrote(at, pk):
    assert Cursor.parse(str(Cursor(at, pk))) == Cursor(at, pk)


@given(st.text())
def test_it_takes_anything_else_for_the_beginning(text):
    assert Cursor.parse(text) is None or str(Cursor.parse(text))


def test_it_refuses_a_number_that_no_row_can_have():
    assert Cursor.parse("20260302T100000.000000-" + "9" * 40) is None


@pytest.mark.parametrize(("found", "older"), [(2, False), (3, True)])
def test_it_names_an_older_page_only_where_there_is_one(found, older):
    rows = [datetime(2026, 3, day + 1, tzinfo=UTC) for day in range(found)]
    shown = page(rows, lambda at: Cursor(at, 1), 2)
    assert len(shown.rows) == 2
    assert bool(shown.older) == older
