"""(pure) Webhooks of Opsgenie and of Jira Service Management's alerts (docs/sources/opsgenie.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers import named
from ingest.parsers.fields import MAX_NAME, Fields, tolerated
from ingest.parsers.named import Naming, Place, external_id, place_of
from ingest.parsers.observation import Ignored, IncidentSeen, Outcome, Said
from ingest.parsers.options import Reader, read, severities, texts
from ingest.parsers.sender import Sender
from ingest.parsers.severity import severity_of_word
from ingest.parsers.shared_names import names_of_key

# What changes the alert as we keep it; all else (notes, owners, responders, snoozing) changes nothing here.
KEPT = ("Create", "Acknowledge", "UnAcknowledge", "Close", "Delete", "UpdatePriority", "UpdateMessage", "AddTags",
        "RemoveTags", "Escalate", "EscalateNext")  # fmt: skip
UNITS = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3), (0, 1))  # from this size on: so many a second


@dataclass(frozen=True, slots=True)
class OpsgenieOptions(Naming):
    """``service_keys`` and ``environment_keys``: of tags such as ``service:pay``."""

    environment_keys: tuple[str, ...] = ("environment", "env", "stage")
    service_keys: tuple[str, ...] = ("service", "app")
    severities: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, told: object) -> "OpsgenieOptions":
        return read(cls(), told, READERS)


READERS: dict[str, Reader] = {name: reader for name, reader in named.READERS.items() if name != "version_keys"} | {
    "severities": severities,
    "service_keys": texts,
}


def parse(
    headers: Mapping[str, str], payload: Any, options: OpsgenieOptions, received_at: datetime, key: str
) -> Outcome:
    """What an action says of its alert. Raises ``MalformedPayload``."""
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    body = Fields(payload, tolerated(received_at))
    action = body.text("action", 100)
    if action not in KEPT:
        return Ignored(f"Nothing is kept of the action {action}.")
    alert = body.child("alert")
    opened_at = _instant(alert, "createdAt", tolerated(received_at))
    at = opened_at if alert.raw("updatedAt") is None else _instant(alert, "updatedAt", tolerated(received_at))
    place = _place(body, alert, options)
    if place.service is None:
        return Ignored(
            "The alert names no service. Give it a tag such as service:NAME or an entity, or set the option services."
        )
    said = _said(alert, options) | {"opened_at": opened_at} | _moment(action, at)
    # A deletion ends what was open. Of what was closed before, it says nothing: as if it had been said at the start.
    said_at = opened_at if action == "Delete" else max(at, opened_at)
    identity = external_id("opsgenie", alert.text("alertId", 200))
    return [IncidentSeen(said_at, key, identity, place.service, None, place.environment, None, said)]


def _place(body: Fields, alert: Fields, options: OpsgenieOptions) -> Place:
    """By tags, else by the entity. Never by details: only the first action carries them, and a later one would then
    say something else."""
    tags = {}
    for tag in sorted(alert.texts("tags"), reverse=True):
        name, _, value = tag.replace("=", ":", 1).partition(":")
        if value.strip() and len(value) <= MAX_NAME:
            tags[name.strip().lower()] = value.strip()
    entity = alert.prose("entity").strip()[:MAX_NAME]
    place = place_of(options, tags, *filter(None, (entity, alert.prose("message"), body.prose("integrationName"))))
    return place._replace(service=place.service or entity or None)


def _said(alert: Fields, options: OpsgenieOptions) -> Said:
    said: Said = {"title": alert.prose("message").strip()}
    severity = severity_of_word(alert.prose("priority"), options.severities)
    said |= {"severity": severity} if severity else {}
    shared = names_of_key(alert.prose("alias"))
    return said | ({"same_as": shared} if shared else {})


def _moment(action: str, at: datetime) -> Said:
    match action:
        case "Acknowledge":
            return {"acknowledged_at": at}
        case "Close" | "Delete":
            return {"resolved_at": at}
    return {}


def _instant(alert: Fields, name: str, latest: datetime) -> datetime:
    """A number since 1970 in milliseconds (``createdAt``) or nanoseconds (``updatedAt``): its size tells which."""
    value = alert.number(name, 10**19)
    per_second = next(unit for size, unit in UNITS if value >= size)
    seconds, rest = divmod(value, per_second)
    at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 10**6 // per_second)
    if at > latest:
        alert.refuse(name, f"at most 10 minutes after it was received ({latest:%Y-%m-%dT%H:%MZ})", "future_time")
    return at


SENDER = Sender(kind="opsgenie", parse=parse, options=OpsgenieOptions.from_dict, tells=("incidents",))
