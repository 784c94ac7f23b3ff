"""The demo's error budgets: a service on each step of the policy, and what is not known."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from dashboard.demo.people import add_people
from dashboard.demo.reliability.follow import follow
from dashboard.demo.reliability.load import load_reliability
from ingest.models import PrometheusServer, Slo, SloDay, Team
from ingest.prometheus.sync import due
from scorecards.models import BudgetExemption, BudgetStep, FreezeWindow, ServiceBudget, SloStanding
from scorecards.reliability import standing
from scorecards.reliability.exercises import runs_of
from tests.dashboard.demo.conftest import NOW
from tests.factories import make_incident, make_service, make_slo

SOME = ("payments-api", "payouts", "search-api", "ledger", "cart", "event-stream", "orders-warehouse", "gift-cards")


@pytest.fixture
def loaded(db: None) -> None:
    """What scans found of eight services, and an outage; then the demo's Prometheus."""
    for slug in ("payments", "platform"):
        Team.objects.create(slug=slug, name=slug)
    add_people()
    for slug in SOME:
        service = make_service(slug)
        wrong = {"problem_code": "wrong_measure", "problem": "It counts good ones."} if slug == "gift-cards" else {}
        make_slo(service, **wrong)
        make_slo(service, name="latency", objective=0.99, **wrong)
    make_incident(make_service("other"), NOW - timedelta(days=9), resolved_at=NOW - timedelta(days=8.9))
    load_reliability(1, NOW)


def left(slug: str) -> float:
    found = ServiceBudget.objects.get(service__slug=slug).left
    assert found is not None
    return found


def test_it_has_a_service_on_each_step(loaded: None) -> None:
    steps = dict(ServiceBudget.objects.values_list("service__slug", "step"))
    told = {"payouts": "0", "payments-api": "25", "search-api": "50", "ledger": "75", "cart": ""}
    assert {slug: steps[slug] for slug in told} == told
    assert left("payments-api") == pytest.approx(0.12, abs=0.005)


def test_its_history_of_steps_leads_to_where_the_budgets_are_now(loaded: None) -> None:
    for budget in ServiceBudget.objects.exclude(step=""):
        last = BudgetStep.objects.filter(service=budget.service).first()
        assert last is not None
        assert (last.after, last.at) == (budget.step, budget.since)
    for slug in ("payments-api", "payouts"):
        told = list(BudgetStep.objects.filter(service__slug=slug).order_by("at", "pk"))
        assert [row.before for row in told] == ["", *(row.after for row in told[:-1])]


def test_it_mails_nobody(loaded: None) -> None:
    assert not BudgetStep.objects.filter(mailed_at=None).exists()


def test_it_has_what_is_not_known(loaded: None) -> None:
    states = {
        slug: SloStanding.objects.get(slo__service__slug=slug, slo__name="availability").state
        for slug in ("event-stream", "orders-warehouse", "gift-cards", "cart")
    }
    assert list(states.values()) == ["stale", "no_data", "invalid", "measured"]


def test_it_has_alerts_that_fire(loaded: None) -> None:
    fires = {
        (row.slo.service_name, one["severity"])
        for row in SloStanding.objects.select_related("slo")
        for one in row.alerts
        if one["state"] == "firing"
    }
    assert {("ledger", "page"), ("search-api", "ticket")} <= fires


def test_nobody_asks_its_prometheus_and_it_does_not_look_broken(loaded: None) -> None:
    server = PrometheusServer.objects.get()
    assert server.source.paused_at == NOW.replace(microsecond=0)
    assert server.failing_since is None
    assert not due(NOW)


def test_it_has_gamedays_a_freeze_to_come_and_an_exemption_that_waits(loaded: None) -> None:
    assert {run.scenario for run in runs_of()} >= {"network-latency", "zone-outage"}
    assert FreezeWindow.objects.get().starts_at > NOW
    assert BudgetExemption.objects.get().state == "requested"
    assert not User.objects.filter(is_active=True).exists()


def test_it_is_counted_on_while_the_site_runs(loaded: None) -> None:
    later = NOW + timedelta(hours=30)
    before = SloDay.objects.count()
    assert follow(later) == 2 * 5  # what is silent, unread or wrong stays so
    assert follow(later) == 0
    standing.compute(later)
    measured = SloStanding.objects.get(slo__service__slug="cart", slo__name="availability")
    assert measured.state == "measured"
    assert measured.data_until is not None and later - measured.data_until < timedelta(minutes=10)
    assert SloStanding.objects.filter(state="stale").count() == 2
    assert SloDay.objects.count() > before
    assert abs(left("cart") - 0.95) < 0.02


def test_an_outage_does_not_come_back_each_day(loaded: None) -> None:
    for days in range(1, 6):
        follow(NOW + timedelta(days=days))
    standing.compute(NOW + timedelta(days=5))
    assert left("ledger") > 0.2
    assert left("payouts") > -0.5


def test_nothing_is_counted_on_where_there_is_no_demo(db: None) -> None:
    make_slo(make_service("cart"), read_to=NOW - timedelta(hours=1))
    assert follow(NOW) == 0
    assert not SloDay.objects.exists()


def test_it_leaves_alone_what_somebody_made_their_own(loaded: None) -> None:
    server = PrometheusServer.objects.get()
    server.source.paused_at = None
    server.source.save()
    assert follow(NOW + timedelta(hours=1)) == 0
    assert Slo.objects.filter(read_to__gt=NOW).count() == 0
