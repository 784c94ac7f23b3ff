"""(pure) Bitbucket Cloud's webhooks: a delivery becomes observations, or is ignored with the reason.

What is read of which event, and the options: docs/sources/bitbucket.md.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers.bitbucket.events import commit_status, issue, repository_updated
from ingest.parsers.bitbucket.pulls import comment, pull_request, review
from ingest.parsers.bitbucket.pushes import push
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.hosts.opened import Opened
from ingest.parsers.hosts.options import HostOptions, needs_statuses, reader
from ingest.parsers.observation import Ignored, Outcome, RepositoryRef
from ingest.parsers.sender import Sender

HOST = "bitbucket.org"
READERS: dict[str, Callable[[Opened, str], Outcome]] = {
    "repo:push": push,
    "repo:updated": repository_updated,
    "repo:commit_status_created": commit_status,
    "repo:commit_status_updated": commit_status,
    "pullrequest:created": pull_request,
    "pullrequest:updated": pull_request,
    "pullrequest:fulfilled": pull_request,
    "pullrequest:rejected": pull_request,
    "pullrequest:approved": review,
    "pullrequest:changes_request_created": review,
    "pullrequest:comment_created": comment,
    "issue:created": issue,
    "issue:updated": issue,
}


def parse(headers: Mapping[str, str], payload: Any, options: HostOptions, received_at: datetime, key: str) -> Outcome:
    """What a delivery says; ``Ignored`` with the reason where it says nothing that we keep.

    Raises:
        MalformedPayload: the only error, whatever the payload holds.
    """
    event = headers.get("x-event-key", "")
    if not event:
        raise MalformedPayload("The header X-Event-Key is missing: it tells what the payload is.", "missing_header")
    read = READERS.get(event)
    if read is None:
        return Ignored(f"Nothing is kept of the event {event[:100]}.")
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    body = Fields(payload, tolerated(received_at))
    told = body.child("repository")
    name, number = told.text("full_name"), told.text("uuid", 100).strip("{}").lower()
    if not number or not number.replace("-", "").isalnum():
        told.refuse("uuid", "the repository's UUID")
    prefix = f"bitbucket/{HOST}/{number}"
    main = told.maybe_child("mainbranch")
    branch = main.maybe_text("name") if main else None
    repository = RepositoryRef(name, prefix)
    return read(Opened(body, repository, prefix, branch, options.for_repository(name), received_at, key), event)


SENDER = Sender(
    kind="bitbucket",
    parse=parse,
    options=reader(
        HostOptions(),
        ("tags", "statuses"),
        ("tags", "statuses", "environment", "default_branches", "incident_labels", "severities"),
        needs_statuses,
    ),
    tells=("deployments", "changes", "pull_requests", "incidents"),
    key_headers=("x-request-uuid",),
    event_headers=("x-event-key",),
    kept_headers=("x-attempt-number", "x-hook-uuid"),
)
