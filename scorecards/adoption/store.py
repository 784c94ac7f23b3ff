"""Spells in the database: a day added, or the whole of them brought to what facts say, writing only what differs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeAlias

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ingest.facts import bulk
from scorecards.adoption.spells import WINDOW, Spell, first_difference, joined, spells_of
from scorecards.models import CapabilitySpell, LookSpell

Key: TypeAlias = tuple[int, str]  # service, signal
Row: TypeAlias = CapabilitySpell | LookSpell
MANY = 500


class Note(NamedTuple):
    """A signal was seen, or looked for, on a day: by which scan, and what was seen."""

    day: date
    scan_id: int | None = None
    detail: dict[str, Any] = {}


@dataclass(slots=True)
class _Changes:
    fresh: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


@transaction.atomic
def add(model: type[CapabilitySpell] | type[LookSpell], notes: Mapping[Key, Note]) -> date | None:
    """Add a day to the spells of each key; the first day that says more than before, ``None`` for none. Spells that it
    brings together become one."""
    if not notes:
        return None
    held = _held(model, {pk for pk, _ in notes}, {name for _, name in notes})
    changes = _Changes()
    news = [note.day for key, note in notes.items() if _add(model, key, note, held.get(key, []), changes)]
    model._default_manager.filter(pk__in=changes.gone).delete()
    names = ["first_day", "last_day", "scan", *(("detail", "updated_at") if model is CapabilitySpell else ())]
    model._default_manager.bulk_update(changes.changed, names, batch_size=MANY)
    model._default_manager.bulk_create(changes.fresh, ignore_conflicts=True, batch_size=MANY)
    return min(news, default=None)


def _add(model: type[Any], key: Key, note: Note, rows: Sequence[Row], changes: _Changes) -> bool:
    """Whether the day says more than the rows did."""
    reach = timedelta(days=WINDOW)
    near = [row for row in rows if row.first_day - reach <= note.day <= row.last_day + reach]
    told = {"detail": note.detail} if model is CapabilitySpell else {}
    if not near:
        about = {"service_id": key[0], "signal": key[1], "scan_id": note.scan_id}
        changes.fresh.append(model(first_day=note.day, last_day=note.day, **about, **told))
        return True
    kept, newest = near[0], near[-1]
    is_news = not any(row.first_day <= note.day <= row.last_day for row in near)
    changes.gone += [row.pk for row in near[1:]]
    kept.first_day = min(kept.first_day, note.day)
    if note.day >= newest.last_day:
        kept.last_day, kept.scan_id = note.day, note.scan_id
        values = told
    else:
        kept.last_day, kept.scan_id = newest.last_day, newest.scan_id
        values = {"detail": getattr(newest, "detail", {})} if told else {}
    for name, value in values.items():
        setattr(kept, name, value)
    kept.updated_at = timezone.now()  # type: ignore[union-attr]
    changes.changed.append(kept)
    return is_news


def _held(model: type[Any], service_ids: Collection[int], names: Collection[str]) -> dict[Key, list[Any]]:
    rows: QuerySet[Any] = model._default_manager.filter(signal__in=names, service__isnull=False)
    if len(service_ids) <= MANY:
        rows = rows.filter(service__in=service_ids)
    if bulk.postgresql():
        rows = rows.select_for_update()
    found: dict[Key, list[Any]] = defaultdict(list)
    for row in rows.order_by("pk"):
        found[row.service_id, row.signal].append(row)
    for listed in found.values():
        listed.sort(key=lambda row: row.first_day)
    return found


@transaction.atomic
def replace(wanted: Mapping[Key, Sequence[Spell]]) -> date | None:
    """Bring the spells of these keys to the wanted ones; the first day that differs, ``None`` for none."""
    if not wanted:
        return None
    return _replace(wanted, _held(CapabilitySpell, {pk for pk, _ in wanted}, {name for _, name in wanted}))


@transaction.atomic
def grow(days: Mapping[str, Mapping[int, Iterable[date]]]) -> date | None:
    """Add days to what is known of signals, by service; as ``replace``. What a source forgets stays known."""
    ids = {pk for by_service in days.values() for pk in by_service}
    if not ids:
        return None
    held = _held(CapabilitySpell, ids, set(days))
    wanted = {
        (pk, name): joined([*_spells(held.get((pk, name), ())), *spells_of(told)])
        for name, by_service in days.items()
        for pk, told in by_service.items()
    }
    return _replace(wanted, held)


def _spells(rows: Iterable[Row]) -> list[Spell]:
    return [Spell(row.first_day, row.last_day) for row in rows]


def _replace(wanted: Mapping[Key, Sequence[Spell]], held: Mapping[Key, Sequence[Any]]) -> date | None:
    now, moved = timezone.now(), []
    fresh: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    gone: list[int] = []
    for key, spells in wanted.items():
        rows = held.get(key, ())
        differs = first_difference(_spells(rows), spells)
        if differs is None:
            continue
        moved.append(differs)
        by_first = {row.first_day: row for row in rows}
        for spell in spells:
            row = by_first.pop(spell.first, None)
            if row is None:
                fresh.append((*key, spell.first, spell.last, "{}", now))
            elif row.last_day != spell.last:
                changed.append((row.pk, spell.last, now))
        gone += [row.pk for row in by_first.values()]
    bulk.delete(CapabilitySpell, gone)
    bulk.update(CapabilitySpell, ("last_day", "updated_at"), changed)
    bulk.insert(CapabilitySpell, ("service", "signal", "first_day", "last_day", "detail", "updated_at"), fresh)
    return min(moved, default=None)


@transaction.atomic
def grow_looks(name: str, days: Iterable[date]) -> date | None:
    """Add days on which one could have seen a signal of every service; the first day that differs."""
    rows = list(LookSpell.objects.filter(service=None, signal=name).order_by("first_day"))
    before = _spells(rows)
    after = joined([*before, *spells_of(days)])
    differs = first_difference(before, after)
    if differs is not None:
        LookSpell.objects.filter(pk__in=[row.pk for row in rows]).delete()
        LookSpell.objects.bulk_create(
            [LookSpell(signal=name, first_day=spell.first, last_day=spell.last) for spell in after]
        )
    return differs


def spells_by_service(
    model: type[CapabilitySpell] | type[LookSpell], service_ids: Collection[int] | None = None
) -> Iterator[tuple[int | None, str, Spell]]:
    """Service, signal and spell, in order of the first days. One query."""
    rows = model._default_manager.order_by("service", "signal", "first_day")
    if service_ids is not None:
        rows = rows.filter(service__in=service_ids)
    for pk, name, first, last in rows.values_list("service_id", "signal", "first_day", "last_day"):
        yield pk, name, Spell(first, last)
