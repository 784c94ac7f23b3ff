"""Rules over a repository: units, outcomes and what was seen."""

from pathlib import Path

import pytest
import yaml

from scorecards.checks.finding import Outcome
from scorecards.rules import check_rule, judge_rule
from scorecards.rules.facts import COLLECTIONS, KeptFacts, LiveFacts, keep
from scorecards.rules.facts.kept import packed
from scorecards.rules.judging import findings, outcomes
from scorecards.rules.language.comparing import OPERATORS
from scorecards.rules.language.reading import MEMBERS
from scorecards.standards import pack
from tests.scorecards.rules.judging import OWN_PACK, Written, answers, judge, subject
from tests.shared import SHARED, samples

REGISTRY = """
for-each: stages
applies-if: {fact: is_external, is: true}
pass-if: {fact: registry, is: registry.acme.example}
"""


def test_each_item_is_a_unit_with_its_place():
    found = judge(
        REGISTRY, {"Dockerfile": "FROM registry.acme.example/base/go:1 AS build\nFROM alpine:3\nFROM build\n"}
    )
    assert [(one.unit, one.outcome) for one in found] == [
        ("Dockerfile stage build", Outcome.PASS),
        ("Dockerfile stage 2", Outcome.FAIL),
        ("Dockerfile stage 3", Outcome.NOT_APPLICABLE),
    ]
    assert found[1].places[0] == ("Dockerfile", 2)
    assert found[1].message == "Registry is docker.io (asked: is registry.acme.example)."
    assert found[1].value == "registry=docker.io"


def test_a_value_that_something_must_fill_in_is_unknown():
    found = judge(REGISTRY, {"Dockerfile": "ARG BASE\nFROM $BASE\n"})
    assert [one.outcome for one in found] == [Outcome.UNKNOWN]
    assert "is_external is not known" in found[0].message


def test_a_rule_without_units_is_about_the_repository():
    found = judge("pass-if: {fact: has_readme, is: true}", {"README.md": "# Pay"})
    assert [(one.unit, one.outcome) for one in found] == [("repository", Outcome.PASS)]


def test_a_rule_about_things_that_are_not_there_says_nothing():
    assert judge(REGISTRY, {"README.md": ""}) == []


@pytest.mark.parametrize(
    ("passes", "partly", "expected"),
    [
        (True, True, "pass"),
        (False, True, "partial"),
        (False, False, "fail"),
        (False, None, "unknown"),
        (None, True, "unknown"),
    ],
)
def test_partial_is_only_asked_where_it_does_not_pass(passes, partly, expected):
    rule = "for-each: stages\npass-if: {fact: is_final, is: true}\npartial-if: {fact: is_external, is: true}"
    assert answers(rule, Written(stages=[{"is_final": passes, "is_external": partly}])) == [expected]


@pytest.mark.parametrize(("applies", "expected"), [(True, "pass"), (False, "not_applicable"), (None, "unknown")])
def test_it_is_unknown_where_nobody_can_tell_whether_it_applies(applies, expected):
    rule = "for-each: stages\napplies-if: {fact: is_external, is: true}\npass-if: {fact: is_final, is: true}"
    assert answers(rule, Written(stages=[{"is_final": True, "is_external": applies}])) == [expected]


def test_the_rest_of_a_collection_is_unknown():
    facts = Written(incomplete=("stages",), stages=[{"tag": "a"}])
    assert answers("for-each: stages\npass-if: {fact: tag, is: a}", facts) == ["pass", "unknown"]


def test_a_collection_that_was_not_kept_is_unknown():
    assert answers("for-each: stages\npass-if: {fact: tag, is: a}", Written(stages=None)) == ["unknown"]


def test_a_rule_that_can_not_be_read_is_unknown():
    found = judge("pass-if: {fact: nothing, is: true}", {})
    assert [one.outcome for one in found] == [Outcome.UNKNOWN]
    assert "nothing" in found[0].message


def test_a_rule_that_compares_too_much_ends_unknown():
    stages = [{"tag": str(number)} for number in range(2_000)]
    rule = "for-each: stages\npass-if: {count-where: {of: stages, where: {fact: tag, is: {fact: stages.tag}}, is: 1}}"
    found = answers(rule, Written(stages=stages))
    assert found[-1] == "unknown"
    assert len(found) < 2_000
    assert set(found[:-1]) == {"pass"}


def test_secrets_are_masked_in_what_is_told_and_in_what_is_kept():
    workflow = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - run: deploy --password hunter2hunter2\n"
    files = {".github/workflows/a.yml": workflow}
    found = judge("for-each: steps\npass-if: {fact: run, contains: deploy}", files)
    assert [one.outcome for one in found] == [Outcome.PASS]
    assert "hunter2" not in found[0].message + found[0].value
    assert "hunter2" not in str(keep(subject(files)))


def test_what_decided_in_any_and_all_is_told():
    rule = (
        "pass-if: {all: [{fact: has_readme, is: true}, {fact: has_licence, is: true}, {fact: has_gitignore, is: true}]}"
    )
    message = judge(rule, {"README.md": ""})[0].message
    assert "has_licence is false" in message
    assert "has_gitignore is false" in message
    assert "has_readme" not in message


