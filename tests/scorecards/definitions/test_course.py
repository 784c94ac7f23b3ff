"""Which definitions hold on which day."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.catalogue.ownership import Period
from scorecards.definitions.course import Stated, course, for_judging, in_force, of_owners, on_day
from scorecards.metrics.records import Definitions

AT = datetime(2026, 3, 1, tzinfo=UTC)
RED, BLUE = 1, 2


def day(number: int) -> date:
    return date(2026, 3, 1) + timedelta(days=number)


def said(number: int, since: int, team: int | None = None, **values: object) -> Stated:
    return Stated(AT + timedelta(hours=number), number, team, day(since), values)


statements = st.lists(
    st.builds(
        said,
        st.integers(0, 9),
        st.integers(0, 20),
        st.sampled_from([None, RED, BLUE]),
        count_redeploys=st.sampled_from([True, False, None]),
        linked_within_hours=st.sampled_from([1, 2, None]),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)


def test_the_standard_holds_where_nobody_said_anything():
    assert [span.definitions for span in course([], RED)] == [Definitions()]


def test_earlier_days_stay_under_what_held_then():
    spans = course([said(1, 5, count_redeploys=True)], None)
    assert [(span.start, span.definitions.count_redeploys) for span in spans] == [(None, False), (day(5), True)]


def test_a_team_lies_over_the_organisation_and_what_it_does_not_say_stays():
    told = [said(1, 0, count_redeploys=True, link_incidents=False), said(2, 0, RED, count_redeploys=False)]
    found = on_day(course(told, RED), day(3))
    assert (found.count_redeploys, found.link_incidents) == (False, False)
    assert on_day(course(told, BLUE), day(3)).count_redeploys


def test_what_was_said_last_holds_though_its_day_is_earlier():
    told = [said(1, 5, count_redeploys=True), said(2, 2, count_redeploys=False)]
    assert not on_day(course(told, None), day(9)).count_redeploys


def test_a_team_that_takes_back_its_own_has_the_organisations():
    told = [
        said(1, 0, count_redeploys=True),
        said(2, 0, RED, count_redeploys=False),
        said(3, 4, RED, count_redeploys=None),
    ]
    assert [on_day(course(told, RED), day(n)).count_redeploys for n in (3, 4)] == [False, True]


def test_a_service_has_on_each_day_what_its_owner_had():
    told = [said(1, 0, RED, count_redeploys=True)]
    periods = [Period(RED, None, day(4)), Period(BLUE, day(4), None)]
    spans = of_owners(periods, lambda team_id: course(told, team_id))
    assert [(span.start, span.end, span.definitions.count_redeploys) for span in spans] == [
        (None, day(0), False),
        (day(0), day(4), True),
        (day(4), None, False),
    ]


def test_holidays_judge_no_fact():
    assert len(for_judging(course([said(1, 3, holidays=["2026-03-06"])], None))) == 1


@given(statements)
def test_spans_cover_every_day_once_and_say_what_is_in_force(told):
    for team in (None, RED, BLUE):
        spans = course(told, team)
        assert (spans[0].start, spans[-1].end) == (None, None)
        assert all(one.end == other.start for one, other in zip(spans, spans[1:], strict=False))
        for number in range(-1, 22):
            held = in_force(told, team, day(number))
            assert on_day(spans, day(number)).count_redeploys == held.get("count_redeploys", False)


@given(statements, st.permutations(range(6)))
def test_no_order_of_reading_makes_a_difference(told, order):
    shuffled = [told[place] for place in order if place < len(told)]
    assert course(shuffled, RED) == course(told, RED)
