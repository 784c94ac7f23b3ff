"""How incidents were acknowledged against the limits of their severity."""

from datetime import date

from ingest.window import Window
from scorecards.metrics.response import acknowledgements, mean_time_to_acknowledge, within_limit
from tests.scorecards.metrics.facts import at, incident

DAY = Window(date(2026, 3, 2), date(2026, 3, 3))


TOMORROW = at(1)


def responses(*incidents, now=TOMORROW):
    return list(acknowledgements(incidents, now))


def acknowledged(minutes, severity, number=1):
    return incident(number, at(hours=1), acknowledged_at=at(hours=1, minutes=minutes), severity=severity)


def test_it_holds_each_severity_to_its_limit():
    within = [
        responses(acknowledged(minutes, severity))[0].within_limit
        for minutes, severity in ((5, "sev1"), (5.1, "sev1"), (15, "sev2"), (16, "sev2"), (60, "sev3"), (61, ""))
    ]
    assert within == [True, False, True, False, True, False]
    assert responses(acknowledged(600, "sev4"))[0].within_limit is None


def test_it_counts_the_unacknowledged_as_missed_once_overdue():
    silent = incident(1, at(hours=1), severity="sev1")
    (waiting,) = responses(silent, now=at(hours=1, minutes=5))
    assert (waiting.within_limit, waiting.changes_at) == (None, at(hours=1, minutes=5))
    (missed,) = responses(silent, now=at(hours=1, minutes=5.1))
    assert (missed.within_limit, missed.seconds, missed.changes_at) == (False, None, None)


def test_it_takes_the_mean_and_the_share():
    found = responses(acknowledged(4, "sev1", 1), acknowledged(8, "sev1", 2), acknowledged(-1, "sev1", 3))
    assert mean_time_to_acknowledge(found, DAY) == 360
    assert within_limit(found, DAY) == 0.5


def test_it_has_no_data_without_incidents_opened_in_the_window():
    found = responses(incident(1, at(1), acknowledged_at=at(1)), incident(2, None))
    assert mean_time_to_acknowledge(found, DAY) is None
    assert within_limit(found, DAY) is None
