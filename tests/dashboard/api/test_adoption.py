"""Adoption by REST."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.models import Service, Team
from scorecards.adoption import build
from scorecards.rollups.build import build_rollups, mark_all
from tests.factories import bearer, make_deployment, make_service, make_team, make_token

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
TODAY = NOON.date()


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


@pytest.fixture
def organisation(pay: Team) -> Service:
    """Team pay declared and deploys checkout; nobody ever owned cart."""
    service = make_service("checkout", pay)
    make_deployment(service, NOON - timedelta(days=6))
    make_deployment(service, NOON - timedelta(days=2))
    make_deployment(make_service("cart"), NOON - timedelta(days=5))
    make_service("idle", make_team("shop"))
    mark_all()
    build_rollups()
    build.keep(NOON)
    return service


@pytest.fixture
def ask(client: Any) -> Any:
    """A GET with a reading token of the organisation, or of the team that is named."""

    def get(of: Team | None = None, **query: Any) -> Any:
        _, token = make_token(team=of)
        names = {"since": "from", "until": "to"}
        told = {names.get(name, name): value for name, value in query.items()}
        return client.get("/api/v1/adoption/", told, headers=bearer(token))

    return get


def test_it_asks_for_a_token(client: Any) -> None:
    assert client.get("/api/v1/adoption/").status_code == 401


def test_it_tells_the_organisation_by_day(organisation: Service, ask: Any) -> None:
    answer = ask(since="2026-03-04", until="2026-03-20").json()
    assert (answer["scope"], answer["from"], answer["to"]) == ("org", "2026-03-04", "2026-03-20")
    rows = {row["day"]: row for row in answer["results"]}
    assert list(rows) == [f"2026-03-{day:02d}" for day in range(4, 12)]  # up to today
    assert (rows["2026-03-04"]["share"], rows["2026-03-04"]["reason"]) == (None, "no_active_service")
    assert rows["2026-03-04"]["services_active"] == 0
    row = rows["2026-03-11"]
    assert (row["teams_using"], row["teams_active"], row["share"], row["possible_share"]) == (0, 1, 0.0, 1.0)
    assert (row["services_active"], row["services_using"], row["services_share"]) == (2, 0, 0.0)
    assert row["services_possible_share"] == 1.0
    assert (row["deployments"], row["deployments_share"], row["deployments_possible_share"]) == (3, 0.0, 1.0)
    assert row["reason"] is None
    assert row["capabilities"]["ci_cd"] == {"eligible": 2, "configured": 2, "used": 2, "retained": 0, "unknown": 0}
    assert row["capabilities"]["platform_api"]["unknown"] == 2


def test_a_share_of_no_team_says_so(ask: Any) -> None:
    make_deployment(make_service("cart"), NOON - timedelta(days=5))
    mark_all()
    build_rollups()
    build.build(NOON)
    row = ask(since="2026-03-11").json()["results"][0]
    assert (row["share"], row["services_active"], row["reason"]) == (None, 1, "no_team_with_active_service")


def test_services_that_nobody_owns_are_of_no_team_rather_than_none(organisation: Service, ask: Any) -> None:
    row = ask(scope="team:unassigned", since="2026-03-11").json()["results"][0]
    assert (row.pop("day"), row.pop("reason")) == ("2026-03-11", "owned_by_nobody")
    assert set(row) == set(ask(scope="team:pay", since="2026-03-11").json()["results"][0]) - {"day", "reason"}
    assert set(row.values()) == {None}


def test_by_default_it_tells_90_days(organisation: Service, ask: Any) -> None:
    rows = ask().json()["results"]
    assert (len(rows), rows[-1]["day"]) == (90, "2026-03-11")


def test_no_day_is_told_before_it_is_computed(organisation: Service, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON + timedelta(days=2))
    assert [row["day"] for row in ask(since="2026-03-10").json()["results"]] == ["2026-03-10", "2026-03-11"]


def test_a_team_has_its_state_by_day(organisation: Service, ask: Any) -> None:
    before, after = ask(scope="team:pay", since="2026-03-04", until="2026-03-06").json()["results"]
    assert (before["state"], before["possible"], before["reason"]) == (None, None, "no_active_service")
    assert (after["state"], after["possible"], after["services_active"], after["reason"]) == ("not", True, 1, None)
    assert after["deployments"] == 1


def test_a_service_has_its_capabilities_by_day(organisation: Service, ask: Any) -> None:
    before, after = ask(scope="service:checkout", since="2026-03-04", until="2026-03-06").json()["results"]
    assert before == {
        "day": "2026-03-04", "state": "inactive", "used": None, "unknown": None, "capabilities": None,
        "reason": "not_active",
    }  # fmt: skip
    assert (after["state"], after["used"], after["unknown"], after["reason"]) == ("possibly", 2, 6, None)
    assert after["capabilities"]["catalogue"] == {"state": "used", "configured": True, "retained": False}
    assert after["capabilities"]["platform_api"]["state"] == "unknown"


def test_a_token_of_a_team_sees_its_team_and_services_alone(organisation: Service, ask: Any, pay: Team) -> None:
    assert ask(pay, scope="team:pay").status_code == 200
    assert ask(pay, scope="service:checkout").status_code == 200
    for scope in ("org", "team:shop", "service:cart", "service:nobody", "team:a\0b"):
        answer = ask(pay, scope=scope)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert ask(pay).status_code == 404


@pytest.mark.parametrize(
    "query", [{"since": "soon"}, {"since": "2026-03-09", "until": "2026-03-02"}, {"since": "1900-01-01"}]
)
def test_it_refuses_days_that_make_no_sense(ask: Any, query: dict[str, str]) -> None:
    assert ask(**query).status_code == 400
