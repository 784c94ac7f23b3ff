"""(pure) pull_request and its reviews -> the life of a pull request."""

from datetime import datetime

from ingest.parsers.fields import Fields
from ingest.parsers.gitea.users import is_bot_user, login_of
from ingest.parsers.github.labels import label_names
from ingest.parsers.hosts.opened import Opened
from ingest.parsers.messages import NUMBER_LIMIT, is_hotfix
from ingest.parsers.observation import Ignored, Outcome, Said

ACTIONS = ("opened", "reopened", "edited", "label_updated", "label_cleared", "synchronized", "closed")
WAYS = {
    "merge": ("allow_merge_commits",),
    "squash": ("allow_squash_merge",),
    "rebase": ("allow_rebase", "allow_rebase_explicit", "allow_fast_forward_only_merge"),
}
DRAFTS = ("wip:", "[wip]")


def pull_request(opened: Opened) -> Outcome:
    action = opened.body.maybe_text("action") or ""
    if action not in ACTIONS:
        return Ignored(f"Nothing is kept of a pull request that was {action or 'changed'}.")
    fields = opened.body.child("pull_request")
    at = fields.maybe_time("updated_at") or fields.time("created_at")
    said = _description(opened, fields)
    if action == "opened":
        said["ready_at"] = None if _is_draft(fields) else said["opened_at"]
    elif action == "edited":
        said |= _ready(opened.body, fields, at)
    elif action == "reopened":
        said["closed_at"] = None
    elif action == "closed":
        said |= _closed(fields, at)
    seen = opened.pull_request(at, fields.number("number", NUMBER_LIMIT), said)
    return [*(opened.repository_seen(at) if "merged_at" in said else []), seen]


def _description(opened: Opened, fields: Fields) -> Said:
    user, title, branch = fields.maybe_child("user"), fields.prose("title"), fields.child("head").prose("ref")
    labelled = label_names(fields) & {label.lower() for label in opened.options.hotfix_labels}
    said: Said = {
        "opened_at": fields.time("created_at"),
        "title": title,
        "url": fields.url("html_url"),
        "base_branch": fields.child("base").text("ref"),
        "hotfix": bool(labelled) or is_hotfix(title) or is_hotfix(branch),
        "revert": title.startswith('Revert "'),
    }
    return said | ({"author": login_of(user), "bot": is_bot_user(user)} if user else {})


def _is_draft(fields: Fields) -> bool:
    return fields.flag("draft") or fields.prose("title").lower().startswith(DRAFTS)


def _ready(body: Fields, fields: Fields, at: datetime) -> Said:
    """A draft is one by its title, so that a new title makes it ready, or a draft again."""
    changes = body.maybe_child("changes")
    title = changes.maybe_child("title") if changes else None
    was = title.prose("from").lower().startswith(DRAFTS) if title else None
    now = _is_draft(fields)
    return {} if was is None or was == now else {"ready_at": None if now else at}


def _closed(fields: Fields, at: datetime) -> Said:
    merged_at = fields.maybe_time("merged_at")
    if not fields.flag("merged") or merged_at is None:
        return {"closed_at": fields.maybe_time("closed_at") or at}
    said: Said = {"closed_at": merged_at, "merged_at": merged_at}
    merge_sha = fields.maybe_sha("merge_commit_sha")
    if merge_sha is None:
        return said
    said["merge_sha"] = merge_sha
    how = "merge" if merge_sha == fields.child("head").maybe_sha("sha") else _only_way(fields)
    return said | ({"how": how} if how else {})


def _only_way(fields: Fields) -> str | None:
    """The way of merging that the repository allows, where it is one alone."""
    repository = fields.child("base").maybe_child("repo")
    if repository is None:
        return None
    allowed = [how for how, flags in WAYS.items() if any(repository.flag(flag) for flag in flags)]
    return allowed[0] if len(allowed) == 1 else None


def review(opened: Opened) -> Outcome:
    """A review by a person other than the author. It bears no time of its own, and is dated by its receipt."""
    pull, review_type = opened.body.child("pull_request"), opened.body.child("review").text("type")
    reviewer, author = opened.body.maybe_child("sender"), pull.maybe_child("user")
    if not login_of(reviewer) or is_bot_user(reviewer) or login_of(reviewer) == login_of(author):
        return Ignored("The author's own review, a bot's, or that of an account that is gone.")
    at = opened.received_at
    said: Said = {"first_review_at": at} | ({"approved_at": at} if review_type.endswith("approved") else {})
    return [opened.pull_request(at, pull.number("number", NUMBER_LIMIT), said)]
