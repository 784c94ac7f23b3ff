"""Controls, findings, waivers and scorecards by REST."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from dashboard.api import judged
from ingest.models import Service, Team
from scorecards.models import Finding, Waiver
from scorecards.scans import controls
from scorecards.scans.daily import sum_up
from tests.factories import bearer, make_repository, make_service, make_team, make_token
from tests.scorecards.scans.scanning import DAY, NOON, conditions, finding, scan_of, standard

pytestmark = pytest.mark.django_db
LISTS = ("controls", "findings", "waivers")


@pytest.fixture(autouse=True)
def small_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A standard of four controls is in force, and today is the day of the scans."""
    monkeypatch.setattr(judged, "conditions", conditions)
    monkeypatch.setattr(controls, "in_force", lambda today: conditions())
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


@pytest.fixture
def scanned(pay: Team) -> Service:
    service = make_service("checkout", pay)
    scan_of(make_repository("acme/checkout", service), [finding("fail", "a.yml"), finding("pass", "b.yml")])
    other = make_service("web", make_team("shop"))
    scan_of(make_repository("acme/web", other))
    sum_up([standard()], DAY)
    return service


@pytest.fixture
def ask(client: Any, db: None) -> Any:
    """A GET with a reading token of the organisation, or of the team that is named."""

    def get(path: str, of: Team | None = None, **query: Any) -> Any:
        _, token = make_token(team=of)
        of_standard = {} if path == "waivers" else {"standard": "T"}
        return client.get(f"/api/v1/{path}/", of_standard | query, headers=bearer(token))

    return get


@pytest.mark.parametrize("path", [*LISTS, "scorecards"])
def test_it_asks_for_a_token(client: Any, path: str) -> None:
    assert client.get(f"/api/v1/{path}/").status_code == 401


def test_controls_tell_how_services_stand(scanned: Service, ask: Any) -> None:
    answer = ask("controls").json()
    assert answer["next"] is None
    rows = {row["id"]: row for row in answer["results"]}
    assert list(rows) == ["T-1", "T-2", "T-3", "T-4"]
    assert rows["T-1"]["services"] == dict.fromkeys(
        ("partial", "unknown", "not_applicable", "not_connected", "waived"), 0
    ) | {"fail": 1, "pass": 1}
    assert rows["T-4"]["signal"] == "four"
    assert rows["T-1"]["updated_at"]


def test_controls_of_a_team_count_its_services_alone(scanned: Service, ask: Any, pay: Team) -> None:
    assert ask("controls", pay).json()["results"][0]["services"]["pass"] == 0
    assert ask("controls", service="checkout").json()["results"][0]["services"]["fail"] == 1


@pytest.mark.parametrize(("query", "count"), [({"level": "REQUIRED"}, 2), ({"section": "1.1"}, 4)])
def test_controls_can_be_filtered(scanned: Service, ask: Any, query: dict[str, str], count: int) -> None:
    assert len(ask("controls", **query).json()["results"]) == count


def test_findings_carry_their_evidence(scanned: Service, ask: Any) -> None:
    [row] = ask("findings", outcome="fail").json()["results"]
    assert (row["service"], row["repository"], row["control"]) == ("checkout", "acme/checkout", "T-1")
    assert row["evidence"] == [{"path": "a.yml", "line": 1, "snippet": "x"}]
    assert row["commit"] == "a" * 40
    assert row["waived"] is False


def test_a_team_token_sees_its_own_findings_alone(scanned: Service, ask: Any, pay: Team) -> None:
    assert {row["service"] for row in ask("findings", pay).json()["results"]} == {"checkout"}
    assert {row["service"] for row in ask("findings").json()["results"]} == {"checkout", "web"}
    assert ask("findings", pay, service="web").status_code == 404


def test_findings_come_in_pages_that_neither_skip_nor_repeat(scanned: Service, ask: Any, client: Any) -> None:
    headers = bearer(make_token()[1])
    seen, url = [], "/api/v1/findings/?page_size=2"
    while url:
        answer = client.get(url, headers=headers).json()
        seen += [row["id"] for row in answer["results"]]
        url = answer["next"]
    assert sorted(seen) == sorted(Finding.objects.values_list("pk", flat=True))


