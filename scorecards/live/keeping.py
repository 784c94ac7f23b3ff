"""Asks once a day what connected data says of live controls, and keeps it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from ingest.models import Service
from scorecards.live.answers import Answer
from scorecards.live.known import Known, Said
from scorecards.models import ControlVerdict, Finding, FindingOutcome, LiveAnswer, LiveDay
from scorecards.standards.standard import Standard
from scorecards.waivers import covering, in_force_on

AT_ONCE = 100
LONGEST_TEXT = 200


def ask(now: datetime) -> bool:
    """Ask about every service in use, where that was not done today; whether that was due. What changed waits to be
    judged."""
    today = now.astimezone(settings.ORGANISATION_ZONE).date()
    if LiveDay.objects.filter(day=today).exists():
        return False
    in_use = Service.objects.filter(Q(retired_on=None) | Q(retired_on__gt=today))
    known, told = Known(now), dict[int, Said]()
    rest = iter(in_use.order_by("pk").values_list("pk", flat=True))
    while some := list(islice(rest, AT_ONCE)):
        told |= known.answers(some)
    with transaction.atomic():
        _, made = LiveDay.objects.get_or_create(day=today)
        if made:
            _keep(told, now)
            LiveAnswer.objects.exclude(service__in=in_use).exclude(outcome="").update(outcome="", judged=False)
            _again()
            LiveDay.objects.filter(day__lt=today).delete()
    return made


def _keep(told: Mapping[int, Said], now: datetime) -> None:
    """Write what differs; of what no source shows any more that it does not."""
    held = {(row.service_id, row.signal): row for row in LiveAnswer.objects.filter(service__in=list(told))}
    known = set(Service.objects.filter(pk__in=list(told)).values_list("pk", flat=True))
    new, changed = [], []
    for pk, said in told.items():
        for signal, answer in said.items() if pk in known else ():
            row = held.get((pk, signal))
            if row is None and answer is not None:
                new.append(_written(LiveAnswer(service_id=pk, signal=signal), answer, now))
            elif row is not None and (row.outcome, row.text) != _said(answer):
                changed.append(_written(row, answer, now))
    LiveAnswer.objects.bulk_create(new, batch_size=500)
    LiveAnswer.objects.bulk_update(changed, ["outcome", "text", "judged", "since"], batch_size=500)


def _written(row: LiveAnswer, answer: Answer | None, now: datetime) -> LiveAnswer:
    before = row.outcome
    row.outcome, row.text = _said(answer)
    row.judged = False
    row.since = row.since if row.since is not None and row.outcome == before else now
    return row


def _said(answer: Answer | None) -> tuple[str, str]:
    return (str(answer.outcome), answer.text[:LONGEST_TEXT]) if answer is not None else ("", "")


def _again() -> None:
    """Judge anew what a waiver covers that may have ended meanwhile."""
    waived = ControlVerdict.objects.filter(verdict=FindingOutcome.WAIVED).values("service")
    LiveAnswer.objects.filter(service__in=waived, judged=True).exclude(outcome="").update(judged=False)


def findings_of(service: Service, standards: Iterable[Standard], today: date) -> list[Finding]:
    """The answers as findings that are kept nowhere else: of each control that asks for the signal, with the waiver
    that covers it on the day."""
    told = {row.signal: row for row in LiveAnswer.objects.filter(service=service).exclude(outcome="")}
    if not told:
        return []
    waivers = list(in_force_on(service, today))
    found = [
        _finding(service, standard.code, control.id, told[control.signal])
        for standard in standards
        for control in standard.controls
        if control.signal in told
    ]
    for one in found:
        one.waiver = covering(one, waivers)
    return found


def _finding(service: Service, standard: str, control: str, row: LiveAnswer) -> Finding:
    return Finding(
        service=service,
        standard=standard,
        control=control,
        unit=service.name,
        identity=row.signal[:40],
        outcome=row.outcome,
        message=row.text,
        first_seen_at=row.since,
    )


def waiting(most: int) -> list[Service]:
    """Some services whose answers differ from what they were judged by."""
    ids = LiveAnswer.objects.filter(judged=False).order_by("service").values_list("service", flat=True)
    return list(Service.objects.filter(pk__in=list(ids.distinct()[:most])).order_by("pk"))


def take(services: Sequence[Service]) -> None:
    """These services are judged next by what is kept, in the same transaction: what is asked meanwhile waits anew."""
    ids = [service.pk for service in services]
    list(Service.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    rows = LiveAnswer.objects.filter(service__in=ids, judged=False)
    rows.filter(outcome="").delete()
    rows.update(judged=True)
