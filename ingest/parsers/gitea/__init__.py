"""(pure) Gitea's and Forgejo's webhooks: a delivery becomes observations, or is ignored with the reason.

What is read of which event, and the options: docs/sources/gitea.md.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.gitea.deployments import action_run, release, status, workflow_job, workflow_run
from ingest.parsers.gitea.issues import issues
from ingest.parsers.gitea.pulls import pull_request, review
from ingest.parsers.gitea.pushes import create, push, repository
from ingest.parsers.hosts.opened import Opened, host_of
from ingest.parsers.hosts.options import HostOptions, needs_statuses, reader
from ingest.parsers.observation import Ignored, Outcome, RepositoryRef
from ingest.parsers.options import InvalidOptions
from ingest.parsers.sender import Sender

READERS: dict[str, Callable[[Opened], Outcome]] = {
    "push": push,
    "create": create,
    "repository": repository,
    "pull_request": pull_request,
    "pull_request_approved": review,
    "pull_request_rejected": review,
    "pull_request_comment": review,
    "pull_request_review_approved": review,
    "pull_request_review_rejected": review,
    "pull_request_review_comment": review,
    "issues": issues,
    "release": release,
    "status": status,
    "workflow_run": workflow_run,
    "workflow_job": workflow_job,
    "action_run_success": action_run,
    "action_run_failure": action_run,
    "action_run_recover": action_run,
}
EVENT_HEADERS = ("x-forgejo-event", "x-gitea-event", "x-github-event")


def parse(headers: Mapping[str, str], payload: Any, options: HostOptions, received_at: datetime, key: str) -> Outcome:
    """What a delivery says; ``Ignored`` with the reason where it says nothing that we keep.

    Raises:
        MalformedPayload: the only error, whatever the payload holds.
    """
    event = next((headers[name] for name in EVENT_HEADERS if headers.get(name)), "")
    if not event:
        raise MalformedPayload("The header X-Gitea-Event is missing: it tells what the payload is.", "missing_header")
    read = READERS.get(event)
    if read is None:
        return Ignored(f"Nothing is kept of the event {event[:100]}.")
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    return read(_open(Fields(payload, tolerated(received_at)), options, received_at, key))


def _open(body: Fields, options: HostOptions, received_at: datetime, key: str) -> Opened:
    run = body.maybe_child("run")  # Forgejo's runs hold their repository
    told = body.maybe_child("repository") or (run.maybe_child("repository") if run else None)
    if told is None:
        body.refuse("repository", "an object")
    name, host = told.text("full_name"), host_of(told.url("html_url"))
    if not host:
        told.refuse("html_url", "the address of the repository")
    prefix = f"gitea/{host}/{told.number('id')}"
    branch = told.maybe_text("default_branch") if told.raw("default_branch") != "" else None
    return Opened(body, RepositoryRef(name, prefix), prefix, branch, options.for_repository(name), received_at, key)


def _check(options: HostOptions, prefix: str) -> None:
    needs_statuses(options, prefix)
    if options.deploys_by == "workflow_runs" and not (options.workflows or options.jobs):
        raise InvalidOptions(
            f"{prefix}deploys_by is workflow_runs, so {prefix}workflows or {prefix}jobs must name some."
        )


SENDER = Sender(
    kind="gitea",
    parse=parse,
    options=reader(
        HostOptions(deploys_by="releases"),
        ("releases", "tags", "workflow_runs", "statuses"),
        ("tags", "branches", "workflows", "jobs", "statuses", "environment", "incident_labels", "hotfix_labels"),
        _check,
    ),
    tells=("deployments", "changes", "pull_requests", "incidents"),
    key_headers=("x-forgejo-delivery", "x-gitea-delivery", "x-github-delivery"),
    event_headers=EVENT_HEADERS,
    kept_headers=("x-gitea-event-type", "x-forgejo-event-type"),
)
