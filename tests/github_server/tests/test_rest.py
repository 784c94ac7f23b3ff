"""What GitHub documents of REST besides the shapes: links, redirects, conditions, limits, refusals."""

import re
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.github_server.organisation import Organisation
from tests.github_server.server import Server
from tests.github_server.shapes import time


def _links(answer: requests.Response) -> dict[str, int]:
    return {name: int(re.findall(r"[?&]page=(\d+)", link["url"])[0]) for name, link in answer.links.items()}


@pytest.mark.parametrize(
    ("page", "links"),
    [
        (1, {"next": 2, "last": 4}),
        (2, {"prev": 1, "next": 3, "last": 4, "first": 1}),
        (4, {"prev": 3, "first": 1}),
    ],
)
def test_it_links_to_the_pages_around(
    session: requests.Session, server: Server, organisation: Organisation, page: int, links: dict[str, int]
) -> None:
    name = organisation.repositories[0].full_name
    answer = session.get(f"{server.url}/repos/{name}/deployments", params={"per_page": 5, "page": page})
    assert _links(answer) == links
    assert len(answer.json()) == 5


def test_it_gives_a_hundred_at_most(session: requests.Session, server: Server) -> None:
    answer = session.get(f"{server.url}/orgs/acme/repos", params={"per_page": 1000})
    assert "next" not in answer.links
    assert session.get(f"{server.url}/orgs/acme/repos", params={"per_page": 0}).status_code == 200


def test_a_link_can_be_followed(session: requests.Session, server: Server, organisation: Organisation) -> None:
    held = organisation.repositories[0]
    url, found = f"{server.url}/repos/{held.full_name}/pulls?state=all&per_page=4", []
    while url:
        answer = session.get(url)
        found += [row["number"] for row in answer.json()]
        url = answer.links.get("next", {}).get("url", "")
    assert sorted(found) == [one.number for one in held.pulls]


