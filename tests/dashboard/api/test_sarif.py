"""``POST /ingest/sarif/``."""

import gzip
import json
from typing import Any

import pytest

from dashboard.api import judged
from ingest.models import Service, Team
from scorecards.models import ControlVerdict, Finding, ImportedRun
from scorecards.scans.imports import read_again
from scorecards.scans.in_force import without_database
from tests.factories import bearer, make_repository, make_service, make_team, make_token
from tests.scorecards.scans.scanning import DAY, NOON
from tests.scorecards.test_imported import HADOLINT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def built_in_standard_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged, "conditions", lambda: without_database(DAY))


@pytest.fixture
def service(pay: Team) -> Service:
    service = make_service("checkout", pay)
    make_repository("acme/checkout", service)
    return service


@pytest.fixture
def send(client: Any, db: None) -> Any:
    def post(body: Any = HADOLINT, of: Team | None = None, scope: str = "ingest", query: str = "") -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        _, token = make_token(scope, team=of)
        return client.post(f"/ingest/sarif/{query}", data, content_type="application/json", headers=bearer(token))

    return post


def test_results_become_findings_of_the_controls_they_are_mapped_to(service: Service, send: Any) -> None:
    answer = send()
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 2, "mapped": 2, "unmapped": 0, "rejected": []}
    found = Finding.objects.filter(tool="Hadolint")
    assert set(found.values_list("outcome", flat=True)) == {"fail", "partial"}
    failing = found.filter(outcome="fail").first()
    assert failing is not None
    assert failing.path == "docker/Docker file"
    assert ControlVerdict.objects.get(service=service, control=failing.control).verdict == "fail"


def test_gzip_is_inflated(service: Service, send: Any) -> None:
    assert send(gzip.compress(json.dumps(HADOLINT).encode())).status_code == 202


def test_the_same_log_again_changes_nothing(service: Service, send: Any) -> None:
    send()
    before = Finding.objects.count()
    send()
    assert (Finding.objects.count(), ImportedRun.objects.count()) == (before, 1)


def test_a_later_run_takes_the_place_of_the_one_before(service: Service, send: Any) -> None:
    send()
    empty = {"version": "2.1.0", "runs": [HADOLINT["runs"][0] | {"results": []}]}
    send(empty)
    assert not Finding.objects.filter(tool="Hadolint").exists()


def test_a_run_of_an_unknown_repository_is_kept_and_told(send: Any) -> None:
    answer = send()
    assert answer.status_code == 202
    assert "repository" in answer.json()["rejected"][0]["error"]
    assert ImportedRun.objects.get().state == "quarantined"


def test_the_repository_can_be_named_in_the_address(service: Service, send: Any) -> None:
    log = {"runs": [{key: value for key, value in HADOLINT["runs"][0].items() if key != "versionControlProvenance"}]}
    assert send(log, query="?repository=ACME/Checkout&commit=abc1234").json()["accepted"] == 2
    assert ImportedRun.objects.get().commit == "abc1234"


def test_a_kept_run_can_be_read_again(service: Service, send: Any) -> None:
    send()
    Finding.objects.all().delete()
    read_again(ImportedRun.objects.get(), without_database(DAY).standards, NOON)
    assert Finding.objects.filter(tool="Hadolint").exists()


def test_a_team_speaks_of_its_own_repositories_alone(service: Service, send: Any, pay: Team) -> None:
    assert send(of=make_team("shop")).json()["accepted"] == 0
    assert not Finding.objects.exists()
    assert send(of=pay).json()["accepted"] == 2


def test_it_asks_for_a_token_that_may_send(client: Any, send: Any) -> None:
    assert client.post("/ingest/sarif/", b"{}", content_type="application/json").status_code == 401
    assert send(scope="read").status_code == 403
    assert not ImportedRun.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 100_000, b'{"runs": 1}', b"\xff\xfe", b"\x1f\x8bxx"])
def test_a_body_that_is_no_log_is_refused(send: Any, body: bytes) -> None:
    answer = send(body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_run_that_failed_leaves_what_was_found_before(service: Service, send: Any) -> None:
    send()
    found = Finding.objects.count()
    [run] = HADOLINT["runs"]
    answer = send({"runs": [run | {"results": [], "invocations": [{"executionSuccessful": False}]}]})
    assert "failed" in answer.json()["rejected"][0]["error"]
    assert Finding.objects.count() == found > 0


def test_a_commit_with_a_character_that_no_database_takes_is_kept_without_it(service: Service, send: Any) -> None:
    assert send(query="?commit=abc%00def").status_code == 202
    assert ImportedRun.objects.get().commit == "abcdef"
