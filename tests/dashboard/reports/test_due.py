"""When a weekly mail is due, by the clocks of time zones."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.reports.due import Owed, due_at, owed, zone_of
from dashboard.reports.weekly import week_text

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


def told(now: datetime, since: datetime = LONG_AGO, changed: datetime = LONG_AGO) -> date | None:
    return owed(now, since, changed, 0, 8, ZoneInfo("UTC")).due


def test_it_is_due_from_its_hour_on_for_three_days():
    due = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert told(due - timedelta(seconds=1)) is None
    assert told(due) == MONDAY
    assert told(due + timedelta(days=3) - timedelta(seconds=1)) == MONDAY
    assert told(due + timedelta(days=3)) is None
    assert MONDAY in owed(due + timedelta(days=3), LONG_AGO, LONG_AGO, 0, 8, ZoneInfo("UTC")).late


def test_who_subscribes_after_the_hour_waits_for_the_next_week():
    due = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert owed(due + timedelta(hours=2), due + timedelta(hours=1), LONG_AGO, 0, 8, ZoneInfo("UTC")) == Owed(None, ())


def test_what_a_change_made_due_in_the_past_is_due_from_the_change_on():
    due = datetime(2026, 11, 23, 8, tzinfo=UTC)
    saturday = due + timedelta(days=5)  # it was to go on Sunday
    assert told(saturday, changed=saturday) == MONDAY
    assert told(due + timedelta(days=7), changed=saturday) == MONDAY + timedelta(days=7)


def test_week_53_is_a_week_as_any_other():
    found = owed(datetime(2027, 1, 4, 8, tzinfo=UTC), LONG_AGO, LONG_AGO, 0, 8, ZoneInfo("UTC"))
    assert found.due is not None and week_text(found.due) == "2026-W53"
    found = owed(datetime(2027, 1, 11, 8, tzinfo=UTC), LONG_AGO, LONG_AGO, 0, 8, ZoneInfo("UTC"))
    assert found.due is not None and week_text(found.due) == "2027-W01"


ZONES = sorted(available_timezones())
schedules = st.tuples(st.integers(0, 6), st.integers(0, 23), st.sampled_from(ZONES).map(ZoneInfo))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@given(schedules, moments)
def test_each_week_has_one_moment_in_the_week_after_it_by_the_clock_of_the_zone(schedule, moment):
    weekday, hour, zone = schedule
    day = moment.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    due = due_at(monday, weekday, hour, zone).astimezone(zone)
    wanted = datetime.combine(monday + timedelta(days=7 + weekday), time(hour))
    if due.replace(tzinfo=None) != wanted:  # the clock left it out
        gap = due.replace(tzinfo=None) - wanted
        assert timedelta(0) < gap <= timedelta(days=1)  # Samoa left out a day
        before = (due.astimezone(UTC) - gap).astimezone(zone)
        assert before.utcoffset() != due.utcoffset()
    else:  # the first of two
        assert due.fold == 0
    assert due_at(monday + timedelta(days=7), weekday, hour, zone) > due


@given(schedules, moments)
def test_a_week_is_due_once_it_is_over_and_never_before(schedule, now):
    weekday, hour, zone = schedule
    monday = owed(now, LONG_AGO, LONG_AGO, weekday, hour, zone).due
    if monday is not None:
        assert monday.weekday() == 0
        assert due_at(monday, weekday, hour, zone) <= now
        assert now.astimezone(zone).date() >= monday + timedelta(days=7)


@dataclass
class Life:
    """A subscription, and what the site sent of it or told that it did not."""

    schedule: tuple[int, int, ZoneInfo]
    since: datetime
    changed: datetime
    paused: bool = False
    sent: list[date] = field(default_factory=list)
    missed: list[date] = field(default_factory=list)

    def look(self, now: datetime) -> None:
        if self.paused:
            return
        found = owed(now, self.since, self.changed, *self.schedule)
        known = {*self.sent, *self.missed}
        self.missed += [monday for monday in found.late if monday not in known]
        self.sent += [found.due] if found.due and found.due not in known else []


acts = st.lists(
    st.tuples(st.integers(1, 150), st.sampled_from(["change", "change", "pause", "away"]), schedules), max_size=6
)


@given(schedules, moments, acts)
def test_whatever_somebody_changes_each_week_comes_once_or_is_told_as_missed(schedule, start, found):
    """Looked at each hour, but for days when the site is away; over at most six changes and a week after each."""
    start = start.replace(minute=30, second=0, microsecond=0)
    life, now, seen, resumed = Life(schedule, start, start), start, [], start
    weeks: dict[date, list[datetime]] = {}
    for hours, act, to in [*found, (400, "end", schedule)]:
        for _ in range(hours):
            now += timedelta(hours=1)
            if act != "away":
                life.look(now)
        match act:
            case "change":
                life.schedule, life.changed = to, now
            case "pause":
                life.paused = not life.paused
                life.since = resumed = now
        seen.append(now)
    life.look(now)
    weeks.clear()
    told = [*life.sent, *life.missed]
    assert len(told) == len(set(told)), "no week twice"
    if not life.paused:  # none left out since it was last begun or gone on with
        first = next((m for m in sorted(told) if due_at(m, *life.schedule) >= resumed), None)
        newest = max(told, default=None)
        day = first
        while day is not None and newest is not None and day <= newest:
            assert day in told, "no week left out"
            day += timedelta(days=7)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "\0", "/etc/localtime"])
def test_what_is_no_zone_is_none(name):
    assert zone_of(name) is None
