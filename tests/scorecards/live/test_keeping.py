"""Live controls from rows: what connects them, what decides them, when they are judged."""

from datetime import date, timedelta

import pytest

from ingest.models import ChangedService, Service, Signal, SignalSample, Source
from scorecards.models import (
    AdoptionDay,
    BudgetExemption,
    ControlVerdict,
    GateAnswer,
    LiveAnswer,
    LiveDay,
    ServiceBudget,
    VerdictChange,
    Waiver,
)
from scorecards.rollups.build import build_rollups
from scorecards.scans import live
from scorecards.scans.live import judge_live
from scorecards.scans.verdicts import compliance_of
from scorecards.standards import pack
from tests.factories import (
    NOON,
    make_budget_step,
    make_deployment,
    make_incident,
    make_service,
    make_slo,
    make_team,
    make_user,
)
from tests.ingest.prometheus.world import server_at

pytestmark = pytest.mark.django_db

NOW = NOON + timedelta(days=120)
DAY = timedelta(days=1)
STANDARD = pack.builtin()


@pytest.fixture
def pay():
    return make_service("pay", make_team("red"), tier="critical")


def days_ago(days: float):
    return NOW - timedelta(days=days)


def judge(now=NOW) -> dict[str, str]:
    """The verdicts of live controls of `pay`, by their number."""
    ChangedService.objects.bulk_create([ChangedService(service_id=pk) for pk in services()])
    build_rollups()
    while judge_live([STANDARD], now):
        pass
    rows = ControlVerdict.objects.filter(service__slug="pay", section__in=("5.1", "5.2", "5.3", "8.2", "9.1"))
    connected = {control.id for control in STANDARD.controls if control.is_live}
    return {row.control.removeprefix("DOP-"): row.verdict for row in rows if row.control in connected}


def services():
    return Service.objects.values_list("pk", flat=True)


def test_nothing_is_connected_where_nothing_is_known(pay):
    assert judge() == {}
    assert not LiveAnswer.objects.exists()


def test_deployments_connect_what_they_decide(pay):
    for day in range(1, 31):
        make_deployment(pay, days_ago(day), version=str(day))
    found = judge()
    assert (found["9.1-01"], found["9.1-02"], found["9.1-04"]) == ("pass", "unknown", "pass")
    assert found["8.2-03"] == "unknown"  # known for 30 days only
    assert (found["9.1-03"], found["5.3-05"], found["5.1-08"]) == ("not_connected",) * 3
    row = ControlVerdict.objects.get(service=pay, control="DOP-9.1-01")
    assert "30 deployments on" in row.reason
    assert set(VerdictChange.objects.values_list("cause", flat=True)) == {"data"}


def test_today_does_not_count_as_it_is_not_over(pay):
    make_deployment(pay, NOW, version="1")
    make_deployment(pay, days_ago(40), version="2")
    judge()
    assert LiveAnswer.objects.get(signal="deployed-daily").text.startswith("0 deployments")


def test_incidents_connect_recovery_and_answers(pay):
    make_deployment(pay, days_ago(80))
    for day in range(1, 6):
        make_incident(pay, days_ago(day), resolved_at=days_ago(day) + timedelta(minutes=10), severity="sev1")
    found = judge()
    assert (found["9.1-03"], found["5.2-03"]) == ("pass", "fail")  # nobody acknowledged one
    assert "0% of 5 incidents" in ControlVerdict.objects.get(control="DOP-5.2-03").reason


def test_a_rollback_is_a_drill_and_so_is_a_gauge(pay):
    make_deployment(pay, days_ago(100), version="1")
    assert judge()["8.2-03"] == "fail"
    signal = Signal.objects.create(
        server=server_at("http://127.0.0.1:9"), kind="rollback_duration", name="r", query="x"
    )
    SignalSample.objects.create(
        signal=signal, service=pay, environment="staging", series="x", value=2_000.0, at=days_ago(3)
    )
    assert judge(NOW + DAY)["8.2-03"] == "partial"
    make_deployment(pay, days_ago(2), version="1", kind="rollback")  # five minutes
    make_deployment(pay, days_ago(1), version="1", kind="rollback", rollback_of="x")
    assert judge(NOW + 2 * DAY)["8.2-03"] == "pass"


def test_gamedays_are_a_teams(pay):
    other = make_service("search", make_team("red"))
    signal = Signal.objects.create(server=server_at("http://127.0.0.1:9"), kind="gameday_score", name="g", query="x")
    assert judge()["5.3-05"] == "fail"
    SignalSample.objects.create(signal=signal, service=other, label="db", series="x", value=80.0, at=days_ago(10))
    assert judge(NOW + DAY)["5.3-05"] == "pass"
    Signal.objects.update(enabled=False)
    assert judge(NOW + 2 * DAY)["5.3-05"] == "not_connected"
    assert not LiveAnswer.objects.exists()


