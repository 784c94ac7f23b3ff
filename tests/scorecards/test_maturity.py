"""The phase of a service, by the exit rules of the standard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.compliance import NoScore, control_result, judge
from scorecards.maturity import READS_THE_PHASE, maturity
from scorecards.standards.pack import builtin
from scorecards.standards.standard import Phase
from tests.scorecards.standards.small import (
    ALTERNATIVE,
    FAIL,
    MIXED,
    NOT_APPLICABLE,
    NOT_CONNECTED,
    PARTIAL,
    PASS,
    PROGRAMME,
    RECOMMENDED,
    UNKNOWN,
    WAIVED,
    control,
    decided,
    mixed_results,
    results,
    standard_of,
)

ASSESSMENT, FOUNDATION, PLATFORM, OPTIMIZATION, EXCELLENCE = Phase


def phases(standard, **verdicts):
    found = maturity(judge(standard, results(**verdicts)))
    return found.proven, found.possible


def state(phase, standard, **verdicts):
    found = maturity(judge(standard, results(**verdicts)))
    return found.phases[phase.order - 1]


ASSESSED = standard_of(
    control("a", weight=4, phase=ASSESSMENT),
    control("b", weight=5, phase=ASSESSMENT),
    control("c", phase=FOUNDATION),
)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (PASS, PARTIAL, (ASSESSMENT, ASSESSMENT)),
        (WAIVED, NOT_APPLICABLE, (ASSESSMENT, ASSESSMENT)),
        (FAIL, PASS, (None, None)),
        (PASS, FAIL, (None, None)),
        (PASS, UNKNOWN, (None, ASSESSMENT)),
        ([PARTIAL, UNKNOWN], PASS, (None, ASSESSMENT)),
    ],
)
def test_it_leaves_assessment_when_nothing_fails(a, b, expected):
    assert phases(ASSESSED, a=a, b=b, c=FAIL) == expected


FOUNDED = standard_of(
    control("heavy", weight=5),
    control("grave", weight=4),
    control("light", weight=1),
    control("advised", RECOMMENDED, 4),
    control("aside", ALTERNATIVE, 4),
    control("guided", PROGRAMME, 4),
    control("later", weight=1, phase=PLATFORM),
)
ALL_FOUNDED = dict.fromkeys(("heavy", "grave", "light", "advised", "aside", "guided"), PASS) | {"later": FAIL}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, (FOUNDATION, FOUNDATION)),
        ({"light": FAIL}, (FOUNDATION, FOUNDATION)),  # 9 of 10 points: exactly 90 percent
        ({"light": PARTIAL, "grave": PARTIAL}, (ASSESSMENT, ASSESSMENT)),
        ({"advised": FAIL, "aside": FAIL, "guided": FAIL}, (FOUNDATION, FOUNDATION)),
        ({"heavy": UNKNOWN}, (ASSESSMENT, FOUNDATION)),
        ({"heavy": [FAIL] + [PASS] * 99}, (ASSESSMENT, ASSESSMENT)),  # 99.5 percent, but a control of weight 5 fails
        ({"heavy": WAIVED, "light": FAIL}, (ASSESSMENT, ASSESSMENT)),  # 4 of 5 points
        ({"heavy": WAIVED}, (FOUNDATION, FOUNDATION)),
    ],
)
def test_it_leaves_foundation_at_ninety_percent_without_a_grave_fail(changed, expected):
    assert phases(FOUNDED, **{**ALL_FOUNDED, **changed}) == expected


def test_it_leaves_platform_at_eighty_five_percent():
    standard = standard_of(
        control("a", weight=17, phase=PLATFORM),
        control("b", weight=3, phase=PLATFORM),
        control("c", phase=OPTIMIZATION),
    )
    assert phases(standard, a=PASS, b=FAIL, c=FAIL) == (PLATFORM, PLATFORM)
    assert phases(standard, a=[PASS] * 99 + [FAIL], b=FAIL, c=FAIL) == (FOUNDATION, FOUNDATION)


def test_it_leaves_optimization_at_eighty_percent_with_recommended_counted_half():
    standard = standard_of(
        control("a", weight=4, phase=OPTIMIZATION),
        control("b", RECOMMENDED, 2, phase=OPTIMIZATION),
        control("live", signal="x", phase=EXCELLENCE),
    )
    assert phases(standard, a=PASS, b=FAIL) == (OPTIMIZATION, OPTIMIZATION)
    assert phases(standard, a=PARTIAL, b=PASS) == (PLATFORM, PLATFORM)


EXCELLENT = standard_of(
    control("a", phase=EXCELLENCE),
    control("respond", signal="incidents-answered", phase=EXCELLENCE),
    control("roadmap", PROGRAMME, signal="roadmap-kept", phase=ASSESSMENT),
    control("steady", PROGRAMME, signal=READS_THE_PHASE, phase=ASSESSMENT),
    control("daily", PROGRAMME, signal="deployed-daily", phase=EXCELLENCE),
)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, (EXCELLENCE, EXCELLENCE)),
        ({"a": FAIL}, (EXCELLENCE, EXCELLENCE)),
        ({"respond": FAIL, "roadmap": FAIL}, (EXCELLENCE, EXCELLENCE)),
        ({"respond": NOT_CONNECTED}, (OPTIMIZATION, OPTIMIZATION)),
        ({"roadmap": NOT_CONNECTED}, (OPTIMIZATION, OPTIMIZATION)),
        ({"steady": NOT_CONNECTED}, (EXCELLENCE, EXCELLENCE)),
        ({"daily": PARTIAL}, (EXCELLENCE, EXCELLENCE)),
        ({"daily": FAIL}, (OPTIMIZATION, OPTIMIZATION)),
        ({"daily": UNKNOWN}, (OPTIMIZATION, EXCELLENCE)),
        ({"daily": NOT_APPLICABLE}, (EXCELLENCE, EXCELLENCE)),
    ],
)
def test_it_reaches_excellence_when_live_controls_are_connected_and_the_metrics_hold(changed, expected):
    told = {"a": PASS, "respond": PASS, "roadmap": PASS, "steady": FAIL, "daily": PASS}
    assert phases(EXCELLENT, **{**told, **changed}) == expected


def test_it_reaches_no_phase_over_a_gap():
    standard = standard_of(control("a"), control("b", phase=PLATFORM), control("c", phase=ASSESSMENT))
    assert phases(standard, a=FAIL, b=PASS, c=PASS) == (ASSESSMENT, ASSESSMENT)


def test_it_lets_a_phase_hold_in_which_nothing_applies():
    standard = standard_of(control("a"), control("b", phase=OPTIMIZATION))
    assert phases(standard, a=NOT_APPLICABLE, b=FAIL) == (PLATFORM, PLATFORM)


def test_it_has_no_phase_where_there_is_nothing_to_judge_by():
    unscanned = maturity(judge(EXCELLENT, results(respond=PASS, daily=PASS)))
    empty = maturity(judge(FOUNDED, results(**dict.fromkeys(ALL_FOUNDED, NOT_APPLICABLE))))
    assert (unscanned.proven, unscanned.possible, unscanned.reason) == (None, None, NoScore.NOT_SCANNED)
    assert (empty.proven, empty.possible, empty.reason) == (None, None, NoScore.NOTHING_APPLICABLE)
    assert unscanned.next is None


def test_it_tells_what_blocks_a_phase_and_by_how_much():
    found = state(FOUNDATION, FOUNDED, **{**ALL_FOUNDED, "heavy": FAIL, "grave": PARTIAL, "advised": FAIL})
    assert [(blocker.control_id, blocker.shortfall, blocker.must) for blocker in found.blockers] == [
        ("heavy", 5.0, True),
        ("grave", 2.0, False),
    ]
    assert (found.threshold, found.proven_share, found.possible_share) == (0.9, 0.3, 0.3)
    assert found.missing == pytest.approx(6.0)


def test_it_blocks_nothing_in_a_phase_that_holds():
    found = state(FOUNDATION, FOUNDED, **{**ALL_FOUNDED, "light": FAIL})
    assert (found.proven, found.blockers, found.missing) == (True, (), 0.0)


def test_it_tells_the_share_of_a_grave_fail_that_alone_blocks():
    found = state(FOUNDATION, FOUNDED, **{**ALL_FOUNDED, "heavy": [FAIL] + [PASS] * 99, "light": PARTIAL})
    assert [blocker.control_id for blocker in found.blockers] == ["heavy"]
    assert found.missing == 0.0


def test_it_names_what_is_not_connected():
    found = state(EXCELLENCE, EXCELLENT, a=PASS, respond=PASS)
    assert [(blocker.control_id, blocker.verdict) for blocker in found.blockers] == [
        ("roadmap", NOT_CONNECTED),
        ("daily", NOT_CONNECTED),
    ]


def test_it_knows_the_live_control_that_reads_the_phase():
    assert builtin().control_by_id["DOP-9.3-02"].signal == READS_THE_PHASE


def test_it_asks_for_the_five_success_metrics_of_the_standard():
    results_of = {found.id: control_result(found.id, [PASS]) for found in builtin().controls}
    metrics = [f"DOP-9.1-0{number}" for number in range(1, 6)]
    for control_id in results_of:
        if not builtin().control_by_id[control_id].is_live:
            continue
        failed = {**results_of, control_id: control_result(control_id, [FAIL])}
        reached = maturity(judge(builtin(), failed.values())).proven
        assert reached is (OPTIMIZATION if control_id in metrics else EXCELLENCE), control_id


@given(mixed_results())
def test_it_proves_at_most_what_is_possible(found):
    reached = maturity(judge(MIXED, found))
    assert (reached.proven.order if reached.proven else 0) <= (reached.possible.order if reached.possible else 0)
    for each in reached.phases:
        assert each.possible or not each.proven
        assert bool(each.blockers) != each.proven


@given(mixed_results(), st.lists(st.booleans(), min_size=1, max_size=4))
def test_it_stays_between_proven_and_possible_when_the_unknown_becomes_known(found, passes):
    by_id = {result.control_id: result for result in found}
    by_id["instead"] = control_result("instead", [])
    before = maturity(judge(MIXED, by_id.values()))
    after = maturity(judge(MIXED, [decided(result, passes) for result in by_id.values()]))
    assert after.proven == after.possible
    reached = after.proven.order if after.proven else 0
    assert (before.proven.order if before.proven else 0) <= reached
    assert reached <= (before.possible.order if before.possible else 0)
