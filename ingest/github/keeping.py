"""What was read of GitHub is kept as deliveries of the source, as its webhooks are: the inbox records it and can replay
it, and a page that was kept twice is one."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from django.utils import timezone

from ingest.bodies import pack
from ingest.errors import MalformedPayload
from ingest.models import Delivery, GitHubSync
from ingest.models.inbox import DeliveryStatus
from ingest.parsers.github import GitHubOptions, parse
from ingest.parsers.github.synced import EVENT

Item = dict[str, Any]


class Told(NamedTuple):
    """A repository as each page tells it."""

    id: int
    full_name: str
    default_branch: str | None = None
    pushed_at: str | None = None


def keep(sync: GitHubSync, repository: Told, resource: str, items: Sequence[Item], head: str | None = None) -> int:
    """Keep a page as one delivery, and each item of it that can't be read as one of its own, in quarantine.

    Call it in the transaction that moves the cursor. Returns how many items were kept.
    """
    now, options = timezone.now(), GitHubOptions.from_dict(sync.source.options)
    good: list[Item] = []
    made: list[Delivery] = []
    for item in items:
        error = _fault(_page(repository, [item], None), resource, options, now)
        if error is None:
            good.append(item)
        else:
            made.append(_delivery(sync, repository, resource, _page(repository, [item], None), now, error))
    if good or head:
        made.append(_delivery(sync, repository, resource, _page(repository, good, head), now, None))
    Delivery.objects.bulk_create(made, ignore_conflicts=True)
    sync.counts[resource] = sync.counts.get(resource, 0) + len(items)
    return len(items)


def _page(repository: Told, items: Sequence[Item], head: str | None) -> Item:
    return {"repository": repository._asdict(), "head": head, "items": list(items)}


def _fault(page: Item, resource: str, options: GitHubOptions, now: datetime) -> MalformedPayload | None:
    try:
        parse({"x-github-event": EVENT + resource}, page, options, now, "")
    except MalformedPayload as error:
        return error
    return None


def _delivery(
    sync: GitHubSync, repository: Told, resource: str, page: Item, now: datetime, error: MalformedPayload | None
) -> Delivery:
    text = orjson.dumps(page, option=orjson.OPT_SORT_KEYS)
    digest = sha256(text).hexdigest()
    body, packed = pack(text)
    return Delivery(
        source=sync.source,
        key=f"sync/{resource}/{repository.id}/{digest[:40]}",
        kind=EVENT + resource,
        headers={"x-github-event": EVENT + resource},
        body=body,
        packed=packed,
        digest=digest,
        origin="read by the API",
        status=DeliveryStatus.PENDING if error is None else DeliveryStatus.QUARANTINED,
        error_code="" if error is None else error.code,
        error="" if error is None else str(error),
        received_at=now,
        processed_at=None if error is None else now,
    )
