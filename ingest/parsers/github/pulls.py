"""(pure) pull_request and pull_request_review -> the life of a pull request."""

from collections.abc import Callable
from datetime import datetime

from ingest.parsers.fields import Fields
from ingest.parsers.github.delivered import Delivered, Ignored, Said, is_bot_user, login_of
from ingest.parsers.github.labels import label_names
from ingest.parsers.messages import NUMBER_LIMIT, is_hotfix
from ingest.parsers.observation import PullRequestSeen
from ingest.parsers.observation import Said as Facts

METHODS = {"merge": "allow_merge_commit", "squash": "allow_squash_merge", "rebase": "allow_rebase_merge"}


def pull_request(delivered: Delivered) -> Said:
    read = ACTIONS.get(delivered.action)
    if read is None:
        return Ignored(f"Nothing is kept of a pull request that was {delivered.action}.")
    fields = delivered.body.child("pull_request")
    at = fields.maybe_time("updated_at") or fields.time("created_at")
    said = description(delivered, fields) | read(fields, at)
    number = fields.number("number", NUMBER_LIMIT)
    seen = PullRequestSeen(at, delivered.key, number, None, delivered.repository, None, said)
    return [*(delivered.repository_seen(at) if "merged_at" in said else []), seen]


def description(delivered: Delivered, fields: Fields) -> Facts:
    """What every event of a pull request tells of it, and the API as well."""
    user, title, branch = fields.maybe_child("user"), fields.prose("title"), fields.child("head").prose("ref")
    labelled = label_names(fields) & {label.lower() for label in delivered.options.hotfix_labels}
    return {
        "opened_at": fields.time("created_at"),
        "title": title,
        "author": login_of(user),
        "bot": is_bot_user(user),
        "url": fields.url("html_url"),
        "base_branch": fields.child("base").text("ref"),
        "hotfix": bool(labelled) or is_hotfix(title) or is_hotfix(branch),
        "revert": title.startswith('Revert "'),
    }


def _opened(fields: Fields, at: datetime) -> Facts:
    created_at = fields.time("created_at")
    return {"ready_at": None if fields.flag("draft") else created_at, "commits": _commits(fields)}


def _reopened(fields: Fields, at: datetime) -> Facts:
    return {"closed_at": None, "commits": _commits(fields)}


def _ready(fields: Fields, at: datetime) -> Facts:
    return {"ready_at": at}


def _drafted(fields: Fields, at: datetime) -> Facts:
    return {"ready_at": None}


def _synchronized(fields: Fields, at: datetime) -> Facts:
    return {"commits": _commits(fields)}


def _described(fields: Fields, at: datetime) -> Facts:
    return {}


def _closed(fields: Fields, at: datetime) -> Facts:
    """``merge_commit_sha`` of one that is not merged is a trial merge, which nobody ever has."""
    said: Facts = {"closed_at": fields.time("closed_at")}
    merged_at = fields.maybe_time("merged_at")
    if merged_at is None:
        return said
    said["merged_at"] = merged_at
    merge_sha = fields.maybe_sha("merge_commit_sha")
    if merge_sha is not None:
        said["merge_sha"] = merge_sha
    how = _how(fields, merge_sha)
    if how is not None:
        said["how"] = how
    commits = _commits(fields)
    if commits is not None:
        said["commits"] = commits
    return said


def _commits(fields: Fields) -> list[str] | None:
    """An event only counts the commits: one alone is the head."""
    return [fields.child("head").sha("sha")] if fields.maybe_number("commits") == 1 else None


def _how(fields: Fields, merge_sha: str | None) -> str | None:
    """Which way it was merged; ``None`` where the event does not show it.

    The head itself on the base branch: nothing was rewritten. Else the way that automatic merging was told, or the
    only one that the repository allows.
    """
    if merge_sha is not None and merge_sha == fields.child("head").maybe_sha("sha"):
        return "merge"
    automatic = fields.maybe_child("auto_merge")
    told = automatic.maybe_text("merge_method") if automatic else None
    if told in METHODS:
        return told
    repository = fields.child("base").maybe_child("repo")
    if repository is None or any(repository.raw(flag) is None for flag in METHODS.values()):
        return None
    allowed = [how for how, flag in METHODS.items() if repository.flag(flag)]
    return allowed[0] if len(allowed) == 1 else None


ACTIONS: dict[str, Callable[[Fields, datetime], Facts]] = {
    "opened": _opened,
    "reopened": _reopened,
    "edited": _described,
    "labeled": _described,
    "unlabeled": _described,
    "synchronize": _synchronized,
    "ready_for_review": _ready,
    "converted_to_draft": _drafted,
    "closed": _closed,
}


def review(delivered: Delivered) -> Said:
    """A review by a person other than the author; the earliest wins when it is joined."""
    if delivered.action != "submitted":
        return Ignored(f"Nothing is kept of a review that was {delivered.action}.")
    pull = delivered.body.child("pull_request")
    seen = reviewed(delivered, pull, delivered.body.child("review"))
    return seen if isinstance(seen, Ignored) else [seen]


def reviewed(delivered: Delivered, pull: Fields, fields: Fields) -> PullRequestSeen | Ignored:
    """What one review says of its pull request."""
    reviewer, author = fields.maybe_child("user"), pull.maybe_child("user")
    if not login_of(reviewer):
        return Ignored("The reviewer's account is gone, so it may be the author's own.")
    if is_bot_user(reviewer):
        return Ignored("A bot's review.")
    if login_of(reviewer) == login_of(author):
        return Ignored("The author's own review.")
    state = fields.text("state").lower()
    if state not in ("approved", "changes_requested", "commented"):
        return Ignored(f"Nothing is kept of a review whose state is {state}.")
    at = fields.time("submitted_at")
    said: Facts = {"first_review_at": at} | ({"approved_at": at} if state == "approved" else {})
    number = pull.number("number", NUMBER_LIMIT)
    return PullRequestSeen(at, delivered.key, number, None, delivered.repository, None, said)