def test_a_renamed_repository_is_found_by_its_number(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    old = held.full_name
    organisation.rename(held, "another")
    answer = session.get(f"{server.url}/repos/{old}/pulls?state=all", allow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{server.url}/repositories/{held.number}/pulls?state=all"
    assert len(session.get(answer.headers["Location"]).json()) == len(held.pulls)


def test_an_old_name_can_be_another_repositorys(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    old = held.name
    organisation.rename(held, "another")
    made = organisation.add_repository(old)
    assert session.get(f"{server.url}/repos/acme/{old}").json()["id"] == made.number
    assert session.get(f"{server.url}/repositories/{held.number}").json()["name"] == "another"


def test_a_transferred_repository_is_gone_from_the_list(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[4]
    old, bob = held.full_name, organisation.person("bob")
    organisation.transfer(held, bob)
    listed = {row["id"] for row in session.get(f"{server.url}/orgs/acme/repos?per_page=100").json()}
    assert held.number not in listed
    assert session.get(f"{server.url}/repos/{old}").json()["owner"]["login"] == "bob"


def test_a_deleted_repository_is_not_found(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    organisation.delete(held)
    assert session.get(f"{server.url}/repos/{held.full_name}").status_code == 404
    assert session.get(f"{server.url}/repositories/{held.number}").status_code == 404


def test_an_empty_repository_has_no_commits(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    made = organisation.add_repository("empty")
    answer = session.get(f"{server.url}/repos/{made.full_name}/commits")
    assert (answer.status_code, answer.json()["message"]) == (409, "Git Repository is empty.")


def test_a_forced_push_takes_commits_out_of_the_history(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    old = held.branches["main"]
    made = organisation.force_push(held, organisation.person("alice"))
    listed = [row["sha"] for row in session.get(f"{server.url}/repos/{held.full_name}/commits").json()]
    assert listed[0] == made.sha
    assert old not in listed
    assert session.get(f"{server.url}/repos/{held.full_name}/commits/{old}").status_code == 200


def test_a_changed_list_has_another_etag(session: requests.Session, server: Server, organisation: Organisation) -> None:
    held = organisation.repositories[0]
    url = f"{server.url}/repos/{held.full_name}/deployments"
    known = {"If-None-Match": session.get(url).headers["ETag"]}
    assert session.get(url, headers=known).status_code == 304
    organisation.deploy(held, organisation.person("alice"))
    assert session.get(url, headers=known).status_code == 200


def test_commits_are_narrowed_by_time_and_path(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    known = held.history(held.branches["main"])
    middle = known[10].committed_at
    url = f"{server.url}/repos/{held.full_name}/commits"
    newer = session.get(url, params={"since": time(middle), "per_page": 100}).json()
    older = session.get(url, params={"until": time(middle - timedelta(seconds=1)), "per_page": 100}).json()
    assert {row["sha"] for row in newer} == {one.sha for one in known if one.committed_at >= middle}
    assert [row["sha"] for row in newer + older] == [one.sha for one in known]
    assert [row["commit"]["message"] for row in session.get(url, params={"path": "README.md"}).json()] == ["Begin"]


def test_runs_are_narrowed_by_time(session: requests.Session, server: Server, organisation: Organisation) -> None:
    held = organisation.repositories[0]
    at = sorted(one.created_at for one in held.runs)[5]
    url = f"{server.url}/repos/{held.full_name}/actions/runs"
    since = session.get(url, params={"created": f">={time(at)}"}).json()["total_count"]
    before = session.get(url, params={"created": f"<{time(at)}"}).json()["total_count"]
    assert (since, before) == (len(held.runs) - 5, 5)


def test_a_commit_can_be_asked_for_as_its_sha(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    url = f"{server.url}/repos/{held.full_name}/commits/HEAD"
    answer = session.get(url, headers={"Accept": "application/vnd.github.sha"})
    assert answer.text == held.branches["main"]


def test_files_are_read_by_tree_and_blob(session: requests.Session, server: Server, organisation: Organisation) -> None:
    held = organisation.repositories[0]
    url = f"{server.url}/repos/{held.full_name}/git"
    rows: list[dict[str, Any]] = session.get(f"{url}/trees/HEAD?recursive=1").json()["tree"]
    assert {row["path"] for row in rows} == set(held.files)
    assert all(session.get(f"{url}/blobs/{row['sha']}").json()["size"] == row["size"] for row in rows)


def test_limits_are_told_and_kept(session: requests.Session, server: Server) -> None:
    server.limits.core = 2
    answers = [session.get(f"{server.url}/orgs/acme") for _ in range(3)]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert "API rate limit exceeded" in answers[2].json()["message"]
    assert session.get(f"{server.url}/rate_limit").json()["resources"]["core"]["remaining"] == 0


def test_a_limit_ends_with_its_hour(organisation: Organisation) -> None:
    moments = [1000.0]
    with Server(organisation, clock=lambda: moments[0]) as server:
        server.limits.exhaust()
        headers = {"Authorization": "token a-token"}
        assert requests.get(f"{server.url}/user", headers=headers).headers["X-RateLimit-Reset"] == "4600"
        moments[0] = 4600.0
        assert requests.get(f"{server.url}/user", headers=headers).status_code == 200


def test_who_is_not_signed_in_sees_what_is_public(server: Server, organisation: Organisation) -> None:
    private = next(one for one in organisation.repositories if one.private)
    public = next(one for one in organisation.repositories if not one.private)
    assert requests.get(f"{server.url}/repos/{private.full_name}").status_code == 404
    answer = requests.get(f"{server.url}/repos/{public.full_name}")
    assert (answer.status_code, answer.headers["X-RateLimit-Limit"]) == (200, "60")


def test_a_revoked_token_is_refused(session: requests.Session, server: Server) -> None:
    server.access.revoke()
    answer = session.get(f"{server.url}/orgs/acme")
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_the_version_of_the_api_is_honoured(session: requests.Session, server: Server) -> None:
    good = session.get(f"{server.url}/orgs/acme", headers={"X-GitHub-Api-Version": "2022-11-28"})
    assert good.headers["x-github-api-version-selected"] == "2022-11-28"
    assert session.get(f"{server.url}/orgs/acme", headers={"X-GitHub-Api-Version": "1999-01-01"}).status_code == 400
