"""Phases over time, and what stands between services and the next one."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from scorecards.maturity import maturity, may_block
from scorecards.scans import phases
from scorecards.scans.in_force import in_force
from scorecards.scans.kept import compliances_of
from scorecards.scans.phases import Reached
from scorecards.standards import pack
from scorecards.standards.standard import Level, Phase
from scorecards.standards.verdict import Verdict
from tests.dashboard.pages.scanned import scan_service
from tests.factories import make_service, make_team

START = date(2026, 3, 2)
DOP = pack.builtin()
ALWAYS = (date.min, date.max)


def day(number: int) -> date:
    return START + timedelta(days=number)


def reached(number: int, phase: str, possible: str = "", *, scanned: bool = True) -> Reached:
    return Reached(day(number), phase, possible or phase, scanned)


def test_it_counts_scanned_services_by_phase_on_each_day() -> None:
    found = {
        1: [reached(0, ""), reached(5, "Assessment")],
        2: [reached(3, "Foundation", "Platform")],
        3: [reached(0, "", scanned=False)],
    }
    told = phases.by_day(found, [day(-1), day(0), day(4), day(5)], lambda pk: [ALWAYS])
    assert told == [
        Counter(),
        Counter({"": 1}),
        Counter({"": 1, "Foundation": 1}),
        Counter({"Assessment": 1, "Foundation": 1}),
    ]


def test_it_counts_a_service_only_on_days_on_which_it_counts() -> None:
    found = {1: [reached(0, "Platform")]}
    assert phases.by_day(found, [day(1), day(2)], lambda pk: [(date.min, day(2))]) == [
        Counter({"Platform": 1}),
        Counter(),
    ]


def test_a_phase_is_proven_since_it_last_changed_whatever_was_possible_beside_it() -> None:
    assert phases.since([reached(0, ""), reached(2, "Assessment"), reached(4, "Assessment", "Platform")]) == day(2)
    assert phases.since([reached(0, "Assessment"), reached(2, ""), reached(4, "Assessment")]) == day(4)
    assert phases.since([]) is None


def test_the_next_phase_is_the_one_after_and_none_after_the_last() -> None:
    assert phases.following("") is Phase.ASSESSMENT
    assert phases.following("Foundation") is Phase.PLATFORM
    assert phases.following("Excellence") is None


def test_in_part_keeps_nobody_from_assessment_but_a_fail_does() -> None:
    control = next(one for one in DOP.controls if one.phase is Phase.ASSESSMENT and not one.is_live)
    assert not may_block(control, Verdict.PARTIAL, Phase.ASSESSMENT)
    assert may_block(control, Verdict.FAIL, Phase.ASSESSMENT)
    assert may_block(control, Verdict.UNKNOWN, Phase.ASSESSMENT)
    assert not may_block(control, Verdict.FAIL, Phase.FOUNDATION)


def test_recommended_controls_count_from_optimization_on_and_a_fail_of_weight_5_in_foundation() -> None:
    for phase, blocks in ((Phase.FOUNDATION, False), (Phase.PLATFORM, False), (Phase.OPTIMIZATION, True)):
        controls = [one for one in DOP.controls if one.phase is phase and one.level is Level.RECOMMENDED]
        for control in controls:
            if not control.is_live and control.weight < 5:
                assert may_block(control, Verdict.FAIL, phase) is blocks


def test_live_controls_stand_only_before_excellence() -> None:
    for control in DOP.controls:
        if control.is_live:
            assert not any(may_block(control, Verdict.NOT_CONNECTED, phase) for phase in list(Phase)[:4])
    live = [one for one in DOP.controls if one.is_live and one.level is not Level.ALTERNATIVE]
    assert sum(may_block(one, Verdict.NOT_CONNECTED, Phase.EXCELLENCE) for one in live) >= len(live) - 1


@pytest.mark.django_db
def test_it_finds_at_least_what_the_maturity_of_each_service_names() -> None:
    services = [make_service(f"service-{number}") for number in range(3)]
    scan_service(services[0], rest="fail")
    scan_service(services[1], rest="partial")
    scan_service(services[2], rest="unknown")
    [standard] = in_force(timezone.now().date()).standards
    compliances = compliances_of([one.pk for one in services], standard)
    reached = {pk: maturity(told) for pk, told in compliances.items()}
    found = phases.blocking(standard, {pk: str(told.proven or "") for pk, told in reached.items()})
    for pk, told in reached.items():
        assert told.next is not None
        assert {one.control_id for one in told.next.blockers} <= {control for control, _ in found[pk]}


@pytest.mark.django_db
def test_it_reads_the_courses_of_services_and_teams() -> None:
    service = make_service("pay-api", make_team("pay"))
    scan_service(service, rest="fail", days_ago=9)
    scan_service(service, rest="pass", days_ago=4, commit="b" * 40)
    scan_service(service, rest="pass", days_ago=1, commit="c" * 40)
    today = timezone.now().date()
    course = phases.courses("DOP", today)[service.pk]
    assert [(one.day, one.phase) for one in course] == [
        (today - timedelta(days=9), ""),
        (today - timedelta(days=4), "Optimization"),
    ]
    told = phases.of_teams("DOP", today, [make_team("pay").pk, make_team("idle").pk])
    assert list(told) == [make_team("pay").pk]
    [pay] = told.values()
    assert (pay.phase, pay.scanned, pay.since) == ("Optimization", 1, today - timedelta(days=4))
    before = phases.of_teams("DOP", today - timedelta(days=5), [make_team("pay").pk])
    assert [(one.phase, one.since) for one in before.values()] == [("", today - timedelta(days=9))]


@given(
    st.dictionaries(
        st.integers(1, 4),
        st.lists(
            st.tuples(st.integers(0, 20), st.sampled_from(["", "Assessment", "Platform"]), st.booleans()), max_size=5
        ),
    ),
    st.lists(st.integers(0, 24), max_size=6, unique=True),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=2),
)
def test_counting_by_changes_equals_counting_by_days(courses, asked, spans) -> None:
    found = {
        pk: [
            Reached(day(at), phase, phase, scanned)
            for at, phase, scanned in sorted({one[0]: one for one in told}.values())
        ]
        for pk, told in courses.items()
    }
    apart = [(start, start + length) for start, length in spans[:1]] + [
        (40 + start, 40 + start + length) for start, length in spans[1:]
    ]
    days = [day(at) for at in sorted(asked)]
    told = phases.by_day(found, days, lambda pk: [(day(start), day(end)) for start, end in apart])
    for number, on in enumerate(days):
        counts = Counter(
            course[-1].phase
            for course in ([one for one in told if one.day <= on] for told in found.values())
            if course and course[-1].scanned and any(day(start) <= on < day(end) for start, end in apart)
        )
        assert told[number] == counts
