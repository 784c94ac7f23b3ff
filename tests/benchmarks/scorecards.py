"""Adoption and phases of the organisation of ``history``, put straight into the tables: a year of them, whatever the
size of the history."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from ingest.facts import bulk
from ingest.models import Service
from scorecards.adoption import build, evidence, store
from scorecards.adoption.capabilities import Origin
from scorecards.adoption.settings import capabilities
from scorecards.models import CapabilitySpell, ComplianceDay, ControlVerdict, LookSpell
from scorecards.standards import pack
from scorecards.standards.standard import Phase

DAYS = 360
SCANS = 12  # of a service, as far apart as its phase changes
BATCH = 20_000
VERDICTS = ("fail", "partial", "unknown", "pass", "pass", "pass")


def fill(now: datetime) -> None:
    today = evidence.day_of(now)
    ids = list(Service.objects.order_by("pk").values_list("pk", flat=True))
    _adoption(now, today, ids)
    _phases(now, today, ids)


def _adoption(now: datetime, today: date, ids: list[int]) -> None:
    """Everybody is active; two thirds of what scans look for was looked at, and every twenty-fifth of it seen, so that
    about half of the services are on the platform."""
    chance = Random(1)
    seen: list[tuple[Any, ...]] = []
    looked: list[tuple[Any, ...]] = []
    scanned = [signal.id for signal in capabilities().of(Origin.SCAN)]
    for pk in ids:
        begins = today - timedelta(days=chance.randrange(30, DAYS))
        seen += ((pk, name, today - timedelta(days=DAYS), today, "{}", now) for name in ("activity", "deployment"))
        looked += ((pk, name, begins, today) for name in scanned if chance.random() < 0.66)
        seen += ((pk, name, begins, today, "{}", now) for name in scanned if chance.random() < 0.04)
    names = ("service", "signal", "first_day", "last_day")
    bulk.insert(CapabilitySpell, (*names, "detail", "updated_at"), seen)
    bulk.insert(LookSpell, names, looked)
    store.replace(evidence.of_catalogue(None, today))
    evidence.due(None)
    build.build(now)


def _phases(now: datetime, today: date, ids: list[int]) -> None:
    """Each service came through the phases in a year; each team has a row a day."""
    names = ("service", "team", "standard", "version", "day", "services", "unscanned", "met", "open", "judged", "phase",
             "possible_phase", "tally", "updated_at")  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for row in _days(today, ids):
        rows.append((*row[:2], "DOP", "1.0.0", row[2], row[3], 0, 0, 0, row[3], row[4], row[4], "{}", now))
        if len(rows) == BATCH:
            bulk.insert(ComplianceDay, names, rows)
            rows = []
    bulk.insert(ComplianceDay, names, rows)
    controls = [one for one in pack.builtin().controls if one.level in ("REQUIRED", "RECOMMENDED")][::3]
    told = [
        (
            pk,
            "DOP",
            one.id,
            one.section,
            one.level,
            one.phase,
            VERDICTS[(pk + at) % len(VERDICTS)],
            "{}",
            "",
            "",
            now,
            now,
        )
        for pk in ids
        for at, one in enumerate(controls)
    ]
    fields = ("service", "standard", "control", "section", "level", "phase", "verdict", "counts", "reason",
              "stands_for", "since", "updated_at")  # fmt: skip
    for start in range(0, len(told), BATCH):
        bulk.insert(ControlVerdict, fields, told[start : start + BATCH])


def _days(today: date, ids: list[int]) -> Iterator[tuple[int | None, int | None, date, int, str]]:
    phases = ["", *map(str, Phase)]
    apart = DAYS // SCANS
    for pk in ids:
        for number in range(SCANS):
            yield pk, None, today - timedelta(days=DAYS - number * apart), 1, phases[min(pk % 6, number // 2)]
    for team in range(1, 201):
        for number in range(DAYS):
            yield None, team, today - timedelta(days=number), 10, phases[max(0, team % 4 - number // 90)]
