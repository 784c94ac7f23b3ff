"""Scans by schedule and on push: what is due is fetched and scanned; what time alone changes is judged anew."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError

from ingest.errors import IngestError, SourceUnavailable
from ingest.models import Service
from ingest.repository.refused import CommitGone
from scorecards.models import ComplianceDay, Finding, Scan, ScanDue, VerdictChange
from scorecards.scanning.request import Request
from scorecards.scanning.result import FileProblem, Scanned
from scorecards.scanning.run import run
from scorecards.scans import controls
from scorecards.scans import due as queue
from scorecards.scans.daily import sum_up
from scorecards.scans.fleet import around
from scorecards.scans.in_force import InForce, in_force
from scorecards.scans.live import judge_live
from scorecards.scans.packs import judge_waiting
from scorecards.scans.scope import follow, services_of
from scorecards.scans.sources import Brought, TreeSource
from scorecards.scans.store import latest_scan, receipt_of, store
from scorecards.scans.verdicts import judge_services
from scorecards.standards.standard import Standard

logger = logging.getLogger(__name__)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONGEST_WAIT = timedelta(hours=6)
RENEW_SECONDS = 60.0
_TRIGGERS = {ScanDue.Reason.PUSH: Scan.Trigger.PUSH, ScanDue.Reason.PERSON: Scan.Trigger.PERSON}
Progress = Callable[[str], None]


class Stopped(Exception):
    """The worker was asked to stop: raised by ``progress``, so that a scan under way ends."""


# ---------------------------------------------------------------- what is due


def keep(now: datetime) -> None:
    """What a minute may bring: a night, other conditions, waivers, live data and packs, sums that are behind."""
    today = now.astimezone(settings.ORGANISATION_ZONE).date()
    conditions = in_force(today)
    controls.write(conditions.standards)
    queue.ask_nightly(now, settings.ORGANISATION_ZONE)
    queue.ask_outdated(conditions.key, now)
    judge_expired(conditions.standards, now, today)
    judge_live(conditions.standards, now)
    follow(conditions.standards, now)
    judge_waiting(now)
    if sums_are_behind(conditions.standards, today):
        sum_up(conditions.standards, today)


def judge_expired(standards: Sequence[Standard], now: datetime, today: date) -> int:
    """Judge the services anew whose findings are waived by what has ended; how many."""
    ended = Finding.objects.filter(waiver__expires_on__lt=today).values("service")
    services = list(Service.objects.filter(pk__in=ended).order_by("pk"))
    judge_services(services, standards, cause=VerdictChange.Cause.WAIVER, at=now)
    return len(services)


def sums_are_behind(standards: Sequence[Standard], today: date) -> bool:
    """Whether a standard has no sum of the day, or a service was judged after it."""
    for standard in standards:
        rows = ComplianceDay.objects.filter(standard=standard.code)
        of_services = rows.filter(service__isnull=False).order_by("-updated_at").values_list("updated_at", flat=True)
        judged_at = of_services.first()
        summed_at = rows.filter(service=None, team=None, day=today).values_list("updated_at", flat=True).first()
        if judged_at is not None and (summed_at is None or summed_at < judged_at):
            return True
    return False


# ---------------------------------------------------------------- scanning


def scan_next(source: TreeSource, now: datetime, *, at_once: int = 1, progress: Progress = lambda check: None) -> bool:
    """Scan the repository that is next; ``False`` where none may be taken. What fails is put off, with its reason.

    Raises:
        Stopped: by ``progress``; the repository is given back.
    """
    due = queue.take(at_once)
    if due is None:
        return False
    try:
        _Work(due, source, now, progress).scan()
    except DatabaseError:
        raise  # the lease runs out, and the work is done again
    except Stopped:
        queue.give_back(due)
        raise
    except SourceUnavailable as error:
        queue.put_off(due, getattr(error, "code", "unavailable"), str(error), _patience(error, due.attempts))
    except IngestError as error:
        queue.put_off(due, getattr(error, "code", "access"), str(error), DAY)
    except Exception as error:
        logger.exception("%s can't be scanned", due.repository.name)
        queue.put_off(due, "internal_error", f"{type(error).__name__}: {error}"[:500], HOUR)
    else:
        queue.done(due, now)
    return True


def _patience(error: SourceUnavailable, attempts: int) -> timedelta:
    """As long as the host asks to wait, else twice as long each time."""
    wait = min(timedelta(minutes=2 ** min(attempts, 10)), LONGEST_WAIT)
    return max(wait, getattr(error, "wait", wait))


class _Work:
    """One repository: the commit that is known first, where conditions changed, so that each change has its cause."""

    def __init__(self, due: ScanDue, source: TreeSource, now: datetime, progress: Progress) -> None:
        self._due, self._source, self._now, self._progress = due, source, now, progress
        self._repository = due.repository
        self._conditions: InForce = in_force(self._today)
        self._started = self._renewed = time.monotonic()

    @property
    def _today(self) -> date:
        return self._now.astimezone(settings.ORGANISATION_ZONE).date()

    def scan(self) -> None:
        if self._repository.deleted_at is not None or not services_of(self._repository):
            return
        before, key = self._latest(), self._conditions.key
        if before and before.commit and before.key != key and before.state != Scan.State.REFUSED:
            with suppress(CommitGone):
                self._scan(before.commit)
        head = self._source.head(self._repository.name)
        before = self._latest()
        if before is None or (before.commit, before.key) != (head, key):
            self._scan(head)

    def _latest(self) -> Scan | None:
        return latest_scan(self._repository)

    def _scan(self, commit: str) -> None:
        queue.renew(self._due)
        with self._source.brought(self._repository.name, commit) as brought:
            scanned = run(self._request(brought), self._go_on)
        scanned.commit, scanned.changed = brought.commit, False
        _note(scanned, brought.malformed)
        seconds = time.monotonic() - self._started
        trigger = _TRIGGERS.get(ScanDue.Reason(self._due.reason), Scan.Trigger.SCHEDULE)
        at = self._now + timedelta(seconds=seconds)
        store(self._repository, scanned, self._conditions, trigger=trigger, at=at, seconds=seconds)

    def _go_on(self, check: str) -> None:
        self._progress(check)
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            queue.renew(self._due)
            self._renewed = time.monotonic()

    def _request(self, brought: Brought) -> Request:
        before = self._latest()
        # What was found under other rules or options is no answer to these.
        alike = before is not None and before.key == self._conditions.key
        fleet, ships_events = around(self._repository)
        return Request(
            source=brought.kind,
            path=brought.path,
            commit=brought.commit,
            as_of=self._today,
            now=self._now,
            name=self._repository.name.lower(),
            packs=self._conditions.packs,
            options=self._conditions.options,
            fleet=fleet,
            ships_events=ships_events,
            receipt=receipt_of(before, self._conditions.checks) if alike else None,
        )


def _note(scanned: Scanned, malformed: str) -> None:
    if malformed:
        message = f"git's own check of the repository complains: {malformed}"
        scanned.problems.append(FileProblem("", 0, "malformed", message))
