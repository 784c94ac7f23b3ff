"""What is wrong in a rule is told when it is saved."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecards.rules import check_rule
from tests.scorecards.rules.judging import problems


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("pass-if: {fact: has_readmee, is: true}", "Did you mean has_readme"),
        ("for-each: containrs\npass-if: {fact: name, is: a}", "Did you mean containers"),
        ("for-each: repository\npass-if: {fact: name, is: a}", "There is no collection “repository”"),
        ("for-each: stages\npass-if: {fact: has_readme, is: true}", "Did you mean repository.has_readme?"),
        (
            "for-each: stages\npass-if: {fact: jobs.id, is: a}",
            "“jobs” is not at hand here. At hand are: repository, stages.",
        ),
        ("pass-if: {fact: has_readme, less: 3}", "“less” takes no truth"),
        ("pass-if: {fact: file_count, is: many}", "A number is wanted here, not a text."),
        ("for-each: stages\npass-if: {fact: tag, is: 1.2}", "A text is wanted here, not a number. Put it in quotes."),
        ("for-each: stages\npass-if: {fact: tag, matches: '('}", "can't be taken (RE2): missing )"),
        ("for-each: stages\npass-if: {fact: tag, matches: 'a(?=b)'}", "can't be taken (RE2)"),
        ("for-each: stages\npass-if: {fact: tag, matches: '((a{100}){100}){100}'}", "can't be taken (RE2)"),
        ("pass-if: {fact: has_readme}", "wants exactly one of is,"),
        ("pass-if: {fact: file_count, less: 1, more: 2}", "wants exactly one of is,"),
        ("pass-if: {nott: {fact: has_readme, is: true}}", "Did you mean not"),
        ("pass-if: {all: []}", "a list of at least one condition"),
        ("pass-if: {all: {fact: has_readme, is: true}}", "not a mapping"),
        ("pass-if: {all: [{fact: has_readme, is: true}], fact: name}", "exactly one of"),
        ("pass-if: {}", "A condition is exactly one of"),
        ("pass-if: true", "This must be a mapping, not a truth."),
        ("for-each: stages", "“pass-if” is required"),
        ("passs-if: {fact: has_readme, is: true}", "Did you mean pass-if"),
        ("pass-if: {count-where: {where: {fact: tag, is: a}, is: 1}}", "“of” is required"),
        ("pass-if: {count-where: {of: stages, where: {fact: tagg, is: a}, is: 1}}", "Did you mean tag"),
        ("pass-if: {count-where: {of: stages, matches: a}}", "is not known here"),
        ("pass-if: {count-where: {of: stages, is: {fact: name}}}", "name is a text; a number is wanted."),
        ("for-each: stages\npass-if: {fact: tag, in: a}", "a list of 1 to 200 values"),
        ("for-each: stages\npass-if: {fact: tag, in: [a, 1]}", "A text is wanted here, not a number."),
        ("for-each: stages\npass-if: {fact: tag, matches: {fact: name}}", "“matches” wants a value."),
        ("for-each: stages\npass-if: {fact: [tag], is: a}", "A fact is named by a text, not by a list."),
        ("pass-if: {fact: has_readme, is: true}\npass_if: {fact: has_readme, is: true}", "stands twice"),
    ],
)
def test_it_refuses(rule, told):
    assert any(told in problem for problem in problems(rule)), problems(rule)


def test_it_tells_everything_that_is_wrong():
    rule = "for-each: stages\napplies-if: {fact: a, is: b}\npass-if: {all: [{fact: tagg, is: a}, {fact: tag, is: 1}]}"
    assert len(problems(rule)) == 3


def test_it_tells_the_line_of_each_part():
    rule = {"pass-if": {"all": [{"fact": "has_readme", "is": True}, {"fact": "nothing", "is": True}]}}
    lines = {("pass-if", "all", 1, "fact"): 7}
    assert [problem.line for problem in check_rule(rule, 3, lambda way: lines.get(way, 3))] == [7]


def test_it_refuses_what_is_too_long_or_too_deep():
    deep: dict = {"fact": "has_readme", "is": True}
    for _ in range(30):
        deep = {"not": deep}
    assert "nested at most 20" in check_rule({"pass-if": deep}, 1)[0].message
    long = {"pass-if": {"fact": "name", "in": ["a" * 400] * 20}}
    assert "4,000 characters" in check_rule(long, 1)[0].message


_words = st.sampled_from(
    ["for-each", "pass-if", "applies-if", "all", "any", "not", "fact", "is", "in", "less", "matches", "of", "where",
     "count-where", "stages", "tag", "name", "has_readme", "cel", "exists", "at-least"]
)  # fmt: skip
_leaves = st.one_of(_words, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
_nodes = st.recursive(
    _leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_words, inner, max_size=4)),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_words, _nodes, max_size=4))
def test_anything_is_read_or_refused(rule):
    check_rule(rule, 1)
