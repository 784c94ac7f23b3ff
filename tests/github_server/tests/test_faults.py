"""Every fault is seen by a client: that it happens, how often, and to which calls."""

import time
from typing import Any

import pytest
import requests
from urllib3.exceptions import ProtocolError

from tests.github_server.faults import ANSWERS, CUTS
from tests.github_server.organisation import Organisation
from tests.github_server.server import Server

WANTED = {
    "bad_credentials": 401,
    "forbidden": 403,
    "sso": 403,
    "not_found": 404,
    "empty": 409,
    "gone": 410,
    "invalid": 422,
    "unavailable_for_legal_reasons": 451,
    "server_error": 500,
    "primary_limit": 403,
    "secondary_limit": 403,
    "html": 502,
    "graphql_timeout": 502,
    "graphql_errors": 200,
    "graphql_limited": 200,
}


def test_every_fault_is_proven_here() -> None:
    assert set(WANTED) == set(ANSWERS)
    assert set(CUTS) == {"truncated", "reset", "slow"}


@pytest.mark.parametrize("kind", [kind for kind in WANTED if not kind.startswith("graphql")])
def test_it_fails_once_and_then_goes_on(session: requests.Session, server: Server, kind: str) -> None:
    server.faults.add(kind, path="^/orgs/acme$")
    assert session.get(f"{server.url}/user").status_code == 200
    failed = session.get(f"{server.url}/orgs/acme")
    assert failed.status_code == WANTED[kind]
    assert session.get(f"{server.url}/orgs/acme").status_code == 200
    assert [one.status for one in server.requests] == [200, WANTED[kind], 200]


def test_it_counts_what_goes_well_before(session: requests.Session, server: Server) -> None:
    server.faults.add("server_error", path="/orgs/", after=2, times=2)
    found = [session.get(f"{server.url}/orgs/acme").status_code for _ in range(5)]
    assert found == [200, 200, 500, 500, 200]


def test_limits_say_when_to_come_back(session: requests.Session, server: Server) -> None:
    server.faults.add("primary_limit", status=429, reset_in=90)
    server.faults.add("secondary_limit", retry_after=30)
    server.faults.add("secondary_limit")
    primary, secondary, silent = (session.get(f"{server.url}/user") for _ in range(3))
    assert (primary.status_code, primary.headers["X-RateLimit-Remaining"]) == (429, "0")
    assert 80 < int(primary.headers["X-RateLimit-Reset"]) - time.time() <= 90
    assert secondary.headers["Retry-After"] == "30"
    assert "Retry-After" not in silent.headers
    assert "secondary rate limit" in silent.json()["message"]


def test_single_sign_on_is_told_by_a_header(session: requests.Session, server: Server) -> None:
    server.faults.add("sso")
    assert session.get(f"{server.url}/user").headers["X-GitHub-SSO"].startswith("required; url=")


def test_an_error_may_be_a_page(session: requests.Session, server: Server) -> None:
    server.faults.add("html", status=502)
    answer = session.get(f"{server.url}/user")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_an_answer_may_be_cut_so_that_it_is_no_json(session: requests.Session, server: Server) -> None:
    server.faults.add("truncated")
    answer = session.get(f"{server.url}/orgs/acme")
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        answer.json()


def test_an_answer_may_be_shorter_than_it_says(session: requests.Session, server: Server) -> None:
    server.faults.add("truncated", tells=True)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError, ProtocolError)):
        session.get(f"{server.url}/orgs/acme")


def test_a_connection_may_be_reset(session: requests.Session, server: Server) -> None:
    server.faults.add("reset")
    with pytest.raises(requests.ConnectionError):
        session.get(f"{server.url}/orgs/acme")
    assert server.requests[-1].status == 0


def test_an_answer_may_be_slow(session: requests.Session, server: Server) -> None:
    server.faults.add("slow")
    with pytest.raises(requests.Timeout):
        session.get(f"{server.url}/orgs/acme", timeout=0.2)


def test_the_organisation_changes_between_two_pages(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    server.faults.add("afterwards", path="page=1", do=lambda: organisation.deploy(held, organisation.person("alice")))
    url = f"{server.url}/repos/{held.full_name}/deployments"
    first = session.get(url, params={"per_page": 5, "page": 1}).json()
    second = session.get(url, params={"per_page": 5, "page": 2}).json()
    assert first[-1]["id"] == second[0]["id"]


def test_a_change_may_come_right_before_the_answer(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    server.faults.add("call", path="/repos/", do=lambda: organisation.archive(held))
    assert session.get(f"{server.url}/repos/{held.full_name}").json()["archived"]


def test_an_unknown_fault_is_refused(server: Server) -> None:
    with pytest.raises(LookupError):
        server.faults.add("no such thing")


@pytest.mark.parametrize("kind", ["graphql_errors", "graphql_timeout", "graphql_limited"])
def test_a_query_fails_by_its_name(session: requests.Session, server: Server, kind: str) -> None:
    server.faults.add(kind, operation="^Pulls$")
    found = [_post(session, server, f"query {name} {{ viewer {{ login }} }}") for name in ("Heads", "Pulls", "Pulls")]
    assert [answer.status_code for answer in found] == [200, WANTED[kind], 200]
    assert ["errors" in answer.json() for answer in found] == [False, True, False]
    assert [one.operation for one in server.requests] == ["Heads", "Pulls", "Pulls"]


def _post(session: requests.Session, server: Server, query: str, **variables: Any) -> requests.Response:
    return session.post(f"{server.url}/graphql", json={"query": query, "variables": variables})
