"""Which deployment failed, by which rule, and what restored it."""

import pytest

from scorecards.metrics.delivered import History
from scorecards.metrics.failures import is_next_patch, judge
from scorecards.metrics.records import Definitions
from tests.scorecards.metrics.facts import at, change, deployment, incident, judged, line, pull_request, rules


def failures(service):
    return {j.deployment.external_id: dict(j.failed_by.items()) for j in service.judgements.values() if j.failed}


def versions(*names, **said):
    return [deployment(n, at(n), version=name, **said) for n, name in enumerate(names, 1)]


@pytest.mark.parametrize(
    ("version", "following", "expected"),
    [
        ("1.2.3", "v1.2.4", True),
        ("1.2", "1.2.1", True),
        ("1.2.3", "1.2.5", False),
        ("1.2.9", "1.3.0", False),
        ("1.2.3", "1.2.4-rc1", False),
        ("2026.03.02", "2026.03.02-2", True),
        ("2026.03.02-2", "2026.03.02-10", True),
        ("2026.03.02-2", "2026.03.02-2", False),
        ("2026-03-02", "2026-03-02-1", True),
        ("2026.03.02", "2026.03.03", False),
        (None, "1.0.1", False),
    ],
)
def test_it_knows_the_patch_of_a_version(version, following, expected):
    assert is_next_patch(version, following) is expected


def test_it_tags_the_same_version_again_as_a_redeploy():
    service = judged(versions("1", "1", "2", "1", "1"))
    assert [j.redeploy for j in service.judgements.values()] == [False, True, False, False, True]
    assert [j.rollback for j in service.judgements.values()] == [False, False, False, True, False]


def test_it_takes_the_sha_where_there_is_no_version_and_compares_no_unknowns():
    service = judged([deployment(1, at(1), sha="a"), deployment(2, at(2), sha="a"), *map(unversioned, (3, 4))])
    assert [j.redeploy for j in service.judgements.values()] == [False, True, False, False]


def unversioned(number):
    return deployment(number, at(number))


def test_it_fails_the_one_just_before_an_older_version():
    service = judged(versions("1", "2", "2", "1"))
    assert failures(service) == {"d2": {"rolled_back": (4,)}}
    assert (service.judgements[2].restored_by, service.judgements[2].restored_at) == (4, at(4))


def test_it_keeps_environments_apart():
    east, west = versions("1", "2", environment="east"), [deployment(3, at(3), version="1", environment="west")]
    assert failures(judged([*east, *west])) == {}


def test_it_fails_what_a_rollback_names_and_not_the_one_before():
    service = judged([*versions("1", "2", "3"), deployment(4, at(4), version="4", rollback_of="d2")])
    assert failures(service) == {"d2": {"rolled_back": (4,)}}


def test_it_fails_nothing_for_a_rollback_that_did_not_succeed():
    attempt = deployment(3, at(3), status="failed", kind="rollback", rollback_of="d2")
    assert set(failures(judged([*versions("1", "2"), attempt]))) == {"d3"}


def test_it_lists_names_that_are_unknown_or_later():
    deployments = [
        deployment(1, at(1), kind="rollback", rollback_of="d2"),
        deployment(2, at(2), fixes=("d1", "gone")),
    ]
    service = judged(deployments)
    assert [j.unresolved for j in service.judgements.values()] == [["d2"], ["gone"]]
    assert failures(service) == {"d1": {"fixed": (2,)}}


def test_it_restores_by_the_first_remedy():
    deployments = [*versions("1", "2", "3"), deployment(4, at(4), version="4", fixes=("d2",))]
    deployments.append(deployment(5, at(5), version="1", rollback_of="d2"))
    service = judged(deployments)
    assert failures(service) == {"d2": {"rolled_back": (5,), "fixed": (4,)}}
    assert service.judgements[2].restored_by == 4


def test_it_restores_a_failed_attempt_by_the_next_success_be_it_a_redeploy():
    deployments = [
        deployment(1, at(1), version="1"),
        deployment(2, at(2), version="2", status="failed"),
        deployment(3, at(3), version="1"),
        deployment(4, at(4), version="2"),
    ]
    assert judged(deployments).judgements[2].restored_by == 3
    named = [*deployments[:2], deployment(3, at(3), version="1", rollback_of="d2"), deployments[3]]
    assert judged(named).judgements[2].restored_by == 3


def test_it_restores_by_the_last_incident_that_was_resolved():
    deployments = versions("1", "2")
    incidents = [
        incident(1, at(1, 1), at(1, 5), names_cause=True, caused_by="d1"),
        incident(2, at(1, 2), at(1, 3), names_cause=True, caused_by="d1"),
    ]
    judgement = judged(deployments, incidents).judgements[1]
    assert (judgement.incidents, judgement.restored_at, judgement.restored_by) == ([1, 2], at(1, 5), None)
    still = incident(3, at(1, 2), None, names_cause=True, caused_by="d1")
    assert judged(deployments, [*incidents, still]).judgements[1].restored_at is None


def test_it_links_by_rule_the_latest_success_of_the_last_day():
    deployments = [
        deployment(1, at(1), version="1"),
        deployment(2, at(1, 2), version="2"),
        deployment(3, at(1, 3), version="2"),
        deployment(4, at(1, 4), version="1", kind="rollback"),
        deployment(5, at(1, 5), version="3", status="failed"),
    ]
    linked = judged(deployments, [incident(1, at(1, 6))]).links[1]
    assert (linked.deployment_id, linked.by) == (2, "rule")
    assert judged(deployments, [incident(1, at(2, 2))]).links[1].deployment_id == 2
    late = judged(deployments, [incident(1, at(2, 2, 1))]).links[1]
    assert (late.deployment_id, late.reason) == (None, "no_deployment_in_24_h")
    early = judged(deployments, [incident(1, at(0, 23))]).links[1]
    assert early.deployment_id is None


