"""``/services/<slug>/reliability/``: objectives, their budgets, what the policy asks, what comes next."""

import json
import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from ingest.models import PrometheusServer, Signal, SloDay
from ingest.prometheus.slots import SLOTS, Slots, floor, pack, slot_of
from scorecards.models import TriggerFiring, TriggerState
from tests.dashboard.pages.conftest import judge
from tests.factories import (
    bearer,
    make_budget_step,
    make_deployment,
    make_incident,
    make_slo,
    make_source,
    make_standing,
    make_team,
    make_token,
)

pytestmark = pytest.mark.django_db
PATH = "/services/pay-api/reliability/"
WINDOW = 30 * 86_400


def fill(slo, end: datetime, bad=lambda days_ago: 0.0, days: int = 31) -> None:
    """A hundred events a slot up to ``end``, of which so many are bad, by how many days ago."""
    found: dict = {}
    slot = floor(end)
    for number in range(days * SLOTS):
        at = slot - timedelta(minutes=5 * number)
        day, index = slot_of(at.timestamp())
        found.setdefault(day, Slots()).put(index, bad(number / SLOTS), 100.0)
    for day, slots in found.items():
        sums = slots.sums()
        SloDay.objects.create(
            slo=slo, day=day, slots=pack(slots), bad=sums.bad, total=sums.total, measured=sums.measured
        )


def figure_of(page: str, name: str) -> dict:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


@pytest.fixture
def low(pay_service):
    """Availability at 12 %, spent by a bad day ten days ago; 99 % over 30 days."""
    now = timezone.now()
    slo = make_slo(pay_service, objective=0.99, description="Requests are answered")
    fill(slo, now, lambda days_ago: 26.4 if 10 <= days_ago < 11 else 0.0)
    make_standing(slo, 0.12, floor(now))
    return slo


def test_it_tells_the_objective_what_is_left_and_what_the_policy_asks(words, low):
    page = words(PATH).replace("\u00a0", " ")
    assert "12.0 % of the error budget left" in page
    assert "25 %: feature freeze since" in page
    assert "99 % of requests are to be answered without an error, over 30 d." in page
    assert "“Requests are answered”" in page
    assert "25 % Feature freeze, incident review holds now" in page
    assert "50 % Review of recent deployments, at most 1 deployment a day still asked for" in page


def test_it_tells_what_comes_next_where_that_can_be_said(words, low):
    # The bad day begins to leave the window in 19 days; then the budget comes back above 25 %.
    page = words(PATH).replace("\u00a0", " ")
    assert re.search(r"If errors go on as over the last 24 h, the budget is back above 25 % in about 19 d, as", page)


def test_it_says_nothing_of_what_comes_next_without_data(words, pay_service):
    until = timezone.now() - timedelta(hours=5)
    make_standing(make_slo(pay_service), 0.12, until, state="stale", reason="No data came.")
    assert "If errors go on" not in words(PATH)


def test_it_computes_the_budget_before_ones_eyes(words, low):
    page = words(PATH).replace("\u00a0", " ")
    # A million requests, of which 1 % may be bad: 8,800 are, so that 12 % of the budget are left.
    assert "1 − 8,800 bad / (1,000,000 in all × 1 % = 10,000 allowed) = 12.0 % left" in page
    assert "Coverage 100 % of the window’s five-minute slots have data" in page
    assert "slo/pay.yaml:6" in page
    assert 'sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))' in page


def test_it_draws_the_burn_down_with_what_happened_meanwhile(see, low, pay_service):
    now = timezone.now()
    make_deployment(pay_service, now - timedelta(days=2), version="1.2.3")
    make_deployment(pay_service, now - timedelta(days=1), version="1.2.4", status="failed")
    make_incident(
        pay_service, now - timedelta(days=10), resolved_at=now - timedelta(days=9), severity="sev2", title="<b>"
    )
    judge(pay_service)
    page = see(PATH)
    figure = figure_of(page, f"budget-{low.pk}")
    left, good, failed, incident = figure["data"]
    assert left["y"][0] == 100
    assert left["y"][-1] == pytest.approx(12, abs=0.1)
    assert good["customdata"] == ["deployed 1.2.3, succeeded"]
    assert failed["customdata"] == ["deployed 1.2.4, failed"]
    assert incident["customdata"] == ["sev2: ‹b›"] * 2
    assert [one["y"] for one in figure["layout"]["annotations"]] == [75, 50, 25, 0]
    assert "as a table" in page


