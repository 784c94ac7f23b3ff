"""The demo's repositories: the same each time, as varied as a company's, and broken only where they are meant to be."""

import re
from datetime import UTC, datetime
from itertools import chain

import pytest

from dashboard.demo.company import SERVICES
from dashboard.demo.repositories.asked import ASKED, STAFF
from dashboard.demo.repositories.care import DAYS_AGO, NOT_SCANNED, services, steps
from dashboard.demo.repositories.past import past
from dashboard.demo.repositories.sheets import filled, sheet
from dashboard.demo.repositories.states import State, fleet, states
from scorecards.reading.subject import Subject
from scorecards.scanning.engine import scan
from scorecards.scanning.result import Scanned
from scorecards.standards import pack

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BROKEN = {"warehouse"}


@pytest.fixture(scope="module")
def told() -> list[list[State]]:
    return states(1, NOW)


@pytest.fixture(scope="module")
def scanned(told: list[list[State]]) -> dict[str, Scanned]:
    """The newest state of each repository, scanned; a defect of a check is raised."""
    newest = {state.service.slug: state for state in chain.from_iterable(told)}
    return {slug: of(state) for slug, state in newest.items()}


def of(state: State) -> Scanned:
    subject = Subject(
        state.tree(), state.at.date(), history=state.past, fleet=fleet(), name=state.name, ships_events=True
    )
    return scan(subject, [pack.builtin()], strict=True)


def test_it_is_the_same_each_time(told: list[list[State]]) -> None:
    again = states(1, NOW)
    assert [[state.files for state in day] for day in again] == [[state.files for state in day] for day in told]
    assert again[0][0].past == told[0][0].past


def test_another_seed_makes_other_commits(told: list[list[State]]) -> None:
    assert {state.commit for state in states(2, NOW)[0]}.isdisjoint(state.commit for state in told[0])


def test_it_tells_each_commit_once(told: list[list[State]]) -> None:
    commits = [state.commit for state in chain.from_iterable(told)]
    assert len(commits) == len(set(commits))
    assert all(re.fullmatch("[0-9a-f]{40}", commit) for commit in commits)


def test_it_leaves_one_service_unscanned() -> None:
    assert {service.slug for service in SERVICES} - {service.slug for service in services()} == NOT_SCANNED
    assert {"sms-gateway"} == NOT_SCANNED


def test_it_tells_a_level_for_each_scan_of_each_service() -> None:
    for service in services():
        numbers = [step.number for step in steps(service)]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] < len(DAYS_AGO)


def test_it_leaves_no_placeholder_open(told: list[list[State]]) -> None:
    for state in chain.from_iterable(told):
        assert [path for path, text in state.files.items() if re.search(r"<<[a-z ]+>>", path + text)] == []


def test_it_is_broken_only_where_it_is_meant_to_be(scanned: dict[str, Scanned]) -> None:
    assert {slug for slug, result in scanned.items() if result.problems} == BROKEN


def test_it_holds_a_template_that_nobody_can_resolve(scanned: dict[str, Scanned]) -> None:
    found = chain.from_iterable(scanned["promotions"].findings.values())
    assert any(finding.outcome == "unknown" for finding in found)


def test_it_holds_no_secret(scanned: dict[str, Scanned]) -> None:
    for result in scanned.values():
        assert [one.message for one in result.findings["repository-free-of-secrets"] if one.outcome == "fail"] == []


def test_it_puts_each_file_under_a_level_of_care() -> None:
    bare, careful = (dict.fromkeys(("pipeline", "workload", "release"), level) for level in (0, 2))
    values = dict.fromkeys(re.findall(r"<<([a-z ]+)>>", "".join(one.path + one.text for one in sheet("go"))), "x")
    few, many = filled(sheet("go"), bare, values), filled(sheet("go"), careful, values)
    assert "codecov.yml" not in few
    assert "codecov.yml" in many
    assert few["Dockerfile"] != many["Dockerfile"]


def test_a_past_without_care_has_no_release() -> None:
    service = services()[0]
    assert past(service, 0, NOW, 1).tags == ()
    careful = past(service, 2, NOW, 1)
    assert careful.version == careful.tags[-1].name.removeprefix("v")
    assert all(later.at > earlier.at for earlier, later in zip(careful.tags, careful.tags[1:], strict=False))


def test_it_asks_for_waivers_of_controls_that_there_are() -> None:
    known = pack.builtin().control_by_id
    people = {service.slug: service.team.people for service in services()}
    for asked in ASKED:
        assert asked.control in known
        assert asked.by in people[asked.service]
        assert asked.decided_by in ("", STAFF)
