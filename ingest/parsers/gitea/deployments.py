"""(pure) release, status and runs of workflows -> deployments, where the options say that they are."""

from datetime import datetime

from ingest.parsers.fields import Fields, as_sha
from ingest.parsers.gitea.users import is_bot_user, login_of
from ingest.parsers.hosts.opened import Opened, not_counted, version_of
from ingest.parsers.observation import Ignored, Outcome, Said
from ingest.parsers.options import matches

TERMINAL = {
    "success": "succeeded",
    "failure": "failed",
    "error": "failed",
    "timed_out": "failed",
    "cancelled": "cancelled",
}
RUNNING = ("in_progress", "running")
WAITING = ("queued", "waiting", "requested", "pending", "blocked")


def release(opened: Opened) -> Outcome:
    """A release that was published is a deployment that succeeded then; a pre-release or a draft is none."""
    options, told = opened.options, opened.body.child("release")
    if options.deploys_by != "releases":
        return not_counted(opened, "Releases")
    action = opened.body.maybe_text("action") or "published"
    if action not in ("published", "updated"):
        return Ignored(f"Nothing is kept of a release that was {action}.")
    if told.flag("prerelease") or told.flag("draft"):
        return Ignored("A pre-release or a draft.")
    tag, author = told.text("tag_name"), told.maybe_child("author")
    if not options.is_release_tag(tag):
        return Ignored(f"The tag {tag} matches none of {', '.join(options.tags)}.")
    said: Said = {"terminal": "succeeded", "version": tag, "url": told.url("html_url")}
    said |= _by(author)
    target = told.prose("target_commitish")
    sha = as_sha(target) if len(target) in (40, 64) else None
    if sha is not None:
        said["sha"] = sha
    at = told.maybe_time("published_at") or told.time("created_at")
    return [opened.deployment(at, opened.id_of("release", told.number("id")), said)]


def _by(user: Fields | None) -> Said:
    return {"by": login_of(user), "bot": is_bot_user(user)} if login_of(user) else {}


def status(opened: Opened) -> Outcome:
    """A status that a deployer sets on a commit: one deployment a commit and context."""
    options, body = opened.options, opened.body
    if options.deploys_by != "statuses":
        return not_counted(opened, "Commit statuses")
    context, state, sha = body.text("context"), body.text("state").lower(), body.sha("sha")
    if not matches(context, options.statuses):
        return Ignored(f"The status {context} is none of {', '.join(options.statuses)}.")
    at = _when(body, "updated_at") or _when(body, "created_at") or opened.received_at
    said: Said = {"sha": sha, "url": body.url("target_url")} | _by(body.maybe_child("sender"))
    if state in TERMINAL:
        said["terminal"] = TERMINAL[state]
    elif state == "pending":
        said |= {"progress": "running", "started_at": _when(body, "created_at") or at}
    else:
        return Ignored(f"The state {state} says nothing of how the deployment went.")
    return [opened.deployment(at, opened.id_of("status", sha, context), said)]


def _when(fields: Fields, name: str) -> datetime | None:
    """A time; ``None`` also for one that never was."""
    value = fields.raw(name)
    never = isinstance(value, str) and (value.startswith(("0001-01-01T", "1970-01-01T")) or value == "")
    return None if never else fields.maybe_time(name)


def workflow_run(opened: Opened) -> Outcome:
    """A run of a workflow that deploys. Each attempt of a re-run is a deployment of its own."""
    options = opened.options
    if options.deploys_by != "workflow_runs":
        return not_counted(opened, "Workflow runs")
    if options.jobs:
        return Ignored("Jobs are the deployments here, not whole runs.")
    run, flow = opened.body.child("workflow_run"), opened.body.maybe_child("workflow")
    path = run.prose("path").partition("@")[0]
    names = {path, path.rpartition("/")[2], flow.prose("name") if flow else ""}
    if not names & set(options.workflows):
        return Ignored(f"The workflow {path} is none of {', '.join(options.workflows)}.")
    return _ran(opened, run, "run")


def workflow_job(opened: Opened) -> Outcome:
    """A job that deploys."""
    options = opened.options
    if options.deploys_by != "workflow_runs" or not options.jobs:
        return Ignored("Jobs are no deployments here (deploys_by is not workflow_runs, or jobs names none).")
    job = opened.body.child("workflow_job")
    if not matches(job.text("name"), options.jobs):
        return Ignored(f"The job {job.text('name')} is none of {', '.join(options.jobs)}.")
    return _ran(opened, job, "job")


def _ran(opened: Opened, run: Fields, what: str) -> Outcome:
    """A run or job, by its status and conclusion. A time that it does not have yet is told as the year 1."""
    branch, state = run.prose("head_branch"), run.prose("conclusion").lower() or run.text("status").lower()
    attempt = run.maybe_number("run_attempt") or 1
    number = opened.id_of(what, run.number("id"), *([attempt] if attempt > 1 else []))
    started_at = _when(run, "started_at") or _when(run, "created_at")
    actor = run.maybe_child("actor") or opened.body.maybe_child("sender")
    said = _by(actor) | {"url": run.url("html_url")}
    return _state(opened, number, branch, run.sha("head_sha"), state, started_at, _when(run, "completed_at"), said)


def action_run(opened: Opened) -> Outcome:
    """Forgejo's end of a run: it succeeded, failed, or succeeded after one that failed."""
    options = opened.options
    if options.deploys_by != "workflow_runs" or options.jobs:
        return not_counted(opened, "Workflow runs") if not options.jobs else Ignored("Jobs are the deployments here.")
    run = opened.body.child("run")
    if run.text("workflow_id") not in options.workflows:
        return Ignored(f"The workflow {run.text('workflow_id')} is none of {', '.join(options.workflows)}.")
    said = _by(run.maybe_child("trigger_user")) | {"url": run.url("html_url")}
    started_at, ended_at = _when(run, "started"), _when(run, "stopped") or _when(run, "updated")
    number, state = opened.id_of("run", run.number("id")), run.text("status").lower()
    return _state(opened, number, run.prose("prettyref"), run.sha("commit_sha"), state, started_at, ended_at, said)


def _state(
    opened: Opened,
    number: str,
    ref: str,
    sha: str,
    state: str,
    started_at: datetime | None,
    ended_at: datetime | None,
    said: Said,
) -> Outcome:
    if opened.options.branches and not matches(ref, opened.options.branches):
        return Ignored(f"The branch {ref} matches none of {', '.join(opened.options.branches)}.")
    at = started_at or ended_at or opened.received_at
    said |= {"sha": sha} | version_of(opened, ref, sha) | ({"started_at": started_at} if started_at else {})
    if state in TERMINAL:
        said["terminal"], at = TERMINAL[state], max(ended_at or at, at)
    elif state in RUNNING:
        said["progress"] = "running"
    elif state not in WAITING:
        return Ignored(f"The state {state} says nothing of a deployment.")
    return [opened.deployment(at, number, said)]
