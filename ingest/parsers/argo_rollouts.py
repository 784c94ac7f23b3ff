"""(pure) Argo Rollouts' notifications, by our own templates: a rollout's revision (docs/sources/argo-rollouts.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers import named
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.named import Naming, Told, as_name, external_id, first_told, place_of, told_in, version_of_images
from ingest.parsers.observation import DeploymentSeen, Ignored, Outcome, Said
from ingest.parsers.options import Reader, read
from ingest.parsers.sender import Sender

RUNNING = ("updated", "paused", "step-completed", "progressing")
TERMINAL = {"completed": "succeeded", "healthy": "succeeded", "aborted": "failed", "degraded": "failed"}


@dataclass(frozen=True, slots=True)
class ArgoRolloutsOptions(Naming):
    @classmethod
    def from_dict(cls, told: object) -> "ArgoRolloutsOptions":
        return read(cls(), told, READERS)


READERS: dict[str, Reader] = dict(named.READERS)


def parse(
    headers: Mapping[str, str], payload: Any, options: ArgoRolloutsOptions, received_at: datetime, key: str
) -> Outcome:
    """What a notification says. Raises ``MalformedPayload``."""
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    body = Fields(payload, tolerated(received_at))
    name, at = body.text("rollout"), body.time("at")
    # The rollout's own phase is that of before the event, so the template tells the event.
    event = (body.maybe_text("event", 100) or body.text("phase", 100)).lower()
    if event not in RUNNING and event not in TERMINAL:
        return Ignored(f"The event {event} says nothing of how the rollout went.")
    said: Said = {"terminal": TERMINAL[event]} if event in TERMINAL else {"progress": "running"}
    if event == "updated":
        said["started_at"] = at
    told = told_in(named.object_or_none(body, "labels"), named.object_or_none(body, "annotations"))
    namespace = body.maybe_text("namespace") or ""
    place = place_of(options, told, name, f"{namespace}/{name}", namespace)
    service = place.service or name
    version = _version(body, told, options, service, name)
    if version is not None:
        said["version"] = version
    return [DeploymentSeen(at, key, _id(body), service, None, place.environment, None, said)]


def _id(body: Fields) -> str:
    """A rollout counts its revisions: an older template that is rolled out again is a new one."""
    revision = as_name(body.raw("revision"))
    if revision is None:
        body.refuse("revision", "the number in the annotation rollout.argoproj.io/revision")
    return external_id("argo-rollouts", body.text("uid", 100), revision)


def _version(body: Fields, told: Told, options: ArgoRolloutsOptions, service: str, name: str) -> str | None:
    return first_told(told, options.version_keys) or version_of_images(body.texts("images"), service, name)


SENDER = Sender(kind="argo-rollouts", parse=parse, options=ArgoRolloutsOptions.from_dict, tells=("deployments",))
