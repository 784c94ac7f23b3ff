"""(pure) Jenkins: the Notification plugin's JSON, and the plain one of a pipeline's step (docs/sources/jenkins.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from ingest.errors import MalformedPayload
from ingest.parsers import named
from ingest.parsers.fields import MAX_NAME, Fields, clean, tolerated
from ingest.parsers.named import KINDS, Naming, Place, Told, external_id, first_told, fits, place_of, told_in
from ingest.parsers.observation import DeploymentSeen, Ignored, Outcome, RepositoryRef, Said
from ingest.parsers.options import Reader, one_of, read, texts
from ingest.parsers.repositories import repository_named, repository_of_url
from ingest.parsers.sender import Sender

TERMINAL = {"SUCCESS": "succeeded", "FAILURE": "failed", "ABORTED": "cancelled"}
MAX_DURATION = 10**12  # milliseconds


@dataclass(frozen=True, slots=True)
class JenkinsOptions(Naming):
    """``jobs``: globs of the jobs that deploy, such as ``shop/deploy-*``. ``unstable``: what an unstable build is."""

    jobs: tuple[str, ...] = ("*deploy*",)
    branches: tuple[str, ...] = ("*",)
    kind_keys: tuple[str, ...] = ("kind",)
    unstable: str = "succeeded"

    @classmethod
    def from_dict(cls, told: object) -> "JenkinsOptions":
        return read(cls(), told, READERS)


READERS: dict[str, Reader] = {
    **named.READERS,
    "jobs": texts,
    "branches": texts,
    "kind_keys": texts,
    "unstable": one_of("succeeded", "failed"),
}


class Build(NamedTuple):
    """A build as either form tells it. ``job``: its folders too, as ``shop/deploy-pay``."""

    job: str
    external_id: str
    at: datetime
    said: Said
    told: Told
    repository: RepositoryRef | None


def parse(
    headers: Mapping[str, str], payload: Any, options: JenkinsOptions, received_at: datetime, key: str
) -> Outcome:
    """What a notification of a build says. Raises ``MalformedPayload``."""
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    body = Fields(payload, tolerated(received_at))
    build = _of_plugin(body, options) if "build" in payload else _of_step(body, payload, options)
    if isinstance(build, Ignored):
        return build
    place = place_of(options, build.told, build.job, build.job.rpartition("/")[2])
    if place.service is None and build.repository is None:
        return Ignored(
            f"The build of {build.job} names neither service nor repository: give it a parameter named service,"
            " or name the job in the option services."
        )
    return [_deployment(build, place, options, key)]


def _deployment(build: Build, place: Place, options: JenkinsOptions, key: str) -> DeploymentSeen:
    said = dict(build.said)
    version = first_told(build.told, options.version_keys)
    if version is not None:
        said["version"] = version
    kind = (first_told(build.told, options.kind_keys) or "").lower()
    if kind in KINDS:
        said["kind"] = kind
    return DeploymentSeen(
        build.at, key, build.external_id, place.service, build.repository, place.environment, None, said
    )


# ---- the Notification plugin


def _of_plugin(body: Fields, options: JenkinsOptions) -> Build | Ignored:
    build = body.child("build")
    address = build.url("full_url") or build.prose("full_url") or build.prose("url") or body.prose("url")
    job = _job_of(address) or body.text("name")
    if not fits(options.jobs, job):
        return Ignored(f"The job {job} fits none of {', '.join(options.jobs)} (option jobs).")
    scm = build.maybe_child("scm")
    branch = (scm.maybe_text("branch") if scm else None) or ""
    if branch and not fits(options.branches, branch, branch.removeprefix("origin/")):
        return Ignored(f"The branch {branch} fits none of {', '.join(options.branches)} (option branches).")
    at = build.maybe_milliseconds("timestamp")
    if at is None:
        build.refuse("timestamp", "milliseconds since 1970")
    said = _state(build, at, options)
    if isinstance(said, Ignored):
        return said
    if scm is not None and scm.raw("commit") is not None:
        said["sha"] = scm.sha("commit")
    said["url"] = build.url("full_url")
    told = told_in(named.object_or_none(build, "parameters"))
    repository = repository_of_url(scm.prose("url")) if scm else None
    return Build(job, _id(address, job, build.number("number")), at, said, told, repository)


def _state(build: Fields, at: datetime, options: JenkinsOptions) -> Said | Ignored:
    phase = build.text("phase").upper()
    if phase == "QUEUED":
        return Ignored("The build waits: its start tells more.")
    if phase == "STARTED":
        return {"progress": "running", "started_at": at}
    if phase not in ("COMPLETED", "FINALIZED"):
        return Ignored(f"The phase {phase} says nothing of how the build went.")
    terminal = _terminal(build.text("status"), options)
    if isinstance(terminal, Ignored):
        return terminal
    said: Said = {"terminal": terminal}
    duration = build.maybe_number("duration", MAX_DURATION) or 0
    if phase == "COMPLETED" and 0 < duration < at.timestamp() * 1000:
        said["started_at"] = at - timedelta(milliseconds=duration)
    return said


def _terminal(status: str, options: JenkinsOptions) -> str | Ignored:
    if status.upper() == "UNSTABLE":
        return options.unstable
    return TERMINAL.get(status.upper()) or Ignored(f"The result {status} says nothing of how the build went.")


# ---- a pipeline's own step


def _of_step(body: Fields, payload: dict[str, Any], options: JenkinsOptions) -> Build | Ignored:
    """Who sends this means a deployment, so ``jobs`` is not asked."""
    status, at = body.text("status").upper(), body.maybe_milliseconds("at")
    if at is None:
        body.refuse("at", "milliseconds since 1970")
    address = body.prose("url")
    job = _job_of(address) or body.text("job")
    terminal = "" if status == "STARTED" else _terminal(status, options)
    if isinstance(terminal, Ignored):
        return terminal
    said: Said = {"terminal": terminal} if terminal else {"progress": "running"}
    started_at = body.maybe_milliseconds("started_at") or (at if not terminal else None)
    if started_at is not None:
        said["started_at"] = started_at
    if body.raw("sha") is not None:
        said["sha"] = body.sha("sha")
    if body.url("url"):
        said["url"] = body.url("url")
    if body.maybe_text("by") is not None:
        said["by"] = body.text("by")
    repository = body.prose("repository")
    found = repository_named(repository) if repository else None
    return Build(job, _id(address, job, body.number("number")), at, said, told_in(payload), found)


# ---- both


def _job_of(address: str) -> str:
    """``shop/deploy-pay`` of ``https://ci.example/job/shop/job/deploy-pay/18/``; empty where it tells none."""
    parts, found = iter(_path(address).split("/")), []
    for part in parts:
        if part == "job":
            found.append(clean(unquote(next(parts, ""))))
    return "/".join(name for name in found if name)[:MAX_NAME]


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _id(address: str, job: str, number: int) -> str:
    """The same for either form: by the server's host, where the build's address tells it."""
    try:
        host = urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        host = ""
    return external_id("jenkins", host, job, number)


SENDER = Sender(kind="jenkins", parse=parse, options=JenkinsOptions.from_dict, tells=("deployments",))
