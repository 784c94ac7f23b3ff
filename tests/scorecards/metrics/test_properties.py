"""What holds for every history: any order, redeploys, first delivery, bounds, windows."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.window import Window
from scorecards.metrics import change_failure_rate, deployment_frequency, lead_time, recovery, rework_rate
from scorecards.metrics.failures import RULES
from scorecards.metrics.records import Change, Definitions, Deployment, Incident, PullRequest
from tests.scorecards.metrics.facts import at, judged

ALL_RULES = Definitions(rules=frozenset(RULES))
EVER = Window(date(2026, 2, 1), date(2026, 5, 1))
COMMITS = 12


@st.composite
def commits(draw):
    """A graph in which the parents of a commit come before it; some parents are unknown."""
    found = []
    for number in range(draw(st.integers(0, COMMITS))):
        parents = None
        if draw(st.integers(0, 5)):
            parents = draw(st.lists(st.integers(0, max(number - 1, 0)), max_size=2, unique=True)) if number else []
            parents = tuple(f"c{parent}" for parent in parents)
        found.append(
            Change(
                id=number,
                sha=f"c{number}",
                authored_at=draw(st.none() | st.integers(-100, 300).map(lambda hours: at(hours=hours))),
                parents=parents,
                pull_request=draw(st.none() | st.integers(0, 3)),
                revert=draw(st.booleans()),
                reverts=draw(st.just(()) | st.tuples(SHAS)),
                hotfix=draw(st.booleans()),
                in_scope=draw(st.booleans()),
            )
        )
    return found


SHAS = st.integers(0, COMMITS).map(lambda number: f"c{number}")
PULL_REQUESTS = st.lists(
    st.builds(
        PullRequest,
        id=st.just(0),
        number=st.just(0),
        merged_at=st.none() | st.integers(0, 300).map(lambda hours: at(hours=hours)),
        merge_sha=st.none() | SHAS,
        how=st.sampled_from(["merge", "squash", "rebase", None]),
        commits=st.lists(SHAS, max_size=4, unique=True).map(tuple),
    ),
    max_size=4,
).map(lambda found: [replace(one, id=n, number=n) for n, one in enumerate(found)])
NAMES = st.integers(0, 9).map(lambda number: f"d{number}")
DEPLOYMENTS = st.lists(
    st.builds(
        Deployment,
        id=st.just(0),
        external_id=st.just(""),
        environment=st.sampled_from(["production", "production-eu"]),
        status=st.sampled_from(["succeeded", "succeeded", "succeeded", "failed", "running"]),
        finished_at=st.integers(0, 300).map(lambda hours: at(hours=hours)),
        version=st.none() | st.sampled_from(["1.0.0", "1.0.1", "1.0.2", "2.0.0"]),
        sha=st.none() | SHAS,
        kind=st.sampled_from(["release", "release", "rollback", "hotfix"]),
        rollback_of=st.none() | NAMES,
        fixes=st.lists(NAMES, max_size=2).map(tuple),
        pull_requests=st.none() | st.lists(st.integers(0, 5), max_size=2).map(tuple),
        shas=st.none() | st.lists(SHAS, max_size=2).map(tuple),
    ),
    max_size=9,
).map(lambda found: [replace(one, id=n, external_id=f"d{n}") for n, one in enumerate(found)])
INCIDENTS = st.lists(
    st.builds(
        Incident,
        id=st.just(0),
        external_id=st.just(""),
        environment=st.sampled_from([None, "production"]),
        severity=st.just("sev2"),
        opened_at=st.integers(0, 330).map(lambda hours: at(hours=hours)),
        resolved_at=st.none() | st.integers(0, 400).map(lambda hours: at(hours=hours)),
        names_cause=st.booleans(),
        caused_by=st.none() | NAMES,
    ),
    max_size=4,
).map(lambda found: [replace(one, id=n, external_id=f"i{n}") for n, one in enumerate(found)])
HISTORIES = st.tuples(DEPLOYMENTS, INCIDENTS, commits(), PULL_REQUESTS)

thorough = settings(max_examples=150, deadline=None)


def judge_all(history):
    return judged(*history, definitions=ALL_RULES)


def figures(service, incidents, window=EVER):
    """Every figure of a window."""
    restored = list(recovery.restorations(service, incidents, ALL_RULES))
    return (
        deployment_frequency.count(deployment_frequency.deployments(service, ALL_RULES), window),
        lead_time.lead_time(lead_time.delivered_changes(service), window),
        change_failure_rate.change_failure_rate(change_failure_rate.finished_deployments(service, ALL_RULES), window),
        recovery.mttr(restored, window),
        recovery.failed_deployment_recovery_time(recovery.failed_deployment_recoveries(service, ALL_RULES), window),
        rework_rate.rework_rate(rework_rate.reworked_deployments(service, ALL_RULES), window),
    )


@thorough
@given(HISTORIES, st.randoms())
def test_it_is_the_same_for_any_order_of_facts(history, random):
    shuffled = tuple(random.sample(facts, len(facts)) for facts in history)
    one, other = judge_all(history), judge_all(shuffled)
    assert dict(one.judgements) == dict(other.judgements)
    assert dict(one.links) == dict(other.links)
    for key, own in one.brought.items():
        assert replace(own, pull_requests=()) == replace(other.brought[key], pull_requests=())
        assert set(own.pull_requests) == set(other.brought[key].pull_requests)


@thorough
@given(HISTORIES)
def test_it_delivers_each_change_at_most_once_per_environment(history):
    service = judge_all(history)
    changes, pull_requests, shas = [], [], []
    for key, own in service.brought.items():
        environment = service.judgements[key].deployment.environment
        changes += [(environment, change.change_id) for change in own.changes]
        pull_requests += [(environment, p.pull_request_id) for p in own.pull_requests]
        shas += [(environment, sha) for sha in own.shas]
    for found in (changes, pull_requests, shas):
        assert len(found) == len(set(found))


@thorough
@given(HISTORIES, st.data())
def test_it_changes_no_figure_to_add_a_redeploy(history, data):
    deployments, incidents, changes, pull_requests = history
    versioned = [d for d in deployments if d.status == "succeeded" and d.version]
    if not versioned:
        return
    one = data.draw(st.sampled_from(versioned))
    # Just after the original, so that it is still what runs.
    again = Deployment(99, one.external_id + "~", one.environment, "succeeded", None, one.finished_at, one.version)
    again = replace(again, pull_requests=(), shas=())
    # An empty list is known content, so it must not become the baseline of its series.
    if judge_all(history).brought[one.id].content != "unknown":
        more = judge_all(([*deployments, again], incidents, changes, pull_requests))
        assert more.judgements[99].redeploy
        assert figures(more, incidents) == figures(judge_all(history), incidents)


@thorough
@given(HISTORIES)
def test_it_keeps_ratios_and_spreads_within_bounds(history):
    service = judge_all(history)
    count, lead, failure_rate, mttr, recovered, rework = figures(service, history[1])
    assert failure_rate is None or 0 <= failure_rate <= 1
    assert rework is None or (0 <= rework <= 1 and count > 0)
    assert mttr is None or mttr >= 0
    for spread in (lead, recovered):
        assert spread is None or 0 <= spread.median <= spread.p75 <= spread.p90


@thorough
@given(HISTORIES)
def test_it_counts_a_failed_deployment_once(history):
    finished = list(change_failure_rate.finished_deployments(judge_all(history), ALL_RULES))
    assert len(finished) == len({deployment.deployment_id for deployment in finished})


@thorough
@given(HISTORIES)
def test_it_restores_after_the_failure_by_what_succeeded(history):
    service = judge_all(history)
    for judgement in service.judgements.values():
        if judgement.restored_by is not None:
            restorer = service.judgements[judgement.restored_by].deployment
            assert restorer.status == "succeeded"
            assert restorer.environment == judgement.deployment.environment
            assert restorer.finished_at >= judgement.deployment.finished_at


@thorough
@given(HISTORIES, st.integers(1, 88))
def test_it_sums_over_the_parts_of_a_window(history, days):
    delivered = list(lead_time.delivered_changes(judge_all(history)))
    cut = EVER.start + timedelta(days=days)
    parts = [lead_time.lead_time(delivered, Window(*ends)) for ends in ((EVER.start, cut), (cut, EVER.end))]
    whole = lead_time.lead_time(delivered, EVER)
    assert sum(part.count for part in parts if part) == (whole.count if whole else 0)
    if whole:
        total = sum(part.mean * part.count for part in parts if part)
        assert abs(total - whole.mean * whole.count) < 1e-3
