"""(pure) Azure DevOps' service hooks: a delivery becomes observations, or is ignored with the reason.

What is read of which event, and the options: docs/sources/azuredevops.md.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers.azuredevops.code import pull_request, push
from ingest.parsers.azuredevops.delivered import NOBODY, Delivered
from ingest.parsers.azuredevops.options import AzureDevOpsOptions
from ingest.parsers.azuredevops.pipelines import build, job, run, stage
from ingest.parsers.azuredevops.releases import release_completed, release_started
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.observation import Ignored, Outcome
from ingest.parsers.sender import Sender

READERS: dict[str, Callable[[Delivered], Outcome]] = {
    "git.push": push,
    "git.pullrequest.created": pull_request,
    "git.pullrequest.updated": pull_request,
    "git.pullrequest.merged": pull_request,
    "ms.vss-release.deployment-started-event": release_started,
    "ms.vss-release.deployment-completed-event": release_completed,
    "ms.vss-pipelines.stage-state-changed-event": stage,
    "ms.vss-pipelines.job-state-changed-event": job,
    "ms.vss-pipelines.run-state-changed-event": run,
    "build.complete": build,
}


def parse(
    headers: Mapping[str, str], payload: Any, options: AzureDevOpsOptions, received_at: datetime, key: str
) -> Outcome:
    """What a delivery says. Raises ``MalformedPayload``."""
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    body = Fields(payload, tolerated(received_at))
    event = body.text("eventType")
    if payload.get("subscriptionId") == NOBODY:
        return Ignored("A test of the subscription, with made-up data.")
    if event.startswith("workitem."):
        return Ignored("Nothing is kept of work items: incidents come from what watches production.")
    reader = READERS.get(event)
    if reader is None:
        return Ignored(f"Nothing is kept of the event {event}.")
    return reader(Delivered(body, body.child("resource"), options, received_at, key))


SENDER = Sender(
    kind="azuredevops",
    parse=parse,
    options=AzureDevOpsOptions.from_dict,
    tells=("deployments", "changes", "pull_requests"),
)
