"""What holds for every control: it has a check or a signal, and asks nothing of a repository without such things."""

from collections.abc import Mapping

import pytest

from scorecards.checks.registry import all_checks
from scorecards.standards.pack import builtin
from tests.scorecards.checks.judging import fresh, judge, verdict

CHECKED = [control for control in builtin().controls if control.check]
DOCUMENTS = {"README.md": "# Handbook\n\nHow we work.\n", "docs/meetings.md": "# Meetings\n\nOn Mondays.\n"}
# Controls that ask something of every repository, and what a handful of documents answers.
ALWAYS: Mapping[str, str] = {
    "DOP-2.3-01": "pass",  # no secret
    "DOP-9.2-02": "pass",  # nothing that has ended
}


def test_every_control_has_a_check_or_a_signal() -> None:
    checks = all_checks()
    assert [control.id for control in CHECKED if control.check not in checks] == []
    assert [control.id for control in builtin().controls if not (control.check or control.signal)] == []


def test_every_check_decides_a_control() -> None:
    assert set(all_checks()) == {control.check for control in CHECKED}


def test_every_subsection_has_a_control() -> None:
    parts = [part for section in builtin().sections for part in section.subsections]
    assert [part.title for part in parts if not part.controls] == []
    assert sum(part.level != "PROGRAMME" for part in parts) == 40


@pytest.mark.parametrize("control", CHECKED, ids=lambda control: control.id)
def test_it_asks_nothing_of_a_few_documents(control) -> None:
    findings = judge(control.check, DOCUMENTS, history=fresh(), name="acme/handbook")
    assert verdict(findings) == ALWAYS.get(control.id, "not_applicable"), findings


@pytest.mark.parametrize("control", CHECKED, ids=lambda control: control.id)
def test_it_survives_a_repository_without_a_file(control) -> None:
    assert verdict(judge(control.check, {})) in ("not_applicable", "pass", "unknown")
