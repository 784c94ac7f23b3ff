"""``GET /api/v1/slos/``: the contract, and who sees what."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ingest.models import Slo
from scorecards.models import SloStanding
from scorecards.reliability.alerts import states
from tests.factories import NOON, bearer, make_repository, make_service, make_slo, make_standing, make_team, make_token

pytestmark = pytest.mark.django_db

PATH = "/api/v1/slos/"


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def ask(client, db):
    """The rows, for a reading token of the organisation or of a team."""

    def get(of=None, **query):
        answer = client.get(PATH, query, headers=bearer(make_token(team=of)[1]))
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]

    return get


def names(rows) -> list[str]:
    return [row["name"] for row in rows]


def test_it_tells_an_objective_with_how_it_stands(ask):
    service = make_service("checkout")
    slo = make_slo(service, repository=make_repository("acme/checkout"))
    alerts = [state.plain() for state in states({"1h": 20.0, "5m": 20.0}, slo.window_seconds)]
    make_standing(slo, 0.25, burn_rates={"5m": 20.0, "1h": 20.0, "6h": 2.0, "3d": None}, alerts=alerts)
    [row] = ask()
    assert row == {
        "id": slo.pk,
        "service": "checkout",
        "team": "unassigned",
        "name": "availability",
        "objective": 0.999,
        "window_seconds": 2_592_000,
        "state": "measured",
        "reason": "",
        "attainment": pytest.approx(1 - 0.001 * 0.75),
        "budget_left": 0.25,
        "burn_rates": {"1h": 20.0, "6h": 2.0, "3d": None, "30d": None},
        "alerts": alerts,
        "step": "25",
        "coverage": 1.0,
        "data_until": "2026-03-02T12:00:00Z",
        "origin": "scan",
        "repository": "acme/checkout",
        "path": "slo/pay.yaml",
        "line": 6,
        "ended_at": None,
        "updated_at": "2026-03-02T12:00:00Z",
    }
    assert row["alerts"][0]["state"] == "firing"


def test_what_is_not_known_is_null_with_its_reason(ask):
    service = make_service("checkout")
    make_standing(make_slo(service, name="asked"), None, reason="Prometheus answered no data.", state="no_data")
    make_slo(service, name="new")
    rows = {row["name"]: row for row in ask()}
    for row in rows.values():
        assert (row["state"], row["step"], row["alerts"]) == ("no_data", "", [])
        assert {row[name] for name in ("attainment", "budget_left", "coverage", "data_until")} == {None}
        assert row["burn_rates"] == {"1h": None, "6h": None, "3d": None, "30d": None}
        assert row["reason"]
    assert rows["asked"]["reason"] == "Prometheus answered no data."


def test_an_objective_that_measures_the_wrong_thing_says_so(ask):
    make_standing(make_slo(make_service("checkout")), None, state="invalid", reason="It selects the good events.")
    [row] = ask()
    assert (row["state"], row["reason"], row["budget_left"]) == ("invalid", "It selects the good events.", None)


# ---------------------------------------------------------------- who sees what


def test_it_asks_for_a_token(client):
    answer = client.get(PATH)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_a_token_that_only_sends_sees_nothing(client):
    assert client.get(PATH, headers=bearer(make_token("ingest")[1])).status_code == 403


def test_a_session_is_no_token(client, charlie):
    client.force_login(charlie)
    assert client.get(PATH).status_code == 401


def test_a_team_s_token_sees_its_services_alone(client, ask, pay):
    make_standing(make_slo(make_service("checkout", pay)))
    make_standing(make_slo(make_service("web", make_team("shop"))))
    make_slo(None)
    assert [row["service"] for row in ask(pay)] == ["checkout"]
    text = make_token(team=pay)[1]
    for query in ({"service": "web"}, {"team": "shop"}, {"service": "none such"}, {"service": "a\0"}):
        assert client.get(PATH, query, headers=bearer(text)).status_code == 404


def test_one_of_a_service_that_nobody_knows_is_no_service_s(ask):
    make_slo(None)
    assert ask() == []


# ---------------------------------------------------------------- filters and pages


def test_it_can_be_asked_by_service_team_and_state(ask, pay):
    checkout, web = make_service("checkout", pay), make_service("web", make_team("shop"))
    make_standing(make_slo(checkout, name="measured"))
    make_standing(make_slo(checkout, name="stale"), state="stale")
    make_standing(make_slo(web, name="invalid"), None, state="invalid")
    make_standing(make_slo(web, name="silent"), None)
    make_slo(web, name="new")
    make_slo(web, name="ended", ended_at=NOON)
    assert sorted(names(ask(service="checkout"))) == ["measured", "stale"]
    assert sorted(names(ask(team="shop"))) == ["invalid", "new", "silent"]
    assert {
        state: sorted(names(ask(state=state))) for state in ("measured", "stale", "no_data", "invalid", "ended")
    } == {
        "measured": ["measured"],
        "stale": ["stale"],
        "no_data": ["new", "silent"],
        "invalid": ["invalid"],
        "ended": ["ended"],
    }


def test_a_state_that_there_is_not_is_told(client):
    answer = client.get(PATH, {"state": "good"}, headers=bearer(make_token()[1]))
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "measured, stale, no_data, invalid, ended" in answer.json()["detail"]


def test_a_copy_follows_changes_of_figures_of_objectives_and_ends(ask):
    service = make_service("checkout")
    old, moved, changed, ended = (make_slo(service, name=name) for name in ("old", "moved", "changed", "ended"))
    for slo in (old, moved, changed):
        make_standing(slo)
    later = NOON + timedelta(hours=1)
    SloStanding.objects.filter(pk=moved.pk).update(updated_at=later)
    Slo.objects.filter(pk=changed.pk).update(updated_at=later)
    Slo.objects.filter(pk=ended.pk).update(updated_at=later, ended_at=later)
    rows = {row["name"]: row for row in ask(updated_since=later.isoformat())}
    assert sorted(rows) == ["changed", "ended", "moved"]
    assert rows["ended"]["state"] == "ended"
    assert {row["updated_at"] for row in rows.values()} == {"2026-03-02T13:00:00Z"}
    assert sorted(names(ask())) == ["changed", "moved", "old"]


def test_it_goes_page_by_page_and_tells_each_once(client):
    service = make_service("checkout")
    for number in range(7):
        slo = make_slo(service, name=f"slo {number}")
        if number % 2:
            make_standing(slo)
    Slo.objects.filter(name__in=["slo 1", "slo 4"]).update(updated_at=NOON + timedelta(seconds=1))
    seen, url, text = [], f"{PATH}?page_size=2", make_token()[1]
    while url:
        answer = client.get(url, headers=bearer(text)).json()
        seen += names(answer["results"])
        url = answer["next"]
    assert seen == ["slo 0", "slo 2", "slo 3", "slo 5", "slo 6", "slo 1", "slo 4"]


def test_it_asks_as_often_for_many_as_for_one(client, django_assert_max_num_queries):
    for number in range(20):
        make_standing(make_slo(make_service(f"s{number}"), repository=make_repository()))
    text = make_token()[1]
    client.get(PATH, headers=bearer(text))
    with django_assert_max_num_queries(6):
        assert len(client.get(PATH, headers=bearer(text)).json()["results"]) == 20
