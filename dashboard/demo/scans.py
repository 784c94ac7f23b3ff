"""Scans the demo's repositories as they were over the last 90 days; meanwhile a few waivers are asked for."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from dashboard.demo.people import add_people
from dashboard.demo.repositories.asked import ASKED, Asked
from dashboard.demo.repositories.care import DAYS_AGO
from dashboard.demo.repositories.states import State, fleet, states
from ingest.models import Repository, Service
from scorecards.adoption import evidence
from scorecards.models import Scan, ScanDue, VerdictChange
from scorecards.reading.inventory import inventory
from scorecards.reading.subject import HISTORY, Subject
from scorecards.rules.facts.kept import keep, packed
from scorecards.scanning.engine import scan
from scorecards.scans.daily import sum_up
from scorecards.scans.in_force import InForce, in_force
from scorecards.scans.store import store
from scorecards.scans.verdicts import judge_services
from scorecards.scans.waiving import approve_waiver, request_waiver

Happening = Callable[[datetime, InForce], None]


def scan_repositories(seed: int, now: datetime, report: Callable[[str], None]) -> None:
    """Scan every state of every repository, in order of time, and sum up the days on which something happened.

    The content is the demo's own, so it is read in this process. What the database does not know is left out.
    """
    now = now.replace(microsecond=0)
    report(f"Demo organisation: scanning repositories as they were on {len(DAYS_AGO)} days")
    add_people()
    happenings = _happenings(states(seed, now))
    for days_ago in sorted({*happenings, 0}, reverse=True):
        at = now - timedelta(days=days_ago)
        conditions = in_force(_day_of(at))
        for happening in happenings.get(days_ago, ()):
            happening(at, conditions)
        if days_ago in DAYS_AGO:
            _look_again(at)
        sum_up(conditions.standards, _day_of(at))


def _day_of(at: datetime) -> date:
    return at.astimezone(settings.ORGANISATION_ZONE).date()


def _happenings(states_by_scan: Iterable[list[State]]) -> dict[int, list[Happening]]:
    """What happens, by how many days ago."""
    found: dict[int, list[Happening]] = defaultdict(list)
    receipts: dict[str, dict[str, Any]] = {}
    for days_ago, told in zip(DAYS_AGO, states_by_scan, strict=True):
        found[days_ago] += [partial(_scan, state, receipts) for state in told]
    for asked in ASKED:
        found[asked.ago].append(partial(_request, asked))
        if asked.until < 0:
            found[-asked.until - 1].append(partial(_end, asked))
    return found


def _scan(state: State, receipts: dict[str, dict[str, Any]], at: datetime, conditions: InForce) -> None:
    """The receipt goes to the repository's next state; it is not kept, since nothing scans the demo again."""
    repository = Repository.objects.filter(name__iexact=state.name).first()
    if repository is None:
        return
    subject = Subject(
        state.tree(),
        _day_of(at),
        options=conditions.options,
        history=state.past,
        fleet=fleet(),
        name=state.name,
        ships_events=True,
    )
    result = scan(subject, conditions.standards, receipt=receipts.get(state.name), keys={HISTORY.what: state.commit})
    result.commit, result.inventory = state.commit, inventory(subject)
    result.facts = b64encode(packed(keep(subject))).decode()
    receipts[state.name], result.receipt = result.receipt, {}
    store(repository, result, conditions, trigger=Scan.Trigger.DEMO, at=at)


def _look_again(at: datetime) -> None:
    """What has not changed since the scan before was found to be unchanged."""
    ids = Scan.objects.order_by().values_list("repository_id", flat=True).distinct()
    rows = [ScanDue(repository_id=pk, looked_at=at) for pk in ids]
    ScanDue.objects.bulk_create(rows, update_conflicts=True, unique_fields=["repository"], update_fields=["looked_at"])
    evidence.look_again()


def _request(asked: Asked, at: datetime, conditions: InForce) -> None:
    service = Service.objects.filter(slug=asked.service, repository__placeholder=False).first()
    if service is None:
        return
    waiver = request_waiver(
        service=service,
        control=asked.control,
        reason=asked.reason,
        text=asked.text,
        expires_on=_day_of(at + timedelta(days=asked.ago + asked.until)),
        by=User.objects.get(username=asked.by),
        at=at,
        standards=conditions.standards,
    )
    if asked.decided_by:
        approve_waiver(
            waiver,
            by=User.objects.get(username=asked.decided_by),
            at=at + timedelta(hours=2),
            standards=conditions.standards,
            decision=asked.decision,
        )


def _end(asked: Asked, at: datetime, conditions: InForce) -> None:
    """The first day on which a waiver no longer holds."""
    services = Service.objects.filter(slug=asked.service)
    judge_services(services, conditions.standards, cause=VerdictChange.Cause.WAIVER, at=at)
