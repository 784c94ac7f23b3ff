"""The organisation: the same from the same seed, and told by webhooks as by the API."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import pytest
import requests

from ingest.inbox.authenticate import hex_digest
from ingest.parsers.github import Ignored, parse
from ingest.parsers.github.options import GitHubOptions
from ingest.parsers.observation import PullRequestSeen
from tests.github_server.organisation import Organisation, make
from tests.github_server.server import Server
from tests.github_server.webhooks import deliver, webhooks

NOW = datetime(2026, 3, 21, tzinfo=UTC)


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert webhooks(make(3, seed=7)) == webhooks(make(3, seed=7))
    assert webhooks(make(3, seed=7)) != webhooks(make(3, seed=8))


def test_it_holds_as_much_as_it_was_told(organisation: Organisation) -> None:
    for one in organisation.repositories:
        assert (len(one.pulls), len(one.deployments)) == (15, 20)
        assert len(one.commits) >= 50
    states = {status.state for one in organisation.repositories for each in one.deployments for status in each.statuses}
    assert states == {"in_progress", "success", "failure", "error", "inactive"}


def test_pull_requests_are_merged_in_three_ways(organisation: Organisation) -> None:
    merged = [pull for one in organisation.repositories for pull in one.pulls if pull.merge_sha and pull.merged_at]
    parents = {len(pull.repository.commits[str(pull.merge_sha)].parents) for pull in merged}
    messages = [pull.repository.commits[str(pull.merge_sha)].message for pull in merged]
    assert parents == {1, 2}
    assert any(text.startswith("Merge pull request #") for text in messages)
    assert any(f"(#{pull.number})" in text for pull, text in zip(merged, messages, strict=True))


def test_each_webhook_is_read_by_the_parser(organisation: Organisation) -> None:
    merged: dict[tuple[str, int], Any] = {}
    for headers, body in webhooks(organisation):
        lower = {name.lower(): value for name, value in headers.items()}
        said = parse(lower, json.loads(body), GitHubOptions(), NOW, lower["x-github-delivery"])
        for seen in [] if isinstance(said, Ignored) else said:
            if isinstance(seen, PullRequestSeen) and seen.repository and headers["X-GitHub-Event"] == "pull_request":
                merged[seen.repository.external_id, seen.number] = (
                    seen.said.get("merged_at"),
                    seen.said.get("merge_sha"),
                )
    pulls = [pull for one in organisation.repositories for pull in one.pulls if pull.merged_at]
    for pull in pulls:
        assert merged[str(pull.repository.number), pull.number] == (pull.merged_at, pull.merge_sha)


def test_a_webhook_tells_how_it_was_then(organisation: Organisation) -> None:
    held = organisation.repositories[0]
    before = len(organisation.happenings)
    pull = organisation.open_pull(held, "Try", organisation.person("alice"))
    organisation.merge(pull, organisation.person("bob"), "squash")
    organisation.rename(held, "another")
    told = [json.loads(body) for _, body in webhooks(organisation, before)]
    opened = next(one for one in told if one.get("action") == "opened")
    closed = next(one for one in told if one.get("action") == "closed")
    assert (opened["pull_request"]["merged"], closed["pull_request"]["merged"]) == (False, True)
    assert opened["pull_request"]["base"]["repo"]["name"] != "another"
    assert told[-1]["changes"]["repository"]["name"]["from"] == opened["repository"]["name"]


def test_no_webhook_tells_that_a_deployment_became_inactive(organisation: Organisation) -> None:
    told = [json.loads(body) for headers, body in webhooks(organisation) if "deployment_status" in headers.values()]
    assert {one["deployment_status"]["state"] for one in told} == {"in_progress", "success", "failure", "error"}


# ------------------------------------------------------------ hooks


class Receiver:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.received: Queue[tuple[dict[str, str], bytes]] = Queue()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/in"
        Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.http.shutdown()
    found.http.server_close()


def test_a_lost_delivery_is_sent_again_on_request(
    session: requests.Session, server: Server, organisation: Organisation, receiver: Receiver
) -> None:
    hook = organisation.add_hook(receiver.url, "a secret")
    lost = deliver(organisation, hook, organisation.happenings[-1], lost=True)
    assert lost is not None
    url = f"{server.url}/orgs/acme/hooks/{hook.number}/deliveries"
    listed = session.get(url).json()
    assert [(row["guid"], row["status_code"], row["redelivery"]) for row in listed] == [(lost.guid, 0, False)]
    assert session.post(f"{url}/{lost.number}/attempts").status_code == 202
    headers, body = receiver.received.get(timeout=10)
    assert headers["x-github-delivery"] == lost.guid
    assert hex_digest("x-hub-signature-256")(body, headers, ["a secret"], NOW) == 0
    assert session.get(f"{url}/{lost.number}").json()["request"]["payload"] == json.loads(body)


def test_deliveries_are_listed_by_cursors(
    session: requests.Session, server: Server, organisation: Organisation, receiver: Receiver
) -> None:
    hook = organisation.add_hook("http://hooks.example/in", events="push deployment")
    for happening in organisation.happenings[-300:]:
        deliver(organisation, hook, happening, lost=True)
    url, found = f"{server.url}/orgs/acme/hooks/{hook.number}/deliveries?per_page=7", []
    while url:
        answer = session.get(url)
        found += [row["id"] for row in answer.json()]
        url = answer.links.get("next", {}).get("url", "")
    recent = [one for one in hook.deliveries if (organisation.now - one.delivered_at).days < 3]
    assert {one.event for one in hook.deliveries} == {"push", "deployment"}
    assert 7 < len(recent) < len(hook.deliveries)
    assert found == [one.number for one in reversed(recent)]


def test_a_hook_is_made_once(session: requests.Session, server: Server, organisation: Organisation) -> None:
    url = f"{server.url}/repos/{organisation.repositories[0].full_name}/hooks"
    told: dict[str, Any] = {
        "config": {"url": "http://127.0.0.1:1/in", "content_type": "json", "secret": "s"},
        "events": ["push"],
    }
    made = session.post(url, json=told)
    assert (made.status_code, made.json()["config"]["secret"]) == (201, "********")
    assert session.post(url, json=told).status_code == 422
    assert [row["id"] for row in session.get(url).json()] == [made.json()["id"]]


def test_it_serves_by_itself() -> None:
    asked = [sys.executable, "-m", "tests.github_server", "--organisation", "other", "--repositories", "2"]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            found = requests.get(f"{url}/orgs/other/repos", headers={"Authorization": "token a-token"}).json()
        finally:
            process.terminate()
    assert len(found) == 2
