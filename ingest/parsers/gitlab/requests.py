"""(pure) Merge Request Hook, and Note Hook on a merge request -> the life of a pull request."""

from datetime import datetime

from ingest.parsers.fields import Fields
from ingest.parsers.hosts.opened import Opened, is_bot_name
from ingest.parsers.messages import NUMBER_LIMIT, is_hotfix
from ingest.parsers.observation import Ignored, Outcome, Said

ACTIONS = ("open", "reopen", "update", "close", "merge", "approval", "approved", "unapproval", "unapproved")
APPROVALS = ("approval", "approved")


def merge_request(opened: Opened) -> Outcome:
    """A merge request as GitLab tells it after what was done to it. An approval bears no time of its own, and does not
    count as an update: it is dated by its receipt."""
    fields = opened.body.child("object_attributes")
    action = fields.maybe_text("action") or ""
    if action not in ACTIONS:
        return Ignored(f"Nothing is kept of a merge request's event {action or 'without an action'}.")
    at = fields.maybe_time("updated_at") or fields.time("created_at")
    number = fields.number("iid", NUMBER_LIMIT)
    said = _description(opened, fields)
    if action in APPROVALS:
        said |= _reviewed(opened, fields, opened.received_at, approved=True)
    elif action == "merge":
        said |= _merged(fields, at)
    elif action == "close":
        said["closed_at"] = at
    elif action == "reopen":
        said["closed_at"] = None
    else:
        said |= _ready(opened.body, fields, action, at)
    seen = opened.pull_request(at, number, said)
    return [*(opened.repository_seen(at) if action == "merge" else []), seen]


def _description(opened: Opened, fields: Fields) -> Said:
    """What every event tells. Whose it is stands there by number alone, and by name where they did it themselves."""
    title, branch = fields.prose("title"), fields.prose("source_branch")
    wanted = {label.lower() for label in opened.options.hotfix_labels}
    said: Said = {
        "opened_at": fields.time("created_at"),
        "title": title,
        "url": fields.url("url"),
        "base_branch": fields.text("target_branch"),
        "hotfix": bool(_labels(opened.body, fields) & wanted) or is_hotfix(title) or is_hotfix(branch),
        "revert": title.startswith('Revert "'),
    }
    user = opened.body.maybe_child("user")
    if user is not None and _is_author(user, fields):
        name = user.prose("username") or user.prose("name")
        said |= {"author": name, "bot": is_bot_name(name)}
    return said


def _labels(body: Fields, fields: Fields) -> set[str]:
    """The labels' titles, in lower case."""
    found = body.children("labels") or fields.children("labels")
    return {label.text("title").lower() for label in found}


def _is_author(user: Fields, fields: Fields) -> bool:
    number, author = user.maybe_number("id"), fields.maybe_number("author_id")
    return number is not None and number == author


def _is_draft(fields: Fields) -> bool:
    return fields.flag("draft") or fields.flag("work_in_progress")


def _ready(body: Fields, fields: Fields, action: str, at: datetime) -> Said:
    """When it was opened, or when it stopped (began) to be a draft."""
    if action == "open":
        return {"ready_at": None if _is_draft(fields) else fields.time("created_at")}
    changes = body.maybe_child("changes")
    draft = (changes.maybe_child("draft") or changes.maybe_child("work_in_progress")) if changes else None
    if draft is None:
        return {}
    return {"ready_at": None if draft.flag("current") else at}


def _merged(fields: Fields, at: datetime) -> Said:
    """The event of the merge bears its time. Without a merge commit the branch was moved forward: what landed is the
    last commit, unless it was squashed."""
    said: Said = {"merged_at": at, "closed_at": at}
    merge_sha = fields.maybe_sha("merge_commit_sha")
    if merge_sha is not None:
        return said | {"merge_sha": merge_sha, "how": "merge"}
    squash_sha = fields.maybe_sha("squash_commit_sha")
    if squash_sha is not None:
        return said | {"merge_sha": squash_sha, "how": "squash"}
    last = fields.maybe_child("last_commit")
    if last is not None and fields.raw("squash") is not None and not fields.flag("squash"):
        return said | {"merge_sha": last.sha("id"), "how": "merge"}
    return said


def _reviewed(opened: Opened, fields: Fields, at: datetime, approved: bool) -> Said:
    """A review by a person other than the author; the earliest wins when it is joined."""
    user = opened.body.maybe_child("user")
    if user is None or _is_author(user, fields) or is_bot_name(user.prose("username")):
        return {}
    return {"first_review_at": at} | ({"approved_at": at} if approved else {})


def note(opened: Opened) -> Outcome:
    """A comment on a merge request, which is a review where it is another person's."""
    told, request = opened.body.child("object_attributes"), opened.body.maybe_child("merge_request")
    if request is None:
        return Ignored("A comment, but not on a merge request.")
    if told.flag("system"):
        return Ignored("A note that GitLab made itself.")
    if told.maybe_text("action") not in (None, "create"):
        return Ignored("An old comment was changed.")
    said = _reviewed(opened, request, told.time("created_at"), approved=False)
    if not said:
        return Ignored("The author's own comment, or a bot's.")
    return [opened.pull_request(told.time("created_at"), request.number("iid", NUMBER_LIMIT), said)]
