"""(pure) Bitbucket Data Center's webhooks: a delivery becomes observations, or is ignored with the reason.

What is read of which event, and the options: docs/sources/bitbucket-server.md.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ingest.errors import MalformedPayload
from ingest.parsers.fields import Fields, tolerated
from ingest.parsers.hosts.opened import Opened, branch_of, existing, host_of, is_bot_name, tag_deployment
from ingest.parsers.hosts.options import HostOptions, reader
from ingest.parsers.messages import NUMBER_LIMIT, Message, is_hotfix, read_message
from ingest.parsers.observation import Ignored, Observation, Outcome, RepositoryRef, RepositorySeen, Said
from ingest.parsers.pushes import Commit, change
from ingest.parsers.sender import Sender

MAX_CHANGES = 200
_MERGED = re.compile(r"(?:Pull request #(\d{1,10}):|Merge pull request #(\d{1,10}) in )")
REVIEWS = ("pr:reviewer:approved", "pr:reviewer:needs_work", "pr:reviewer:changes_requested")
PULLS = ("pr:opened", "pr:modified", "pr:from_ref_updated", "pr:merged", "pr:declined", "pr:reopened")


def parse(headers: Mapping[str, str], payload: Any, options: HostOptions, received_at: datetime, key: str) -> Outcome:
    """What a delivery says; ``Ignored`` with the reason where it says nothing that we keep.

    Raises:
        MalformedPayload: the only error, whatever the payload holds.
    """
    if headers.get("x-event-key") == "diagnostics:ping":
        return Ignored("A test of the connection.")
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    body = Fields(payload, tolerated(received_at))
    event = headers.get("x-event-key") or body.text("eventKey")
    read = READERS.get(event)
    if read is None:
        return Ignored(f"Nothing is kept of the event {event[:100]}.")
    return read(_open(body, event, options, received_at, key), event)


def _open(body: Fields, event: str, options: HostOptions, received_at: datetime, key: str) -> Opened:
    """The repository: by its number where the payload tells the server, else by its name."""
    if event.startswith("pr:"):
        told = body.child("pullRequest").child("toRef").child("repository")
    else:
        told = body.child("new" if event == "repo:modified" else "repository")
    name = _name(told)
    host = next((host for name in ("self", "clone") for host in _hosts(told, name) if host), "")
    prefix = f"bitbucket-server/{host}/{told.number('id')}" if host else f"bitbucket-server/{name}"
    repository = RepositoryRef(name, prefix if host else "")
    return Opened(body, repository, prefix, None, options.for_repository(name), received_at, key)


def _name(told: Fields) -> str:
    return f"{told.child('project').text('key', 150)}/{told.text('slug', 149)}"


def _hosts(told: Fields, name: str) -> list[str]:
    return [host_of(url) for url in _links(told, name) if url]


def _links(told: Fields, name: str) -> list[str]:
    links = told.maybe_child("links")
    return [link.url("href") for link in links.children(name)] if links else []


def refs_changed(opened: Opened, event: str) -> Outcome:
    """One push moves several refs. Since version 8 its commits come along, with their parents."""
    body, at = opened.body, opened.body.maybe_time("date") or opened.received_at
    told = [*body.children("commits"), *([body.child("toCommit")] if body.raw("toCommit") is not None else [])]
    by_sha = {fields.sha("id"): _commit(fields) for fields in told}
    said: list[Observation] = []
    reason = "The push tells no commit: a local clone can."
    branches: list[str] = []
    for one in body.children("changes")[:MAX_CHANGES]:
        found = _moved(opened, one, at)
        if isinstance(found, Ignored):
            reason = found.reason
        else:
            said += found
        branches.append(branch_of(one.child("ref").text("id")) or "")
    # Several refs share one list of commits: which of them came by the default branch is then not told.
    on_default = bool(branches) and all(opened.is_default(branch) for branch in branches)
    hotfix = bool(branches) and all(is_hotfix(branch) for branch in branches)
    for commit in by_sha.values():
        number = commit.message.pull_request if on_default else None
        said.append(change(opened, commit, commit.parents, number, hotfix))
        said += _merged(opened, commit) if on_default else []
    return said or Ignored(reason)


def _moved(opened: Opened, one: Fields, at: datetime) -> Outcome:
    ref, sha = one.child("ref").text("id"), existing(one.maybe_sha("toHash"))
    branch = branch_of(ref)
    if sha is None:
        return Ignored(f"{ref} was deleted.")
    if branch is None:
        return tag_deployment(opened, ref.removeprefix("refs/tags/"), sha, at)
    return opened.repository_seen(at, sha, branch) if opened.is_default(branch) else []


def _commit(fields: Fields) -> Commit:
    """A commit. One that its author's clock dates before 1970 is refused, as everywhere."""
    author = fields.maybe_child("author")
    name = (author.prose("displayName") or author.prose("name")) if author else ""
    authored_at = fields.author_milliseconds("authorTimestamp")
    committed_at = fields.author_milliseconds("committerTimestamp") or authored_at
    if committed_at is None:
        fields.refuse("committerTimestamp", "milliseconds since 1970")
    known = fields.raw("parents") is not None
    parents = [parent.sha("id") for parent in fields.children("parents")]
    return Commit(
        sha=fields.sha("id"),
        at=committed_at,
        message=_message(fields.prose("message"), len(parents) if known else None),
        author=name,
        bot=is_bot_name(name, author.prose("emailAddress") if author else ""),
        on_site=False,
        parents=parents if known else None,
        authored_at=authored_at,
    )


