"""``/reliability/``: budgets of services, the worst first, what burns, and what is not measured."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from ingest.models import PrometheusServer, SloDay
from ingest.prometheus.slots import SLOTS, Slots, pack
from scorecards.models import GateAnswer, GateSetting, TriggerFiring
from tests.dashboard.pages.scanned import COMMIT, scan_service
from tests.factories import (
    bearer,
    make_budget_step,
    make_delivery,
    make_repository,
    make_service,
    make_slo,
    make_source,
    make_standing,
    make_team,
    make_token,
)

pytestmark = pytest.mark.django_db

FIRING = {
    "severity": "page",
    "long": "1h",
    "short": "5m",
    "factor": 14.4,
    "long_rate": 20.0,
    "short_rate": 31.5,
    "state": "firing",
}


@pytest.fixture
def budgets(pay_service):
    """Of team pay: pay-api at 12 % with a page firing; ledger untouched; vault overspent. Nothing of search."""
    now = timezone.now()
    ledger, vault = (make_service(slug, make_team("pay")) for slug in ("ledger", "vault"))
    make_service("finder", make_team("search"))
    low = make_standing(make_slo(pay_service), 0.12, now, alerts=[FIRING])
    make_standing(make_slo(ledger), 0.97, now)
    make_standing(make_slo(vault), -0.4, now)
    return {"pay": low, "ledger": ledger, "vault": vault}


def names_in_table(page: str) -> list[str]:
    [table] = re.findall(r'<table class="table budgets">.*?</table>', page, re.DOTALL)
    return re.findall(r'<th scope="row" class="name"><a href="[^"]+">([^<]+)</a>', table)


def test_it_lists_budgets_with_the_least_left_first(see, budgets):
    assert names_in_table(see("/reliability/")) == ["Vault", "Pay API", "Ledger"]


def test_it_says_what_the_policy_asks_and_how_fast_it_burns(words, budgets):
    page = words("/reliability/")
    assert "12.0\u00a0%".replace("\u00a0", "") in page.replace(" ", "")
    assert "25 % : feature freeze".replace(" ", "") in page.replace(" ", "").replace("\u00a0", "")
    assert "−40.0" in page
    assert "0 %: deployments halted".replace(" ", "") in page.replace(" ", "").replace("\u00a0", "")
    assert "0.5\u00a0×".replace("\u00a0", " ") in page


def test_it_tells_an_alert_that_fires(words, budgets):
    page = words("/reliability/")
    assert "page Pay API : availability burns its budget 20.0 × over 1 h" in page


def test_it_counts_services_on_the_policys_ladder_and_those_without_an_objective(words, budgets):
    page = words("/reliability/")
    assert "1 deployments halted 1 feature freeze 0 slow rollout 0 step reached 1 above every step" in page
    assert "1 no objective" in page


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("halted", ["Vault"]),
        ("frozen", ["Pay API"]),
        ("firing", ["Pay API"]),
        ("above", ["Ledger"]),
        ("nonsense", ["Vault", "Pay API", "Ledger"]),
    ],
)
def test_it_shows_one_state_alone(see, budgets, state, names):
    assert names_in_table(see(f"/reliability/?state={state}")) == names


def test_it_shows_one_team_alone(see, words, budgets):
    make_standing(make_slo(make_service("index", make_team("search"))), 0.5)
    assert names_in_table(see("/reliability/?team=search")) == ["Index"]
    assert "Pay API" not in words("/reliability/?team=search")
    see("/reliability/?team=nobody", 404)


def test_it_lists_services_without_an_objective_and_what_to_do(words, budgets):
    page = words("/reliability/?state=none")
    assert "Finder" in page
    assert "Write one in its repository as a Sloth or OpenSLO document" in page
    assert "Vault" not in page


def test_it_says_what_to_do_where_there_is_no_objective_at_all(words, pay_service):
    page = words("/reliability/")
    assert "A service gets an error budget from an objective." in page
    assert "1 no objective" in page


def test_it_shows_an_empty_site(words, db):
    assert "A service gets an error budget from an objective." in words("/reliability/")


def test_it_tells_an_objective_that_measures_the_wrong_thing_with_its_file_and_line(see, words, pay_service, settings):
    settings.SOURCE_URL = "https://git.example/{name}/src/{commit}/{path}#L{line}"
    repository = make_repository("acme/pay", pay_service)
    scan_service(pay_service, rest="pass")
    slo = make_slo(
        pay_service,
        name="latency",
        repository=repository,
        problem_code="counts_good",
        problem="Its error query selects the good events.",
    )
    make_standing(slo, None, state="invalid", reason=slo.problem)
    page = words("/reliability/")
    assert "not measurable Its error query selects the good events. acme/pay, slo/pay.yaml:6" in page
    assert f'href="https://git.example/acme/pay/src/{COMMIT}/slo/pay.yaml#L6"' in see("/reliability/")


def test_it_tells_objectives_that_name_no_known_service(words, pay_service):
    make_slo(service_name="ghost-api")
    page = words("/reliability/")
    assert "Objectives of services that nobody knows" in page
    assert "ghost-api availability" in page


def test_it_leaves_out_objectives_that_are_told_no_more(words, pay_service):
    make_slo(service_name="ghost-api", ended_at=timezone.now())
    assert "ghost-api" not in words("/reliability/")


def test_it_says_since_when_there_is_no_data_and_lets_nothing_fire(words, pay_service):
    until = timezone.now() - timedelta(hours=3)
    make_standing(make_slo(pay_service), 0.6, until, state="stale", reason="No data since then.", alerts=[FIRING])
    page = words("/reliability/")
    assert "no data since 3 h ago" in page
    assert "No alert fires" in page or "burns its budget" not in page
    assert names_in_table_of(words, "/reliability/?state=firing") == []


def names_in_table_of(words, path):
    return [] if "No budget is in this state." in words(path) else ["some"]


def test_it_says_not_known_of_a_service_of_which_nothing_is_measured(words, pay_service):
    make_standing(make_slo(pay_service), None, reason="It was not read yet.")
    page = words("/reliability/?state=unknown")
    assert "No data: 1 objective not measured" in page
    assert "0 %" not in page.replace("\u00a0", " ").replace("100 %", "").partition("Error budgets")[2]


def test_it_tells_steps_that_were_reached_lately(words, budgets):
    make_budget_step(budgets["pay"].slo, "50", "25", left=0.246, actions=["freeze", "incident_review"])
    make_budget_step(budgets["pay"].slo, "25", "", left=0.8)
    page = words("/reliability/").replace("\u00a0", " ")
    assert "fell Pay API : 50 % → to 25 %, feature freeze, incident review 24.6 % left of availability" in page
    assert "recovered Pay API : 25 % → to above every step 80.0 % left" in page


def test_it_tells_triggers_that_hold(words, pay_service):
    now = timezone.now()
    said = {"service": pay_service, "action": "immediate", "peak": 0.2, "limit": 0.05, "since": now, "fired_at": now}
    TriggerFiring.objects.create(trigger="high_error_rate", **said)
    TriggerFiring.objects.create(trigger="crash_loop", until=now, **said)
    page = words("/reliability/")
    assert "rollback Pay API : High error rate, the policy asks for: immediate" in page
    assert "Crash loop" not in page


def test_it_draws_how_the_budget_was_spent_from_the_sums_of_its_days(see, pay_service):
    now = timezone.now()
    slo = make_slo(pay_service)
    make_standing(slo, 0.5, now)
    for days_ago in range(3):
        day = (now - timedelta(days=days_ago)).date()
        SloDay.objects.create(slo=slo, day=day, slots=pack(Slots()), bad=1, total=1000, measured=SLOTS)
    page = see("/reliability/")
    assert "Budget left of availability, day by day over 30\u00a0d" in page


def test_it_pages_through_many_budgets(see, words, pay_service):
    for number in range(60):
        make_standing(make_slo(make_service(f"service-{number:02}")), number / 100)
    first, second = see("/reliability/"), see("/reliability/?page=2")
    assert len(names_in_table(first)) == 50
    assert len(names_in_table(second)) == 10
    assert 'href="/reliability/?page=2"' in first
    assert "page=3" not in second
    assert "No budget is in this state." in words("/reliability/?page=99")


def test_it_asks_as_few_queries_whatever_there_is(client, alice, budgets, django_assert_max_num_queries):
    for number in range(30):
        service = make_service(f"service-{number:02}", make_team("search"))
        slo = make_slo(service)
        make_standing(slo, number / 40, alerts=[FIRING])
        make_standing(make_slo(service, name="latency"), None)
        make_budget_step(slo, "50", "25")
    client.force_login(alice)
    with django_assert_max_num_queries(36):
        assert client.get("/reliability/").status_code == 200


def test_it_is_for_people_who_signed_in(client, budgets):
    assert client.get("/reliability/")["Location"].startswith("/sign-in/")
    _, text = make_token(team=make_team("pay"))
    assert client.get("/reliability/", headers=bearer(text)).status_code == 302


def test_it_shows_names_from_outside_as_text(see, pay_service):
    pay_service.name = "<img src=x onerror=alert(1)>"
    pay_service.save()
    slo = make_slo(pay_service, name="<script>alert(2)</script>", problem="<b>no</b>", problem_code="x")
    make_standing(slo, None, state="invalid", reason="<b>no</b>")
    make_slo(service_name="<script>alert(3)</script>", name="<i>", path="<u>.yaml")
    page = see("/reliability/")
    assert "<img" not in page
    assert "<script>alert" not in page
    assert "<b>no" not in page
    assert "<u>" not in page


# ---------------------------------------------------------------- on other pages


def test_it_stands_on_the_page_of_its_service(words, budgets):
    make_standing(make_slo(budgets["ledger"], name="latency"), None, reason="It was not read yet.")
    page = words("/services/pay-api/").replace("\u00a0", " ")
    assert "availability 99.9 % of requests are to be answered without an error, over 30 d." in page
    assert "12.0 %" in page
    assert "latency" in words("/services/ledger/")
    assert "No objective is told for this service" in words("/services/finder/")


def test_it_stands_on_the_page_of_its_team_with_the_gate_in_a_line(words, budgets):
    page = words("/teams/pay/").replace("\u00a0", " ")
    assert "3 budgets: 1 halted, 1 frozen, 1 above every step; gate in dry-run" in page
    assert "denied nothing within 28 days" in page
    assert page.index("Vault", page.index("3 budgets")) < page.index("Ledger", page.index("3 budgets"))
    assert "No service of this team has an objective" in words("/teams/search/")


def test_it_counts_for_a_team_how_often_the_gate_said_no(words, budgets, pay_service, olga):
    now = timezone.now()
    said = {
        "service": pay_service,
        "environment": "production",
        "would_be": "deny",
        "mode": "dry-run",
        "asked_by": "ci",
    }
    GateAnswer.objects.create(decision="warn", at=now, **said)
    GateAnswer.objects.create(decision="warn", at=now - timedelta(days=40), **said)
    GateSetting.objects.create(service=pay_service, mode="enforce", reason="We are ready.", by=olga, at=now)
    assert "gate enforced for 1, denied or would have denied 1 time within 28 days" in words("/teams/pay/")


def test_it_asks_for_attention_where_a_budget_is_low_or_burns(words, budgets):
    make_delivery(status="processed")
    page = words("/").replace("\u00a0", " ")
    assert "budget Pay API : 12.0 % of the error budget left, feature freeze" in page
    assert "budget Vault : −40.0 % of the error budget left, deployments halted" in page
    assert "page Pay API : availability burns its error budget at 0.5 × over the last hour" in page
    assert "Ledger :" not in page


def test_it_sums_up_low_budgets_where_there_are_many(words, pay_service):
    make_delivery(status="processed")
    for number in range(8):
        make_standing(make_slo(make_service(f"service-{number}")), number / 100)
    assert "3 more services : low on error budget" in words("/")


def test_it_tells_who_operates_the_site_of_a_server_that_does_not_answer(client, alice, olga, pay_service):
    make_delivery(status="processed")
    since = timezone.now() - timedelta(hours=2)
    for name, paused in (("Main Prometheus", None), ("Old Prometheus", since)):
        source = make_source("prometheus", name=name, paused_at=paused)
        PrometheusServer.objects.create(source=source, url="https://prometheus.example", failing_since=since)
    client.force_login(olga)
    page = client.get("/").content.decode()
    assert "Main Prometheus" in page
    assert "first 2\u00a0h ago" in page
    assert "Old Prometheus" not in page
    client.force_login(alice)
    assert "Main Prometheus" not in client.get("/").content.decode()
