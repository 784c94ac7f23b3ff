"""The next best actions."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from scorecards.compliance import control_result, judge
from scorecards.maturity import maturity
from scorecards.plan import Repair, actions, repairs
from scorecards.standards.standard import Phase
from tests.scorecards.standards.small import (
    ALTERNATIVE,
    FAIL,
    MIXED,
    NOT_APPLICABLE,
    PARTIAL,
    PASS,
    REQUIRED,
    UNKNOWN,
    control,
    mixed_results,
    results,
    standard_of,
)

HOUSE = standard_of(
    control("secret", weight=5, phase=Phase.ASSESSMENT),
    control("limits", weight=5),
    control("pins", weight=4),
    control("labels", weight=2),
    control("notes", weight=1),
)
GOOD = {"secret": PASS, "limits": PASS, "pins": PASS, "labels": PASS, "notes": PASS}


def planned(service="pay", paths=None, **verdicts):
    return repairs(service, judge(HOUSE, results(**{**GOOD, **verdicts})), paths)


def ids(found):
    return [repair.control.id for repair in found]


def test_it_asks_for_the_first_phase_first():
    found = planned(secret=FAIL, pins=FAIL, labels=FAIL)
    assert ids(found) == ["secret"]
    assert (found[0].towards, found[0].urgent, found[0].gain) == (Phase.ASSESSMENT, True, 5.0)


def test_it_takes_the_fewest_repairs_that_suffice():
    assert ids(planned(pins=FAIL, labels=FAIL, notes=FAIL)) == ["pins", "labels"]  # 11 of 12 points
    assert ids(planned(pins=FAIL)) == ["pins"]
    assert ids(planned(notes=FAIL)) == []


def test_it_takes_a_grave_fail_before_what_gains_more():
    found = planned(limits=[FAIL] + [PASS] * 4, pins=FAIL)
    assert [(repair.control.id, repair.urgent) for repair in found] == [("limits", True), ("pins", False)]


def test_it_plans_nothing_where_there_is_nothing_to_judge_by():
    assert repairs("pay", judge(HOUSE, [])) == []
    assert repairs("pay", judge(HOUSE, results(**dict.fromkeys(GOOD, NOT_APPLICABLE)))) == []


def test_it_makes_one_action_of_a_control_that_many_services_lack():
    found = [repair for service in ("pay", "fees", "mail", "shop") for repair in planned(service, pins=FAIL)]
    (action,) = actions(found)
    assert (action.control_ids, action.services) == (("pins",), ("fees", "mail", "pay", "shop"))
    assert (action.gain, action.text) == (16.0, "Do pins (fees, mail, pay and 1 more)")


def test_it_makes_one_action_of_controls_in_one_file():
    paths = {"pins": "deploy.yaml", "labels": "deploy.yaml"}
    (action,) = actions(planned(paths=paths, pins=FAIL, labels=FAIL))
    assert (action.control_ids, action.path) == (("labels", "pins"), "deploy.yaml")
    assert action.text == "Do labels; Do pins (pay, deploy.yaml)"


def test_it_keeps_the_file_of_a_repair_that_stands_alone():
    (action,) = actions(planned(paths={"pins": "deploy.yaml"}, pins=FAIL))
    assert (action.control_ids, action.path, action.text) == (("pins",), "deploy.yaml", "Do pins (pay, deploy.yaml)")


def test_it_finds_the_file_of_the_alternative_that_stands_for_a_control():
    standard = standard_of(control("own", weight=5), control("other", ALTERNATIVE, alternative_to="own"))
    judged = judge(standard, results(own=FAIL, other=PARTIAL))
    (repair,) = repairs("pay", judged, {"own": "a.yaml", "other": "Jenkinsfile"})
    assert (repair.control.id, repair.control.level, repair.path) == ("own", REQUIRED, "Jenkinsfile")


def test_it_puts_urgent_actions_first_and_then_those_that_gain_most():
    found = [*planned("pay", pins=FAIL), *planned("fees", pins=FAIL), *planned("mail", secret=FAIL)]
    assert [(action.control_ids, action.urgent) for action in actions(found)] == [
        (("secret",), True),
        (("pins",), False),
    ]


def test_it_says_when_something_has_to_be_found_out_first():
    (action,) = actions(planned(secret=UNKNOWN))
    assert (action.text, action.gain) == ("Find out: Do secret (pay)", 5.0)


def test_it_says_when_a_source_has_to_be_connected():
    standard = standard_of(control("a"), control("daily", signal="deployed-daily", phase=Phase.EXCELLENCE))
    (action,) = actions(repairs("pay", judge(standard, results(a=PASS))))
    assert action.text == "Connect the source for: Do daily (pay)"


def _repaired(found, control_ids):
    kept = [result for result in found if result.control_id not in control_ids]
    return kept + [control_result(control_id, [PASS]) for control_id in control_ids]


@given(mixed_results())
def test_it_leads_to_the_next_phase(found):
    judged = judge(MIXED, found)
    wanted = maturity(judged).next
    if wanted is None:
        assert repairs("pay", judged) == []
        return
    control_ids = ids(repairs("pay", judged))
    reached = maturity(judge(MIXED, _repaired(found, control_ids))).proven
    assert reached.order >= wanted.phase.order


@given(st.lists(st.sampled_from([PASS, PARTIAL, FAIL, UNKNOWN]), min_size=5, max_size=5))
def test_no_smaller_set_of_repairs_leads_there(verdicts):
    found = results(**dict(zip(GOOD, verdicts, strict=True)))
    judged = judge(HOUSE, found)
    wanted = maturity(judged).next
    count = len(repairs("pay", judged))
    for fewer in combinations(GOOD, count - 1) if count else ():
        after = maturity(judge(HOUSE, _repaired(found, list(fewer))))
        assert not after.phases[wanted.phase.order - 1].proven


@given(
    st.lists(st.tuples(st.sampled_from(list(HOUSE.controls)), st.sampled_from(["a", "b", "c"])), unique=True),
    st.dictionaries(st.sampled_from(list(GOOD)), st.sampled_from(["x", "y"])),
    st.randoms(),
)
def test_its_actions_hold_every_repair_once_in_any_order(pairs, paths, random):
    found = [
        Repair(service, found, FAIL, Phase.FOUNDATION, float(found.weight), found.weight == 5, paths.get(found.id))
        for found, service in pairs
    ]
    told = actions(found)
    assert sum(action.gain for action in told) == sum(repair.gain for repair in found)
    assert sum(len(action.control_ids) * len(action.services) for action in told) == len(found)
    random.shuffle(found)
    assert actions(found) == told
