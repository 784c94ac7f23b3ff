"""Durations and cron lines."""

import pytest

from scorecards.reading.cron import timetable
from scorecards.reading.durations import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300),
        ("1h30m", 5400),
        ("5_minutes", 300),
        ("15 minutes", 900),
        ("within 15 mins", 900),
        ("30d", 2_592_000),
        ("2 weeks", 1_209_600),
        ("500ms", 0.5),
        ("immediate", 0),
        ("1.5h", 5400),
    ],
)
def test_it_reads_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "5", "5 bananas", "m5", "{{ .x }}", "5m of rest", "9" * 500])
def test_it_reads_nothing_else(text: str) -> None:
    assert seconds_of(text) is None


@pytest.mark.parametrize(
    ("line", "per_day", "business"),
    [
        ("0 10 * * 1-5", 1, True),
        ("0 */4 * * *", 6, False),
        ("@hourly", 24, False),
        ("@daily", 1, False),
        ("30 9,15 * * MON-FRI", 2, True),
        ("0 0 10 * * 1-5", 1, True),
        ("@every 12h", 2, False),
        ("CRON_TZ=Europe/Berlin 0 10 * * 1", 1, True),
        ("*/15 10 * * 1", 4, True),
    ],
)
def test_it_reads_cron_lines(line: str, per_day: int, business: bool) -> None:
    found = timetable(line)
    assert found is not None
    assert (found.per_day, found.in_business_hours) == (per_day, business)


@pytest.mark.parametrize(
    "line", ["", "soon", "* * *", "61 * * * *", "a b c d e", "5-1 * * * *", "*/x * * * *", "٣ * * * *"]
)
def test_it_reads_no_other_line(line: str) -> None:
    assert timetable(line) is None
