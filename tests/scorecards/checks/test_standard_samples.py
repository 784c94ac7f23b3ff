"""The repository made of the standard's own samples gives the verdicts that the catalogue expects."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from scorecards.checks.finding import Finding
from scorecards.checks.registry import all_checks
from scorecards.checks.subject import Subject
from scorecards.standards.pack import builtin
from tests.scorecards.checks.judging import AS_OF, fresh, verdict
from tests.shared import SHARED, samples

CATALOGUE = SHARED / "standards" / "dop-1.0.0.controls.yaml"
pytestmark = [pytest.mark.shared, pytest.mark.skipif(not CATALOGUE.exists(), reason="the catalogue is not at hand")]


def expectations() -> dict[str, tuple[str, str]]:
    if not CATALOGUE.exists():
        return {}
    catalogue = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return {
        control["id"]: (control["seed_expectation"]["verdict"], control["seed_expectation"]["why"])
        for section in catalogue["sections"]
        for subsection in section["subsections"]
        for control in subsection["controls"]
        if control["observability"] == "repo"
    }


@cache
def subject() -> Subject:
    return Subject(samples(), AS_OF, history=fresh())


@pytest.mark.parametrize("control", expectations())
def test_it_gives_the_expected_verdict(control: str) -> None:
    expected, why = expectations()[control]
    name = builtin().control_by_id[control].check
    findings: list[Finding] = list(all_checks()[name](subject()))
    told = "\n".join(
        f"{finding.outcome}: {finding.unit}: {finding.message} {finding.places[:2]}" for finding in findings
    )
    assert verdict(findings) == expected, f"{why}\n{told}"


def test_the_standard_is_the_one_that_was_read() -> None:
    assert Path(CATALOGUE).exists()
    assert len(expectations()) == 134
