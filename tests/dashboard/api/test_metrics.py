"""``GET /api/v1/metrics/``: the contract, key by key."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from dashboard.api import metrics
from ingest.window import Window
from scorecards.metrics.spread import Spread
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.read import Scope
from scorecards.rollups.summary import METRICS, Known, Response, Stages, Summary, summarise
from tests.factories import bearer, make_service, make_team, make_token

PATH = "/api/v1/metrics/"
MARCH = Window(date(2026, 3, 2), date(2026, 3, 9))
TODAY = date(2026, 11, 25)
WORKED_EXAMPLE = Summary(
    start=MARCH.start,
    end=MARCH.end,
    deployments=4,
    deployments_per_day=4 / 7,
    deployment_frequency=4 / 7,
    active_services=1,
    frequency_met=0,
    working_days=5,
    lead_time=Spread(median=4200.0, mean=24150.0, p75=25200.0, p90=61920.0, count=4),
    bot_changes=0,
    stages=Stages(coding=60.0, pickup=120.0, review=180.0, release=240.0, count=2),
    finished_deployments=5,
    failed_deployments=2,
    change_failure_rate=0.4,
    failed_by={"status_failed": 1, "rolled_back": 1, "incident": 1},
    mttr=1500.0,
    restored_count=2,
    critical_mttr=1500.0,
    open_count=0,
    failed_deployment_recovery_time=1740.0,
    recovered_count=2,
    rework_rate=0.25,
    rework_deployments=1,
    response=Response(mean_time_to_acknowledge=240.0, within_limit=1.0, judged=1),
    incidents_opened=1,
    incidents_connected=True,
    targets={"deployment_frequency": "missed", "mttr": "met"},
    coverage={"lead_time": 1.0},
)


def nothing_known(window: Window) -> Summary:
    known = Known(deployments_by_service={}, critical=Bucket(), ever_deployed=False, incidents_connected=False)
    return summarise(Bucket(), window, TODAY, known)


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """What the rollups were asked for; they answer with no data, in as many parts as was asked for."""
    calls = []

    def series(scope, environment_class, window, today, interval):
        calls.append((scope, environment_class, window, today, interval))
        return [nothing_known(part) for part in window.split(interval)]

    monkeypatch.setattr(metrics.read, "series", series)
    noon = datetime(2026, 11, 25, 12, tzinfo=timezone.get_default_timezone())
    monkeypatch.setattr(timezone, "now", lambda: noon)
    return calls


@pytest.fixture
def ask(client, db):
    def get(token=None, **query):
        text = token or make_token()[1]
        return client.get(PATH, {name.rstrip("_"): value for name, value in query.items()}, headers=bearer(text))

    return get


def test_it_tells_the_worked_example_in_seconds_and_ratios(settings):
    settings.DORA_EDITION = "2024"
    assert metrics.summary_row(WORKED_EXAMPLE) == {
        "from": "2026-03-02",
        "to": "2026-03-09",
        "deployments": 4,
        "deployments_per_day": 4 / 7,
        "deployment_frequency": 4 / 7,
        "lead_time": {"median": 4200.0, "mean": 24150.0, "p75": 25200.0, "p90": 61920.0, "count": 4},
        "stages": {"coding": 60.0, "pickup": 120.0, "review": 180.0, "release": 240.0},
        "finished_deployments": 5,
        "failed_deployments": 2,
        "change_failure_rate": 0.4,
        "mttr": 1500.0,
        "failed_deployment_recovery_time": 1740.0,
        "rework_rate": 0.25,
        "response": {"mean_time_to_acknowledge": 240.0, "within_limit": 1.0},
        "targets": dict.fromkeys(METRICS) | {"deployment_frequency": "missed", "mttr": "met"},
        "levels": dict.fromkeys(METRICS)
        | {"deployment_frequency": "high", "lead_time": "elite", "failed_deployment_recovery_time": "elite"},
        "coverage": dict.fromkeys(METRICS) | {"lead_time": 1.0},
        "reasons": {},
    }


def test_it_gives_the_reason_of_every_null():
    row = metrics.summary_row(nothing_known(MARCH))
    assert row["lead_time"] == {"median": None, "mean": None, "p75": None, "p90": None, "count": 0}
    assert row["stages"] == {"coding": None, "pickup": None, "review": None, "release": None}
    figures = row.keys() - {"from", "to", "targets", "levels", "coverage", "reasons"}
    assert figures <= row["reasons"].keys()


def test_it_answers_for_the_last_ninety_days_of_production_by_default(ask, asked, settings):
    answer = ask()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert {name: body[name] for name in body if name != "results"} == {
        "scope": "org",
        "environment": "production",
        "from": "2026-08-28",
        "to": "2026-11-26",
        "interval": "all",
    }
    window = Window(date(2026, 8, 28), date(2026, 11, 26), settings.ORGANISATION_ZONE)
    assert asked == [(Scope("org"), "production", window, TODAY, "all")]


def test_it_asks_for_the_scope_the_days_the_class_and_the_interval(ask, asked, settings):
    service = make_service("checkout", make_team("pay"))
    query = {"from": "2026-03-02", "to": "2026-03-09", "environment": "staging", "interval": "day"}
    answer = ask(scope="service:checkout", **query)
    assert answer.json()["scope"] == "service:checkout"
    assert [row["from"] for row in answer.json()["results"]] == [f"2026-03-0{day}" for day in range(2, 9)]
    window = Window(MARCH.start, MARCH.end, settings.ORGANISATION_ZONE)
    assert asked == [(Scope("service", service.pk), "staging", window, TODAY, "day")]


def test_it_cuts_weeks_at_the_window(ask):
    answer = ask(from_="2026-03-04", to="2026-03-11", interval="week")
    assert [(row["from"], row["to"]) for row in answer.json()["results"]] == [
        ("2026-03-04", "2026-03-09"),
        ("2026-03-09", "2026-03-11"),
    ]


def test_it_takes_one_end_and_adds_the_other(ask):
    assert ask(to="2026-03-09").json()["from"] == "2025-12-09"
    assert ask(from_="2026-03-09").json()["to"] == "2026-11-26"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"from": "yesterday"}, "Write it like 2026-03-02"),
        ({"from": "20260302"}, "Write it like 2026-03-02"),
        ({"to": "2026-02-30"}, "Write it like 2026-03-02"),
        ({"from": "2026-03-09", "to": "2026-03-02"}, "lies after"),
        ({"from": "2026-03-02", "to": "2026-03-02"}, "Use to=2026-03-03"),
        ({"from": "2020-01-01"}, "over five years"),
        ({"from": "0001-01-01"}, "out of reach"),
        ({"to": "9999-12-31"}, "out of reach"),
        ({"interval": "hour"}, "day, week, month or all"),
        ({"environment": "prod"}, "production, staging"),
    ],
)
def test_it_refuses_a_query_that_makes_no_sense_and_says_how_to_write_it(ask, query, says):
    answer = ask(**query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body.keys() == {"type", "title", "status", "detail"}
    assert (body["status"], body["title"]) == (400, "Bad Request")
    assert says in body["detail"]


@pytest.mark.parametrize("scope", ["team:nobody", "service:", "", "teams:pay", "org:1", "team:\0pay", "a" * 5000])
def test_it_knows_no_scope_of_another_name(ask, scope):
    make_team("pay")
    answer = ask(scope=scope)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert "team:<slug>" in answer.json()["detail"]


def test_it_hides_from_a_token_of_a_team_what_is_not_that_teams(ask):
    pay, search = make_team("pay"), make_team("search")
    make_service("checkout", pay)
    make_service("search-api", search)
    _, text = make_token(team=pay)
    seen = {
        scope: ask(text, scope=scope).status_code
        for scope in ("org", "team:pay", "team:search", "service:checkout", "service:search-api")
    }
    assert seen == {
        "org": 404,
        "team:pay": 200,
        "team:search": 404,
        "service:checkout": 200,
        "service:search-api": 404,
    }


def test_it_asks_for_a_token_and_refuses_one_that_may_not_read(ask, client, alice):
    client.force_login(alice)
    answer = client.get(PATH)
    assert (answer.status_code, "WWW-Authenticate" in answer) == (401, True)
    assert ask(make_token("ingest")[1]).status_code == 403


def test_it_answers_get_and_head_alone(client, db):
    _, text = make_token()
    assert client.head(PATH, headers=bearer(text)).status_code == 200
    assert client.post(PATH, headers=bearer(text)).status_code == 405
