"""(pure) workflow_run, workflow_job and release -> deployments, where the options say that they are."""

from datetime import datetime

from ingest.parsers.fields import Fields, as_sha
from ingest.parsers.github.delivered import Delivered, Ignored, Said, is_bot_user, login_of
from ingest.parsers.github.deployments import version_of_ref
from ingest.parsers.observation import DeploymentSeen
from ingest.parsers.observation import Said as Facts

WAITING = ("requested", "queued", "waiting")  # says nothing of how far it is: pending is what all begin as
CONCLUSIONS = {
    "success": "succeeded",
    "failure": "failed",
    "timed_out": "failed",
    "startup_failure": "failed",
    "cancelled": "cancelled",
}


def workflow_run(delivered: Delivered) -> Said:
    """A run of a workflow that deploys. Each attempt of a re-run is a deployment of its own."""
    options = delivered.options
    if options.deploys_by != "workflow_runs":
        return Ignored(f"Workflow runs are no deployments here (deploys_by is {options.deploys_by}).")
    if options.jobs:
        return Ignored("Jobs are the deployments here, not whole runs.")
    return run_seen(delivered, delivered.body.child("workflow_run"), delivered.action)


def run_seen(delivered: Delivered, run: Fields, action: str) -> Said:
    """A run, by what became of it: ``requested``, ``in_progress``, ``completed`` and the like."""
    options = delivered.options
    name, path = run.prose("name"), run.prose("path").partition("@")[0]
    if not {name, path, path.rpartition("/")[2]} & set(options.workflows):
        return Ignored(f"The workflow {name or path} is none of {', '.join(options.workflows)}.")
    attempt = run.maybe_number("run_attempt") or 1
    external_id = delivered.id_of("run", run.number("id"), *([attempt] if attempt > 1 else []))
    started_at = run.maybe_time("run_started_at") or run.time("created_at")
    ended_at = run.maybe_time("updated_at") or started_at
    return _run(delivered, run, action, external_id, started_at, ended_at)


def workflow_job(delivered: Delivered) -> Said:
    """A job that deploys, of any workflow or of those that are named."""
    options = delivered.options
    if options.deploys_by != "workflow_runs" or not options.jobs:
        return Ignored("Jobs are no deployments here (deploys_by is not workflow_runs, or jobs names none).")
    return job_seen(delivered, delivered.body.child("workflow_job"), delivered.action)


def job_seen(delivered: Delivered, job: Fields, action: str) -> Said:
    """A job, by what became of it."""
    options = delivered.options
    name, workflow = job.prose("name"), job.prose("workflow_name")
    if name not in options.jobs or (options.workflows and workflow not in options.workflows):
        return Ignored(f"The job {name} is none of {', '.join(options.jobs)}.")
    started_at = job.maybe_time("started_at") or job.time("created_at")
    ended_at = job.maybe_time("completed_at") or started_at
    return _run(delivered, job, action, delivered.id_of("job", job.number("id")), started_at, ended_at)


def _run(
    delivered: Delivered, run: Fields, action: str, external_id: str, started_at: datetime, ended_at: datetime
) -> Said:
    options, branch = delivered.options, run.prose("head_branch")
    if not options.is_deployed_branch(branch):
        return Ignored(f"The branch {branch} matches none of {', '.join(options.branches)}.")
    sha = run.sha("head_sha")
    said: Facts = {"sha": sha, "started_at": started_at, "url": run.url("html_url")}
    actor = run.maybe_child("triggering_actor") or run.maybe_child("actor")
    if actor is not None:
        said |= {"by": login_of(actor), "bot": is_bot_user(actor)}
    version = version_of_ref(delivered, branch, sha)
    if version is not None:
        said["version"] = version
    at = started_at
    if action == "completed":
        conclusion = run.text("conclusion")
        if conclusion not in CONCLUSIONS:
            return Ignored(f"The conclusion {conclusion} says nothing of a deployment.")
        said["terminal"], at = CONCLUSIONS[conclusion], max(ended_at, started_at)
    elif action == "in_progress":
        said["progress"] = "running"
    elif action not in WAITING:
        return Ignored(f"Nothing is kept of a run that was {action}.")
    return [DeploymentSeen(at, delivered.key, external_id, None, delivered.repository, options.environment, None, said)]


def release(delivered: Delivered) -> Said:
    """A release that was published is a deployment that succeeded then; a pre-release is none."""
    options = delivered.options
    if options.deploys_by != "releases":
        return Ignored(f"Releases are no deployments here (deploys_by is {options.deploys_by}).")
    if delivered.action != "published":
        return Ignored(f"Nothing is kept of a release that was {delivered.action}.")
    return release_seen(delivered, delivered.body.child("release"))


def release_seen(delivered: Delivered, told: Fields) -> Said:
    """A published release, unless it is a pre-release."""
    options = delivered.options
    if told.flag("prerelease") or told.flag("draft"):
        return Ignored("A pre-release or a draft.")
    version, at, author = told.text("tag_name"), told.time("published_at"), told.maybe_child("author")
    if not options.is_release_tag(version):
        return Ignored(f"The tag {version} matches none of {', '.join(options.tags)}.")
    said: Facts = {"terminal": "succeeded", "version": version, "url": told.url("html_url")}
    said |= {"by": login_of(author), "bot": is_bot_user(author)}
    target = told.prose("target_commitish")
    sha = as_sha(target) if len(target) in (40, 64) else None
    if sha is not None:
        said["sha"] = sha
    external_id = delivered.id_of("release", told.number("id"))
    return [DeploymentSeen(at, delivered.key, external_id, None, delivered.repository, options.environment, None, said)]
