"""Two sightings of a fact become one: whoever comes first, however often, in whatever parts."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.facts.join import Joined, instant, microseconds, pack, unpack

START = datetime(2026, 3, 2, tzinfo=UTC)
times = st.integers(0, 4).map(lambda hours: START + timedelta(hours=hours))
said = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(("a", "b", None)),
        "terminal": st.sampled_from(("succeeded", "failed", "cancelled")),
        "progress": st.sampled_from(("pending", "running")),
        "first_review_at": times,
        "approved_at": times,
        "acknowledged_at": times,
        "parents": st.lists(st.sampled_from(("x", "y")), max_size=2),
    },
)
sightings = st.lists(
    st.tuples(times, st.sampled_from("abcdefgh"), said), max_size=8, unique_by=lambda seen: (seen[0], seen[1])
)


def joined(seen):
    fact = Joined()
    for at, key, told in seen:
        fact.add(at, key, told)
    return fact


def state(fact):
    return (fact.values, pack(fact.stamps), fact.status, fact.finished_at)


@given(st.data())
def test_it_comes_to_the_same_in_any_order_and_number(data):
    seen = data.draw(sightings)
    again = data.draw(st.lists(st.sampled_from(seen), max_size=3)) if seen else []
    assert state(joined(seen)) == state(joined([*data.draw(st.permutations(seen)), *again]))


@given(st.data())
def test_two_rows_of_one_fact_merge_into_what_one_would_be(data):
    seen = data.draw(sightings)
    cut = data.draw(st.integers(0, len(seen)))
    shuffled = data.draw(st.permutations(seen))
    one, other = joined(shuffled[:cut]), joined(shuffled[cut:])
    one.merge(other)
    assert state(one) == state(joined(seen))


@given(sightings)
def test_a_repeat_changes_nothing(seen):
    fact = joined(seen)
    fact.changed = False
    for at, key, told in seen:
        fact.add(at, key, told)
    assert not fact.changed


@given(sightings)
def test_stamps_come_back_as_they_were_packed(seen):
    stamps = joined(seen).stamps
    assert unpack(pack(stamps)) == stamps


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_is_kept_to_the_microsecond(at):
    assert instant(microseconds(at)) == at


def at(hour, minute=0):
    return START + timedelta(hours=hour, minutes=minute)


def test_the_latest_terminal_status_holds_and_its_first_time():
    fact = joined([
        (at(1), "a", {"terminal": "failed"}),
        (at(2), "b", {"terminal": "succeeded"}),
        (at(4), "d", {"terminal": "succeeded"}),
        (at(5), "e", {"progress": "running"}),
    ])  # fmt: skip
    assert (fact.status, fact.finished_at) == ("succeeded", at(2))


def test_of_two_statuses_at_one_time_the_later_key_holds():
    fact = joined([(at(1), "b", {"terminal": "failed"}), (at(1), "a", {"terminal": "succeeded"})])
    assert fact.status == "failed"


def test_what_is_said_to_be_nothing_replaces_what_was_said_before():
    fact = joined([(at(1), "a", {"title": "Down"}), (at(2), "b", {"title": None})])
    assert fact.values["title"] is None
    assert joined([(at(1), "a", {"title": "Down"}), (at(2), "b", {})]).values["title"] == "Down"


def test_the_earliest_review_holds():
    fact = joined([(at(3), "a", {"first_review_at": at(3)}), (at(2), "b", {"first_review_at": at(2)})])
    assert fact.values["first_review_at"] == at(2)


def test_the_first_acknowledgement_holds():
    fact = joined([(at(3), "a", {"acknowledged_at": at(3)}), (at(2), "b", {"acknowledged_at": at(2)})])
    assert fact.values["acknowledged_at"] == at(2)
