"""A catalogue file: what it says, what is left out and on which line."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.catalogue.documents import MAX_ALIASES, MAX_BYTES, MAX_DEPTH
from ingest.catalogue.files import CatalogueFile, read_catalogue
from ingest.parsers.observation import RepositoryRef, ServiceSeen, TeamSeen

AT = datetime(2026, 3, 10, 9, tzinfo=UTC)
HEAD = "version: 1\n"


def read(text: str | bytes, at: datetime = AT) -> CatalogueFile:
    return read_catalogue(text.encode() if isinstance(text, str) else text, "teams.yaml", at)


def only_problem(text: str | bytes) -> tuple[int, str]:
    [problem] = read(text).problems
    return problem


def test_it_reads_a_whole_entry_of_each():
    found = read(
        HEAD
        + """
teams:
  - {slug: pay, name: Payments, email: pay@example.com}
services:
  - slug: checkout
    name: Checkout
    team: pay
    tier: 1
    repository: acme/shop
    paths: [services/checkout/**, lib/*]
    since: 2026-01-05
"""
    )
    assert found.problems == found.notes == []
    assert found.teams == [TeamSeen(AT, "catalogue", "pay", {"name": "Payments", "email": "pay@example.com"})]
    assert found.services == [
        ServiceSeen(
            AT,
            "catalogue",
            "checkout",
            {
                "name": "Checkout",
                "tier": "critical",
                "repository": RepositoryRef("acme/shop"),
                "path_globs": ["services/checkout/**", "lib/*"],
                "team": "pay",
                "basis": "catalogue",
                "by": "teams.yaml",
                "since": date(2026, 1, 5),
            },
        )
    ]


def test_it_says_nothing_of_what_stands_not_in_it_or_is_null():
    found = read(HEAD + "services: [{slug: checkout, team: null, tier: ~}]\nteams:\n")
    assert [seen.said for seen in found.services] == [{}]
    assert found.problems == []


def test_it_reads_every_scalar_as_it_is_written():
    found = read(HEAD + "services: [{slug: on, name: 1.10}, {slug: 007, name: no}]")
    assert [(seen.service, seen.said["name"]) for seen in found.services] == [("on", "1.10"), ("007", "no")]


def test_it_tells_retired_from_not_spoken_of_and_from_back_in_use():
    found = read(HEAD + "services: [{slug: a, retired: 2026-03-10}, {slug: b}, {slug: c, retired: }]")
    assert found.retired == {"a": date(2026, 3, 10), "c": None}


def test_it_takes_today_from_the_zone_of_the_organisation():
    at = datetime(2026, 3, 10, 23, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    assert read(HEAD + "services: [{slug: a, retired: 2026-03-11}]", at).problems == []
    assert "in the future" in only_problem(HEAD + "services: [{slug: a, retired: 2026-03-11}]")[1]


def test_it_leaves_out_a_bad_entry_alone():
    found = read(HEAD + "services:\n  - slug: a\n  - slug: b\n    tier: gold\n  - slug: c\n")
    assert [seen.service for seen in found.services] == ["a", "c"]
    assert found.problems == [(5, "“tier” is gold; it must be 1, 2, 3, critical, standard or low.")]


@pytest.mark.parametrize(
    ("entry", "line", "words"),
    [
        ("- name: x", 3, "“slug” is required"),
        ("- 7", 3, "a mapping"),
        ("- slug: a\n  teem: pay", 4, "“teem” is not known here"),
        ("- slug: a\n  name: b\n  name: c", 5, "stands twice"),
        ("- slug: a\n  since: 2026-01-05", 4, "“team” is required with it"),
        ("- slug: a\n  team: pay\n  since: 05.01.2026", 5, "is no day"),
        ("- slug: a\n  team: pay\n  since: 1066-10-14", 5, "out of range"),
        ("- slug: a\n  name: {de: b}", 4, "a text on one line"),
        ("- slug: a\n  name: |\n    b\n    c", 4, "a text on one line"),
        ('- slug: a\n  name: "\\0"', 4, "a text on one line"),
        ("- slug: a\n  paths: src/**", 4, "must be a list"),
        ("- slug: a\n  paths:\n    - src/**\n    - [x]", 6, "a text on one line"),
        ("- slug: a\n  name: {$text: ./name.txt}", 4, "never followed"),
        ("- slug: a\n  name: !!python/name:os.system x", 4, "is not taken"),
        ("- slug: !include other.yaml", 3, "is not taken"),
        ("- slug: a\n- slug: A", 4, "line 3 stands"),
        ("- <<: {team: pay}\n  slug: a", 3, "“<<” is not taken"),
    ],
)
def test_it_tells_what_is_wrong_and_on_which_line(entry, line, words):
    found_line, message = only_problem(f"{HEAD}services:\n{entry}\n")
    assert words in message
    assert found_line == line


def test_it_checks_the_address_of_a_team():
    assert only_problem(HEAD + "teams:\n  - slug: pay\n    email: nobody") == (4, "“email” is no address: nobody.")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("services: []", 1, "“version” is required"),
        ("\nversion: 2", 2, "reads version 1"),
        ("version: 1\nteam: []", 2, "“team” is not known here"),
        ("version: 1\nteams: {}", 2, "must be a list"),
        ("- a", 1, "a mapping"),
        (b"\xff\xfe\x00", 1, "not valid YAML"),
    ],
)
def test_it_tells_what_is_wrong_with_a_document(text, line, words):
    found_line, message = only_problem(text)
    assert words in message
    assert found_line == line


def test_it_reads_the_documents_before_a_broken_one():
    found = read(HEAD + "teams: [{slug: pay}]\n---\nversion: [\n")
    assert [seen.team for seen in found.teams] == ["pay"]
    assert [line for line, _ in found.problems] == [5]


def test_it_finds_nothing_in_an_empty_file():
    assert read("") == read("---\n---\n# nothing\n") == CatalogueFile()


def test_it_refuses_what_is_too_large():
    assert "at most 5,000,000" in only_problem(b"#" * (MAX_BYTES + 1))[1]


def test_it_refuses_what_is_nested_too_deep():
    assert "nested deeper" in only_problem("[" * (MAX_DEPTH + 1))[1]
    assert len(read("[" * 100_000).problems) == 1
    assert "nested" not in only_problem("[" * MAX_DEPTH + "]" * MAX_DEPTH)[1]


def test_it_refuses_a_bomb_of_aliases():
    rounds = ["a0: &a0 [x, x]"]
    rounds += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 60)}]" for n in range(1, 20)]
    assert "aliases" in only_problem("\n".join(rounds))[1]


def test_it_takes_a_few_aliases_without_expanding_them():
    many = "\n".join(["  - &a {slug: a}", *["  - *a"] * MAX_ALIASES])
    found = read(f"{HEAD}services:\n{many}\n")
    assert [seen.service for seen in found.services] == ["a"]
    assert len(found.problems) == MAX_ALIASES


def test_it_says_that_environments_need_no_telling():
    found = read(HEAD + "services:\n  - slug: a\n    environments: [production]\n")
    assert found.notes == [(4, "“environments” is not needed: they are known by their deployments.")]
    assert len(found.services) == 1


@given(st.binary(max_size=200) | st.text(alphabet="{}[]:-&*!|>'\" \n\tab1%@`#?,", max_size=80).map(str.encode))
@example(b"&a [*a]")
@example(b"? [a]\n: b")
@example(b"version: 1\nservices: &a [*a]")
def test_it_never_raises_for_content(text):
    assert isinstance(read(text), CatalogueFile)
