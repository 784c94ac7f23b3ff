"""(pure) Deployment, Job, Pipeline and Release Hook -> attempts to deploy."""

from datetime import datetime

from ingest.parsers.fields import Fields, as_sha
from ingest.parsers.hosts.opened import Opened, is_bot_name, not_counted, version_of
from ingest.parsers.observation import DeploymentSeen, Ignored, Outcome, Said
from ingest.parsers.options import matches

TERMINAL = {"success": "succeeded", "failed": "failed", "canceled": "cancelled", "cancelled": "cancelled"}
WAITING = ("created", "blocked", "pending", "manual", "preparing", "waiting_for_resource", "scheduled")


def deployment(opened: Opened) -> Outcome:
    """One state of a deployment, dated by ``status_changed_at``."""
    if opened.options.deploys_by != "deployments":
        return not_counted(opened, "GitLab's deployments")
    body, status = opened.body, opened.body.text("status")
    said = _state(status)
    if said is None:
        return Ignored(f"The status {status} says nothing of how the deployment went.")
    at = body.time("status_changed_at")
    if status == "running":
        said["started_at"] = at
    sha = _sha(body)
    if sha is not None:
        said["sha"] = sha
    said |= _by(body.maybe_child("user")) | version_of(opened, body.prose("ref"), sha)
    said["url"] = body.url("deployable_url")
    deployable = body.maybe_number("deployable_id")
    if deployable is not None:
        said["same_as"] = [opened.id_of("job", deployable)]
    tier = body.maybe_text("environment_tier")
    return [_placed(opened, at, opened.id_of(body.number("deployment_id")), said, body.text("environment"), tier)]


def _state(status: str) -> Said | None:
    if status in TERMINAL:
        return {"terminal": TERMINAL[status]}
    if status == "running":
        return {"progress": "running"}
    return {} if status in WAITING else None  # pending is what all begin as


def _sha(body: Fields) -> str | None:
    """The address of the commit ends in it; ``short_sha`` is its beginning."""
    whole = as_sha(body.url("commit_url").rpartition("/")[2])
    return whole if whole and len(whole) >= 40 else body.maybe_sha("sha") or body.maybe_sha("short_sha")


def _by(user: Fields | None) -> Said:
    name = (user.prose("username") or user.prose("name")) if user else ""
    return {"by": name, "bot": is_bot_name(name)} if name else {}


def _placed(
    opened: Opened, at: datetime, number: str, said: Said, name: str | None, tier: str | None
) -> DeploymentSeen:
    """Service and environment by the environment's name, or by its tier where the options want that."""
    pattern = opened.options.environment_names
    service, environment = pattern.split(name) if pattern and name else (None, name)
    if tier is not None and opened.options.environment_by == "tier":
        environment = tier
    return opened.deployment(at, number, said, environment, service)


def job(opened: Opened) -> Outcome:
    """A job that deploys: by its name where the options name some, else one that starts an environment."""
    options, body = opened.options, opened.body
    if options.deploys_by != "jobs":
        return not_counted(opened, "Jobs")
    name, place = body.text("build_name"), body.maybe_child("environment")
    starts = place is not None and place.raw("action") in (None, "start")
    if not (matches(name, options.jobs) if options.jobs else starts):
        wanted = f"is none of {', '.join(options.jobs)}" if options.jobs else "starts no environment; jobs can name it"
        return Ignored(f"The job {name} {wanted}.")
    ref, tag = body.text("ref"), body.flag("tag")
    if options.branches and not options.is_deployed(ref, opened.default_branch, tag):
        return Ignored(f"{ref} matches none of {', '.join(options.branches)}.")
    run = _Run(body.text("build_status"), _first(body, "build_started_at", "build_created_at"))
    run.ended_at = body.maybe_time("build_finished_at")
    environment = place.maybe_text("name") if place else None
    tier = place.maybe_text("deployment_tier") if place else None
    number = opened.id_of("job", body.number("build_id"))
    return _ran(opened, run, number, body.sha("sha"), ref if tag else "", environment, tier)


def pipeline(opened: Opened) -> Outcome:
    """A whole pipeline that deploys: of the default branch and of release tags, or of the branches that are named."""
    options, told = opened.options, opened.body.child("object_attributes")
    if options.deploys_by != "pipelines":
        return not_counted(opened, "Pipelines")
    ref, tag = told.text("ref"), told.flag("tag")
    if told.raw("source") == "merge_request_event" or not options.is_deployed(ref, opened.default_branch, tag):
        return Ignored(f"The pipeline of {ref} deploys nothing; the option branches can name it.")
    run = _Run(told.text("status"), _first(told, "started_at", "created_at"))
    run.ended_at = told.maybe_time("finished_at")
    number = opened.id_of("pipeline", told.number("id"))
    return _ran(opened, run, number, told.sha("sha"), ref if tag else "", None, None)


def _first(fields: Fields, *names: str) -> datetime | None:
    return next((at for name in names if (at := fields.maybe_time(name)) is not None), None)


class _Run:
    """A job or a pipeline: its status, and when it began and ended, where that is told."""

    def __init__(self, status: str, started_at: datetime | None) -> None:
        self.status, self.started_at = status, started_at
        self.ended_at: datetime | None = None


def _ran(
    opened: Opened, run: _Run, number: str, sha: str, tag: str, environment: str | None, tier: str | None
) -> Outcome:
    said = _state(run.status)
    if said is None:
        return Ignored(f"The status {run.status} says nothing of a deployment.")
    begun = run.started_at or run.ended_at or opened.received_at
    said["sha"] = sha
    if run.status not in WAITING:
        said["started_at"] = begun
    said |= _by(opened.body.maybe_child("user")) | version_of(opened, tag, sha)
    at = max(begun, run.ended_at or begun) if run.status in TERMINAL else begun
    return [_placed(opened, at, number, said, environment, tier)]


def release(opened: Opened) -> Outcome:
    """A release is a deployment that succeeded when it was released."""
    options, body = opened.options, opened.body
    if options.deploys_by != "releases":
        return not_counted(opened, "Releases")
    action = body.maybe_text("action") or "create"
    if action not in ("create", "update"):
        return Ignored(f"Nothing is kept of a release's event {action}.")
    tag = body.text("tag")
    if not options.is_release_tag(tag):
        return Ignored(f"The tag {tag} matches none of {', '.join(options.tags)}.")
    at = body.maybe_time("released_at") or body.time("created_at")
    said: Said = {"terminal": "succeeded", "version": tag, "url": body.url("url")}
    commit = body.maybe_child("commit")
    if commit is not None:
        said["sha"] = commit.sha("id")
    return [opened.deployment(at, opened.id_of("release", tag), said)]
