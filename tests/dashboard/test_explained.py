"""``GET /api/v1/explain/``: the contract, the worked example, and that it tells what pages show."""

from datetime import date

import pytest

from ingest.models import Service
from ingest.window import Window
from scorecards.rollups import read
from scorecards.rollups.read import ORGANISATION, Scope
from scorecards.rollups.summary import METRICS, value_of
from tests.factories import bearer, make_service, make_team, make_token
from tests.native_events import ingest, worked_example

pytestmark = pytest.mark.django_db
PATH = "/api/v1/explain/"
WEEK = {"from": "2026-03-02", "to": "2026-03-09"}


@pytest.fixture
def ask(client, db):
    def get(of=None, **query):
        return client.get(PATH, WEEK | query, headers=bearer(make_token(team=of)[1]))

    return get


@pytest.fixture
def example(db):
    ingest(worked_example())


def test_it_has_every_key_of_the_contract(ask, example):
    answer = ask(metric="change_failure_rate", scope="service:pay").json()
    assert {
        "metric", "definition", "formula", "numerator", "denominator", "value", "excluded", "coverage", "facts"
    } <= answer.keys()  # fmt: skip
    assert answer["facts"].keys() == {"results", "next"}


@pytest.mark.parametrize(
    ("metric", "numerator", "denominator", "value"),
    [
        ("deployment_frequency", 4, 7, 4 / 7),
        ("lead_time", None, 4, 4_200.0),
        ("change_failure_rate", 2, 5, 0.4),
        ("mttr", 3_000.0, 2, 1_500.0),
        ("failed_deployment_recovery_time", None, 2, 1_740.0),
        ("rework_rate", 1, 4, 0.25),
    ],
)
def test_the_worked_example(ask, example, metric, numerator, denominator, value):
    answer = ask(metric=metric, scope="service:pay").json()
    assert (answer["numerator"], answer["denominator"]) == (numerator, denominator)
    assert answer["value"] == pytest.approx(value)
    assert answer["reason"] is None
    assert answer["formula"]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("scope", ["org", "team:payments", "service:pay"])
def test_its_figures_are_those_of_the_page(ask, example, client, alice, metric, scope):
    answer = ask(metric=metric, scope=scope).json()
    service = Scope("service", Service.objects.get().pk)
    shown = read.summary(
        {"org": ORGANISATION, "service:pay": service}.get(scope, ORGANISATION), "production",
        Window(date(2026, 3, 2), date(2026, 3, 9)), date(2026, 11, 1),
    )  # fmt: skip
    assert answer["value"] == value_of(shown, metric)
    assert answer["coverage"] == shown.coverage.get(metric)
    assert answer["excluded"] == [
        {"reason": left.reason, "count": left.count} for left in shown.left_out.get(metric, ())
    ]
    client.force_login(alice)
    page = client.get(f"/explain/{metric}/", WEEK | {"scope": scope})
    assert answer["definition"] in page.content.decode()
    names = [fact["name"] for fact in answer["facts"]["results"]]
    assert names == [fact.name for fact in page.context["facts"]]


def test_facts_go_page_by_page_each_once(ask, example, client):
    answer = ask(metric="change_failure_rate", page_size=2).json()
    seen = answer["facts"]["results"]
    while answer["facts"]["next"]:
        answer = client.get(answer["facts"]["next"], headers=bearer(make_token()[1])).json()
        seen += answer["facts"]["results"]
    assert [fact["part"] for fact in seen] == ["counted", "failed", "counted", "failed", "counted"]
    assert len({fact["id"] for fact in seen}) == 5
    assert [fact["at"] for fact in seen] == sorted((fact["at"] for fact in seen), reverse=True)
    assert seen[0]["url"].startswith("http://testserver/deployments/")


def test_no_data_is_null_with_its_reason(ask, db):
    answer = ask(metric="lead_time").json()
    assert (answer["value"], answer["formula"], answer["reason"]) == (None, None, "no_source_connected")
    assert answer["facts"] == {"results": [], "next": None}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"metric": "speed"},
        {"metric": "mttr", "from": "x"},
        {"metric": "mttr", "environment": "moon"},
        {"metric": "mttr", "bots": "maybe"},
        {"metric": "mttr", "before": "x"},
        {"metric": "mttr", "page_size": "0"},
        {"metric": "mttr", "period": "7"},
    ],
)
def test_what_makes_no_sense_is_refused(ask, query):
    answer = ask(**query)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_without_bots_is_another_figure(ask, example):
    assert ask(metric="lead_time", bots="no").json()["denominator"] == 4


@pytest.mark.parametrize("scope", ["org", "team:shop", "service:web", "service:none", "service:a\0", "moon"])
def test_what_a_team_s_token_does_not_see_is_not_there(ask, pay, scope):
    make_service("web", make_team("shop"))
    answer = ask(pay, metric="mttr", scope=scope)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_it_asks_for_a_token_that_reads(client, charlie):
    assert client.get(PATH, {"metric": "mttr"}).status_code == 401
    assert client.get(PATH, {"metric": "mttr"}, headers=bearer(make_token("ingest")[1])).status_code == 403
    client.force_login(charlie)
    assert client.get(PATH, {"metric": "mttr"}).status_code == 401
