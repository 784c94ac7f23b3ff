"""Counts the demo's objectives on while the site runs, so that its budgets are of now and not of when it was made."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from dashboard.demo.reliability.courses import SETTLED, course_of
from dashboard.demo.reliability.load import ADDRESS, NAME, row_of
from ingest.models import PrometheusServer, Slo, SloDay
from ingest.prometheus.slots import SECONDS, SLOTS, Slots, floor, slot_of, unpack

LONGEST = timedelta(days=7)
SLOT = timedelta(seconds=SECONDS)
DRIFTS = timedelta(hours=12)  # from when it was made
FEW, CALM = 2.0, 0.5


@transaction.atomic
def follow(now: datetime) -> int:
    """Let each five minutes be as those of the day before were; how many objectives were counted on.

    Does nothing where there is no demo, or where somebody made its source their own.
    """
    server = PrometheusServer.objects.select_related("source").filter(url=ADDRESS, source__name=NAME).first()
    if server is None or server.source.paused_at is None:
        return 0
    end = floor(now - SETTLED)
    behind = Slo.objects.select_for_update(of=("self",)).filter(ended_at=None, problem_code="", read_to__lt=end)
    slos = [slo for slo in behind.select_related("service").order_by("pk") if _is_live(slo)]
    if not slos:
        return 0
    first = min(slo.read_to for slo in slos if slo.read_to is not None)
    known = _known(slos, max(first, end - LONGEST) - timedelta(days=1))
    until = server.source.paused_at + DRIFTS
    rows = [
        row_of(slo, day, slots) for slo in slos for day, slots in _counted_on(slo, known[slo.pk], end, until).items()
    ]
    SloDay.objects.bulk_create(
        rows, batch_size=200, update_conflicts=True, unique_fields=["slo", "day"],
        update_fields=["slots", "bad", "total", "measured"],
    )  # fmt: skip
    Slo.objects.filter(pk__in=[slo.pk for slo in slos]).update(read_to=end, answered_at=now)
    return len(slos)


def _is_live(slo: Slo) -> bool:
    course = course_of(slo.service.slug, slo.name) if slo.service is not None else None
    return course is not None and not course.silent


def _known(slos: Iterable[Slo], since: datetime) -> Mapping[int, dict[date, Slots]]:
    found: dict[int, dict[date, Slots]] = defaultdict(dict)
    days = SloDay.objects.filter(slo__in=[slo.pk for slo in slos], day__gte=(since - timedelta(days=1)).date())
    for pk, day, packed in days.values_list("slo_id", "day", "slots"):
        found[pk][day] = unpack(packed)
    return found


def _counted_on(slo: Slo, known: dict[date, Slots], end: datetime, drifts_until: datetime) -> dict[date, Slots]:
    """The days that changed: each slot as that of a day before, which may have been counted on itself."""
    changed: dict[date, Slots] = {}
    course = course_of(slo.service.slug, slo.name) if slo.service is not None else None
    if slo.read_to is None or course is None:
        return changed
    at = max(slo.read_to, end - LONGEST) + SLOT
    while at <= end:
        day, index = slot_of(at.timestamp())
        before, same = slot_of(at.timestamp() - SLOTS * SECONDS)
        counted = known[before].at(same) if before in known else None
        if counted is not None:
            times = course.drift[1] if at <= drifts_until else 0.0
            changed[day] = known.setdefault(day, Slots())
            changed[day].put(index, _bad(*counted, slo.objective, times), counted[1])
        at += SLOT
    return changed


def _bad(bad: float, total: float, objective: float, times: float) -> float:
    """As many as the day before; of an outage no more than a calm day has, so that it does not come back each day."""
    allowed = total * (1 - objective)
    calm = bad if bad <= max(FEW, 2 * allowed) else math.floor(CALM * allowed)
    return min(total, max(calm, round(times * allowed)))
