"""Every date style that a sender uses is one moment; what is none stays none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.times import parse_when

MOMENT = datetime(2022, 8, 5, 6, 25, 15, tzinfo=UTC)
ALIKE = [
    "2022-08-05T06:25:15Z",
    "2022-08-05T14:25:15+08:00",
    "2022-08-05T14:25:15+0800",
    "2022-08-05 14:25:15 +0800",
    "2022-08-05 06:25:15 UTC",
    "2022-08-05 06:25:15 +0000 UTC",
    "2022-08-05T06:25:15.000000000Z",
    "Fri, 05 Aug 2022 06:25:15 GMT",
]
NONE = [
    "",
    "now",
    "2022-08-05 14:25:15",
    "2022-08-05",
    "1969-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "2022-13-05 14:25:15 UTC",
    "Fri, 05 Aug",
    "Fri, 05 Aug 99999 06:25:15 GMT",
    "9" * 61,
]


@pytest.mark.parametrize("text", ALIKE)
def test_it_reads_every_style(text):
    assert parse_when(text) == MOMENT


@pytest.mark.parametrize("text", NONE)
def test_it_takes_nothing_else_for_a_time(text):
    assert parse_when(text) is None


def test_it_keeps_parts_of_a_second():
    assert parse_when("2022-08-05 06:25:15.250 UTC") == MOMENT.replace(microsecond=250_000)


@given(st.text(max_size=70) | st.from_regex(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d ?([+-]\d{4}|UTC)", fullmatch=True))
def test_it_survives_any_text(text):
    at = parse_when(text)
    assert at is None or at.utcoffset() == UTC.utcoffset(None)
