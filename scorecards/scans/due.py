"""Which repositories are to be scanned: asked for, taken by one worker at a time, done or put off.

The table is the queue: a worker that dies leaves a lease that runs out, and what was asked stays asked. Leases and
waits go by the database's clock.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from ingest.facts import bulk
from ingest.models import Repository, Service
from ingest.signals import branch_moved
from ingest.window import midnight
from scorecards.models import Scan, ScanDue

LEASE = timedelta(minutes=15)  # longer than a fetch may take; a scan renews it as it goes on
MAX_DEATHS = 3
NIGHT = timedelta(hours=2)  # after midnight
Reason = ScanDue.Reason
_RANK = Case(When(reason=Reason.PUSH, then=Value(0)), When(reason=Reason.PERSON, then=Value(0)), default=Value(1))


def scannable() -> QuerySet[Repository]:
    """The repositories that hold an active service and are there under a name of their own."""
    active = Service.objects.filter(retired_on__isnull=True, repository__isnull=False)
    return Repository.objects.filter(
        placeholder=False, deleted_at__isnull=True, pk__in=active.values("repository_id")
    ).order_by("pk")


# ---------------------------------------------------------------- asked for


def ask(repository_ids: Iterable[int], reason: Reason, at: datetime) -> int:
    """Ask for scans, at once: what held an earlier attempt up is forgotten. How many were asked for."""
    rows = [ScanDue(repository_id=pk, reason=reason, asked_at=at) for pk in sorted(set(repository_ids))]
    ScanDue.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["repository"],
        update_fields=["reason", "attempts", "code", "error", "asked_at", "not_before"],
    )
    return len(rows)


def ask_pushed(repository_ids: Iterable[int], at: datetime) -> int:
    """Ask for those of these repositories that hold an active service: their default branch moved."""
    ids = set(repository_ids)
    return ask(scannable().filter(pk__in=ids).values_list("pk", flat=True), Reason.PUSH, at) if ids else 0


def connect() -> None:
    """Called once, when the app is ready."""
    branch_moved.connect(_pushed, dispatch_uid="scorecards.scans.pushed")


def _pushed(repository_ids: Iterable[int], **_: Any) -> None:
    """In the transaction that records the push: both are kept, or none."""
    ask_pushed(repository_ids, timezone.now())


def ask_nightly(at: datetime, zone: ZoneInfo) -> int:
    """Ask for every repository not looked at since the last night began: once a night, however often called."""
    looked_at = Q(scan_due__looked_at__gte=night_before(at, zone))
    waiting = scannable().exclude(looked_at).exclude(scan_due__asked_at__isnull=False)
    return ask(waiting.values_list("pk", flat=True), Reason.SCHEDULE, at)


def ask_outdated(key: str, at: datetime) -> int:
    """Ask for every repository whose latest scan was made under other conditions than ``key`` stands for."""
    newest = Scan.objects.filter(repository=OuterRef("pk")).order_by("-scanned_at", "-pk").values("key")[:1]
    rows = scannable().alias(held=Subquery(newest)).filter(held__isnull=False).exclude(held=key)
    return ask(rows.exclude(scan_due__asked_at__isnull=False).values_list("pk", flat=True), Reason.CONDITIONS, at)


def night_before(at: datetime, zone: ZoneInfo) -> datetime:
    """When the night began that is under way or over: two hours after a midnight of the zone."""
    day = at.astimezone(zone).date()
    begun = midnight(day, zone) + NIGHT
    return begun if begun <= at else midnight(day - timedelta(days=1), zone) + NIGHT


# ---------------------------------------------------------------- taken


def take(at_once: int) -> ScanDue | None:
    """Lease the repository that is next and count the attempt; ``None``: none may be taken now.

    ``at_once``: how many leases there may be. Pushes come first. One whose workers died three times waits a day.
    """
    waiting = ScanDue.objects.filter(asked_at__isnull=False)
    if not waiting.exists():
        return None  # an idle worker asks often: no write lock for that
    with transaction.atomic():
        if ScanDue.objects.filter(lease_until__gt=Now()).count() >= at_once:
            return None
        rows = waiting.filter(
            Q(not_before=None) | Q(not_before__lte=Now()), Q(lease_until=None) | Q(lease_until__lte=Now())
        ).order_by(_RANK, "asked_at", "pk")
        if bulk.postgresql():
            rows = rows.select_for_update(skip_locked=True)
        due = rows.first()
        if due is None:
            return None
        died = due.lease_until is not None and due.attempts >= MAX_DEATHS
        if not died:
            ScanDue.objects.filter(pk=due.pk).update(attempts=F("attempts") + 1, lease_until=Now() + LEASE)
            return ScanDue.objects.select_related("repository").get(pk=due.pk)
        put_off(due, "worker_died", "The worker died three times while it scanned this.", timedelta(days=1))
    return take(at_once)


def renew(due: ScanDue) -> None:
    """Begin the lease anew."""
    ScanDue.objects.filter(pk=due.pk).update(lease_until=Now() + LEASE)


def done(due: ScanDue, at: datetime) -> None:
    """The newest commit is scanned. What was asked meanwhile stays asked."""
    rows = ScanDue.objects.filter(pk=due.pk)
    rows.update(lease_until=None, looked_at=at)
    rows.filter(asked_at=due.asked_at).update(asked_at=None, reason="", attempts=0, code="", error="", not_before=None)


def put_off(due: ScanDue, code: str, error: str, wait: timedelta) -> None:
    """It can't be scanned for the time being. What was asked meanwhile is tried at once."""
    rows = ScanDue.objects.filter(pk=due.pk)
    rows.update(lease_until=None)
    rows.filter(asked_at=due.asked_at).update(code=code[:40], error=error, not_before=Now() + wait)


def give_back(due: ScanDue) -> None:
    """The worker was asked to stop: another takes it, and no attempt is counted."""
    ScanDue.objects.filter(pk=due.pk).update(lease_until=None, attempts=F("attempts") - 1)
