"""(pure) Argo CD's notifications, by our own template: a sync is an attempt to deploy (docs/sources/argocd.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ingest.errors import MalformedPayload
from ingest.parsers import named
from ingest.parsers.fields import Fields, as_sha, tolerated
from ingest.parsers.named import (
    Naming,
    Told,
    as_name,
    external_id,
    first_told,
    fits,
    place_of,
    sha_of_tag,
    told_in,
    version_of_images,
)
from ingest.parsers.observation import DeploymentSeen, Ignored, Outcome, RepositoryRef, Said
from ingest.parsers.options import Reader, one_of, read, texts
from ingest.parsers.repositories import repository_of_url
from ingest.parsers.sender import Sender

FAILED = ("Failed", "Error")
HEALTHY = "Healthy"


@dataclass(frozen=True, slots=True)
class ArgoCDOptions(Naming):
    """``environment_from``: what names the environment where no label does. ``config_repositories``: globs of the
    repositories that hold manifests alone, whose commits are no changes of the service."""

    environment_from: str = "option"
    config_repositories: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, told: object) -> "ArgoCDOptions":
        return read(cls(), told, READERS)


READERS: dict[str, Reader] = {
    **named.READERS,
    "environment_from": one_of("option", "project", "namespace", "cluster"),
    "config_repositories": texts,
}


class Content(NamedTuple):
    """What a sync brought: the source's commit, or the version of its chart."""

    repository: RepositoryRef | None
    sha: str | None
    chart: str | None


def parse(headers: Mapping[str, str], payload: Any, options: ArgoCDOptions, received_at: datetime, key: str) -> Outcome:
    """What a notification says. Raises ``MalformedPayload``."""
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    body = Fields(payload, tolerated(received_at))
    app, operation = body.text("app"), body.maybe_child("operation")
    if operation is None or operation.raw("phase") is None:
        return Ignored(f"{app} was not synced yet.")
    started_at = operation.time("startedAt")
    outcome = _outcome(body, operation, started_at)
    if isinstance(outcome, Ignored):
        return outcome
    at, said = outcome
    said |= {"started_at": started_at, "url": body.url("url")}
    told = told_in(named.object_or_none(body, "labels"), named.object_or_none(body, "annotations"))
    content = _content(body, options)
    said |= _version(body, told, content, options, app)
    service, environment = _place(body, told, options, app)
    external = external_id("argocd", body.text("uid", 100), started_at.isoformat())
    return [DeploymentSeen(at, key, external, service, content.repository, environment, None, said)]


def _outcome(body: Fields, operation: Fields, started_at: datetime) -> tuple[datetime, Said] | Ignored:
    """When, and how the sync went. It has succeeded when what it made is healthy, not before."""
    phase, health = operation.text("phase"), body.maybe_child("health")
    if phase == "Running":
        return started_at, {"progress": "running"}
    if phase in FAILED:
        return operation.time("finishedAt"), {"terminal": "failed"}
    if phase != "Succeeded":
        return Ignored(f"The phase {phase} says nothing of how the sync went.")
    finished_at, status = operation.time("finishedAt"), health.prose("status") if health else ""
    if status == HEALTHY and health:
        return max(finished_at, health.maybe_time("lastTransitionTime") or finished_at), {"terminal": "succeeded"}
    if status in ("", "Progressing"):
        return finished_at, {"progress": "running"}
    return Ignored(f"The sync succeeded and its health is {status}: only healthy is a deployment that succeeded.")


def _place(body: Fields, told: Told, options: ArgoCDOptions, app: str) -> tuple[str, str]:
    destination = body.maybe_child("destination")
    cluster = (destination.maybe_text("name") or destination.maybe_text("server")) if destination else None
    names = {
        "project": body.maybe_text("project"),
        "namespace": destination.maybe_text("namespace") if destination else None,
        "cluster": cluster,
    }
    place = place_of(options, told, app, *[name for name in names.values() if name])
    by_option = names.get(options.environment_from)
    return place.service or app, place.environment if place.told or not by_option else by_option


def _content(body: Fields, options: ArgoCDOptions) -> Content:
    """Of several sources the first that is code counts; a chart's revision is its version."""
    sources, revisions = body.children("sources"), body.texts("revisions") or [body.maybe_text("revision") or ""]
    found = Content(None, None, None)
    for source, revision in zip(sources, revisions, strict=False):
        repository = repository_of_url(source.prose("repoURL"))
        if source.maybe_text("chart") is not None:
            found = found._replace(chart=found.chart or as_name(revision))
        elif repository is not None and not found.repository and not fits(options.config_repositories, repository.name):
            found = found._replace(repository=repository, sha=as_sha(revision))
    return found


def _version(body: Fields, told: Told, content: Content, options: ArgoCDOptions, app: str) -> Said:
    service = first_told(told, options.service_keys) or app
    tag = version_of_images(body.texts("images"), service, app)
    version = first_told(told, options.version_keys) or tag or content.chart
    sha = content.sha or (sha_of_tag(tag) if content.repository is None else None)
    return {name: value for name, value in (("version", version), ("sha", sha)) if value is not None}


SENDER = Sender(kind="argocd", parse=parse, options=ArgoCDOptions.from_dict, tells=("deployments",))
