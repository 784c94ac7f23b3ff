"""The way through one resource of a repository: from the newest back to what is known, page by page.

Each page is kept, and the place remembered, in one transaction: who is killed goes on from there. Where the walk stands
is a cursor of GitHub's, which names an item and no number, so that what is added meanwhile shifts nothing; what changed
meanwhile is newer than the walk's beginning, and found by the next one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from ingest.errors import SourceUnavailable
from ingest.github import queries, shapes
from ingest.github.client import AGAIN, Client, TooMuch
from ingest.github.keeping import Item, Told, keep
from ingest.github.shapes import Node, nodes_of
from ingest.models import Change, GitHubSync, SyncCursor, SyncedRepository

SIZES = {"commits": 100, "pull_requests": 20, "issues": 50, "deployments": 50, "releases": 50, "tags": 100}
WATCHED_FOR = timedelta(days=30)  # what has not ended by then never will
MOST_WATCHED = 50  # of one resource of one repository
NEWEST_WATCHED = 10  # deployments that have ended
UNFINISHED = frozenset({"", "pending", "queued", "waiting", "in_progress"})


@dataclass(slots=True)
class Walk:
    """Reads one repository. ``renew``: called with each page that is kept, in its transaction."""

    client: Client
    sync: GitHubSync
    row: SyncedRepository
    repository: Told
    renew: Callable[[], None]
    now: datetime

    def cursor(self, resource: str) -> SyncCursor:
        return SyncCursor.objects.get_or_create(repository=self.row, resource=resource)[0]

    # ---- lists that are ordered by time

    def read(self, resource: str, label: str = "", *, whole: bool = False) -> None:
        """Read all that changed since the last walk; ``whole``: all since the first day that is read back to."""
        cursor = self.cursor(f"{resource}:{label}"[:30] if label else resource)
        stop = first_moment(self.sync.since) if whole else self._stop(cursor)
        walk = dict(cursor.walk)
        while True:
            page = self._page(resource, walk.get("after"), label)
            found = nodes_of(page)
            times = [changed_at(resource, node) for node in found]
            walk.setdefault("newest", max((at for at in times if at), default=cursor.upto))
            wanted = [node for node, at in zip(found, times, strict=True) if not at or at >= stop]
            info = page.get("pageInfo") or {}
            done = len(wanted) < len(found) or not info.get("hasNextPage") or not info.get("endCursor")
            walk["after"] = info.get("endCursor")
            self._keep(cursor, resource, [self._item(resource, node) for node in wanted], found, walk, done)
            if done:
                return

    def _stop(self, cursor: SyncCursor) -> str:
        """What changed before needs no look: it is kept, or lies before the first day that is wanted."""
        wanted = first_moment(self.sync.since)
        deeper = not cursor.back_done or (cursor.back_to > wanted)
        return wanted if deeper else max(cursor.upto, wanted)

    def _keep(
        self, cursor: SyncCursor, resource: str, items: list[Item], found: list[Node], walk: dict[str, Any], done: bool
    ) -> None:
        with transaction.atomic():
            if items:
                keep(self.sync, self.repository, resource, items)
            for node in found:
                watch(cursor, resource, node, self.now)
            if done:
                settled = (self.now - timedelta(seconds=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
                # What changed in the very seconds of the look may change again unseen: it is looked at once more.
                cursor.upto = min(str(walk.get("newest") or cursor.upto), settled)
                cursor.back_to, cursor.back_done, walk = first_moment(self.sync.since), True, {}
            cursor.walk = walk
            cursor.save()
            self.renew()

    def _page(self, resource: str, after: str | None, label: str) -> dict[str, Any]:
        variables = {"id": self.row.node_id, "after": after} | ({"label": label} if label else {})
        return self.sized(resource, queries.PAGES[resource], variables, lambda node: node.get("page"))

    def sized(
        self, resource: str, query: str, variables: Mapping[str, Any], part: Callable[[Node], Any]
    ) -> dict[str, Any]:
        """A page, asked for in halves where the whole takes GitHub too long."""
        size = SIZES[resource]
        while True:
            try:
                data, errors = self.client.graphql(query, {**variables, "first": size})
                found = part(data.get("node") or {})
                said = str(errors[0].get("message", ""))[:200] if errors else "nothing"
                if not isinstance(found, dict):
                    raise SourceUnavailable(f"GitHub gave no {resource} of {self.row.name}: {said}.")
                if errors and None in (found.get("nodes") or ()):
                    raise TooMuch(f"GitHub gave not all {resource} of {self.row.name}: {said}. {AGAIN}")
                return found
            except TooMuch:
                if size == 1:
                    raise
                size = max(1, size // 2)

    def _item(self, resource: str, node: Node) -> Item:
        if resource == "pull_requests":
            return self._pull_request(node)
        return ITEMS[resource](node)

    def _pull_request(self, node: Node) -> Item:
        commits = [one.get("commit") or {} for one in self._all(node, "commits", queries.MORE_COMMITS)]
        reviews = self._all(node, "reviews", queries.MORE_REVIEWS)
        return shapes.pull_request(node, commits, reviews) | {"cut": len(commits) >= queries.MOST_COMMITS}

    def _all(self, node: Node, name: str, query: str) -> list[Node]:
        """Every node of a connection that began in ``node``."""
        connection = node.get(name) or {}
        found = nodes_of(connection)
        while (info := connection.get("pageInfo") or {}).get("hasNextPage") and info.get("endCursor"):
            data, _ = self.client.graphql(query, {"id": node.get("id"), "after": info["endCursor"]})
            connection = (data.get("node") or {}).get("page") or {}
            found += nodes_of(connection)
        return found

    # ---- commits

    def commits(self, head: str) -> None:
        """Read the history of the default branch from ``head`` back until every parent of what is new is known.

        The list is ordered by date: an old branch that was merged late lies far behind the former head. The walk holds
        on to the head that it began with: who is killed, or sees the branch move, ends it first. The first walk, and
        one that is to go further back, goes on to the end.
        """
        cursor = self.cursor("commits")
        walk = dict(cursor.walk) or {"head": head, "wanted": [head]}
        deeper = not cursor.back_done or cursor.back_to > first_moment(self.sync.since)
        while True:
            page = self._history(walk)
            if page is None:  # rewritten while it was read: begin anew
                walk = {"head": head, "wanted": [head]}
                page = self._history(walk)
            if page is None:
                raise SourceUnavailable(f"GitHub gave no commits of {self.row.name}. {AGAIN}")
            found = nodes_of(page)
            fresh, wanted = self._fresh(found, set(walk["wanted"]))
            info = page.get("pageInfo") or {}
            ended = not info.get("hasNextPage") or not info.get("endCursor")
            done = ended or not (wanted or deeper)
            walk |= {"after": info.get("endCursor"), "wanted": sorted(wanted)}
            self._keep_commits(cursor, [shapes.commit(node) for node in (found if deeper else fresh)], walk, done)
            if done:
                return

    def _fresh(self, found: list[Node], wanted: set[str]) -> tuple[list[Node], set[str]]:
        """The commits of a page that are not known yet, and the parents that are still to be met."""
        parents = {str(one.get("oid")) for node in found for one in nodes_of(node.get("parents"))}
        rows = Change.objects.filter(
            repository__external_id=str(self.row.number),
            sha__in=parents | {str(node.get("oid")) for node in found},
            parents__isnull=False,
            authored_at__isnull=False,
        )
        known, fresh = set(rows.values_list("sha", flat=True)), []
        for node in found:
            sha = str(node.get("oid"))
            wanted.discard(sha)
            if sha not in known:
                fresh.append(node)
                known.add(sha)
                wanted |= {str(one.get("oid")) for one in nodes_of(node.get("parents"))} - known
        return fresh, wanted

    def _history(self, walk: Mapping[str, Any]) -> dict[str, Any] | None:
        since = first_moment(self.sync.since) if self.sync.since else None
        variables = {"id": self.row.node_id, "head": walk["head"], "after": walk.get("after"), "since": since}
        size = SIZES["commits"]
        while True:
            try:
                data, _ = self.client.graphql(queries.COMMITS, {**variables, "first": size})
            except TooMuch:
                if size == 1:
                    raise
                size = max(1, size // 2)
                continue
            found = ((data.get("node") or {}).get("object") or {}).get("history")
            return found if isinstance(found, dict) else None

    def _keep_commits(self, cursor: SyncCursor, items: list[Item], walk: dict[str, Any], done: bool) -> None:
        head = str(walk["head"])
        with transaction.atomic():
            if items or done:
                keep(self.sync, self.repository, "commits", items, head=head if done else None)
            if done:
                cursor.upto, cursor.back_to, cursor.back_done = head, first_moment(self.sync.since), True
                self.row.head, walk = head, {}
                self.row.save(update_fields=["head"])
            cursor.walk = walk
            cursor.save()
            self.renew()


ITEMS: dict[str, Callable[[Node], Item]] = {
    "issues": shapes.issue,
    "deployments": shapes.deployment,
    "releases": shapes.release,
    "tags": shapes.tag,
}


def first_moment(since: date | None) -> str:
    """The first moment that is read back to; the beginning of time for everything."""
    return f"{since.isoformat()}T00:00:00Z" if since else "1970-01-01T00:00:00Z"


def changed_at(resource: str, node: Node) -> str:
    """By what the list is ordered; ISO 8601 in UTC, so that texts compare as times do."""
    if resource == "tags":
        return str((node.get("target") or {}).get("committedDate") or "")
    name = "updatedAt" if resource in ("pull_requests", "issues") else "createdAt"
    return str(node.get(name) or "")


def watch(cursor: SyncCursor, resource: str, node: Node, now: datetime) -> None:
    """Remember what may still change without coming first in its list again, and how it looks by now: what has not
    ended, and the newest deployments, for one that succeeded may be told to have failed."""
    if resource not in ("deployments", "releases", "issues"):
        return
    key = str(node.get("id") or "")
    if not key:
        return
    if resource == "deployments" or may_change(resource, node, now):
        cursor.watched[key] = mark_of(resource, node)
    else:
        cursor.watched.pop(key, None)
    if resource == "deployments":
        _forget_finished(cursor, now)
    while len(cursor.watched) > MOST_WATCHED:
        del cursor.watched[next(iter(cursor.watched))]


def _forget_finished(cursor: SyncCursor, now: datetime) -> None:
    """Of deployments that have ended, or never will, watch the newest alone."""
    oldest = (now - WATCHED_FOR).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ended = [key for key, mark in cursor.watched.items() if "|ended|" in mark or mark < oldest]
    for key in sorted(ended, key=lambda key: str(cursor.watched[key]), reverse=True)[NEWEST_WATCHED:]:
        del cursor.watched[key]


def may_change(resource: str, node: Node, now: datetime) -> bool:
    return bool(node.get("isDraft")) if resource == "releases" else node.get("state") == "OPEN"


def mark_of(resource: str, node: Node) -> str:
    """What changes when it does."""
    if resource == "deployments":
        statuses = nodes_of(node.get("statuses"))
        ended = any(str(one.get("state") or "").lower() not in UNFINISHED for one in statuses)
        told = ",".join(f"{one.get('state')}@{one.get('createdAt')}" for one in statuses)
        return f"{node.get('createdAt')}|{'ended' if ended else 'open'}|{told}"
    return f"{node.get('updatedAt') or node.get('publishedAt')}/{node.get('isDraft')}"
