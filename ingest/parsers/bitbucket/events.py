"""(pure) repo:commit_status_*, repo:updated and issue:* -> deployments, other names, incidents."""

from ingest.parsers.bitbucket.users import page_of
from ingest.parsers.fields import Fields, as_sha
from ingest.parsers.hosts.opened import Opened, cause_in, not_counted, version_of
from ingest.parsers.observation import Ignored, Outcome, RepositorySeen, Said
from ingest.parsers.options import matches

TERMINAL = {"SUCCESSFUL": "succeeded", "FAILED": "failed", "STOPPED": "cancelled"}
SEVERITIES = {"blocker": "sev1", "critical": "sev2", "major": "sev3", "minor": "sev4", "trivial": "sev4"}
OPEN, OVER = ("new", "open", "on hold", "submitted"), ("resolved", "duplicate", "invalid", "wontfix", "closed")


def commit_status(opened: Opened, event: str) -> Outcome:
    """A status that a deployer sets on a commit: one deployment a commit and key."""
    options, told = opened.options, opened.body.child("commit_status")
    if options.deploys_by != "statuses":
        return not_counted(opened, "Commit statuses")
    key, name = told.text("key"), told.prose("name")
    if not (matches(key, options.statuses) or matches(name, options.statuses)):
        return Ignored(f"The status {name or key} is none of {', '.join(options.statuses)}.")
    sha, state = _sha(told), told.text("state").upper()
    started_at, at = told.time("created_on"), told.time("updated_on")
    said: Said = {"sha": sha, "started_at": started_at, "url": told.url("url")}
    said |= version_of(opened, told.prose("refname"), sha)
    if state in TERMINAL:
        said["terminal"] = TERMINAL[state]
    elif state == "INPROGRESS":
        said["progress"] = "running"
    else:
        return Ignored(f"The state {state} says nothing of how the deployment went.")
    return [opened.deployment(max(at, started_at), opened.id_of("status", sha, key), said)]


def _sha(told: Fields) -> str:
    """The commit itself, or the address of it, which ends in its sha."""
    commit = told.maybe_child("commit")
    if commit is not None:
        return commit.sha("hash")
    links = told.maybe_child("links")
    link = links.maybe_child("commit") if links else None
    sha = as_sha(link.url("href").rpartition("/")[2]) if link else None
    return told.refuse("commit", "an object with the commit's hash") if sha is None else sha


def repository_updated(opened: Opened, event: str) -> Outcome:
    """Another name is told with the one before."""
    changes = opened.body.maybe_child("changes")
    names = changes.maybe_child("full_name") if changes else None
    before = names.maybe_text("old") if names else None
    if before is None or before == opened.repository.name:
        return Ignored("The repository keeps its name: nothing else is kept of this.")
    return [RepositorySeen(opened.received_at, opened.key, opened.repository, {"previous_name": before})]


def issue(opened: Opened, event: str) -> Outcome:
    """An issue of a component that stands for incidents, since issues here bear no labels."""
    fields = opened.body.child("issue")
    wanted = {label.lower() for label in opened.options.incident_labels}
    if _component(fields).lower() not in wanted:
        return Ignored(f"The issue is of no component that stands for incidents ({', '.join(sorted(wanted))}).")
    at, state = fields.time("updated_on"), fields.prose("state").lower()
    said: Said = {"opened_at": fields.time("created_on"), "title": fields.prose("title"), "url": page_of(fields)}
    if state in OPEN:
        said["resolved_at"] = None
    elif state in OVER and _moved(opened.body):
        said["resolved_at"] = at
    word = fields.prose("priority").lower()
    severity = opened.options.severities.get(word) or SEVERITIES.get(word)
    if severity is not None:
        said["severity"] = severity
    content = fields.maybe_child("content")
    said |= cause_in(opened, content.prose("raw") if content else "")
    return [opened.incident(at, fields.number("id"), said)]


def _moved(body: Fields) -> bool:
    """Whether this event is the one that ended it: what is said of it later does not end it again."""
    changes = body.maybe_child("changes")
    status = (changes.maybe_child("status") or changes.maybe_child("state")) if changes else None
    return status is not None and status.prose("old").lower() not in OVER


def _component(fields: Fields) -> str:
    """Its name, as a text or as an object."""
    value = fields.raw("component")
    if isinstance(value, dict):
        return fields.child("component").prose("name")
    return fields.prose("component")
