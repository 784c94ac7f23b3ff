"""The gate over rows: what it reads, of whom, and that each answer is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from ingest.models import Service, Slo, Team
from ingest.models.signals import Origin
from scorecards.models import (
    BudgetExemption,
    ControlVerdict,
    FreezeWindow,
    GateAnswer,
    GateSetting,
    JudgedDeployment,
    JudgedIncident,
    ServiceBudget,
    SloStanding,
    TriggerFiring,
)
from scorecards.reliability import gating
from scorecards.reliability.gating import Asked
from tests.factories import make_deployment, make_environment, make_incident, make_service, make_team, own

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
SHA = "4f2a9c1e" * 5


@pytest.fixture
def service(pay: Team) -> Service:
    """Of team pay, with its whole budget left and nothing that fails."""
    service = make_service("pay-api", pay)
    spend(service, 1.0)
    judge(service, "DOP-1.1-01", "pass")
    return service


def spend(service: Service, left: float | None, *, until: datetime = NOW, **fields) -> ServiceBudget:
    slo, _ = Slo.objects.get_or_create(
        key=f"{service.slug}/availability",
        defaults={
            "service": service, "name": "availability", "objective": 0.999, "indicator": "events",
            "origin": Origin.FILE,
        },
    )  # fmt: skip
    SloStanding.objects.update_or_create(
        slo=slo,
        defaults={"service": service, "state": "measured", "budget_left": left, "data_until": until,
                  "computed_at": NOW},
    )  # fmt: skip
    steps = [step for step in (75, 50, 25, 0) if left is not None and left * 100 <= step]
    said = {"slo": slo, "left": left, "step": str(min(steps)) if steps else "", "computed_at": NOW} | fields
    return ServiceBudget.objects.update_or_create(service=service, defaults=said)[0]


def judge(service: Service, control: str, verdict: str, level: str = "REQUIRED", standard: str = "DOP") -> None:
    ControlVerdict.objects.create(
        service=service, standard=standard, control=control, section="1", level=level, phase="Foundation",
        verdict=verdict, since=NOW,
    )  # fmt: skip


def break_down(service: Service, severity: str = "sev1", environment_class: str = "production", **fields) -> None:
    incident = make_incident(service, NOW - HOUR, title="Checkout answers 502")
    said = {"severity": severity, "opened_at": NOW - HOUR} | fields
    JudgedIncident.objects.create(incident=incident, service=service, environment_class=environment_class, **said)


def freeze(by: User, **fields) -> FreezeWindow:
    said = {"name": "Inventory", "made_at": NOW, "starts_at": NOW, "ends_at": NOW + HOUR} | fields
    return FreezeWindow.objects.create(by=by, **said)


def set_mode(by: User, service: Service | None = None, mode: str = "enforce", **fields) -> None:
    GateSetting.objects.create(service=service, mode=mode, reason="A test.", by=by, **({"at": NOW} | fields))


def ask(service: Service, environment: str = "production", sha: str = "", now: datetime = NOW) -> GateAnswer:
    return gating.ask(Service.objects.filter(pk=service.pk), Asked(environment, sha), by="pipeline", now=now)


def codes(answer: GateAnswer) -> list[str]:
    return [one["code"] for one in answer.reasons]


def test_it_allows_and_keeps_the_answer(service):
    ask(service, sha=SHA)
    kept = GateAnswer.objects.get()
    assert (kept.service, kept.environment, kept.sha, kept.asked_by) == (service, "production", SHA, "pipeline")
    assert (kept.decision, kept.would_be, kept.mode, kept.reasons, kept.at) == ("allow", "allow", "dry-run", [], NOW)


def test_it_needs_no_row_at_all():
    answer = ask(make_service("alone"))
    assert answer.decision == "warn"
    assert codes(answer) == ["unknown_no_objective", "unknown_no_scan"]


def test_now_answers_without_keeping(service):
    assert gating.answer_now(service, Asked(), NOW).decision == "allow"
    assert not GateAnswer.objects.exists()


def test_it_reads_the_budget(service):
    spend(service, 0.2)
    answer = ask(service)
    assert (answer.decision, answer.would_be, codes(answer)) == ("warn", "deny", ["budget_freeze"])
    assert answer.reasons[0] == {
        "code": "budget_freeze",
        "text": "20 % of the error budget is left (availability): features are frozen.",
        "denies": True,
    }


def test_a_budget_of_old_data_is_unknown(service):
    spend(service, 0.0, until=NOW - HOUR)
    assert codes(ask(service)) == ["unknown_stale_budget"]


def test_a_worker_that_stopped_makes_the_budget_unknown(service):
    spend(service, 0.0)
    answer = ask(service, now=NOW + HOUR)
    assert (answer.would_be, codes(answer)) == ("warn", ["unknown_stale_budget"])


def test_a_budget_without_figures_is_unknown(service):
    spend(service, None, unknown=1)
    assert codes(ask(service)) == ["unknown_budget"]


def test_it_lists_failing_required_controls_of_the_built_in_standard_alone(service):
    judge(service, "DOP-1.1-03", "fail")
    judge(service, "DOP-1.1-02", "waived")
    judge(service, "DOP-2.1-01", "fail", level="RECOMMENDED")
    judge(service, "OWN-1", "fail", standard="OWN")
    answer = ask(service)
    assert answer.would_be == "deny"
    assert answer.reasons[0]["text"].startswith("1 REQUIRED control fails: DOP-1.1-03 ")


def test_it_asks_for_no_live_control_as_to_deny_a_deployment_mends_none(service):
    judge(service, "DOP-8.2-03", "fail")
    assert not any("REQUIRED" in reason["text"] for reason in ask(service).reasons)


def test_verdicts_of_another_standard_are_no_scan_of_the_built_in_one():
    other = make_service("other")
    spend(other, 1.0)
    judge(other, "OWN-1", "pass", standard="OWN")
    assert codes(ask(other)) == ["unknown_no_scan"]


def test_an_open_sev1_in_production_denies(service):
    break_down(service)
    answer = ask(service)
    assert (answer.would_be, codes(answer)) == ("deny", ["open_sev1"])
    assert "Checkout answers 502" in answer.reasons[0]["text"]


@pytest.mark.parametrize(
    "said", [{"severity": "sev2"}, {"environment_class": "staging"}, {"resolved_at": NOW}], ids=str
)
def test_another_incident_does_not(service, said):
    break_down(service, **said)
    assert ask(service).would_be == "allow"


def test_an_incident_of_another_service_does_not(service):
    break_down(make_service("other"))
    assert ask(service).would_be == "allow"


def test_a_freeze_of_all_of_the_team_or_of_the_service_denies(service, pay, olga):
    for scope in ({}, {"team": pay}, {"service": service}):
        window = freeze(olga, **scope)
        answer = ask(service)
        assert (answer.would_be, codes(answer)) == ("deny", ["freeze_window"]), scope
        window.delete()


def test_the_freeze_of_a_team_holds_for_what_it_owns_today(service, pay, olga):
    search = make_team("search")
    freeze(olga, team=search)
    assert ask(service).would_be == "allow"
    own(search, service, at=NOW + timedelta(minutes=1))  # of two statements on a day the later holds
    assert ask(service).would_be == "deny"
    assert ask(make_service("nobodys")).would_be == "warn"


def test_the_freeze_of_nobodys_services_holds_for_them(service, olga):
    freeze(olga, team=make_team("unassigned"))
    assert codes(ask(make_service("nobodys")))[0] == "freeze_window"
    assert ask(service).would_be == "allow"


@pytest.mark.parametrize(
    "said",
    [
        {"starts_at": NOW + timedelta(seconds=1)},
        {"starts_at": NOW - HOUR, "ends_at": NOW},
        {"environment_class": "staging"},
        {"cancelled_at": NOW},
    ],
    ids=str,
)
def test_a_freeze_elsewhere_or_at_another_time_does_not(service, olga, said):
    freeze(olga, **said)
    assert ask(service).would_be == "allow"


def test_a_fired_trigger_warns_until_it_is_over(service):
    said = {"trigger": "error_rate", "action": "rollback", "peak": 0.2, "limit": 0.05, "since": NOW, "fired_at": NOW}
    firing = TriggerFiring.objects.create(service=service, **said)
    assert (ask(service).decision, codes(ask(service))) == ("warn", ["rollback_trigger"])
    firing.until = NOW
    firing.save()
    assert ask(service).decision == "allow"


def exempt(service: Service, alice: User, olga: User, **fields) -> BudgetExemption:
    said = {
        "kind": "security_patch", "text": "CVE", "state": "approved", "requested_by": alice, "requested_at": NOW,
        "decided_by": olga, "until": NOW + HOUR,
    } | fields  # fmt: skip
    return BudgetExemption.objects.create(service=service, **said)


@pytest.mark.parametrize("sha", ["", SHA])
def test_an_approved_exemption_lifts_the_budgets_denial(service, alice, olga, sha):
    spend(service, -1.0)
    exempt(service, alice, olga, sha=sha)
    assert ask(service, sha=SHA).would_be == "warn"


@pytest.mark.parametrize(
    "said",
    [
        {"state": "requested", "decided_by": None},
        {"state": "denied"},
        {"state": "revoked"},
        {"until": NOW},
        {"sha": "0" * 40},
        {"sha": SHA[:7]},
    ],
    ids=str,
)
def test_another_exemption_lifts_nothing(service, alice, olga, said):
    spend(service, -1.0)
    exempt(service, alice, olga, **said)
    assert ask(service, sha=SHA).would_be == "deny"


def test_an_exemption_of_one_commit_does_not_hold_where_none_is_told(service, alice, olga):
    spend(service, -1.0)
    exempt(service, alice, olga, sha=SHA)
    assert ask(service).would_be == "deny"


def deploy(service: Service, at: datetime, environment_class: str = "production") -> None:
    deployment = make_deployment(service, at)
    JudgedDeployment.objects.create(
        deployment=deployment, service=service, environment_class=environment_class, status="succeeded",
        redeploy=False, rollback=False, hotfix=False, failed=False, change_count=0, unmapped_count=0,
        incident_count=0, finished_at=at,
    )  # fmt: skip


def test_a_slow_rollout_counts_the_day_of_the_organisation(service, settings):
    from zoneinfo import ZoneInfo

    settings.ORGANISATION_ZONE = ZoneInfo("Europe/Berlin")  # a day there begins at 23:00 UTC
    spend(service, 0.4)
    midnight = datetime(2026, 3, 1, 23, tzinfo=UTC)
    deploy(service, midnight - timedelta(seconds=1))
    deploy(service, NOW, environment_class="staging")
    deploy(make_service("other"), NOW)
    assert codes(ask(service)) == ["budget_slow_rollout"]
    deploy(service, midnight)
    answer = ask(service)
    assert (answer.would_be, codes(answer)) == ("deny", ["budget_slow_rollout_used"])
    assert answer.would_change[0].startswith("On Tue 3 Mar 2026, 00:00 CET the next day begins.")


@pytest.mark.parametrize(
    ("environment", "would_be"),
    [
        ("production", "deny"),
        ("prod-eu-1", "deny"),
        ("Blue", "deny"),
        ("staging", "warn"),
        ("qa", "warn"),
        ("x", "warn"),
    ],
)
def test_it_takes_a_name_or_a_class_of_environment(service, environment, would_be):
    make_environment("Blue", "production")
    spend(service, 0.1)
    assert ask(service, environment).would_be == would_be


def test_the_catalogues_class_wins_over_the_words_of_the_name(service):
    make_environment("prod-like", "testing")
    spend(service, 0.1)
    assert ask(service, "prod-like").would_be == "warn"


def test_a_class_is_itself_whatever_the_patterns_are(service, settings):
    settings.ENVIRONMENT_CLASSES = {"production": ["live"]}
    spend(service, 0.1)
    assert ask(service, "production").would_be == "deny"


def test_a_class_reads_as_its_name_where_the_catalogue_says_otherwise(service):
    make_environment("production", "testing")
    spend(service, 0.1)
    assert ask(service, "production").would_be == "warn"


def test_the_newest_setting_counts_the_services_own_before_that_of_all(service, olga):
    spend(service, 0.1)
    assert ask(service).decision == "warn"
    set_mode(olga, at=NOW - 2 * HOUR)
    assert ask(service).decision == "deny"
    set_mode(olga, service, "dry-run", at=NOW - 3 * HOUR)
    assert ask(service).decision == "warn"
    set_mode(olga, service, "dry-run", inherits=True, at=NOW - HOUR)
    assert ask(service).decision == "deny"
    set_mode(olga, mode="dry-run", at=NOW)
    assert ask(service).decision == "warn"
    assert gating.mode_of(service) == ("dry-run", False, False)


def test_unknown_denies_where_a_setting_says_so(service, olga):
    ServiceBudget.objects.all().delete()
    set_mode(olga)
    assert ask(service).decision == "warn"
    set_mode(olga, service, deny_unknown=True)
    assert ask(service).decision == "deny"


def test_it_asks_the_database_three_times(service, olga, django_assert_num_queries):
    spend(service, 0.1)
    judge(service, "DOP-1.1-03", "fail")
    freeze(olga)
    with django_assert_num_queries(3):
        ask(service)


def test_it_asks_five_times_where_a_team_is_frozen_and_days_are_counted(service, pay, olga, django_assert_num_queries):
    spend(service, 0.4)
    freeze(olga, team=pay)
    with django_assert_num_queries(5):
        ask(service)


def test_an_objective_that_is_out_of_date_hides_no_other_that_denies(service):
    spend(service, 0.1, until=NOW - HOUR, unknown=1)
    fresh = Slo.objects.create(
        key="pay-api/latency", service=service, name="latency", objective=0.99, indicator="events", origin=Origin.FILE
    )
    SloStanding.objects.create(
        slo=fresh, service=service, state="measured", budget_left=0.2, data_until=NOW, computed_at=NOW
    )
    answer = ask(service)
    assert (answer.would_be, codes(answer)) == ("deny", ["budget_freeze", "unknown_objectives"])
    assert "latency" in answer.reasons[0]["text"]
    SloStanding.objects.filter(slo=fresh).update(budget_left=0.9)
    assert codes(ask(service)) == ["unknown_objectives", "unknown_stale_budget"]
    SloStanding.objects.filter(slo=fresh).update(budget_left=0.2, computed_at=NOW - HOUR)
    assert "budget_freeze" not in codes(ask(service))


def test_live_controls_are_no_scan(service):
    ControlVerdict.objects.all().delete()
    judge(service, "DOP-9.1-01", "pass", level="PROGRAMME")
    judge(service, "DOP-8.2-03", "not_connected")
    assert codes(ask(service)) == ["unknown_no_scan"]


def test_it_forgets_answers_that_are_older_than_a_year(service):
    for days in (0, 399, 401, 900):
        gating.ask(Service.objects.filter(pk=service.pk), Asked(), by="a token", now=NOW - timedelta(days=days))
    assert gating.forget(NOW) == 2
    assert sorted((NOW - answer.at).days for answer in GateAnswer.objects.all()) == [0, 399]
    assert gating.forget(NOW) == 0
