"""(pure) GitHub's webhooks: a delivery becomes observations, or is ignored with the reason.

What is read of which event, and the options: docs/github.md.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.github.delivered import Delivered, Ignored, Said
from ingest.parsers.github.deployments import deployment, deployment_status
from ingest.parsers.github.issues import issues
from ingest.parsers.github.options import GitHubOptions, InvalidOptions
from ingest.parsers.github.pulls import pull_request, review
from ingest.parsers.github.push import push
from ingest.parsers.github.repositories import repository
from ingest.parsers.github.runs import release, workflow_job, workflow_run
from ingest.parsers.github.synced import READERS as SYNCED
from ingest.parsers.github.tags import create
from ingest.parsers.observation import Observation, RepositoryRef
from ingest.parsers.sender import Sender

__all__ = ["READERS", "SENDER", "GitHubOptions", "Ignored", "InvalidOptions", "parse"]

READERS: dict[str, Callable[[Delivered], Said]] = {
    "push": push,
    "create": create,
    "pull_request": pull_request,
    "pull_request_review": review,
    "deployment": deployment,
    "deployment_status": deployment_status,
    "workflow_run": workflow_run,
    "workflow_job": workflow_job,
    "release": release,
    "issues": issues,
    "repository": repository,
    **SYNCED,
}


def parse(
    headers: Mapping[str, str], payload: Any, options: GitHubOptions, received_at: datetime, key: str
) -> list[Observation] | Ignored:
    """What a delivery says; ``Ignored`` with the reason where it says nothing that we keep.

    ``headers`` have lower-case keys. ``received_at`` decides what is in the future, so that a replay decides alike.

    Raises:
        MalformedPayload: the only error, whatever the payload holds; with a message that says what to mend.
    """
    event = headers.get("x-github-event", "")
    if not event:
        raise MalformedPayload("The header X-GitHub-Event is missing: it tells what the payload is.", "missing_header")
    if event == "ping":
        return Ignored("ping")
    reader = READERS.get(event)
    if reader is None:
        return Ignored(f"Nothing is kept of the event {event[:100]}.")
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    return reader(_open(payload, options, received_at, key))


def _open(payload: dict[str, Any], options: GitHubOptions, received_at: datetime, key: str) -> Delivered:
    body = Fields(payload, tolerated(received_at))
    told = body.child("repository")
    name, number = told.text("full_name"), told.number("id")
    action = body.maybe_text("action") or ""
    reference = RepositoryRef(name, str(number))
    return Delivered(body, action, reference, number, options.for_repository(name), received_at, key)


SENDER = Sender(
    kind="github",
    parse=parse,
    options=GitHubOptions.from_dict,
    tells=("deployments", "changes", "pull_requests", "incidents"),
    key_headers=("x-github-delivery",),
    event_headers=("x-github-event",),
    kept_headers=("x-github-hook-id",),
)
