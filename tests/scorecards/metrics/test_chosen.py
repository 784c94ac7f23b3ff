"""What a definition looks at, and until when counters count."""

from datetime import datetime
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from scorecards.metrics.chosen import choose
from scorecards.metrics.records import Definitions, Deployment, Rollback
from tests.scorecards.metrics.facts import at, deployment

DEFAULT = Definitions()
COUNTER, EVENTS, OTHERS = 1, 2, 3
_ids = count(1)


def counted(finished_at: datetime, **said) -> Deployment:
    return deployment(next(_ids), finished_at, by_counter=True, source=COUNTER, **said)


def event(finished_at: datetime | None, **said) -> Deployment:
    return deployment(next(_ids), finished_at, **{"source": EVENTS} | said)


def chosen(*rows, rollbacks=(), definitions=DEFAULT):
    return choose({"production": rows}, {}, definitions, {"production": rollbacks})


def test_counters_count_while_nothing_else_tells():
    rows = [counted(at(1)), counted(at(2), status="failed")]
    found = chosen(*rows)
    assert list(found.deployments["production"]) == rows
    assert not found.counters


def test_counters_end_with_the_first_deployment_that_finished_by_another_source():
    before, at_once, after = counted(at(1)), counted(at(2)), counted(at(3))
    first = event(at(2), status="failed")
    found = chosen(after, first, at_once, before)
    assert list(found.deployments["production"]) == [first, before]
    assert found.counters == {"production": [at(3), at(2)]}


def test_what_has_not_finished_or_was_cancelled_ends_no_counting():
    rows = [event(None, status="running"), event(at(1), status="cancelled"), counted(at(2))]
    assert list(chosen(*rows).deployments["production"]) == rows


def test_one_class_ends_no_counting_in_another():
    here, there = counted(at(2)), event(at(1), environment="staging")
    found = choose({"production": [here], "staging": [there]}, {}, DEFAULT)
    assert found.deployments == {"production": [here], "staging": [there]}


def test_classes_are_those_of_the_definition():
    here, there = counted(at(2)), event(at(1), environment="eu-live")
    definitions = Definitions(environments=(("eu-live*", "production"),))
    found = choose({"production": [here], "development": [there]}, {}, definitions)
    assert found.deployments == {"production": [there]}
    assert found.counters == {"production": [at(2)]}


def test_sources_that_do_not_count_end_no_counting():
    rows = [event(at(1), source=OTHERS), counted(at(2))]
    found = chosen(*rows, definitions=Definitions(sources=frozenset({COUNTER, EVENTS})))
    assert list(found.deployments["production"]) == rows[1:]


def test_bots_whose_deployments_do_not_count_end_the_counting_all_the_same():
    rows = [event(at(1), bot=True), counted(at(2))]
    found = chosen(*rows, definitions=Definitions(count_bot_deployments=False))
    assert not found.deployments["production"]
    assert (found.by_bots, found.counters) == ({"production": [at(1)]}, {"production": [at(2)]})


def test_durations_of_rollbacks_count_where_and_while_counters_do():
    told = [Rollback(1, "production", at(1, 1), 60.0), Rollback(2, "production", at(3), 60.0)]
    assert chosen(counted(at(1)), event(at(2)), rollbacks=told).rollbacks == {"production": told[:1]}
    assert chosen(counted(at(1)), rollbacks=told).rollbacks == {"production": told}
    assert chosen(event(at(5)), rollbacks=told).rollbacks == {}
    assert chosen(event(at(0)), counted(at(1)), rollbacks=told).rollbacks == {}


moments = st.integers(0, 200).map(lambda hours: at(hours=hours))
events = st.builds(event, st.none() | moments, status=st.sampled_from(["succeeded", "failed", "cancelled", "running"]))
counters = st.builds(counted, moments, status=st.sampled_from(["succeeded", "failed"]))


@given(st.lists(events | counters, max_size=12), st.randoms())
def test_all_counted_come_before_all_events_in_any_order_of_arrival(rows, random):
    rows = [row for row in rows if (row.finished_at is None) == (row.status == "running")]
    found = chosen(*random.sample(rows, len(rows)))
    kept = found.deployments["production"]
    finished = [one.finished_at for one in kept if not one.by_counter and one.status in ("succeeded", "failed")]
    assert all(one.finished_at < first for one in kept if one.by_counter for first in finished)
    assert len(kept) + len(found.counters["production"]) == len(rows)
    assert sorted(kept, key=lambda one: one.id) == sorted(chosen(*rows).deployments["production"], key=lambda d: d.id)
