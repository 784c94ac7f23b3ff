"""Conditions: three-valued, over typed facts."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.rules.facts import ABSENT
from scorecards.rules.language.comparing import version_key
from tests.scorecards.rules.judging import Written, answers

TRUTHS = {"pass": True, "fail": False, "unknown": None}


def of(value: object, condition: str, field: str = "tag") -> str:
    """The answer to one condition on one stage."""
    return answers(f"for-each: stages\npass-if: {condition}", Written(stages=[{field: value}]))[0]


@pytest.mark.parametrize(
    ("value", "condition", "expected"),
    [
        ("1.2", "{fact: tag, is: '1.2'}", "pass"),
        ("1.2", "{fact: tag, is-not: '1.2'}", "fail"),
        ("a", "{fact: tag, in: [a, b]}", "pass"),
        ("c", "{fact: tag, not in: [a, b]}", "pass"),
        ("latest", "{fact: tag, starts_with: lat}", "pass"),
        ("latest", "{fact: tag, ends-with: est}", "pass"),
        ("latest", "{fact: tag, contains: tes}", "pass"),
        ("v12", "{fact: tag, matches: '^v[0-9]+$'}", "pass"),
        ("x", "{fact: tag, matches: '^v[0-9]+$'}", "fail"),
        ("", "{fact: tag, exists: true}", "fail"),
        ("", "{fact: tag, exists: false}", "pass"),
        ("1.10.0", "{fact: tag, version-at-least: '1.9'}", "pass"),
        ("1.9.0-rc1", "{fact: tag, version-at-least: '1.9'}", "fail"),
        ("3.11-slim", "{fact: tag, version-at-least: '3.11'}", "pass"),
        ("latest", "{fact: tag, version-at-least: '1.9'}", "unknown"),
        ("1.8", "{fact: tag, version-below: '1.9'}", "pass"),
    ],
)
def test_it_compares_texts(value, condition, expected):
    assert of(value, condition) == expected


@pytest.mark.parametrize(
    "operator", ["less: 3", "more: 1", "at-least: 2", "at-most: 2", "is: 2", "in: [1, 2]", "is-not: 3"]
)
def test_it_compares_numbers(operator):
    facts = Written(dockerfiles=[{"stage_count": 2}])
    assert answers(f"for-each: dockerfiles\npass-if: {{fact: stage_count, {operator}}}", facts) == ["pass"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("contains: '80'", "pass"),
        ("starts-with: '8'", "pass"),
        ("matches: '^44'", "pass"),
        ("contains: '8'", "fail"),
        ("exists: true", "pass"),
    ],
)
def test_a_list_passes_by_any_of_its_items(condition, expected):
    facts = Written(dockerfiles=[{"exposed_ports": ("80", "443")}])
    assert answers(f"for-each: dockerfiles\npass-if: {{fact: exposed_ports, {condition}}}", facts) == [expected]


@pytest.mark.parametrize(
    "operator",
    ["is: a", "is-not: a", "in: [a]", "not-in: [a]", "matches: a", "exists: true", "exists: false", "contains: a"],
)
def test_a_missing_fact_is_unknown_to_every_operator(operator):
    assert of(None, f"{{fact: tag, {operator}}}") == "unknown"
    assert of(None, f"{{not: {{fact: tag, {operator}}}}}") == "unknown"


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("exists: true", "fail"),
        ("exists: false", "pass"),
        ("is: 2", "fail"),
        ("at-most: 2", "unknown"),
        ("less: 9", "unknown"),
    ],
)
def test_a_number_that_is_not_set_has_no_order(operator, expected):
    facts = Written(containers=[{"cpu_limit": ABSENT}])
    assert answers(f"for-each: containers\npass-if: {{fact: cpu_limit, {operator}}}", facts) == [expected]


def _kleene(form: str, parts: tuple[bool | None, ...]) -> bool | None:
    decides = form == "any"
    if decides in parts:
        return decides
    return None if None in parts else not decides


@pytest.mark.parametrize("form", ["all", "any"])
@pytest.mark.parametrize("parts", list(itertools.product([True, False, None], repeat=3)))
def test_all_and_any_follow_kleene(form, parts):
    values = dict(zip(("is_final", "is_external", "x"), parts, strict=True))
    text = ["{fact: is_final, is: true}", "{fact: is_external, is: true}", "{fact: tag, is: a}"]
    tag = {True: "a", False: "b", None: None}[values["x"]]
    facts = Written(stages=[{"is_final": parts[0], "is_external": parts[1], "tag": tag}])
    found = answers(f"for-each: stages\npass-if: {{{form}: [{', '.join(text)}]}}", facts)[0]
    assert TRUTHS[found] is _kleene(form, parts)


@pytest.mark.parametrize(("value", "expected"), [(True, "fail"), (False, "pass"), (None, "unknown")])
def test_not_turns_what_is_known(value, expected):
    assert of(value, "{not: {fact: is_final, is: true}}", "is_final") == expected


# ---------------------------------------------------------------- counts


@pytest.mark.parametrize(
    ("values", "operator", "expected"),
    [
        ([True, True, False], "at-least: 2", "pass"),
        ([True, None, False], "at-least: 2", "unknown"),
        ([True, None, False], "at-least: 3", "fail"),
        ([True, None], "at-least: 1", "pass"),
        ([True, None], "is: 3", "fail"),
        ([True, None, None, None], "is: 2", "unknown"),
        ([None, None], "is-not: 1", "unknown"),
        ([], "is: 0", "pass"),
        ([None], "at-most: 0", "unknown"),
        ([None], "less: 2", "pass"),
    ],
)
def test_a_count_is_only_known_where_the_unknown_rows_could_not_turn_it(values, operator, expected):
    facts = Written(stages=[{"is_final": value} for value in values])
    rule = f"pass-if: {{count-where: {{of: stages, where: {{fact: is_final, is: true}}, {operator}}}}}"
    assert answers(rule, facts) == [expected]


@pytest.mark.parametrize(
    ("operator", "expected"), [("at-least: 1", "pass"), ("at-most: 5", "unknown"), ("more: 9", "unknown")]
)
def test_rows_beyond_the_limit_may_hold_anything(operator, expected):
    facts = Written(incomplete=("stages",), stages=[{"tag": "a"}])
    assert answers(f"pass-if: {{count-where: {{of: stages, {operator}}}}}", facts) == [expected]


def test_a_count_of_a_collection_that_was_not_kept_is_unknown():
    assert answers("pass-if: {count-where: {of: stages, at-most: 0}}", Written(stages=None)) == ["unknown"]


def test_a_count_may_ask_of_the_row_around_it():
    facts = Written(
        workflows=[{"path": "a"}, {"path": "b"}], jobs=[{"path": "a", "id": "x"}, {"path": "a"}, {"path": "b"}]
    )
    count = "{of: jobs, where: {fact: path, is: {fact: workflows.path}}, is: 2}"
    rule = f"for-each: workflows\npass-if: {{count-where: {count}}}"
    assert answers(rule, facts) == ["pass", "fail"]


def test_a_count_may_be_compared_with_a_fact():
    facts = Written(dockerfiles=[{"stage_count": 2}, {"stage_count": None}], stages=[{}, {}])
    rule = "for-each: dockerfiles\npass-if: {count-where: {of: stages, is: {fact: stage_count}}}"
    assert answers(rule, facts) == ["pass", "unknown"]


# ---------------------------------------------------------------- versions


@pytest.mark.parametrize(
    ("low", "high"),
    [("1.2", "1.10"), ("1.2.3-rc.1", "1.2.3"), ("v1", "2"), ("1.0.0-alpha", "1.0.0-beta"), ("1.9.9", "v1.10.0+build")],
)
def test_versions_have_an_order(low, high):
    assert version_key(low) < version_key(high)


@pytest.mark.parametrize("text", ["", "latest", "^1.2", ">=1", "1.x", "1.2 - 2", "$TAG", "1" * 400])
def test_ranges_and_words_are_no_versions(text):
    assert version_key(text) is None


@given(st.text(max_size=300))
def test_any_text_is_a_version_or_none(text):
    version_key(text)
