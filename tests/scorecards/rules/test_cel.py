"""Clauses in CEL: answers like the language's own, and never a pass where a fact is missing."""

import pytest
from yaml import safe_load

from scorecards.rules.facts import ABSENT, COLLECTIONS
from scorecards.rules.judging import findings
from scorecards.rules.language import cel
from tests.scorecards.rules.judging import Written, answers, problems

needs_cel = pytest.mark.skipif(cel.engine() is None, reason="the extra of requirements/cel.txt is not installed")


def rule(text: str, collection: str = "jobs") -> str:
    return f"for-each: {collection}\npass-if: {{cel: {text!r}}}"


JOB = {"id": "ship", "name": "", "step_count": 3, "deploys": True, "needs": ("test", "build"), "manual": None}


@needs_cel
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('id == "ship"', "pass"),
        ('id != "ship"', "fail"),
        ('jobs.id == "ship"', "pass"),
        ('repository.name == "acme/pay"', "pass"),
        ("step_count > 2.0", "pass"),
        ("step_count >= 2.5 && step_count < 3.5", "pass"),
        ("deploys", "pass"),
        ("!deploys", "fail"),
        ('id.startsWith("sh") && id.endsWith("ip")', "pass"),
        ('id.contains("hi")', "pass"),
        ('id.matches("^s[a-z]+$")', "pass"),
        ('"test" in needs', "pass"),
        ("size(needs) == 2", "pass"),
        ('needs.all(one, one != "deploy")', "pass"),
        ('needs.exists(one, one == "deploy")', "fail"),
        ('needs.exists_one(one, one == "test")', "pass"),
        ('id in ["ship", "release"]', "pass"),
        ('deploys ? id == "ship" : false', "pass"),
        ('name == ""', "pass"),
        ("manual", "unknown"),
        ("!manual", "unknown"),
        ("manual && deploys", "unknown"),
        ("manual && !deploys", "fail"),
        ("manual || deploys", "pass"),
        ("manual || !deploys", "unknown"),
        ("manual == manual", "unknown"),
        ("1 / 0 == 1", "unknown"),
        ('id.matches("(")', "unknown"),
        ("[1, 2, 3][7] == 1", "unknown"),
        ("needs.all(one, one.size() > int(id))", "unknown"),
    ],
)
def test_it_answers(text, expected):
    assert answers(rule(text), Written(jobs=[JOB])) == [expected]


@needs_cel
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("idd == 'a'", "undeclared reference to 'idd'"),
        ("id == 3", "no matching overload"),
        ("step_count > 3", "Write numbers with a point"),
        ("id", "must be a truth, and is string"),
        ("dyn(deploys)", "must be a truth"),
        ("has(id)", "has()"),
        ("containers.tag == 'a'", "undeclared reference"),
        ("id ==", "Syntax error"),
        ("__import__('os')", "undeclared reference"),
    ],
)
def test_it_refuses_when_it_is_saved(text, told):
    assert told in problems(rule(text))[0]


@pytest.mark.parametrize("text", ["", " ", "a" * 1_001, "id + id == 'a'", '"""a""" == id', r"""r'\' + id + '' == id"""])
def test_it_refuses_what_could_grow(text):
    assert problems(rule(text))


def test_a_sign_within_a_text_is_no_sum():
    cel.clause(r"""id == '+' || id == "a\"+" """, [COLLECTIONS["repository"], COLLECTIONS["jobs"]])


@needs_cel
def test_a_number_that_is_not_set_is_no_value():
    assert answers(rule("cpu_limit <= 2.0", "containers"), Written(containers=[{"cpu_limit": ABSENT}])) == ["unknown"]


@needs_cel
def test_it_stands_beside_other_conditions_and_tells_what_it_saw():
    text = "for-each: jobs\npass-if: {all: [{fact: deploys, is: true}, {cel: 'size(needs) > 5'}]}"
    found = next(findings(safe_load(text), Written(jobs=[JOB])))
    assert found.outcome == "fail"
    assert "needs is test, build" in found.message.lower()
    assert found.value == "needs=test, build"


@needs_cel
def test_a_missing_fact_is_named():
    found = next(findings(safe_load(rule("manual")), Written(jobs=[JOB])))
    assert "manual" in found.message


@needs_cel
def test_nested_scans_are_stopped():
    numbers = "[0,1,2,3,4,5,6,7,8,9]"
    text = "true"
    for name in "abcdefgh":
        text = f"{numbers}.all({name}, {text})"
    assert answers(rule(text), Written(jobs=[JOB])) == ["unknown"]


def test_without_the_extra_it_is_unknown_and_says_so(monkeypatch):
    monkeypatch.setattr(cel, "engine", lambda: None)
    text = rule("deploys || true || id == 'x'")
    assert problems(text) == []
    found = next(findings(safe_load(text), Written(jobs=[JOB])))
    assert found.outcome == "unknown"
    assert "is not installed" in found.message