def test_it_tells_how_each_alert_stands(words, pay_service):
    alert = {"severity": "page", "long": "1h", "short": "5m", "factor": 14.4, "long_rate": 20.0}
    alerts = [
        alert | {"short_rate": 31.5, "state": "firing"},
        alert
        | {"severity": "ticket", "long": "3d", "short": "6h", "factor": 1.0, "short_rate": None, "state": "no_data"},
    ]
    make_standing(make_slo(pay_service), 0.5, timezone.now(), alerts=alerts)
    page = words(PATH).replace("\u00a0", " ")
    assert "Page somebody firing 1 h 20.0 × 5 min 31.5 × 14.4 × in both" in page
    assert "Open a ticket no data 3 d 20.0 × 6 h no data 1.0 × in both" in page


def test_it_says_why_an_objective_is_not_measured(words, pay_service):
    slo = make_slo(pay_service, problem_code="counts_good", problem="Its error query selects the good events.")
    make_standing(slo, None, state="invalid", reason=slo.problem)
    page = words(PATH)
    assert "not measurable" in page
    assert "Its error query selects the good events." in page
    assert "No data: 1 objective not measured" in page


def test_it_says_since_when_there_is_no_data(words, pay_service):
    until = timezone.now() - timedelta(hours=5)
    make_standing(make_slo(pay_service), 0.5, until, state="stale", reason="No data since 07:00. It is paused.")
    page = words(PATH).replace("\u00a0", " ")
    assert "No data since 07:00. It is paused. The figures are as of then." in page
    assert "No data since 5 h ago : this is how it stood then." in page


def test_it_says_what_to_do_without_an_objective(words, pay_service):
    page = words(PATH)
    assert "This service has no objective" in page
    assert "Write one in its repository" in page


def test_an_objective_of_100_percent_has_no_budget(words, pay_service):
    make_standing(make_slo(pay_service, objective=1.0), None, state="measured", reason="100 % leaves no budget.")
    assert "100 % leaves no budget." in words(PATH)


def test_it_tells_triggers_and_when_they_fired(words, pay_service):
    now = timezone.now()
    source = make_source("prometheus")
    server = PrometheusServer.objects.create(source=source, url="https://prometheus.example")
    signal = Signal.objects.create(server=server, name="errors", kind="error_rate", query="x")
    said = {"signal": signal, "service": pay_service, "at": now}
    TriggerState.objects.create(trigger="high_error_rate", value=0.08, limit=0.05, fired=True, since=now, **said)
    TriggerState.objects.create(trigger="latency_degradation", value=None, limit=None, **said)
    TriggerFiring.objects.create(
        service=pay_service,
        trigger="high_error_rate",
        action="immediate",
        peak=0.2,
        limit=0.05,
        since=now,
        fired_at=now,
    )
    page = words(PATH).replace("\u00a0", " ")
    assert "High error rate fired since just now 8.0 % 5.0 %" in page
    assert "Latency degradation no data no data no data" in page
    assert "High error rate: 20.0 % at most, limit 5.0 %, immediate" in page


def test_it_keeps_the_history_of_steps(words, low):
    make_budget_step(low, "50", "25", left=0.246, actions=[{"type": "freeze"}])
    page = words(PATH).replace("\u00a0", " ")
    assert "50 % → to 25 %, feature freeze 24.6 % left of availability" in page


def test_it_tells_what_the_gate_says_now(words, low):
    assert "deploy" in words(PATH).partition("Gate")[2]


def test_it_asks_as_few_queries_whatever_there_is(client, alice, low, pay_service, django_assert_max_num_queries):
    for number in range(12):
        slo = make_slo(pay_service, name=f"objective-{number}")
        fill(slo, timezone.now(), days=3)
        make_standing(slo, 0.5 + number / 40, floor(timezone.now()))
    client.force_login(alice)
    with django_assert_max_num_queries(44):
        assert client.get(PATH).status_code == 200


def test_it_is_for_people_who_signed_in(client, charlie, low):
    assert client.get(PATH)["Location"].startswith("/sign-in/")
    _, text = make_token(team=make_team("pay"))
    assert client.get(PATH, headers=bearer(text)).status_code == 302
    client.force_login(charlie)
    assert client.get(PATH).status_code == 200
    assert client.get("/services/nope/reliability/").status_code == 404
