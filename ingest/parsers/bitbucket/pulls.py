"""(pure) pullrequest:* -> the life of a pull request."""

from ingest.parsers.bitbucket.users import is_bot_user, name_of, page_of, same
from ingest.parsers.fields import Fields
from ingest.parsers.hosts.opened import Opened
from ingest.parsers.messages import NUMBER_LIMIT, is_hotfix
from ingest.parsers.observation import Ignored, Outcome, Said

CREATED, MERGED, DECLINED = "pullrequest:created", "pullrequest:fulfilled", "pullrequest:rejected"
FULL_SHA = 40


def pull_request(opened: Opened, event: str) -> Outcome:
    """Bitbucket has no labels here: a hotfix is one by its title or branch."""
    fields = opened.body.child("pullrequest")
    at, said = fields.time("updated_on"), _description(fields)
    draft = fields.raw("draft")
    if event == CREATED:
        said["ready_at"] = None if fields.flag("draft") else said["opened_at"]
    elif draft is True and event not in (MERGED, DECLINED):
        said["ready_at"] = None
    if event == MERGED:
        said |= {"merged_at": at, "closed_at": at} | _merge_sha(fields)
    elif event == DECLINED:
        said["closed_at"] = at
    seen = opened.pull_request(at, fields.number("id", NUMBER_LIMIT), said)
    return [*(opened.repository_seen(at) if event == MERGED else []), seen]


def _description(fields: Fields) -> Said:
    title, author = fields.prose("title"), fields.maybe_child("author")
    said: Said = {
        "opened_at": fields.time("created_on"),
        "title": title,
        "url": page_of(fields),
        "base_branch": _branch(fields.child("destination")),
        "hotfix": is_hotfix(title) or is_hotfix(_branch(fields.child("source"))),
        "revert": title.startswith('Revert "'),
    }
    return said | ({"author": name_of(author), "bot": is_bot_user(author)} if author else {})


def _branch(side: Fields) -> str:
    branch = side.maybe_child("branch")
    return branch.prose("name") if branch else ""


def _merge_sha(fields: Fields) -> Said:
    """Mostly the beginning of it alone, which names no commit for sure: then the push tells it."""
    commit = fields.maybe_child("merge_commit")
    sha = commit.sha("hash") if commit else ""
    return {"merge_sha": sha} if len(sha) >= FULL_SHA else {}


def review(opened: Opened, event: str) -> Outcome:
    """An approval, or changes that were asked for, by a person other than the author."""
    fields = opened.body.child("pullrequest")
    told = opened.body.maybe_child("approval") or opened.body.maybe_child("changes_request")
    if told is None:
        opened.body.refuse("approval", "an object")
    user, at = told.maybe_child("user") or opened.body.maybe_child("actor"), told.time("date")
    if user is None or is_bot_user(user) or same(user, fields.maybe_child("author")):
        return Ignored("The author's own review, a bot's, or that of an account that is gone.")
    said: Said = {"first_review_at": at} | ({"approved_at": at} if event == "pullrequest:approved" else {})
    return [opened.pull_request(at, fields.number("id", NUMBER_LIMIT), said)]


def comment(opened: Opened, event: str) -> Outcome:
    """A comment is a review where it is another person's."""
    fields, told, actor = (
        opened.body.child("pullrequest"),
        opened.body.child("comment"),
        opened.body.maybe_child("actor"),
    )
    if actor is None or is_bot_user(actor) or same(actor, fields.maybe_child("author")):
        return Ignored("The author's own comment, a bot's, or that of an account that is gone.")
    at = told.time("created_on")
    return [opened.pull_request(at, fields.number("id", NUMBER_LIMIT), {"first_review_at": at})]
