"""Spells, owners and deployments -> the rows of each day, recomputed whole from a day on, written where they differ.

Who changes evidence marks from which day on (``AdoptionDue``). Two builders may compute at the same time: who finds
that another worked off a mark of his writes nothing and begins anew.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

import orjson
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from ingest.catalogue.owners import periods_by_service
from ingest.facts import bulk
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.adoption import evidence, store
from scorecards.adoption.capabilities import ACTIVITY, Origin
from scorecards.adoption.course import Course, course
from scorecards.adoption.evidence import PRODUCTION, PROMETHEUS, day_of
from scorecards.adoption.settings import rules
from scorecards.adoption.spells import WINDOW, Spell, joined
from scorecards.adoption.uses import Rules, ServiceEvidence
from scorecards.models import AdoptionDay, AdoptionDue, CapabilitySpell, DayRollup, LookSpell

ONE = timedelta(days=1)
AGAIN = 5  # how often a builder that was overtaken begins anew
RowKey: TypeAlias = tuple[int | None, int | None, date]  # service, team, day


def build(now: datetime) -> int:
    """Compute the days that are due, up to today; how many rows were written."""
    today = day_of(now)
    for _ in range(AGAIN):
        marks = list(AdoptionDue.objects.values_list("pk", "since"))
        known = rules()
        since = _since([day for _, day in marks], known, today)
        if since is None:
            AdoptionDue.objects.filter(pk__in=[pk for pk, _ in marks]).delete()
            return 0
        if not marks:
            marks = [(AdoptionDue.objects.create(since=since).pk, since)]
        written = _write(_rows(computed(known, since, today), known), since, [pk for pk, _ in marks])
        if written is not None:
            return written
    return 0


def keep(now: datetime) -> int:
    """Gather what an hour may have brought, and build. Under other rules than before all evidence is gathered anew."""
    if is_other(rules()):
        return rebuild(now)
    evidence.keep(now)
    return build(now)


def rebuild(now: datetime) -> int:
    """Evidence anew from what there is, and every day of it."""
    ids = list(Service.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), store.MANY):
        some = ids[start : start + store.MANY]
        store.replace(evidence.of_deployments(some) | evidence.of_activity(some))
    evidence.keep(now, anew=True)
    evidence.due(None)
    return build(now)


def is_other(known: Rules) -> bool:
    """Whether the days were computed by other rules, or none was."""
    newest = AdoptionDay.objects.filter(service=None, team=None).order_by("-day").first()
    return newest is None or newest.figures.get("rules") != known.key


def _began() -> date | None:
    """The first day with a succeeded production deployment: before it there is nobody to use anything."""
    first: date | None = CapabilitySpell.objects.filter(signal=ACTIVITY).aggregate(first=Min("first_day"))["first"]
    return first


def _since(marked: Sequence[date | None], known: Rules, today: date) -> date | None:
    """The first day whose rows are to be brought up to date; ``None``: all are."""
    rows = AdoptionDay.objects.filter(service=None, team=None)
    oldest, newest = rows.order_by("day").first(), rows.order_by("-day").first()
    began = _began()
    if oldest is None or newest is None:
        return began
    if began != oldest.day or None in marked or newest.figures.get("rules") != known.key:
        return min(began or oldest.day, oldest.day)
    days = [day for day in marked if day is not None]
    if newest.day != today:
        days.append(newest.day + ONE)
    return max(min(*days, today), oldest.day) if days else None


# ---------------------------------------------------------------- from spells


class Gathered(NamedTuple):
    """What the days are computed from."""

    services: list[ServiceEvidence]
    looks: dict[Origin, list[Spell]]
    nobody: int | None


def gather(known: Rules, since: date, service_ids: Sequence[int] | None = None) -> Gathered:
    """The evidence of all services, or of some. A handful of queries; deployments from 28 days before ``since`` on."""
    retired = Service.objects.order_by("pk")
    if service_ids is not None:
        retired = retired.filter(pk__in=service_ids)
    owners = periods_by_service(service_ids)
    spells: dict[int, dict[str, list[Spell]]] = defaultdict(lambda: defaultdict(list))
    for pk, name, spell in store.spells_by_service(CapabilitySpell, service_ids):
        spells[pk or 0][name].append(spell)
    looks: dict[int, dict[str, list[Spell]]] = defaultdict(lambda: defaultdict(list))
    for pk, name, spell in store.spells_by_service(LookSpell, service_ids):
        looks[pk or 0][name].append(spell)
    deployments = _deployments(since - timedelta(days=WINDOW), service_ids)
    services = [
        ServiceEvidence(pk, on, owners.get(pk, ()), spells.get(pk, {}), looks.get(pk, {}), deployments.get(pk, {}))
        for pk, on in retired.values_list("pk", "retired_on")
    ]
    nobody = Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first()
    return Gathered(services, everywhere(known), nobody)


def everywhere(known: Rules) -> dict[Origin, list[Spell]]:
    """When signals that no scan looks for could have been seen of any service: on days on which their source told
    something of one of them, or answered."""
    looks: dict[Origin, list[Spell]] = {}
    for origin in (Origin.DEPLOYMENTS, Origin.SARIF):
        names = [signal.id for signal in known.capabilities.of(origin)]
        rows = CapabilitySpell.objects.filter(signal__in=names).values_list("first_day", "last_day").distinct()
        looks[origin] = joined(Spell(*row) for row in rows)
    answered = LookSpell.objects.filter(service=None, signal=PROMETHEUS).values_list("first_day", "last_day")
    looks[Origin.OBJECTIVES] = looks[Origin.METRICS] = [Spell(*row) for row in answered.order_by("first_day")]
    return looks


def _deployments(since: date, service_ids: Sequence[int] | None) -> dict[int, dict[int, int]]:
    rows = DayRollup.objects.filter(tier="", environment_class=PRODUCTION, day__gte=since, deployments__gt=0)
    if service_ids is None:
        rows = rows.filter(scope__startswith="service:")
    else:
        rows = rows.filter(scope__in=[f"service:{pk}" for pk in service_ids])
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for scope, day, count in rows.values_list("scope", "day", "deployments").iterator(chunk_size=20_000):
        found[int(scope[8:])][day.toordinal()] = count
    return found


def computed(known: Rules, since: date, today: date) -> Course:
    """The days from ``since`` to today, from spells, owners and deployments alone; none before the first deployment."""
    began = _began()
    if began is None or began > today:
        return Course({}, {}, {})
    services, looks, nobody = gather(known, max(since, began))
    return course(services, looks, known, max(since, began), today, nobody)


# ---------------------------------------------------------------- to rows


def _rows(found: Course, known: Rules) -> dict[RowKey, str]:
    """The figures of each row, as they are kept."""
    rows: dict[RowKey, str] = {}
    written: dict[int, str] = {}  # many services and days share the same figures
    for (pk, day), figures in found.services.items():
        identity = id(figures)
        if identity not in written:
            written[identity] = _plain(figures)
        rows[pk, None, day] = written[identity]
    for (pk, day), figures in found.teams.items():
        rows[None, pk, day] = _plain(figures)
    for day, figures in found.organisation.items():
        rows[None, None, day] = _plain(figures | {"rules": known.key})
    return rows


def _plain(figures: Mapping[str, Any]) -> str:
    return orjson.dumps(figures, option=orjson.OPT_SORT_KEYS).decode()


_NAMES = ("service", "team", "day", "figures", "updated_at")


def _write(wanted: dict[RowKey, str], since: date, marks: Sequence[int]) -> int | None:
    """Bring the rows from a day on to the wanted ones; how many differed. ``None``: another builder was faster."""
    now = timezone.now()
    with transaction.atomic():
        mine = AdoptionDue.objects.filter(pk__in=marks)
        held = list((mine.select_for_update() if bulk.postgresql() else mine).values_list("pk", flat=True))
        if len(held) < len(marks):
            return None
        fresh = dict(wanted)
        changed: list[tuple[Any, ...]] = []
        gone: list[int] = []
        rows = AdoptionDay.objects.filter(day__gte=since)
        for pk, service_id, team_id, day, figures in rows.values_list(
            "pk", "service_id", "team_id", "day", "figures"
        ).iterator(chunk_size=20_000):
            told = fresh.pop((service_id, team_id, day), None)
            if told is None:
                gone.append(pk)
            elif told != _plain(figures):
                changed.append((pk, told, now))
        bulk.delete(AdoptionDay, gone)
        bulk.update(AdoptionDay, ("figures", "updated_at"), changed)
        bulk.insert(AdoptionDay, _NAMES, [(*key, told, now) for key, told in fresh.items()])
        AdoptionDue.objects.filter(pk__in=marks).delete()
    return len(gone) + len(changed) + len(fresh)