def _message(text: str, parents: int | None) -> Message:
    """ "Pull request #7: Title" is the server's own title of a merge, and of a squash: the parents decide."""
    message = read_message(text)
    found = _MERGED.match(message.title)
    number = int(found[1] or found[2]) if found else 0
    merge = message.merge if parents is None else parents > 1
    known = number if 0 < number < NUMBER_LIMIT else None
    return message._replace(merge=merge, pull_request=known, branch="")


def _merged(opened: Opened, commit: Commit) -> list[Observation]:
    number = commit.message.pull_request
    if number is None or commit.parents is None:
        return []
    how = "merge" if len(commit.parents) > 1 else "squash"
    said: Said = {"merge_sha": commit.sha, "merged_at": commit.at, "how": how}
    return [opened.pull_request(min(commit.at, opened.received_at), number, said)]


def pull_request(opened: Opened, event: str) -> Outcome:
    fields = opened.body.child("pullRequest")
    opened_at = _time(fields, "createdDate")
    at = fields.maybe_milliseconds("updatedDate") or opened_at
    said = _description(fields, opened_at)
    if event == "pr:opened":
        said["ready_at"] = None if fields.flag("draft") else opened_at
    elif event == "pr:reopened":
        said["closed_at"] = None
    elif event in ("pr:merged", "pr:declined"):
        said["closed_at"] = fields.maybe_milliseconds("closedDate") or at
        said |= {"merged_at": said["closed_at"]} if event == "pr:merged" else {}
        merge = _merge_commit(fields) if event == "pr:merged" else None
        said |= {"merge_sha": merge} if merge else {}
    return [opened.pull_request(at, fields.number("id", NUMBER_LIMIT), said)]


def _time(fields: Fields, name: str) -> datetime:
    found = fields.maybe_milliseconds(name)
    return fields.refuse(name, "milliseconds since 1970") if found is None else found


def _merge_commit(fields: Fields) -> str | None:
    properties = fields.maybe_child("properties")
    commit = properties.maybe_child("mergeCommit") if properties else None
    return commit.maybe_sha("id") if commit else None


def _description(fields: Fields, opened_at: datetime) -> Said:
    title, author = fields.prose("title"), fields.maybe_child("author")
    user = author.maybe_child("user") if author else None
    page = next(iter(_links(fields, "self")), "")
    said: Said = {
        "opened_at": opened_at,
        "title": title,
        "url": page,
        "base_branch": fields.child("toRef").text("displayId"),
        "hotfix": is_hotfix(title) or is_hotfix(fields.child("fromRef").prose("displayId")),
        "revert": title.startswith('Revert "'),
    }
    return said | ({"author": user.prose("name"), "bot": _is_bot(user)} if user else {})


def _is_bot(user: Fields) -> bool:
    return user.raw("type") == "SERVICE" or is_bot_name(user.prose("name"))


def review(opened: Opened, event: str) -> Outcome:
    """An approval, changes that were asked for, or a comment, by a person other than the author."""
    fields, actor = opened.body.child("pullRequest"), opened.body.maybe_child("actor")
    author = fields.maybe_child("author")
    user = author.maybe_child("user") if author else None
    own = actor is not None and user is not None and actor.prose("name") == user.prose("name")
    if actor is None or own or _is_bot(actor):
        return Ignored("The author's own review, a bot's, or that of an account that is gone.")
    at = opened.body.maybe_time("date") or opened.received_at
    said: Said = {"first_review_at": at} | ({"approved_at": at} if event == "pr:reviewer:approved" else {})
    return [opened.pull_request(at, fields.number("id", NUMBER_LIMIT), said)]


def repository_modified(opened: Opened, event: str) -> Outcome:
    """Another name, or another project, told with the one before."""
    before = _name(opened.body.child("old"))
    if before == opened.repository.name:
        return Ignored("The repository keeps its name: nothing else is kept of this.")
    at = opened.body.maybe_time("date") or opened.received_at
    return [RepositorySeen(at, opened.key, opened.repository, {"previous_name": before})]


READERS: dict[str, Callable[[Opened, str], Outcome]] = {
    "repo:refs_changed": refs_changed,
    "repo:modified": repository_modified,
    "pr:comment:added": review,
    **dict.fromkeys(PULLS, pull_request),
    **dict.fromkeys(REVIEWS, review),
}
SENDER = Sender(
    kind="bitbucket-server",
    parse=parse,
    options=reader(HostOptions(), ("tags",), ("tags", "environment", "default_branches")),
    tells=("deployments", "changes", "pull_requests"),
    key_headers=("x-request-id",),
    event_headers=("x-event-key",),
)
