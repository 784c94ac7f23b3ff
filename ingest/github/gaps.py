"""Deliveries that GitHub says it sent and that never came in: found in the delivery logs of our own hooks, and closed.

GitHub does not try again by itself, and keeps the log, and sends again on our asking, for three days. What it can't
send again the pass that has just ended has read by the API.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings

from ingest.errors import AccessDenied, SourceUnavailable
from ingest.github.client import Client, CredentialsRefused
from ingest.models import Delivery, GitHubSync, SourceGap
from ingest.parsers.times import parse_when

KEPT_FOR = timedelta(days=3)
SETTLES = timedelta(minutes=2)  # what is younger may be on its way
APART = timedelta(minutes=30)  # missing deliveries further apart are two gaps
MOST_PAGES = 50
MOST_AGAIN = 500  # deliveries that one pass asks for again


class Missing(NamedTuple):
    """A delivery of the log that is not in the inbox. ``path``: of its hook."""

    guid: str
    number: int
    at: datetime
    path: str


def close_gaps(client: Client, sync: GitHubSync, now: datetime) -> int:
    """Find what never came in since the last look, and have it sent again; how many deliveries that were.

    Without the right to read hooks there is nothing to find: it is left to the sync alone.
    """
    since = max(sync.hooks_read_at or now - KEPT_FOR, now - KEPT_FOR)
    try:
        missing = sorted(_missing(client, sync, since, now), key=lambda one: one.at)
    except CredentialsRefused:
        raise
    except (AccessDenied, SourceUnavailable):
        return 0
    for group in grouped(missing):
        _close(client, sync, group, now)
    sync.hooks_read_at = now - SETTLES
    return len(missing)


def grouped(missing: list[Missing]) -> Iterator[list[Missing]]:
    """Deliveries that lie close together, in the order of their times."""
    group: list[Missing] = []
    for one in missing:
        if group and one.at - group[-1].at > APART:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _close(client: Client, sync: GitHubSync, group: list[Missing], now: datetime) -> None:
    closed_by = SourceGap.ClosedBy.REDELIVERY
    for one in group[:MOST_AGAIN]:
        try:
            client.post(f"{one.path}/deliveries/{one.number}/attempts")
        except CredentialsRefused:
            raise
        except (AccessDenied, SourceUnavailable):
            closed_by = SourceGap.ClosedBy.SYNC
            break
    told = {"count": len(group), "keys": [one.guid for one in group][:1_000], "closed_by": closed_by,
            "found_at": now, "closed_at": now}  # fmt: skip
    SourceGap.objects.update_or_create(source=sync.source, from_at=group[0].at, to_at=group[-1].at, defaults=told)


def _missing(client: Client, sync: GitHubSync, since: datetime, now: datetime) -> Iterator[Missing]:
    for path in _hooks(client, sync):
        sent: dict[str, Missing] = {}
        arrived: set[str] = set()
        for told in _log(client, path, since):
            at, guid, number = parse_when(str(told.get("delivered_at"))), str(told.get("guid", "")), told.get("id")
            if at is None or not guid or type(number) is not int or at > now - SETTLES:
                continue
            sent[guid] = Missing(guid, number, at, path)
            if told.get("status_code") in (200, 202):
                arrived.add(guid)
        known = Delivery.objects.filter(source=sync.source, key__in=list(sent)).values_list("key", flat=True)
        yield from (one for guid, one in sent.items() if guid not in arrived.union(known))


def _hooks(client: Client, sync: GitHubSync) -> Iterator[str]:
    """The paths of the hooks that send to this source: the organisation's, and those of repositories that have sent."""
    ours = f"{settings.BASE_URL}/ingest/github/{sync.source.public_id}/"
    if not sync.repositories:
        for hook in _list(client, f"/orgs/{sync.owner}/hooks?per_page=100"):
            if str((hook.get("config") or {}).get("url", "")) == ours and type(hook.get("id")) is int:
                yield f"/orgs/{sync.owner}/hooks/{hook['id']}"
    for name in sync.repositories:
        for hook in _list(client, f"/repos/{name}/hooks?per_page=100"):
            if str((hook.get("config") or {}).get("url", "")) == ours and type(hook.get("id")) is int:
                yield f"/repos/{name}/hooks/{hook['id']}"


def _log(client: Client, path: str, since: datetime) -> Iterator[dict[str, Any]]:
    """The log of a hook, newest first, back to ``since``."""
    cursor = ""
    for _ in range(MOST_PAGES):
        reply = client.get(f"{path}/deliveries?per_page=100{cursor}")
        rows = reply.json()
        for row in rows if isinstance(rows, list) else ():
            at = parse_when(str(row.get("delivered_at"))) if isinstance(row, dict) else None
            if at is not None and at < since:
                return
            if isinstance(row, dict):
                yield row
        following = _next_cursor(reply.headers.get("link", ""))
        if not following:
            return
        cursor = f"&cursor={following}"


def _next_cursor(link: str) -> str:
    for part in link[:4_000].split(","):
        address, _, rest = part.partition(";")
        if 'rel="next"' in rest:
            return address.partition("cursor=")[2].partition("&")[0].strip(" <>")
    return ""


def _list(client: Client, path: str) -> list[dict[str, Any]]:
    told = client.get(path).json()
    return [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
