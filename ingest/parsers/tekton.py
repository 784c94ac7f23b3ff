"""(pure) Tekton's CloudEvents: runs of the pipelines that deploy (docs/sources/tekton.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ingest.errors import MalformedPayload
from ingest.parsers import cloudevents, named
from ingest.parsers.cloudevents import CloudEvent, read_events
from ingest.parsers.fields import Fields, as_sha, tolerated
from ingest.parsers.named import Naming, Place, Told, external_id, first_told, fits, place_of, told_in
from ingest.parsers.observation import DeploymentSeen, Ignored, Observation, Outcome, Partly, RepositoryRef, Said
from ingest.parsers.options import Reader, read, texts
from ingest.parsers.repositories import repository_named
from ingest.parsers.sender import Sender

PREFIX = "dev.tekton.event."
RUNS = {"pipelinerun": "pipelineRun", "taskrun": "taskRun"}
STATES = ("started", "running", "successful", "failed")


@dataclass(frozen=True, slots=True)
class TektonOptions(Naming):
    """``pipelines`` and ``tasks``: globs of those that deploy, whatever their runs say of an environment."""

    pipelines: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    sha_keys: tuple[str, ...] = ("revision", "git-revision", "git_revision", "commit", "commit-sha", "sha",
                                 "pipelinesascode.tekton.dev/sha")  # fmt: skip
    repository_keys: tuple[str, ...] = ("repo-url", "repo_url", "git-url", "git_url", "repository", "repourl",
                                        "pipelinesascode.tekton.dev/repo-url")  # fmt: skip

    @classmethod
    def from_dict(cls, told: object) -> "TektonOptions":
        return read(cls(), told, READERS)


READERS: dict[str, Reader] = {
    **named.READERS,
    "pipelines": texts,
    "tasks": texts,
    "sha_keys": texts,
    "repository_keys": texts,
}


class Run(NamedTuple):
    """A run as an event tells it. ``told``: labels, annotations, parameters and results as one."""

    kind: str
    state: str
    fields: Fields
    metadata: Fields
    status: Fields | None
    told: Told
    name: str
    event_at: datetime | None

    @property
    def started_at(self) -> datetime | None:
        return (self.status.maybe_time("startTime") if self.status else None) or self.metadata.maybe_time(
            "creationTimestamp"
        )


def parse(
    headers: Mapping[str, str], payload: Any, options: TektonOptions, received_at: datetime, key: str
) -> Outcome | Partly:
    """What events of runs say. Raises ``MalformedPayload``."""

    def read_one(event: CloudEvent, its_key: str) -> list[Observation] | Ignored:
        return _read(event, options, received_at, its_key)

    return read_events(headers, payload, key, read_one)


def _read(event: CloudEvent, options: TektonOptions, received_at: datetime, key: str) -> list[Observation] | Ignored:
    if not event.type:
        raise MalformedPayload("The event's type is missing: it is in the header Ce-Type.", "missing_header")
    kind, _, state = event.type.removeprefix(PREFIX).removesuffix(".v1").partition(".")
    if not event.type.startswith(PREFIX) or kind not in RUNS or state not in STATES:
        return Ignored(f"Nothing is kept of the event {event.type[:100]}.")
    if not isinstance(event.data, dict):
        raise MalformedPayload("The event's data is no object.", "bad_json")
    run = _open(kind, state, event, received_at)
    place = place_of(options, run.told, run.name)
    if kind == "taskrun" and not fits(options.tasks, run.name):
        return Ignored(f"The task {run.name} is none that deploys (option tasks).")
    if kind == "pipelinerun" and not (place.told or fits(options.pipelines, run.name)):
        return Ignored(f"The run says no environment, and {run.name} is none of the option pipelines.")
    return _deployment(run, place, options, received_at, key)


def _open(kind: str, state: str, event: CloudEvent, received_at: datetime) -> Run:
    fields = Fields(event.data, tolerated(received_at)).child(RUNS[kind])
    metadata, status, spec = fields.child("metadata"), fields.maybe_child("status"), fields.maybe_child("spec")
    labels = named.object_or_none(metadata, "labels")
    told = told_in(labels, named.object_or_none(metadata, "annotations"), _values(spec, "params"))
    for results in ("pipelineResults", "taskResults", "results"):
        told |= told_in(_values(status, results))
    label = "tekton.dev/pipeline" if kind == "pipelinerun" else "tekton.dev/task"
    reference = spec.maybe_child("pipelineRef" if kind == "pipelinerun" else "taskRef") if spec else None
    name = (reference.maybe_text("name") if reference else None) or told.get(label) or metadata.text("name")
    when = Fields(event.attributes, tolerated(received_at)).maybe_time("time")
    return Run(kind, state, fields, metadata, status, told, name, when)


def _values(fields: Fields | None, name: str) -> dict[str, Any]:
    """Parameters or results: a list of names and values."""
    return {one.text("name"): one.raw("value") for one in fields.children(name)} if fields else {}


def _deployment(
    run: Run, place: Place, options: TektonOptions, received_at: datetime, key: str
) -> list[Observation] | Ignored:
    condition = _condition(run)
    changed_at = condition.maybe_time("lastTransitionTime") if condition else None
    said: Said = {}
    started_at = run.started_at
    if started_at is not None:
        said["started_at"] = started_at
    if run.state in ("started", "running"):
        said["progress"] = "running"
        at = started_at or changed_at or run.event_at
    else:
        reason = (condition.prose("reason") if condition else "").lower()
        failed = "cancelled" if "cancel" in reason or "stopped" in reason else "failed"
        said["terminal"] = "succeeded" if run.state == "successful" else failed
        at = (run.status.maybe_time("completionTime") if run.status else None) or changed_at or run.event_at
    repository = _repository(run.told, options)
    if place.service is None and repository is None:
        return Ignored(f"The run of {run.name} names neither service nor repository (options service_keys, services).")
    said |= _version(run.told, options)
    external = external_id("tekton", run.metadata.text("uid", 100))
    return [DeploymentSeen(at or received_at, key, external, place.service, repository, place.environment, None, said)]


def _condition(run: Run) -> Fields | None:
    conditions = run.status.children("conditions") if run.status else []
    return next((one for one in conditions if one.raw("type") == "Succeeded"), None)


def _repository(told: Told, options: TektonOptions) -> RepositoryRef | None:
    name = first_told(told, options.repository_keys)
    return repository_named(name) if name else None


def _version(told: Told, options: TektonOptions) -> Said:
    """A revision that is no sha, such as ``main``, says nothing of a commit."""
    shas = (as_sha(told.get(key.lower())) for key in options.sha_keys)
    found = {"sha": next((sha for sha in shas if sha), None), "version": first_told(told, options.version_keys)}
    return {name: value for name, value in found.items() if value is not None}


SENDER = Sender(
    kind="tekton",
    parse=parse,
    options=TektonOptions.from_dict,
    tells=("deployments",),
    key_headers=cloudevents.KEY_HEADERS,
    event_headers=cloudevents.EVENT_HEADERS,
    kept_headers=cloudevents.KEPT_HEADERS,
)