def test_what_was_deployed_in_a_freeze_is_a_breach_unless_exempt(pay):
    slo = make_slo(pay)
    ServiceBudget.objects.create(service=pay, slo=slo, left=0.2, step="25", since=days_ago(20), computed_at=NOW)
    make_budget_step(slo, "50", "25", days_ago(20), actions=[{"type": "freeze"}])
    make_budget_step(slo, "25", "50", days_ago(10), actions=[{"type": "review"}])
    make_deployment(pay, days_ago(25), version="1")
    make_deployment(pay, days_ago(5), version="2")
    assert judge()["5.1-08"] == "unknown"
    GateAnswer.objects.create(
        service=pay, environment="production", decision="allow", would_be="allow", mode="dry-run", at=days_ago(5)
    )
    assert judge(NOW + DAY)["5.1-08"] == "pass"
    make_deployment(pay, days_ago(16), version="1.9", sha="abc")
    make_deployment(pay, days_ago(15), version="1.8", kind="hotfix")
    assert judge(NOW + 2 * DAY)["5.1-08"] == "fail"
    BudgetExemption.objects.create(
        service=pay, kind="security_patch", sha="abc", text="So.", state="approved", requested_by=make_user("alice"),
        requested_at=days_ago(18), decided_by=make_user("bob"), decided_at=days_ago(17), until=days_ago(15),
    )  # fmt: skip
    assert judge(NOW + 3 * DAY)["5.1-08"] == "partial"
    ended = {"state": "revoked", "ended_by": make_user("carol")}
    BudgetExemption.objects.update(**ended, ended_at=days_ago(15.5))
    assert judge(NOW + 4 * DAY)["5.1-08"] == "partial"
    BudgetExemption.objects.update(**ended, ended_at=days_ago(16.5))
    assert judge(NOW + 5 * DAY)["5.1-08"] == "fail"
    BudgetExemption.objects.update(**ended, ended_at=days_ago(15.5), decided_by=None, decided_at=None)
    assert judge(NOW + 6 * DAY)["5.1-08"] == "fail"


def test_counters_alone_can_not_show_a_rollback(pay):
    prometheus = Source.objects.create(kind="prometheus", name="main", public_id="prometheus-main")
    make_deployment(pay, days_ago(100), version="", source=prometheus)
    make_deployment(pay, days_ago(10), version="", source=prometheus)
    found = judge()
    assert (found["8.2-03"], found["9.1-02"], found["9.1-01"]) == ("not_connected", "unknown", "fail")


def test_it_asks_once_a_day_and_judges_what_changed(pay, django_assert_num_queries):
    make_deployment(pay, days_ago(100), version="1")
    judge()
    with django_assert_num_queries(2):
        judge_live([STANDARD], NOW)
    before = VerdictChange.objects.count()
    judge(NOW + DAY)
    assert VerdictChange.objects.count() == before


def test_a_waiver_covers_a_live_control_until_it_ends(pay):
    make_deployment(pay, days_ago(100), version="1")
    today = NOW.date()
    Waiver.objects.create(
        service=pay, control="DOP-8.2-03", reason="planned", text="A drill is planned for May.", state="approved",
        expires_on=today, requested_by=make_user("alice"), decided_by=make_user("bob"), requested_at=NOW,
        decided_at=NOW,
    )  # fmt: skip
    assert judge()["8.2-03"] == "waived"
    assert judge(NOW + DAY)["8.2-03"] == "fail"


def test_a_retired_service_is_not_asked_about(pay):
    make_deployment(pay, days_ago(100), version="1")
    pay.retired_on = date(2026, 6, 1)
    pay.save()
    assert judge() == {}


def test_the_page_and_the_kept_verdicts_agree(pay):
    make_deployment(pay, days_ago(100), version="1")
    judge()
    found = compliance_of(pay, STANDARD).verdict_by_id
    kept = dict(ControlVerdict.objects.filter(service=pay).values_list("control", "verdict"))
    assert {control: str(verdict) for control, verdict in found.items()} == kept


def test_the_share_of_teams_on_the_platform_is_every_services_answer(pay):
    make_deployment(pay, days_ago(1))
    figures = {"teams": 10, "teams_using": 10, "teams_possible": 10}
    AdoptionDay.objects.create(day=days_ago(1).date(), figures=figures)
    assert judge()["9.1-05"] == "pass"


def test_an_answer_that_comes_while_a_service_is_judged_is_judged_next(pay, monkeypatch):
    LiveAnswer.objects.create(service=pay, signal="deployed-daily", outcome="pass", text="Daily.", since=NOW)
    LiveDay.objects.create(day=NOW.date())
    judge_services = live.judge_services

    def meanwhile(*args, **more):
        judge_services(*args, **more)
        LiveAnswer.objects.update(outcome="fail", text="Never.", judged=False)

    monkeypatch.setattr(live, "judge_services", meanwhile)
    assert judge_live([STANDARD], NOW) == 1
    monkeypatch.undo()
    assert judge_live([STANDARD], NOW) == 1
    assert ControlVerdict.objects.get(service=pay, control="DOP-9.1-01").verdict == "fail"
