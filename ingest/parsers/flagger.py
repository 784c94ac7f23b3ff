"""(pure) Flagger's event webhooks: a canary's analysis is an attempt to deploy (docs/sources/flagger.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers import named
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.named import Naming, Told, external_id, first_told, place_of, told_in
from ingest.parsers.observation import DeploymentSeen, Ignored, Outcome, Said
from ingest.parsers.options import Reader, a_text, read
from ingest.parsers.sender import Sender

RUNNING = ("Progressing", "Waiting", "WaitingPromotion", "Promoting", "Finalising")
TERMINAL = {"Initialized": "succeeded", "Succeeded": "succeeded", "Failed": "failed"}
NEW_REVISION = "New revision detected!"  # the checksum is still that of the version before
STARTED = "Starting canary analysis"
INITIALIZED = "Initialization done!"


@dataclass(frozen=True, slots=True)
class FlaggerOptions(Naming):
    """``cluster``: tells canaries of one name in several clusters apart."""

    cluster: str = ""
    build_keys: tuple[str, ...] = ("buildid", "build_id", "build")

    @classmethod
    def from_dict(cls, told: object) -> "FlaggerOptions":
        return read(cls(), told, READERS)


READERS: dict[str, Reader] = {**named.READERS, "cluster": a_text, "build_keys": named.READERS["service_keys"]}


def parse(
    headers: Mapping[str, str], payload: Any, options: FlaggerOptions, received_at: datetime, key: str
) -> Outcome:
    """What an event of a canary says. Raises ``MalformedPayload``."""
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    body = Fields(payload, tolerated(received_at))
    name, phase, metadata = body.text("name"), body.text("phase"), body.maybe_child("metadata")
    if metadata is None or metadata.raw("eventType") is None:
        return Ignored("A gate or check, and no event: register this address as a webhook of type event.")
    at, message = metadata.maybe_milliseconds("timestamp") or received_at, metadata.prose("eventMessage")
    told = told_in(payload["metadata"])
    said = _progress(phase, message, at)
    if isinstance(said, Ignored):
        return said
    checksum = body.text("checksum")
    said["version"] = first_told(told, options.version_keys) or checksum
    place = place_of(options, told, name, f"{body.text('namespace')}/{name}")
    seen = DeploymentSeen(at, key, _id(body, options, told), place.service or name, None, place.environment, None, said)
    return [seen]


def _progress(phase: str, message: str, at: datetime) -> Said | Ignored:
    if message.startswith(NEW_REVISION):
        return Ignored("A new revision was found: its analysis tells more.")
    if phase in RUNNING:
        return {"progress": "running"} | ({"started_at": at} if message.startswith(STARTED) else {})
    if phase not in TERMINAL or (phase == "Initialized" and not message.startswith(INITIALIZED)):
        return Ignored(f"The phase {phase} says nothing of how a deployment went.")
    return {"terminal": TERMINAL[phase]}


def _id(body: Fields, options: FlaggerOptions, told: Told) -> str:
    cluster = told.get("cluster") or options.cluster
    build = first_told(told, options.build_keys)
    return external_id("flagger", cluster, body.text("namespace"), body.text("name"), body.text("checksum"), build)


SENDER = Sender(kind="flagger", parse=parse, options=FlaggerOptions.from_dict, tells=("deployments",))
