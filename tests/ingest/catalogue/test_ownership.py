"""Which team owned a service on a day: any order of what was said gives one answer."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ingest.catalogue.ownership import HINT, Period, Statement, owner_on, timeline

PAY, SEARCH, OPS = 1, 2, 3
DAY = date(2026, 3, 2)
ZONES = st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Lima")])

instants = st.integers(0, 40 * 24).map(lambda hours: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hours))
statements = st.builds(
    Statement,
    at=instants,
    key=st.sampled_from("abc"),
    basis=st.sampled_from(["event", HINT]),
    team_id=st.integers(1, 4),
)
histories = st.lists(statements, max_size=12)


def said(day: int, team_id: int, basis: str = "event", hour: int = 12, key: str = "") -> Statement:
    return Statement(datetime(2026, 3, day, hour, tzinfo=UTC), key, basis, team_id)


def test_it_lets_the_first_owner_reach_into_the_past():
    periods = timeline([said(2, PAY)])
    assert periods == [Period(PAY, None, None)]
    assert owner_on(periods, date(1999, 1, 1)) == PAY


def test_it_moves_a_service_from_the_day_on_that_was_said():
    periods = timeline([said(9, SEARCH), said(2, PAY)])
    assert periods == [Period(PAY, None, date(2026, 3, 9)), Period(SEARCH, date(2026, 3, 9), None)]
    assert [owner_on(periods, date(2026, 3, day)) for day in (8, 9)] == [PAY, SEARCH]


def test_it_has_no_owner_where_nothing_was_said():
    assert timeline([]) == []
    assert owner_on([], DAY) is None


def test_it_takes_the_later_of_two_statements_on_one_day():
    assert timeline([said(2, PAY, hour=15), said(2, SEARCH, hour=9)]) == [Period(PAY, None, None)]
    assert timeline([said(2, PAY, key="a"), said(2, SEARCH, key="b")]) == [Period(SEARCH, None, None)]


def test_it_takes_days_in_the_zone_of_the_organisation():
    late = Statement(datetime(2026, 3, 8, 23, 30, tzinfo=UTC), "", "event", SEARCH)
    assert timeline([said(2, PAY), late], ZoneInfo("Europe/Berlin"))[1].start == date(2026, 3, 9)
    assert timeline([said(2, PAY), late])[1].start == date(2026, 3, 8)


def test_it_passes_over_hints_where_anything_else_was_said():
    assert timeline([said(1, SEARCH, HINT), said(9, PAY), said(20, OPS, HINT)]) == [Period(PAY, None, None)]


def test_it_takes_the_earliest_hint_alone_where_nothing_else_was_said():
    assert timeline([said(9, SEARCH, HINT), said(2, PAY, HINT)]) == [Period(PAY, None, None)]


@given(histories, st.randoms(), ZONES)
def test_it_gives_the_same_in_any_order_and_with_repeats(history, random, zone):
    shuffled = [*history, *history[:3]]
    random.shuffle(shuffled)
    assert timeline(shuffled, zone) == timeline(history, zone)


@given(histories, ZONES)
def test_it_covers_all_days_once_and_changes_hands_at_every_cut(history, zone):
    periods = timeline(history, zone)
    assert bool(periods) == bool(history)
    for before, after in zip(periods, periods[1:], strict=False):
        assert before.end == after.start
        assert before.team_id != after.team_id
        assert after.end is None or after.start < after.end
    if periods:
        assert periods[0].start is None and periods[-1].end is None


@given(histories, instants, ZONES)
def test_it_follows_the_last_word_up_to_the_end_of_the_day_or_of_the_first_day(history, at, zone):
    def day_of(one: Statement) -> date:
        return one.at.astimezone(zone).date()

    told = sorted(one for one in history if one.basis != HINT) or sorted(history)[:1]
    if told:
        day = max(at.astimezone(zone).date(), day_of(told[0]))
        last = [one for one in told if day_of(one) <= day][-1]
        assert owner_on(timeline(history, zone), at.astimezone(zone).date()) == last.team_id
