"""(pure) repo:push -> commits with their parents, merged pull requests, and tags that are deployments."""

import re

from ingest.parsers.bitbucket.users import is_bot_user, name_of
from ingest.parsers.fields import Fields
from ingest.parsers.hosts.opened import Opened, is_bot_name, tag_deployment
from ingest.parsers.messages import NUMBER_LIMIT, Message, is_hotfix, read_message
from ingest.parsers.observation import Ignored, Observation, Outcome
from ingest.parsers.observation import Said as Facts
from ingest.parsers.pushes import Commit, change

MAX_CHANGES = 200
_MERGED = re.compile(r"Merged in (\S{1,300}) \(pull request #(\d{1,10})\)")


def push(opened: Opened, event: str) -> Outcome:
    """One push moves several refs. Of each, at most the five newest commits are told."""
    changes = opened.body.child("push").children("changes")[:MAX_CHANGES]
    said: list[Observation] = []
    reason = "The push brings no commit."
    for one in changes:
        new = one.maybe_child("new")
        if new is None:
            reason = "A branch or tag was deleted."
            continue
        found = _tag(opened, new) if new.raw("type") in ("tag", "annotated_tag") else _branch(opened, one, new)
        if isinstance(found, Ignored):
            reason = found.reason
        else:
            said += found
    return said or Ignored(reason)


def _tag(opened: Opened, new: Fields) -> Outcome:
    target = new.child("target")
    at = new.maybe_time("date") or opened.received_at  # only an annotated tag bears a time
    return tag_deployment(opened, new.text("name"), target.sha("hash"), at)


def _branch(opened: Opened, one: Fields, new: Fields) -> Outcome:
    branch, target = new.text("name"), new.child("target")
    by_sha = {fields.sha("hash"): fields for fields in [*one.children("commits"), target]}
    commits = [commit for fields in by_sha.values() if (commit := _commit(fields)) is not None]
    head, on_default = target.sha("hash"), opened.is_default(branch)
    times = [commit.at for commit in commits if commit.sha == head]
    at = min(max(times, default=opened.received_at), opened.received_at)
    hotfix = is_hotfix(branch)
    return [
        *opened.repository_seen(at, head if on_default else None, branch if on_default else None),
        *[
            change(opened, one, one.parents, one.message.pull_request if on_default else None, hotfix)
            for one in commits
        ],
        *[seen for one in commits if on_default for seen in _merged(opened, one)],
    ] or Ignored("The push tells no commit with its time.")


def _commit(fields: Fields) -> Commit | None:
    """A commit; ``None`` where no time is told. Its parents are told in full."""
    if fields.raw("date") is None:
        return None
    author = fields.maybe_child("author")
    user = author.maybe_child("user") if author else None
    raw = author.prose("raw") if author else ""
    name = raw.partition("<")[0].strip() or name_of(user) or name_of(author)
    known = fields.raw("parents") is not None
    parents = [parent.sha("hash") for parent in fields.children("parents")]
    return Commit(
        sha=fields.sha("hash"),
        at=fields.author_time("date"),
        message=_message(fields.prose("message"), len(parents) if known else None),
        author=name,
        bot=is_bot_user(user) or is_bot_name(name, raw),
        on_site=False,
        parents=parents if known else None,
    )


def _message(text: str, parents: int | None) -> Message:
    """ "Merged in fix (pull request #7)" is Bitbucket's own title of a merge, and of a squash: the parents decide."""
    message = read_message(text)
    found = _MERGED.match(message.title)
    number = int(found[2]) if found else 0
    merge = message.merge if parents is None else parents > 1
    if found is None or not 0 < number < NUMBER_LIMIT:
        return message._replace(pull_request=None, branch="", merge=merge)
    hotfix = message.hotfix or is_hotfix(found[1])
    return message._replace(merge=merge, pull_request=number, branch=found[1], hotfix=hotfix)


def _merged(opened: Opened, commit: Commit) -> list[Observation]:
    """The pull request that the commit is the merge of. Its own event tells only the beginning of the sha."""
    number = commit.message.pull_request
    if number is None or commit.parents is None:
        return []
    how = "merge" if len(commit.parents) > 1 else "squash"
    said: Facts = {"merge_sha": commit.sha, "merged_at": commit.at, "how": how}
    return [opened.pull_request(min(commit.at, opened.received_at), number, said)]
