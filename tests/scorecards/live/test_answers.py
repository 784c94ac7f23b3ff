"""What live controls come to, by the catalogue's thresholds."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.window import Window
from scorecards.live import answers
from scorecards.live.answers import Budget, Rollbacks
from scorecards.metrics.spread import Spread
from scorecards.reliability.gamedays import Run
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.summary import Known, Response, summarise
from tests.factories import NOON

TODAY = date(2026, 3, 31)
NOTHING = summarise(
    Bucket(failed_by=Counter()),
    Window(date(2026, 3, 1), TODAY),
    TODAY,
    Known({}, Bucket(), ever_deployed=False, incidents_connected=False),
)
DEPLOYED = replace(NOTHING, deployments=22, active_services=1, working_days=22, finished_deployments=22)


def outcome(answer) -> str | None:
    return str(answer.outcome) if answer is not None else None


def spread(seconds: float) -> Spread:
    return Spread(median=seconds, mean=seconds, p75=seconds, p90=seconds, count=7)


@pytest.mark.parametrize(
    ("count", "expected"), [(23, "pass"), (22, "pass"), (21, "partial"), (5, "partial"), (4, "fail"), (0, "fail")]
)
def test_a_service_deploys_each_working_day_each_week_or_rarer(count, expected):
    assert outcome(answers.deployed_daily(replace(DEPLOYED, deployments=count))) == expected


def test_who_never_deployed_is_not_connected_and_who_has_not_for_long_is_unknown():
    assert answers.deployed_daily(NOTHING) is None
    assert outcome(answers.deployed_daily(replace(DEPLOYED, deployments=0, active_services=0))) == "unknown"


@pytest.mark.parametrize(
    ("seconds", "expected"), [(3599, "pass"), (3600, "partial"), (86_399, "partial"), (86_400, "fail")]
)
def test_lead_time_is_under_an_hour_a_day_or_longer(seconds, expected):
    assert outcome(answers.lead_time_under_hour(replace(DEPLOYED, lead_time=spread(seconds)))) == expected


def test_without_a_lead_time_it_is_unknown_and_says_why():
    only = replace(DEPLOYED, reasons={"lead_time": "only_counters"})
    assert outcome(answers.lead_time_under_hour(DEPLOYED)) == "unknown"
    assert "only counters tell" in answers.lead_time_under_hour(only).text
    assert answers.lead_time_under_hour(NOTHING) is None


@pytest.mark.parametrize(
    ("failed", "finished", "expected"),
    [(0, 20, "pass"), (1, 20, "partial"), (3, 21, "partial"), (3, 20, "fail"), (4, 100, "pass"), (5, 100, "partial")],
)
def test_changes_fail_under_five_under_fifteen_percent_or_more(failed, finished, expected):
    month = replace(DEPLOYED, finished_deployments=finished, failed_deployments=failed)
    assert outcome(answers.change_failures(month)) == expected


@pytest.mark.parametrize(
    ("failed", "finished", "expected"), [(0, 19, "unknown"), (1, 10, "unknown"), (9, 10, "fail"), (0, 0, "unknown")]
)
def test_of_few_deployments_only_what_leaves_no_doubt_is_told(failed, finished, expected):
    month = replace(DEPLOYED, finished_deployments=finished, failed_deployments=failed)
    assert outcome(answers.change_failures(month)) == expected


def test_the_interval_is_wilsons():
    # Newcombe (1998), table I: 81 of 263 and 15 of 148 and 0 of 20, method 3.
    for part, whole, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        assert answers.interval(part, whole) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_the_rate_lies_in_its_interval(counts):
    low, high = answers.interval(*counts)
    assert 0 <= low <= counts[0] / counts[1] + 1e-12
    assert counts[0] / counts[1] - 1e-12 <= high <= 1


RESTORED = replace(NOTHING, incidents_connected=True, restored_count=3, mttr=1_799.0)


@pytest.mark.parametrize(
    ("mttr", "expected"), [(1_799, "pass"), (1_800, "partial"), (7_199, "partial"), (7_200, "fail")]
)
def test_critical_services_are_restored_in_half_an_hour_in_two_or_later(mttr, expected):
    assert outcome(answers.recovery(replace(RESTORED, mttr=float(mttr)), critical=True)) == expected


def test_recovery_needs_incidents_a_critical_service_and_enough_of_them():
    assert answers.recovery(replace(RESTORED, incidents_connected=False), critical=True) is None
    assert outcome(answers.recovery(RESTORED, critical=False)) == "not_applicable"
    assert outcome(answers.recovery(replace(RESTORED, restored_count=2), critical=True)) == "unknown"
    assert outcome(answers.recovery(replace(RESTORED, mttr=None), critical=True)) == "unknown"


@pytest.mark.parametrize(("share", "expected"), [(0.79, "fail"), (0.8, None), (1.0, None), (None, None)])
def test_of_answered_incidents_only_a_fail_can_be_seen(share, expected):
    quarter = replace(RESTORED, response=Response(60.0, share, 10))
    assert outcome(answers.incidents_answered(quarter)) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (Rollbacks([600.0, 1_700.0, 9_000.0], TODAY, None), "pass"),
        (Rollbacks([1_800.0], date(2025, 12, 31), None), "partial"),
        (Rollbacks([], TODAY, None), "unknown"),
        (Rollbacks([], date(2025, 12, 30), date(2025, 1, 1)), "partial"),
        (Rollbacks([], None, date(2025, 12, 31)), "fail"),
        (Rollbacks([], None, date(2026, 1, 1)), "unknown"),
        (Rollbacks([], None, None), None),
    ],
)
def test_a_rollback_is_quick_and_was_drilled_within_a_quarter(told, expected):
    assert outcome(answers.rolled_back(told, TODAY)) == expected


def run(days: int, score: float | None = 80.0) -> Run:
    return Run("db", 1, NOON - timedelta(days=days), score, 90.0)


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([run(1)], "pass"),
        ([run(1, 80.0), run(30, 90.0), run(60, 85.0)], "pass"),
        ([run(1, 80.0), run(30, 85.0), run(60, 90.0)], "partial"),
        ([run(91)], "partial"),
        ([], "fail"),
    ],
)
def test_a_team_with_a_critical_service_holds_gamedays(runs, expected):
    assert outcome(answers.gamedays(runs, NOON, critical=True, nameless=False)) == expected
    assert outcome(answers.gamedays(runs, NOON, critical=False, nameless=False)) == "not_applicable"


def test_gamedays_without_a_service_are_nobodys():
    assert outcome(answers.gamedays([], NOON, critical=True, nameless=True)) == "unknown"
    assert outcome(answers.gamedays([run(1)], NOON, critical=True, nameless=True)) == "pass"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (Budget(asked=True, breaches=0, exempt=0), "pass"),
        (Budget(asked=False, breaches=0, exempt=0), "unknown"),
        (Budget(asked=True, breaches=2, exempt=2), "partial"),
        (Budget(asked=True, breaches=2, exempt=1), "fail"),
        (Budget(asked=False, breaches=1, exempt=0), "fail"),
    ],
)
def test_nothing_is_deployed_in_a_freeze_without_exemption(told, expected):
    assert outcome(answers.budget_enforced(told)) == expected


@pytest.mark.parametrize(
    ("using", "possible", "expected"),
    [(10, 10, "pass"), (9, 9, "partial"), (7, 9, "partial"), (6, 6, "fail"), (9, 10, "unknown"), (0, 10, "unknown")],
)
def test_over_nine_in_ten_teams_are_on_the_platform_or_over_six_or_nobody_can_say(using, possible, expected):
    assert outcome(answers.teams_on_platform(using, possible, 10)) == expected


def test_without_a_team_that_deploys_there_is_no_share_of_teams():
    assert answers.teams_on_platform(0, 0, 0) is None
