"""(pure) GitLab's webhooks, of projects, groups and the whole instance: a delivery becomes observations.

What is read of which event, and the options: docs/sources/gitlab.md.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.gitlab.deployments import deployment, job, pipeline, release
from ingest.parsers.gitlab.issues import issue
from ingest.parsers.gitlab.projects import EVENTS, project_event
from ingest.parsers.gitlab.pushes import push, tag_push
from ingest.parsers.gitlab.requests import merge_request, note
from ingest.parsers.hosts.opened import Opened, host_of
from ingest.parsers.hosts.options import HostOptions, reader
from ingest.parsers.observation import Ignored, Outcome, RepositoryRef
from ingest.parsers.repositories import repository_of_url
from ingest.parsers.sender import Sender

READERS: dict[str, Callable[[Opened], Outcome]] = {
    "push": push,
    "tag_push": tag_push,
    "merge_request": merge_request,
    "note": note,
    "deployment": deployment,
    "build": job,
    "pipeline": pipeline,
    "release": release,
    "issue": issue,
    "work_item": issue,
}


def parse(headers: Mapping[str, str], payload: Any, options: HostOptions, received_at: datetime, key: str) -> Outcome:
    """What a delivery says; ``Ignored`` with the reason where it says nothing that we keep.

    Raises:
        MalformedPayload: the only error, whatever the payload holds.
    """
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    body = Fields(payload, tolerated(received_at))
    event = body.maybe_text("event_name") or ""
    if event in EVENTS:
        return project_event(body, event, host_of(headers.get("x-gitlab-instance", "")), received_at, key)
    kind = body.maybe_text("object_kind") or event
    if not kind:
        raise MalformedPayload("“object_kind” is missing: it tells what the payload is.", "missing_field")
    read = READERS.get(kind)
    if read is None:
        return Ignored(f"Nothing is kept of the event {kind}.")
    return read(_open(body, options, received_at, key))


def _open(body: Fields, options: HostOptions, received_at: datetime, key: str) -> Opened:
    """The project, which old events and those of jobs tell in parts."""
    project, repository = body.maybe_child("project"), body.maybe_child("repository")
    number = (project.maybe_number("id") if project else None) or body.maybe_number("project_id")
    if number is None:
        attributes = body.maybe_child("object_attributes")
        told = (attributes.maybe_number(name) for name in ("project_id", "target_project_id")) if attributes else ()
        number = next((one for one in told if one is not None), None)
    url = (project.url("web_url") if project else "") or (repository.url("homepage") if repository else "")
    by_url = repository_of_url(url)
    name = (project.maybe_text("path_with_namespace") if project else None) or (by_url.name if by_url else None)
    host = host_of(url)
    if number is None or name is None or not host:
        raise MalformedPayload(
            "The payload tells no project: “project” must hold id, path_with_namespace and web_url.", "missing_field"
        )
    prefix = f"gitlab/{host}/{number}"
    branch = project.maybe_text("default_branch") if project else None
    return Opened(body, RepositoryRef(name, prefix), prefix, branch, options.for_repository(name), received_at, key)


SENDER = Sender(
    kind="gitlab",
    parse=parse,
    options=reader(
        HostOptions(deploys_by="deployments"),
        ("deployments", "jobs", "pipelines", "releases", "tags"),
        (
            "tags",
            "branches",
            "jobs",
            "environment",
            "environment_by",
            "environment_names",
            "incident_labels",
            "hotfix_labels",
            "severities",
        ),
    ),
    tells=("deployments", "changes", "pull_requests", "incidents"),
    key_headers=("idempotency-key", "webhook-id"),
    event_headers=("x-gitlab-event",),
    kept_headers=("x-gitlab-instance", "x-gitlab-event-uuid", "x-gitlab-webhook-uuid"),
)
