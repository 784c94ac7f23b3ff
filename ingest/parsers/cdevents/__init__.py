"""(pure) CDEvents 0.3 to 0.5: one event, plain or as a CloudEvent, or several in a batch.

What is read of which event, and the options: docs/sources/cdevents.md.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers import cloudevents
from ingest.parsers.cdevents.changes import change, repository
from ingest.parsers.cdevents.delivered import Delivered, Said
from ingest.parsers.cdevents.deployments import run, service
from ingest.parsers.cdevents.incidents import incident, ticket
from ingest.parsers.cdevents.options import CDEventsOptions
from ingest.parsers.cloudevents import CloudEvent, read_events
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.observation import Ignored, Outcome, Partly
from ingest.parsers.sender import Sender

READERS: dict[str, Callable[[Delivered], Said]] = {
    "service": service,
    "pipelinerun": run,
    "taskrun": run,
    "incident": incident,
    "ticket": ticket,
    "change": change,
    "repository": repository,
}
UNKEPT = {
    "environment": "An environment becomes known by what is deployed to it.",
    "artifact": "An artifact is no deployment: service.deployed tells when it is live.",
}
MAX_TYPE = 200
_TYPE = re.compile(r"dev\.cdevents\.([a-z]{1,50})\.([a-z]{1,50})\.[0-9][0-9A-Za-z.+-]{0,50}")


def parse(
    headers: Mapping[str, str], payload: Any, options: CDEventsOptions, received_at: datetime, key: str
) -> Outcome | Partly:
    """What events say. Raises ``MalformedPayload``."""

    def read_one(event: CloudEvent, its_key: str) -> Said:
        return _read(event, options, received_at, its_key)

    return read_events(headers, payload, key, read_one)


def _read(event: CloudEvent, options: CDEventsOptions, received_at: datetime, key: str) -> Said:
    if not isinstance(event.data, dict):
        raise MalformedPayload("The event holds no CDEvent: its data is no object.", "bad_json")
    body = Fields(event.data, tolerated(received_at))
    context, subject = body.child("context"), body.child("subject")
    told = context.text("type", MAX_TYPE)
    found = _TYPE.fullmatch(told)
    if found is None:
        return Ignored(f"Nothing is kept of the event {told}.")
    name, predicate = found[1], found[2]
    if name not in READERS:
        return Ignored(UNKEPT.get(name, f"Nothing is kept of the event {name}.{predicate}."))
    content = subject.maybe_child("content") or Fields({}, tolerated(received_at), "subject.content")
    return READERS[name](Delivered(body, context, subject, content, name, predicate, options, key))


SENDER = Sender(
    kind="cdevents",
    parse=parse,
    options=CDEventsOptions.from_dict,
    tells=("deployments", "pull_requests", "incidents"),
    key_headers=cloudevents.KEY_HEADERS,
    event_headers=cloudevents.EVENT_HEADERS,
    kept_headers=cloudevents.KEPT_HEADERS,
)
