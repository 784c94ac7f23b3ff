"""GitHub's payloads among the larger data: each tells exactly what its event is documented to tell, or why not."""

import json
from datetime import UTC, datetime

import pytest

from ingest.parsers.observation import Ignored
from ingest.parsers.senders import SENDERS
from tests.shared import SHARED

FOLDER = SHARED / "data" / "payloads"
TOLD: dict[str, list[tuple[str, object, str]] | str] = {
    "check_run": "Nothing is kept of the event check_run.",
    "check_suite": "Nothing is kept of the event check_suite.",
    "create": "Tags are no deployments here (deploys_by is deployments).",
    "deployment": [("DeploymentSeen", "github/35129377/710692", "2015-05-05T23:40:38Z")],
    "deployment_status": [
        ("DeploymentSeen", "github/35129377/710692", "2015-05-05T23:40:38Z"),
        ("DeploymentSeen", "github/35129377/710692", "2015-05-05T23:40:39Z"),
    ],
    "issues": "The issue bears no label of an incident (incident).",
    "ping": "ping",
    "pull_request": [("PullRequestSeen", 1, "2015-05-05T23:40:27Z")],
    "pull_request_review": [("PullRequestSeen", 8, "2016-10-03T23:39:09Z")],
    "push": [
        ("RepositorySeen", "binkkatal/sample_app", "2018-06-29T14:04:35Z"),
        ("ChangeSeen", "fd489864e7642b48eaad6e3f155c10e46810ec72", "2018-06-29T14:04:13Z"),
    ],
    "release": "Releases are no deployments here (deploys_by is deployments).",
    "status": "Nothing is kept of the event status.",
    "workflow_job": "Jobs are no deployments here (deploys_by is not workflow_runs, or jobs names none).",
    "workflow_run": "Workflow runs are no deployments here (deploys_by is deployments).",
}


def identity(seen):
    names = ("external_id", "sha", "number")
    return next((getattr(seen, name) for name in names if hasattr(seen, name)), seen.repository.name)


def recorded():
    index = FOLDER / "index.json"
    if not index.exists():
        pytest.skip("the larger data is not there")
    return [one for one in json.loads(index.read_text()) if one["provider"] == "github"]


def test_each_recorded_payload_tells_what_it_should():
    sender, events = SENDERS["github"], set()
    for one in recorded():
        event = one["event"].replace("-", "_")
        events.add(event)
        payload = json.loads((FOLDER / one["file"]).read_text())
        options, received = sender.options({}), datetime(2026, 3, 9, tzinfo=UTC)
        told = sender.parse({"x-github-event": event}, payload, options, received, "key")
        if isinstance(told, Ignored):
            assert told.reason == TOLD[event]
        else:
            found = [(type(seen).__name__, identity(seen), seen.at) for seen in told]
            assert found == [(kind, name, datetime.fromisoformat(at)) for kind, name, at in TOLD[event]]
    assert events == TOLD.keys()
