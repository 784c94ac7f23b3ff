"""Packs: the one that comes with the product, and what is refused in an organisation's own."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecards.errors import InvalidPack
from scorecards.standards.pack import Level, Phase, builtin, load
from scorecards.standards.plain import MAX_DEPTH

CATALOGUE = Path(__file__).resolve().parents[4] / "shared" / "standards" / "dop-1.0.0.controls.yaml"

SMALL = """\
code: ACME
version: '1'
title: House rules
sections:
  - id: 'A'
    chapter: House
    title: Doors
    subsections:
      - title: Front doors
        level: REQUIRED
        controls:
          - id: ACME-1
            title: Lock the door
            level: REQUIRED
            phase: Foundation
            weight: 3
            check: door-is-locked
            why: Someone may walk in.
            pass: locked
            fail: open
            remediation: Turn the key.
"""


def problems_of(text, **options):
    with pytest.raises(InvalidPack) as refused:
        load(text, "house.yaml", **options)
    return [str(problem) for problem in refused.value.problems]


def test_it_holds_every_control_of_the_standard():
    standard = builtin()
    assert (standard.code, standard.version) == ("DOP", "1.0.0")
    assert len(standard.controls) == len(standard.control_by_id) == 145
    levels = [part.level for section in standard.sections for part in section.subsections]
    assert (len(levels), levels.count(Level.PROGRAMME)) == (43, 3)  # 40 tagged ones, and three rows of the guidelines
    assert Counter(control.is_live for control in standard.controls) == {False: 134, True: 11}
    assert Counter(control.level for control in standard.controls) == {
        Level.REQUIRED: 105,
        Level.RECOMMENDED: 25,
        Level.ALTERNATIVE: 6,
        Level.PROGRAMME: 9,
    }
    assert Counter(control.phase.order for control in standard.controls) == {1: 10, 2: 65, 3: 21, 4: 32, 5: 17}


def test_it_names_each_check_once_and_apart_from_the_number():
    names = [control.check or control.signal for control in builtin().controls]
    assert len(set(names)) == 145
    assert all(2 <= len(name.split("-")) <= 5 and name.replace("-", "").isalpha() for name in names)


def test_it_knows_what_stands_for_what():
    taken = {control.id: control.alternative_to for control in builtin().controls if control.alternative_to}
    assert taken == {"DOP-2.1-08": "DOP-2.1-01", "DOP-6.1-04": "DOP-6.1-01"}


def test_it_says_why_of_each_control_in_words_of_its_own():
    whys = [control.why for control in builtin().controls]
    assert len(set(whys)) == 145
    assert all(len(why) > 60 and why.endswith((".", "?")) for why in whys)


def test_it_is_read_once():
    assert builtin() is builtin()


@pytest.mark.shared
@pytest.mark.skipif(not CATALOGUE.exists(), reason="the catalogue is not at hand")
def test_it_agrees_with_the_catalogue():
    catalogue = yaml.load(CATALOGUE.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    told = [
        (section["id"], part["title"], part["level"], entry)
        for section in catalogue["sections"]
        for part in section["subsections"]
        for entry in part["controls"]
    ]
    held = [
        (section.id, part.title, part.level, control)
        for section in builtin().sections
        for part in section.subsections
        for control in part.controls
    ]
    assert len(told) == len(held)
    for (section, part, level, entry), (*place, control) in zip(told, held, strict=True):
        assert place == [section, part, level]
        assert (control.section, control.subsection) == (section, part)
        for name in ("id", "title", "level", "phase", "weight", "remediation"):
            assert getattr(control, name) == entry[name], entry["id"]
        assert control.is_live == (entry["observability"] == "live")
        assert control.pass_text == entry["verdict"]["pass"]
        assert control.partial_text == entry["verdict"]["partial"]
        assert control.fail_text == entry["verdict"]["fail"]
        assert {tool: list(ids) for tool, ids in control.equivalents.items()} == entry["equivalents"]
    assert [note.phase for note in builtin().phases] == [phase["id"] for phase in catalogue["phases"]]
    assert [note.exit_rule for note in builtin().phases] == [phase["exit_rule"] for phase in catalogue["phases"]]
    assert {note.level: note.gate for note in builtin().levels} == {
        name: level["gate"] for name, level in catalogue["levels"].items()
    }


def test_it_reads_a_small_pack_with_defaults():
    control = load(SMALL, "house.yaml").controls[0]
    assert (control.id, control.level, control.phase, control.weight) == (
        "ACME-1",
        Level.REQUIRED,
        Phase.FOUNDATION,
        3,
    )
    assert (control.section, control.subsection, control.per, control.applies) == (
        "A",
        "Front doors",
        "repository",
        "always",
    )
    assert (control.partial_text, control.equivalents, control.alternative_to) == (None, {}, None)


def test_it_keeps_a_rule_as_plain_data_with_its_line():
    rule = """\
