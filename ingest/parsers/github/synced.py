"""(pure) What was read of GitHub's API, a page each -> the observations that webhooks of the same things give.

A page is ``{"repository": {id, full_name, default_branch, pushed_at}, "head", "items"}``; its items are as webhooks
bring them (``ingest.github.shapes``). What webhooks can't tell comes complete: parents, times, the commits of pull
requests.
"""

from collections.abc import Callable, Iterator

from ingest.parsers.fields import Fields
from ingest.parsers.github.delivered import Delivered, Ignored, Said
from ingest.parsers.github.deployments import progressed, requested
from ingest.parsers.github.issues import incident
from ingest.parsers.github.pulls import description, reviewed
from ingest.parsers.github.runs import job_seen, release_seen, run_seen
from ingest.parsers.github.tags import tag_deployment
from ingest.parsers.messages import NUMBER_LIMIT, is_bot, read_message
from ingest.parsers.observation import ChangeSeen, Observation, PullRequestSeen, RepositorySeen, TeamSeen
from ingest.parsers.observation import Said as Facts
from ingest.parsers.pushes import Commit, change

ItemReader = Callable[[Delivered, Fields], Said]
EVENT = "sync."  # before a resource's name, where webhooks have the event's
ACTIONS = {"completed": "completed", "in_progress": "in_progress"}


def _commit(delivered: Delivered, item: Fields) -> Said:
    return [_change(delivered, item, None)]


def _change(delivered: Delivered, item: Fields, pull_request: int | None) -> ChangeSeen:
    author = item.child("author")
    name = author.prose("name")
    commit = Commit(
        sha=item.sha("id"),
        at=item.author_time("committed_at"),
        message=read_message(item.prose("message")),
        author=name,
        bot=is_bot(name, author.prose("username"), author.prose("email")),
        on_site=item.flag("on_site"),
        parents=item.texts("parents"),
        authored_at=item.author_time("authored_at"),
    )
    # What a title names is the pull request of the commit where GitHub wrote the title.
    number = commit.message.pull_request if pull_request is None and commit.on_site else pull_request
    return change(delivered, commit, commit.parents, number)


def _pull_request(delivered: Delivered, item: Fields) -> Said:
    number, at = item.number("number", NUMBER_LIMIT), item.time("updated_at")
    merged_at = item.maybe_time("merged_at")
    said: Facts = description(delivered, item) | {"closed_at": item.maybe_time("closed_at")}
    if not item.flag("cut"):
        said["commits"] = [one.sha("id") for one in item.children("commits")]
    if merged_at is not None:
        said |= {"merged_at": merged_at, "how": item.maybe_text("how")}
        merge_sha = item.maybe_sha("merge_commit_sha")
        said |= {"merge_sha": merge_sha} if merge_sha else {}
    seen: list[Observation] = [PullRequestSeen(at, delivered.key, number, None, delivered.repository, None, said)]
    seen += [one for one in _reviews(delivered, item) if not isinstance(one, Ignored)]
    return [*seen, *(_change(delivered, one, number) for one in item.children("commits"))]


def _reviews(delivered: Delivered, item: Fields) -> Iterator[PullRequestSeen | Ignored]:
    for one in item.children("reviews"):
        yield reviewed(delivered, item, one)


def _deployment(delivered: Delivered, item: Fields) -> Said:
    statuses = [progressed(delivered, item, one) for one in item.children("statuses")]
    return [requested(delivered, item), *(one for one in statuses if not isinstance(one, Ignored))]


def _tag(delivered: Delivered, item: Fields) -> Said:
    return tag_deployment(delivered, item.text("name"), item.maybe_sha("sha"), item.time("committed_at"))


def _issue(delivered: Delivered, item: Fields) -> Said:
    seen = incident(delivered, item, item.maybe_text("taken") or "")
    return seen if isinstance(seen, Ignored) else [seen]


def _run(delivered: Delivered, item: Fields) -> Said:
    return run_seen(delivered, item, ACTIONS.get(item.text("status"), "queued"))


def _job(delivered: Delivered, item: Fields) -> Said:
    return job_seen(delivered, item, ACTIONS.get(item.text("status"), "queued"))


def _repository(delivered: Delivered, item: Fields) -> Said:
    """The repository itself, as it was seen at ``seen_at``; what is gone is not updated."""
    said: Facts = {"archived": item.flag("archived")}
    if delivered.default_branch:
        said["default_branch"] = delivered.default_branch
    if item.flag("deleted"):
        said["deleted"] = True
    previous = item.maybe_text("previous_name")
    if previous is not None:
        said["previous_name"] = previous
    return [RepositorySeen(item.time("seen_at"), delivered.key, delivered.repository, said)]


def _owner(delivered: Delivered, item: Fields) -> Said:
    """The team that owns the repository from ``seen_at`` on."""
    at, team = item.time("seen_at"), item.text("team")
    name = item.maybe_text("name") or team
    return [
        TeamSeen(at, delivered.key, team, {"name": name}),
        RepositorySeen(at, delivered.key, delivered.repository, {"team": team}),
    ]


ITEMS: dict[str, ItemReader] = {
    "commits": _commit,
    "pull_requests": _pull_request,
    "deployments": _deployment,
    "releases": release_seen,
    "tags": _tag,
    "issues": _issue,
    "runs": _run,
    "jobs": _job,
    "repository": _repository,
    "owner": _owner,
}


def _page(read: ItemReader) -> Callable[[Delivered], Said]:
    def page(delivered: Delivered) -> Said:
        head, seen, reasons = delivered.body.maybe_sha("head"), list[Observation](), list[str]()
        if head is not None:
            at = delivered.body.child("repository").maybe_time("pushed_at") or delivered.received_at
            seen += delivered.repository_seen(at, head=head)
        for item in delivered.body.children("items"):
            told = read(delivered, item)
            if isinstance(told, Ignored):
                reasons.append(told.reason)
            else:
                seen += told
        return seen if seen or not reasons else Ignored(reasons[0])

    return page


READERS: dict[str, Callable[[Delivered], Said]] = {EVENT + name: _page(read) for name, read in ITEMS.items()}