def test_it_links_an_incident_in_its_own_environment():
    deployments = [deployment(1, at(1), environment="east"), deployment(2, at(1, 1), environment="west")]
    assert judged(deployments, [incident(1, at(1, 2), environment="east")]).links[1].deployment_id == 1
    assert judged(deployments, [incident(1, at(1, 2))]).links[1].deployment_id == 2


def test_it_believes_an_incident_that_speaks_of_its_cause():
    deployments = versions("1")
    unknown = judged(deployments, [incident(1, at(1, 1), names_cause=True, caused_by="gone")]).links[1]
    assert (unknown.deployment_id, unknown.reason) == (None, "names_unknown_deployment")
    none = judged(deployments, [incident(1, at(1, 1), names_cause=True)]).links[1]
    assert (none.deployment_id, none.reason) == (None, "known_to_come_from_none")
    hand = judged(deployments, [incident(1, at(9), linked_by_hand=True, caused_by="d1")]).links[1]
    assert (hand.deployment_id, hand.by) == (1, "hand")


def test_it_links_nothing_by_rule_when_that_is_off():
    service = judged(versions("1"), [incident(1, at(1, 1))], definitions=Definitions(link_incidents=False))
    assert (service.links[1].deployment_id, failures(service)) == (None, {})


def test_it_fails_by_a_hotfix_within_72_hours():
    for days, failed in ((2, {"hotfix": (2,)}), (3, {"hotfix": (2,)}), (3.01, None)):
        service = judged(
            [deployment(1, at(1)), deployment(2, at(1 + days), kind="hotfix")], definitions=rules("hotfix")
        )
        assert failures(service).get("d1") == failed


def test_it_knows_a_hotfix_by_what_it_brings():
    deployments = [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="b")]
    marked = [*line("a"), *line("b", first=2, hotfix=True)]
    assert failures(judged(deployments, (), marked, definitions=rules("hotfix"))) == {"d1": {"hotfix": (2,)}}
    merged = pull_request(7, merge_sha="b", hotfix=True)
    assert set(failures(judged(deployments, (), line("a", "b"), [merged], rules("hotfix")))) == {"d1"}
    listing = [deployments[0], deployment(2, at(2), pull_requests=(7,))]
    assert set(failures(judged(listing, (), line("a"), [pull_request(7, hotfix=True)], rules("hotfix")))) == {"d1"}


def test_it_fails_by_a_patch_within_24_hours():
    deployments = [
        deployment(1, at(1), version="v1.0"),
        deployment(2, at(2), version="v1.0.1"),
        deployment(3, at(3, 1), version="v1.0.2"),
    ]
    assert failures(judged(deployments, definitions=rules("patch"))) == {"d1": {"patch": (2,)}}
    assert failures(judged(deployments)) == {}


def reverting(**said):
    return [*line("a", "b"), change(3, "c", parents=("b",), reverts=("b",), revert=True, **said)]


def test_it_fails_by_a_revert_within_14_days():
    def deployments(days):
        return [deployment(1, at(1), sha="a"), deployment(2, at(2), sha="b"), deployment(3, at(2 + days), sha="c")]

    definitions = rules("revert")
    assert failures(judged(deployments(14), (), reverting(), definitions=definitions)) == {"d2": {"revert": (3,)}}
    assert failures(judged(deployments(14.01), (), reverting(), definitions=definitions)) == {}
    assert failures(judged(deployments(1), (), reverting(reapply=True), definitions=definitions)) == {}
    assert failures(judged(deployments(1)[1:], (), reverting(), definitions=definitions)) == {}


def test_it_does_not_fail_by_the_revert_of_a_revert():
    again = change(4, "d", parents=("c",), reverts=("c",), revert=True)
    deployments = [deployment(n, at(n), sha=sha) for n, sha in enumerate("abcd", 1)]
    assert set(failures(judged(deployments, (), [*reverting(), again], definitions=rules("revert")))) == {"d2"}


def test_it_judges_nothing_that_has_not_finished():
    service = judged([deployment(1, None, status="running"), deployment(2, at(1), status="cancelled")])
    assert not service.judgements


def test_it_links_by_class_where_no_deployment_has_the_environment_of_the_incident():
    deployments = [deployment(1, at(1), environment="production"), deployment(2, at(1, 1), environment="production")]
    assert judged(deployments, [incident(1, at(1, 2), environment="prod")]).links[1].deployment_id == 2


def test_it_fails_a_deployment_that_an_incident_of_another_service_names():
    foreign = incident(7, at(2, 1), resolved_at=at(2, 3), names_cause=True, caused_by="d2")
    service = judge([deployment(1, at(1)), deployment(2, at(2))], [], History((), ()), Definitions(), blaming=[foreign])
    assert failures(service) == {"d2": {"incident": ()}}
    assert service.judgements[2].restored_at == at(2, 3)
    assert not service.links


def test_it_links_an_incident_to_the_deployment_of_another_service():
    own = incident(1, at(2), names_cause=True, caused_by="pay-7")
    service = judge([deployment(1, at(1))], [own], History((), ()), Definitions(), elsewhere={"pay-7": 70})
    assert service.links[1].deployment_id == 70
    assert not failures(service)
