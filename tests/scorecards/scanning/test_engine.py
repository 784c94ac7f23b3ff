"""A tree against a standard: findings as they are kept, and what a later scan takes over."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from ingest.repository.memory import tree_of
from ingest.repository.node import Place
from scorecards.checks import registry
from scorecards.checks.finding import Finding, failed, passed
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.scanning.engine import scan
from scorecards.scanning.result import Scanned
from scorecards.standards import pack
from scorecards.standards.standard import Standard

DAY = date(2026, 11, 23)
Check = Callable[[Subject], Iterator[Finding]]


class Ran(list[str]):
    """The names of the checks that ran."""


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Five checks that look at different things, in place of the product's."""
    names = Ran()

    def listed(name: str, look: Check) -> Check:
        def check(subject: Subject) -> Iterator[Finding]:
            names.append(name)
            yield from look(subject)

        return check

    checks: dict[str, Check] = {
        "readme": lambda subject: iter([passed("README", str(subject.tree.text("README.md")))]),
        "names": lambda subject: iter([passed("names", " ".join(subject.tree.files("*.txt")))]),
        "workflows": lambda subject: (
            failed(found.path, "Seen.", Place(found.path, 1)) for found in kinds.found(subject.tree, "gha")
        ),
        "present": lambda subject: iter([passed("gha", str(kinds.has(subject.tree, "gha")))]),
        "dated": lambda subject: iter([passed("day", f"{subject.as_of}")]),
    }
    monkeypatch.setattr(registry, "all_checks", lambda: {name: listed(name, look) for name, look in checks.items()})
    return names


def standard(*checks: str) -> Standard:
    controls = "".join(
        f"""
          - id: T-{number}
            title: A title
            level: REQUIRED
            phase: Foundation
            weight: 3
            check: {check}
            pass: it holds
            fail: it does not
            why: Because.
            remediation: Mend it.
"""
        for number, check in enumerate(checks, 1)
    )
    text = f"""
code: T
version: 1.0.0
title: Test
sections:
  - id: '1.1'
    chapter: One
    title: One
    subsections:
      - title: One
        level: REQUIRED
        controls:{controls}"""
    return pack.load(text, "test.yaml")


ALL = ("readme", "names", "workflows", "present", "dated")
FILES = {"README.md": "hello", "a.txt": "1", ".github/workflows/ci.yml": "on: push\njobs: {}\n", "src/x.py": "pass"}
KEYS = {"as_of": "1"}


def scanned(
    files: dict[str, str], receipt: dict[str, Any] | None = None, keys: dict[str, str] | None = None
) -> Scanned:
    memory = receipt["memory"] if receipt else None
    return scan(
        Subject(tree_of(files, memory=memory), DAY), [standard(*ALL)], receipt=receipt, keys=keys or KEYS, strict=True
    )


def test_every_check_of_the_standard_runs_once(ran: Ran) -> None:
    result = scanned(FILES)
    assert sorted(ran) == sorted(ALL)
    assert result.findings["readme"][0].message == "hello"
    assert result.files == 4


def test_evidence_has_the_line_redacted(ran: Ran) -> None:
    files = FILES | {".github/workflows/ci.yml": "on: {push: , token: abcdefghijkl}\njobs: {}\n"}
    [finding] = scanned(files).findings["workflows"]
    assert finding.evidence[0].line == 1
    assert "abcdefghijkl" not in finding.evidence[0].snippet
    assert "push" in finding.evidence[0].snippet


@pytest.mark.parametrize(
    ("changes", "keys", "again"),
    [
        ({}, KEYS, []),
        ({"README.md": "bye"}, KEYS, ["readme"]),
        ({"a.txt": "2"}, KEYS, []),
        ({"b.txt": "2"}, KEYS, ["names"]),
        ({"src/x.py": "print()"}, KEYS, []),
        ({".github/workflows/ci.yml": "on: pull_request\njobs: {}\n"}, KEYS, ["workflows"]),
        ({".github/workflows/new.yml": "on: push\njobs: {}\n"}, KEYS, ["workflows"]),
        ({}, {"as_of": "2"}, ["dated"]),
    ],
)
def test_a_later_scan_runs_only_what_a_change_touches(
    ran: Ran, changes: dict[str, str], keys: dict[str, str], again: list[str]
) -> None:
    before = scanned(FILES)
    ran.clear()
    result = scanned(FILES | changes, before.receipt, keys)
    assert ran == again
    assert result.findings == scanned(FILES | changes).findings


def test_a_file_that_goes_is_a_change(ran: Ran) -> None:
    before = scanned(FILES)
    ran.clear()
    result = scanned({path: text for path, text in FILES.items() if path.endswith((".md", ".py"))}, before.receipt)
    assert ran == ["names", "workflows", "present"]
    assert result.findings["workflows"] == []


def test_who_asks_only_whether_there_is_one_is_not_concerned_by_what_it_says(ran: Ran) -> None:
    before = scanned(FILES)
    ran.clear()
    changed = FILES | {".github/workflows/ci.yml": "on: pull_request\njobs: {}\n"}
    assert scanned(changed, before.receipt).findings == scanned(changed).findings
    assert ran[: len(ran) - len(ALL)] == ["workflows"]


def test_a_check_that_fails_is_unknown_and_hides_no_other(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(subject: Subject) -> Iterator[Finding]:
        raise RuntimeError("a defect")
        yield

    checks = registry.all_checks()
    monkeypatch.setattr(registry, "all_checks", lambda: checks | {"names": broken})
    result = scan(Subject(tree_of(FILES), DAY), [standard(*ALL)])
    [finding] = result.findings["names"]
    assert (finding.outcome, finding.code) == ("unknown", "check_error")
    assert result.findings["readme"][0].outcome == "pass"


def test_a_check_that_is_to_be_left_out_is_unknown(ran: Ran) -> None:
    result = scan(Subject(tree_of(FILES), DAY), [standard(*ALL)], skip={"names": "too_slow"})
    assert (result.findings["names"][0].outcome, result.findings["names"][0].code) == ("unknown", "too_slow")
    assert "names" not in ran


def test_a_scan_survives_the_way_to_json_and_back(ran: Ran) -> None:
    result = scanned(FILES)
    assert Scanned.from_json(result.to_json()) == result


def test_an_identity_does_not_move_with_the_lines(ran: Ran) -> None:
    first = scanned(FILES).findings["workflows"][0]
    second = scanned(FILES | {".github/workflows/ci.yml": "\n\non: push\njobs: {}\n"}).findings["workflows"][0]
    assert first.identity == second.identity


def test_what_could_not_be_read_is_told_again_while_it_does_not_change(ran: Ran) -> None:
    broken = FILES | {".github/workflows/bad.yml": "on: [\n"}
    first = scanned(broken)
    assert [(problem.path, problem.code) for problem in first.problems] == [(".github/workflows/bad.yml", "broken")]
    assert scanned(broken | {"README.md": "bye"}, first.receipt).problems == first.problems


def test_what_is_a_secret_by_its_form_is_kept_nowhere(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "ghp_" + "a1B2c3D4e5F6" * 3
    said = failed(f"unit {token}", f"It uses {token} \x1b[2J", notes=(f"postgres://me:{token}@db",))
    monkeypatch.setattr(registry, "all_checks", lambda: {"names": lambda subject: iter([said])})
    result = scan(Subject(tree_of(FILES), DAY), [standard("names")])
    told = str(result.to_json())
    assert token not in told
    assert "\\x1b" not in told
    assert "It uses" in told
