"""Scores of a service, what it meets, and how services add up."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.compliance import (
    ControlResult,
    Meets,
    NoScore,
    Verdict,
    control_result,
    judge,
    required_share,
    total,
)
from scorecards.standards.pack import builtin
from scorecards.standards.standard import Level, Phase
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
    REQUIRED,
    UNKNOWN,
    WAIVED,
    control,
    decided,
    mixed_results,
    results,
    standard_of,
    units,
)

TWO = standard_of(control("a", weight=3), control("b", weight=1))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ([PASS, FAIL, UNKNOWN], FAIL),
        ([PASS, PARTIAL, UNKNOWN], PARTIAL),
        ([PASS, UNKNOWN, WAIVED], UNKNOWN),
        ([PASS, NOT_APPLICABLE, WAIVED], PASS),
        ([NOT_APPLICABLE, NOT_CONNECTED], NOT_APPLICABLE),
        ([WAIVED, WAIVED], WAIVED),
        ([], NOT_APPLICABLE),
    ],
)
def test_it_shows_the_worst_unit_of_a_control(found, verdict):
    assert control_result("a", found).verdict is verdict


def test_it_scores_a_control_by_the_mean_of_its_units():
    found = control_result("a", [PASS, PARTIAL, FAIL, UNKNOWN, WAIVED, NOT_APPLICABLE])
    assert (found.proven, found.possible) == (1.5 / 4, 2.5 / 4)
    assert (found.unit_count, found.known_count, found.waived_count) == (5, 4, 1)


def test_it_weighs_the_controls():
    found = judge(TWO, results(a=PASS, b=FAIL)).score
    assert (found.proven_numerator, found.denominator) == (3, 4)
    assert (found.proven, found.possible, found.coverage, found.reason) == (0.75, 0.75, 1.0, None)


def test_it_counts_unknown_against_and_for():
    found = judge(TWO, results(a=[PASS, UNKNOWN], b=PASS)).score
    assert (found.proven, found.possible) == (2.5 / 4, 1.0)
    assert (found.known_weight, found.coverage) == (2.5, 2 / 3)


def test_it_counts_recommended_half():
    standard = standard_of(control("a", weight=2), control("b", RECOMMENDED, 4))
    found = judge(standard, results(a=PASS, b=FAIL))
    assert (found.score.proven, found.by_level[REQUIRED].proven, found.by_level[RECOMMENDED].proven) == (0.5, 1.0, 0.0)
    assert found.meets_required is Meets.MET


def test_it_leaves_programme_out_and_shows_it_by_level():
    standard = standard_of(control("a"), control("b", PROGRAMME, 5, section="9"))
    found = judge(standard, results(a=PASS, b=FAIL))
    assert (found.score.proven, found.by_level[PROGRAMME].proven) == (1.0, 0.0)
    assert (found.by_section["9"].proven, found.by_section["9"].reason) == (None, NoScore.NOTHING_APPLICABLE)


def test_it_leaves_out_a_control_that_is_waived_in_all_units():
    found = judge(TWO, results(a=WAIVED, b=PASS))
    assert (found.score.proven, found.score.denominator, found.score.waived_count) == (1.0, 1, 1)
    assert found.meets_required is Meets.MET


def test_it_has_no_score_when_everything_is_waived():
    found = judge(TWO, results(a=WAIVED, b=[WAIVED, WAIVED]))
    assert (found.score.proven, found.score.possible) == (None, None)
    assert (found.score.reason, found.meets_required) == (NoScore.ALL_WAIVED, Meets.MET)


def test_it_has_no_score_when_nothing_applies():
    found = judge(TWO, results(a=NOT_APPLICABLE, b=[]))
    assert (found.score.proven, found.score.coverage) == (None, None)
    assert (found.score.reason, found.meets_required) == (NoScore.NOTHING_APPLICABLE, None)


def test_it_has_no_score_without_a_scan():
    standard = standard_of(control("a"), control("b", signal="x"), control("c", PROGRAMME, signal="y"))
    found = judge(standard, results(b=PASS, c=PASS))
    assert not found.scanned
    assert (found.score.proven, found.score.reason, found.meets_required) == (None, NoScore.NOT_SCANNED, None)
    assert {name: score.proven for name, score in found.by_level.items()} == {
        REQUIRED: None,
        RECOMMENDED: None,
        ALTERNATIVE: None,
        PROGRAMME: 1.0,
    }


def test_it_takes_a_missing_result_of_a_scan_as_unknown():
    found = judge(TWO, results(a=PASS))
    assert found.verdict_by_id == {"a": PASS, "b": UNKNOWN}
    assert (found.score.proven, found.score.possible, found.meets_required) == (0.75, 1.0, Meets.UNKNOWN)


def test_it_keeps_an_unconnected_control_outside():
    standard = standard_of(control("a"), control("b", signal="x", section="2"))
    found = judge(standard, results(a=PASS))
    assert found.verdict_by_id["b"] is NOT_CONNECTED
    assert (found.score.proven, found.meets_required) == (1.0, Meets.MET)
    assert found.by_section["2"].reason is NoScore.NOT_CONNECTED


def test_it_leaves_out_results_of_other_standards():
    assert judge(TWO, results(a=PASS, b=PASS, z=FAIL)) == judge(TWO, results(a=PASS, b=PASS))


def test_it_puts_repositories_of_a_service_together():
    assert judge(TWO, results(a=PASS, b=PASS) + results(a=FAIL)) == judge(TWO, results(a=[PASS, FAIL], b=PASS))


PAIR = standard_of(control("own", weight=5), control("other", ALTERNATIVE, 3, alternative_to="own"))


@pytest.mark.parametrize(
    ("own", "other", "verdict", "bounds", "taken"),
    [
        (FAIL, NOT_APPLICABLE, FAIL, (0, 0), {}),
        (FAIL, PASS, PASS, (1, 1), {"own": "other"}),
        (FAIL, PARTIAL, PARTIAL, (0.5, 0.5), {"own": "other"}),
        (NOT_APPLICABLE, FAIL, FAIL, (0, 0), {"own": "other"}),
        (PASS, FAIL, PASS, (1, 1), {}),
        (PASS, PASS, PASS, (1, 1), {}),
        (PARTIAL, UNKNOWN, UNKNOWN, (0.5, 1), {"own": "other"}),
        (UNKNOWN, PARTIAL, UNKNOWN, (0.5, 1), {}),
        (PASS, WAIVED, PASS, (1, 1), {}),
        (FAIL, WAIVED, WAIVED, (None, None), {"own": "other"}),
        (WAIVED, PARTIAL, WAIVED, (None, None), {}),
    ],
)
def test_it_takes_the_better_of_a_control_and_its_alternative(own, other, verdict, bounds, taken):
    found = judge(PAIR, results(own=own, other=other))
    (entry,) = found.entries
    assert (entry.control.id, entry.control.level, entry.weight) == ("own", REQUIRED, 5)
    assert (entry.verdict, (entry.proven, entry.possible), found.taken) == (verdict, bounds, taken)
    assert found.verdict_by_id == {"own": own, "other": other}


def test_it_shows_the_units_of_the_way_that_was_taken():
    found = judge(PAIR, results(own=FAIL, other=[PASS, PASS, UNKNOWN])).score
    assert (found.unit_count, found.known_count) == (3, 2)


def test_it_counts_an_alternative_of_its_own_where_it_is_used_and_never_gates_by_it():
    standard = standard_of(control("a", weight=2), control("b", ALTERNATIVE, 2))
    used = judge(standard, results(a=PASS, b=FAIL))
    unused = judge(standard, results(a=PASS, b=NOT_APPLICABLE))
    unasked = judge(standard, results(a=PASS))
    assert (used.score.proven, used.meets_required) == (0.5, Meets.MET)
    assert unused.score.proven == unasked.score.proven == unused.score.possible == unasked.score.possible == 1.0


@pytest.mark.parametrize(
    ("a", "b", "meets"),
    [
        (PASS, WAIVED, Meets.MET),
        (PASS, PARTIAL, Meets.NOT_MET),
        (UNKNOWN, FAIL, Meets.NOT_MET),
        (UNKNOWN, PASS, Meets.UNKNOWN),
        ([UNKNOWN, PARTIAL], PASS, Meets.NOT_MET),
        (PASS, NOT_APPLICABLE, Meets.MET),
        (NOT_CONNECTED, NOT_APPLICABLE, None),
    ],
)
def test_it_meets_what_is_required_by_a_pass_or_a_waiver_alone(a, b, meets):
    assert judge(TWO, results(a=a, b=b)).meets_required is meets


def test_it_tells_the_headline_as_an_interval():
    services = [
        judge(TWO, results(a=PASS, b=PASS)),
        judge(TWO, results(a=PASS, b=UNKNOWN)),
        judge(TWO, results(a=PASS, b=FAIL)),
        judge(TWO, results(a=FAIL, b=UNKNOWN)),
        judge(TWO, results(a=NOT_APPLICABLE, b=[])),
        judge(TWO, []),
    ]
    found = required_share(services)
    assert (found.met_count, found.unknown_count, found.service_count, found.unscanned_count) == (1, 1, 4, 1)
    assert (found.proven, found.possible) == (0.25, 0.5)


def test_it_has_no_headline_without_a_service():
    found = required_share([])
    assert (found.proven, found.possible) == (None, None)


def test_it_sums_services_by_their_points_and_not_by_their_ratios():
    heavy = judge(TWO, results(a=PASS, b=PASS)).score
    light = judge(TWO, results(a=NOT_APPLICABLE, b=FAIL)).score
    assert total([heavy, light]).proven == 4 / 5
    assert total([]).reason is NoScore.NOT_SCANNED


def test_it_gives_a_service_that_passes_all_of_the_standard_a_full_score():
    found = judge(builtin(), [control_result(control.id, [PASS]) for control in builtin().controls])
    assert found.meets_required is Meets.MET
    assert all(score.proven == 1.0 for score in found.by_level.values())
    # 145 less the two alternatives that stand for another control
    assert len(found.entries) == 143
    assert found.by_phase[Phase.EXCELLENCE].proven == 1.0


@given(mixed_results(), st.randoms())
def test_it_does_not_depend_on_the_order(found, random):
    shuffled = found.copy()
    random.shuffle(shuffled)
    assert judge(MIXED, shuffled) == judge(MIXED, found)


@given(mixed_results())
def test_it_proves_at_most_what_is_possible(found):
    judged = judge(MIXED, found)
    scores = [judged.score, *judged.by_level.values(), *judged.by_section.values(), *judged.by_phase.values()]
    for score in scores:
        assert 0 <= score.proven_numerator <= score.possible_numerator <= score.denominator + 1e-9
        assert (score.proven is None) == (score.possible is None) == (score.reason is not None)
        assert score.known_count <= score.unit_count


@given(mixed_results())
def test_its_levels_and_sections_and_phases_sum_to_the_whole(found):
    judged = judge(MIXED, found)
    levels = [score for level, score in judged.by_level.items() if level is not Level.PROGRAMME]
    for parts in (levels, judged.by_section.values(), judged.by_phase.values()):
        together = total(parts)
        assert together.proven_numerator == pytest.approx(judged.score.proven_numerator)
        assert together.possible_numerator == pytest.approx(judged.score.possible_numerator)
        assert together.denominator == pytest.approx(judged.score.denominator)
        assert together.unit_count == judged.score.unit_count


@given(st.lists(mixed_results(), max_size=5), st.integers(0, 5))
def test_it_sums_over_services_in_any_split(services, cut):
    scores = [judge(MIXED, found).score for found in services]
    split = total([total(scores[:cut]), total(scores[cut:])])
    whole = total(scores)
    assert split.denominator == pytest.approx(whole.denominator)
    assert split.proven_numerator == pytest.approx(whole.proven_numerator)
    assert (split.unit_count, split.scope_count) == (whole.unit_count, whole.scope_count)


def _wholly_waived(result: ControlResult) -> bool:
    return result.verdict is WAIVED


@given(mixed_results(), st.lists(st.booleans(), min_size=1, max_size=4))
def test_it_stays_within_the_interval_when_the_unknown_becomes_known(found, passes):
    # A waiver of one way to hold a control ends when the other way passes; that alone may leave the interval.
    by_id = {result.control_id: result for result in found}
    if _wholly_waived(by_id["found"]) != _wholly_waived(by_id["instead"]):
        by_id["instead"] = control_result("instead", [])
    before = judge(MIXED, by_id.values())
    after = judge(MIXED, [decided(result, passes) for result in by_id.values()])
    assert after.score.denominator == pytest.approx(before.score.denominator)
    assert before.score.proven_numerator <= after.score.proven_numerator + 1e-9
    assert after.score.possible_numerator <= before.score.possible_numerator + 1e-9
    assert before.meets_required in (after.meets_required, Meets.UNKNOWN)


@given(units)
def test_waiving_a_unit_never_makes_it_a_pass(found):
    before = control_result("a", found)
    for number, verdict in enumerate(found):
        if verdict not in (FAIL, PARTIAL):
            continue
        after = control_result("a", [*found[:number], WAIVED, *found[number + 1 :]])
        assert after.outcomes.get(PASS, 0) == before.outcomes.get(PASS, 0)
        assert after.waived_count == before.waived_count + 1
        assert after.known_count == before.known_count
        assert after.verdict is not PASS or PASS in found


@given(mixed_results())
def test_waiving_everything_leaves_no_score(found):
    waived = [ControlResult(result.control_id, Counter({WAIVED: sum(result.outcomes.values())})) for result in found]
    judged = judge(MIXED, waived)
    assert judged.score.proven is None
    assert Verdict.PASS not in judged.verdict_by_id.values()
