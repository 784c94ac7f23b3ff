"""(pure) PagerDuty's webhooks, version 3: incidents (docs/sources/pagerduty.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers import named
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.named import Naming, external_id, place_of
from ingest.parsers.observation import Ignored, IncidentSeen, Outcome, Said
from ingest.parsers.options import Reader, read, severities
from ingest.parsers.sender import Sender
from ingest.parsers.severity import severity_of_word
from ingest.parsers.shared_names import names_of_key

INCIDENT = "incident"
OPTIONS = ("environment", "environments", "environment_names", "services")


@dataclass(frozen=True, slots=True)
class PagerDutyOptions(Naming):
    severities: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, told: object) -> "PagerDutyOptions":
        return read(cls(), told, READERS)


READERS: dict[str, Reader] = {name: named.READERS[name] for name in OPTIONS} | {"severities": severities}


def parse(
    headers: Mapping[str, str], payload: Any, options: PagerDutyOptions, received_at: datetime, key: str
) -> Outcome:
    """What an event says of its incident, as it was then. Raises ``MalformedPayload``."""
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    event = Fields(payload, tolerated(received_at)).child("event")
    kind = event.text("event_type", 100)
    if not kind.startswith("incident."):
        return Ignored(f"Nothing is kept of the event {kind}: it is about no incident.")
    incident = event.child("data")
    if incident.text("type", 100) != INCIDENT:
        return Ignored(f"Nothing is kept of the event {kind}.")
    at = event.time("occurred_at")
    place = place_of(options, {}, _service(incident))
    said = _said(incident, options) | _moment(kind, at)
    identity = external_id("pagerduty", incident.text("id", 100))
    service = place.service or _service(incident)
    return [IncidentSeen(at, key, identity, service, None, place.environment, None, said)]


def _service(incident: Fields) -> str:
    service = incident.child("service")
    return service.maybe_text("summary") or service.text("id")


def _said(incident: Fields, options: PagerDutyOptions) -> Said:
    said: Said = {"opened_at": incident.time("created_at"), "title": incident.prose("title")}
    url = incident.url("html_url")
    said |= {"url": url} if url else {}
    priority = incident.maybe_child("priority")
    severity = severity_of_word(priority.prose("summary") if priority else None, options.severities)
    severity = severity or severity_of_word(incident.prose("urgency"), options.severities)
    said |= {"severity": severity} if severity else {}
    shared = names_of_key(incident.prose("incident_key"))
    return said | ({"same_as": shared} if shared else {})


def _moment(kind: str, at: datetime) -> Said:
    """What happened then. That it waits for somebody again takes no acknowledgement back: the first one counts."""
    match kind:
        case "incident.acknowledged":
            return {"acknowledged_at": at}
        case "incident.resolved":
            return {"resolved_at": at}
        case "incident.reopened":
            return {"resolved_at": None}
    return {}


SENDER = Sender(
    kind="pagerduty",
    parse=parse,
    options=PagerDutyOptions.from_dict,
    tells=("incidents",),
    key_headers=("x-webhook-id",),
    kept_headers=("x-webhook-subscription",),
)