def test_counted_rows_are_places():
    rule = "pass-if: {count-where: {of: stages, where: {fact: tag, is: latest}, at-most: 0}}"
    found = judge(rule, {"a/Dockerfile": "FROM x:1\nFROM y:latest\n"})[0]
    assert found.outcome is Outcome.FAIL
    assert found.places == (("a/Dockerfile", 2),)
    assert found.message.startswith("1 of 2 stages")


# ---------------------------------------------------------------- the example


def _controls() -> dict:
    return {control.id: control.rule for control in pack.load(OWN_PACK, "own_pack.yaml").controls}


def _worst(control: str, files: dict) -> str:
    found = list(judge_rule(_controls()[control], subject(files)))
    return str(min((one.outcome for one in found), key=list(Outcome).index, default=Outcome.NOT_APPLICABLE))


def test_the_documentation_shows_the_example_and_every_word():
    page = (Path(__file__).resolve().parents[3] / "docs" / "own-packs.md").read_text(encoding="utf-8")
    assert OWN_PACK in page
    assert all(f"`{name}`" in page for name in (*OPERATORS, *MEMBERS))


def test_the_rules_of_the_example_can_be_read():
    for rule in _controls().values():
        assert check_rule(rule, 1) == []


@pytest.mark.parametrize(
    ("image", "expected"),
    [("registry.acme.example/base/jre:21", "pass"), ("registry.acme.example/pay:1", "partial"), ("alpine:3", "fail")],
)
def test_base_images_come_from_the_registry(image, expected):
    assert _worst("ACME-1", {"Dockerfile": f"FROM {image}\nUSER 1\n"}) == expected


def _pom(version: str = "4.2.0", group: str = "example.acme") -> str:
    named = f"<groupId>{group}</groupId><artifactId>service-parent</artifactId><version>{version}</version>"
    return f"<project><parent>{named}</parent><artifactId>pay</artifactId></project>"


@pytest.mark.parametrize(
    ("pom", "expected"),
    [(_pom(), "pass"), (_pom("3.9"), "partial"), (_pom(group="org.other"), "fail"), ("<project>", "unknown")],
)
def test_java_services_inherit_from_the_parent(pom, expected):
    assert _worst("ACME-2", {"pom.xml": pom}) == expected


def _workflow(*jobs: str) -> dict:
    return {".github/workflows/ship.yml": "on: push\njobs:\n" + "".join(jobs)}


_SHARED = "  ship:\n    uses: acme/workflows/.github/workflows/deploy.yml@v3\n"
_OWN = "  past:\n    runs-on: x\n    steps:\n    - run: kubectl apply -f k8s/\n"


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [([_SHARED], "pass"), ([_OWN], "fail"), ([_SHARED, _OWN], "fail"), ([_SHARED.replace("@v3", "@main")], "fail")],
)
def test_deployments_go_through_the_shared_workflow(jobs, expected):
    assert _worst("ACME-3", _workflow(*jobs)) == expected


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ("* @acme/a @acme/b", "pass"),
        ("* @acme/a @acme/b\n/catalog-info.yaml @acme/c", "pass"),
        ("* @a", "partial"),
        ("", "fail"),
    ],
)
def test_critical_services_have_two_owners(owners, expected):
    entity = (
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: pay, labels: {tier: critical}}\n"
        "spec: {type: service, lifecycle: production, owner: a}\n"
    )
    assert _worst("ACME-4", {"catalog-info.yaml": entity, "CODEOWNERS": owners}) == expected


# ---------------------------------------------------------------- kept facts


def test_a_rule_says_the_same_of_kept_facts():
    files = {
        "Dockerfile": "FROM alpine:3 AS a\nFROM $X\n",
        "CODEOWNERS": "* @a\n",
        "k8s.yaml": "kind: [",
        "pom.xml": _pom(),
    }
    kept = KeptFacts.unpacked(packed(keep(subject(files))))
    for rule in (*_controls().values(), yaml.safe_load(REGISTRY)):
        live = list(judge_rule(rule, subject(files)))
        assert list(findings(rule, kept)) == live
        assert [(one.outcome, one.unit) for one in outcomes(rule, kept)] == [(one.outcome, one.unit) for one in live]


def test_a_field_that_came_later_is_unknown_in_kept_facts():
    told = keep(subject({"Dockerfile": "FROM alpine:3\n"}))
    stages = told["stages"]
    at = stages["fields"].index("registry")
    stages["fields"].pop(at)
    for row in stages["rows"]:
        row.pop(at + 3)
    assert [str(one.outcome) for one in findings(yaml.safe_load(REGISTRY), KeptFacts(told))] == ["unknown"]


def test_facts_that_are_too_large_leave_out_the_largest_part(monkeypatch):
    monkeypatch.setattr("scorecards.rules.facts.kept.MAX_PLAIN", 20_000)
    told = keep(subject({f"folder/{number}.txt": "" for number in range(500)}))
    kept = KeptFacts.unpacked(packed(told))
    assert kept.rows("files") is None
    assert kept.rows("repository") is not None


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the larger data is not beside the checkout")
def test_every_collection_keeps_what_it_reads_of_the_samples():
    tree = samples()
    sample = subject({})
    sample.tree = tree
    live, kept = LiveFacts(sample), KeptFacts.unpacked(packed(keep(sample)))
    for name in COLLECTIONS:
        assert kept.rows(name) == live.rows(name)