rule:
              files: '**/*.yaml'
              at_least: 2
              share: 0.5
              any: [true, null, {since: 2026-03-02, word: on}]
"""
    control = load(SMALL.replace("check: door-is-locked\n", rule), "house.yaml").controls[0]
    assert control.rule == {
        "files": "**/*.yaml",
        "at_least": 2,
        "share": 0.5,
        "any": [True, None, {"since": "2026-03-02", "word": True}],
    }
    assert (control.rule_line, control.check, control.signal) == (17, None, None)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("weight: 3", "weight: 6", "house.yaml:16: “weight” must be a whole number from 1 to 5, not 6."),
        ("weight: 3", "weight: 2.5", "house.yaml:16: “weight” must be a whole number from 1 to 5, not 2.5."),
        ("weight: 3", "weight: []", "house.yaml:16: “weight” must be a text on one line, of 1 to 200 characters."),
        ("  weight: 3\n", "  wait: 3\n", "house.yaml:16: “wait” is not known here."),
        ("  weight: 3\n", "  wait: 3\n", "house.yaml:12: “weight” is required."),
        ("phase: Foundation", "phase: Basement", "house.yaml:15: “phase” is not one of Assessment,"),
        ("            level: REQUIRED", "            level: MUST", "house.yaml:14: “level” is not one of REQUIRED,"),
        (
            "        level: REQUIRED\n        c",
            "        level: MUST\n        c",
            "house.yaml:10: “level” is not one of",
        ),
        ("            why: Someone may walk in.\n", "", "house.yaml:12: “why” is required."),
        ("check: door-is-locked", "per: door", "house.yaml:12: “id” wants exactly one of check, signal and rule"),
        ("check: door-is-locked", "check: a\n            rule: {a: b}", "house.yaml:18: “rule” wants exactly one of"),
        ("check: door-is-locked", "rule: yes", "house.yaml:17: “rule” must be a mapping."),
        ("check: door-is-locked", "rule: {a: !!binary aGk=}", "house.yaml:17: The tag tag:yaml.org,2002:binary is not"),
        ("check: door-is-locked", "signal: door", "house.yaml:12: “signal_text” is required."),
        ("why:", "signal_text: x\n            why:", "house.yaml:18: “signal_text” says what a signal is"),
        ("why:", "alternative_to: ACME-1\n            why:", "house.yaml:18: “alternative_to” stands only at"),
        ("why:", "equivalents: [a]\n            why:", "house.yaml:18: Here a mapping of names to values is wanted."),
        ("id: ACME-1", "id: a/b", "house.yaml:12: “id” must be letters, digits,"),
        ("id: ACME-1", "id: ACME-1\n            id: ACME-2", "house.yaml:13: “id” stands twice in one mapping."),
        ("code: ACME\n", "", "house.yaml:1: “code” is required."),
        (
            "code: ACME",
            "code: ACME\nlevels: {REQUIRED: {gate: maybe, meaning: x}}",
            "house.yaml:2: “gate” must be true",
        ),
        ("code: ACME", "code: ACME\nphases: [{id: Later, aim: x, exit_rule: y}]", "house.yaml:2: “id” is not one of"),
        ("code: ACME", "code: [", "house.yaml:3: This is not valid YAML"),
        ("code: ACME", "code: ACME\n--- 1\n...\n---", "house.yaml:2: A pack is exactly one YAML document."),
        ("title: Lock the door", "title: &a Lock\n            per: *a", "house.yaml:13: This part is used again by an"),
    ],
)
def test_it_refuses_with_file_and_line(old, new, expected):
    assert old in SMALL
    found = problems_of(SMALL.replace(old, new, 1))
    assert any(problem.startswith(expected) for problem in found), found


def test_it_refuses_a_control_that_stands_twice():
    entry = SMALL[SMALL.index("          - id") :]
    assert problems_of(SMALL + entry) == ["house.yaml:22: “id” stands twice in the pack: ACME-1."]


def test_it_refuses_a_section_that_stands_twice():
    section = SMALL[SMALL.index("  - id: 'A'") :].replace("ACME-1", "ACME-2")
    assert problems_of(SMALL + section) == ["house.yaml:4: “sections” tells the section A twice."]


@pytest.mark.parametrize(
    ("named", "expected"),
    [("ACME-9", "names no control of the pack: ACME-9."), ("ACME-2", "names an ALTERNATIVE: ACME-2.")],
)
def test_it_refuses_an_alternative_to_nothing(named, expected):
    entry = SMALL[SMALL.index("          - id") :].replace("ACME-1", "ACME-2").replace("REQUIRED", "ALTERNATIVE")
    text = SMALL + entry + f"            alternative_to: {named}\n"
    assert problems_of(text) == [f"house.yaml:32: “alternative_to” {expected}"]


def test_it_refuses_a_check_that_is_not_there():
    assert load(SMALL, "house.yaml", known_checks={"door-is-locked"}).controls
    found = problems_of(SMALL, known_checks={"door-is-open"})
    assert found == ["house.yaml:17: “check” names no check that there is: door-is-locked."]


def test_it_tells_every_mistake_at_once_in_the_order_of_the_file():
    text = (
        SMALL.replace("weight: 3", "weight: 0")
        .replace("code: ACME", "kode: ACME")
        .replace("            fail: open\n", "")
    )
    lines = [problem.split(":")[1] for problem in problems_of(text)]
    assert lines == sorted(lines, key=int)
    assert len(lines) >= 4


def test_it_refuses_a_rule_that_is_nested_too_deep():
    rule = "rule: {a: " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1) + "}"
    assert problems_of(SMALL.replace("check: door-is-locked", rule)) == [
        f"house.yaml:17: A rule is nested at most {MAX_DEPTH} deep."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- 1",
        "null",
        "&a [*a]",
        "a: &a {b: *a}",
        "sections: [1, [], {}, {subsections: [1, {controls: [[], 2, {}]}]}]",
        "levels: {REQUIRED: 1}\nphases: {}\nsections: 3",
        "[" * 100_000,
        "a: " + "x" * 2_000_000,
        "\ud800: \x00",
        "rule: " + "9" * 10_000,
        SMALL.replace("check: door-is-locked", "rule: {a: " + "9" * 5_000 + "}"),
        SMALL.replace("check: door-is-locked", "rule: {a: 1:99999:1, b: !!int x, c: !!float x, d: !!bool x}"),
        SMALL.replace("check: door-is-locked", "rule: {a: !!int '" + "9" * 1_900 + "x'}"),
    ],
)
def test_it_refuses_nonsense_without_breaking(text):
    assert [problem for problem in (problems_of(text) if text != SMALL else ["-"]) if problem]


yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["REQUIRED", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["sections", "subsections", "controls", "id", "level", "levels", "phases", "weight", "rule", "check"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(yaml_values)
def test_it_refuses_whatever_is_no_pack(value):
    assert problems_of(yaml.safe_dump(value))


def test_its_fingerprint_knows_what_decides_and_nothing_else():
    standard = load(SMALL, "house.yaml")
    prose = load(SMALL.replace("Turn the key", "Use the key"), "house.yaml")
    heavier = load(SMALL.replace("weight: 3", "weight: 4"), "house.yaml")
    assert standard.fingerprint == prose.fingerprint != heavier.fingerprint
    dop = builtin()
    assert replace(dop, controls=dop.controls[::-1]).fingerprint == dop.fingerprint