def test_only_what_changed_since_is_told(scanned: Service, ask: Any) -> None:
    assert ask("findings", updated_since=(NOON + timedelta(days=1)).isoformat()).json()["results"] == []
    assert len(ask("findings", updated_since=NOON.isoformat()).json()["results"]) == Finding.objects.count()


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("findings", {"updated_since": "yesterday"}, 400),
        ("findings", {"updated_since": "2026-11-23"}, 400),
        ("findings", {"page_size": "0"}, 400),
        ("findings", {"page_size": "1001"}, 400),
        ("findings", {"page_size": "x"}, 400),
        ("findings", {"cursor": "bz1hYmM="}, 400),
        ("findings", {"cursor": "cD14eA=="}, 400),
        ("findings", {"cursor": "cD0yMDI2LTk5LTk5VDAwOjAwOjAwWg=="}, 400),
        ("findings", {"outcome": "bad"}, 400),
        ("findings", {"service": "nobody"}, 404),
        ("findings", {"service": "a\0b"}, 404),
        ("findings", {"team": "nobody"}, 404),
        ("controls", {"standard": "X"}, 404),
        ("controls", {"section": "9.9"}, 400),
        ("controls", {"level": "HIGH"}, 400),
        ("waivers", {"state": "open"}, 400),
        ("scorecards", {"scope": "team:nobody"}, 404),
        ("scorecards", {"from": "x"}, 400),
    ],
)
def test_what_makes_no_sense_is_refused(ask: Any, path: str, query: dict[str, str], status: int) -> None:
    answer = ask(path, **query)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_waivers_tell_who_and_until_when(scanned: Service, ask: Any, bob: User, olga: User, pay: Team) -> None:
    Waiver.objects.create(
        service=scanned, control="T-1", reason="planned", text="Soon enough, we think.", state="approved",
        requested_by=bob, requested_at=NOON, decided_by=olga, decided_at=NOON, expires_on=DAY,
    )  # fmt: skip
    [row] = ask("waivers", state="approved").json()["results"]
    assert (row["requested_by"], row["decided_by"], row["expires_on"]) == ("bob", "olga", "2026-11-23")
    assert ask("waivers", make_team("shop")).json()["results"] == []


@pytest.mark.parametrize("path", LISTS)
def test_nothing_can_be_written(ask: Any, client: Any, path: str) -> None:
    assert client.post(f"/api/v1/{path}/", {}, headers=bearer(make_token()[1])).status_code == 405


def test_a_scorecard_is_the_contract_key_by_key(scanned: Service, ask: Any) -> None:
    answer = ask("scorecards", scope="team:pay").json()
    [row] = answer["results"]
    assert row["scope"] == "team:pay"
    assert row["day"] == "2026-11-23"
    assert (row["standard"], row["version"]) == ("T", "1.0.0")
    assert row["required"] == {"met": 0, "possible": 0, "services": 1, "unscanned": 0}
    assert row["proven"] == row["possible"] == (0.5 * 3 + 3 + 1.5) / 7.5
    assert row["coverage"] == 1.0
    assert row["by_level"]["REQUIRED"]["proven"] == (0.5 * 3 + 3) / 6
    assert set(row["by_section"]) == {"1.1"}
    assert row["phase"] is None


def test_a_scorecard_is_carried_forward_over_days_without_a_scan(scanned: Service, ask: Any) -> None:
    rows = ask("scorecards", **{"scope": "service:checkout", "from": "2026-11-20", "to": "2026-11-24"}).json()[
        "results"
    ]
    assert [row["day"] for row in rows] == ["2026-11-23"]


def test_a_team_token_does_not_see_the_organisation(scanned: Service, ask: Any, pay: Team) -> None:
    assert ask("scorecards", pay, scope="org").status_code == 404
    assert ask("scorecards", pay, scope="team:pay").status_code == 200


def test_more_rows_of_one_moment_than_a_page_holds_are_each_told_once(scanned: Service, ask: Any, client: Any) -> None:
    first = Finding.objects.first()
    assert first is not None
    values = {name: getattr(first, name) for name in ("service", "repository", "standard", "control", "outcome")}
    rows = [Finding(**values, unit=str(number), first_seen_at=NOON) for number in range(2_500)]
    Finding.objects.bulk_create(rows)
    Finding.objects.update(updated_at=NOON)
    headers = bearer(make_token()[1])
    seen, url = [], "/api/v1/findings/?page_size=500"
    while url and len(seen) < 10_000:
        answer = client.get(url, headers=headers).json()
        seen += [row["id"] for row in answer["results"]]
        url = answer["next"]
    assert sorted(seen) == sorted(Finding.objects.values_list("pk", flat=True))
