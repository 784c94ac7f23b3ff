"""Several sources report one deployment or incident: each report keeps its row, and one of them stands for all.

A report bears names: its external id, and those that its source says another source uses (``same_as``). Reports that
share a name are of one thing (of incidents: while their times overlap), and so are those that a person says are
(``Correction``). Who stands for whom is computed from the rows alone, so that any order of deliveries gives the same;
what they say together is joined when it is read (``joined_reports``), so that nothing has to be taken apart again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from ingest.facts import bulk
from ingest.facts.groups import OPEN, Report, ended, standing_for
from ingest.facts.join import Joined
from ingest.facts.tables import DEPLOYMENTS, INCIDENTS, FactTable
from ingest.models import Correction, Corrects, Deployment, FactKey, Incident, Source
from ingest.models.inbox import SourceKind

Fact = Deployment | Incident
MAX_NAME = 400
LOCK = 7_240_920  # PostgreSQL's advisory locks of names
OWN = ("service", "environment", "title", "url")  # fields that the fact which stands for others keeps as its own
# Their external ids mean nothing elsewhere: people told them, or we counted.
LOCAL = (SourceKind.NATIVE, SourceKind.GIT, SourceKind.PROMETHEUS)


def names_of(source: Source, external_id: str, same_as: Iterable[str] | None) -> set[str]:
    """The names under which other sources may report this fact."""
    names = {name[:MAX_NAME] for name in same_as or () if name}
    return names if source.kind in LOCAL else names | {external_id}


def lock_all_names() -> None:
    """Until the transaction ends, nobody else settles reports under any name. Ask before anything else is locked.

    Which names go together is found out while some are locked, so that two can wait for each other: who was sent back
    for that comes alone the next time.
    """
    if bulk.postgresql():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def lock_names(names: Collection[str]) -> None:
    """Until the transaction ends, nobody else settles reports under these names, and nobody all names. SQLite has one
    writer anyway."""
    if not bulk.postgresql():
        return
    ids = sorted({int.from_bytes(hashlib.blake2b(n.encode(), digest_size=4).digest(), signed=True) for n in names})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
        if ids:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, id) FROM (SELECT unnest(%s::int[]) AS id ORDER BY 1) AS ids",
                [LOCK, ids],
            )


class Settled(NamedTuple):
    """The services whose figures change because other reports stand for others now, and all reports looked at."""

    services: set[int]
    reports: set[int]


def settle(
    model: type[Fact],
    named: Mapping[tuple[int, str], set[str]],
    touched: Collection[tuple[Any, ...]],
    known: Collection[int],
) -> Settled:
    """Note the names of facts, by (source, external id), and who stands for whom from now on.

    ``touched``: the facts, by (source, external id), that changed; ``known``: the primary keys of those of them that
    had been there before: reports that only a person took as one have no name. Call it in the transaction that wrote
    the facts, with the names locked.
    """
    ids: dict[tuple[int, str], int] = {}
    if named:
        found = model._default_manager.filter(external_id__in=[external_id for _, external_id in named])
        ids = {(row.source_id, row.external_id): row.pk for row in found.only("pk", "source_id", "external_id")}
    news = _note_names(model, {ids[identity]: own for identity, own in named.items()})
    changed = {ids[identity] for identity in touched if identity in named}
    return settle_reports(model, changed | news | _taken_as_one(model, known))


def _note_names(model: type[Fact], names_by_id: Mapping[int, set[str]]) -> set[int]:
    """Keep the names that are not kept yet; the reports that bear them. Also an event that comes too late to change
    anything else of its fact may tell a name."""
    if not names_by_id:
        return set()
    field = _field(model)
    held: dict[int, set[str]] = defaultdict(set)
    for pk, key in FactKey.objects.filter(**{f"{field}__in": list(names_by_id)}).values_list(field, "key"):
        held[pk].add(key)
    rows = [(pk, name) for pk, names in names_by_id.items() for name in sorted(names - held[pk])]
    fresh = [FactKey(key=name, **{f"{field}_id": pk}) for pk, name in rows]
    FactKey.objects.bulk_create(fresh, ignore_conflicts=True)
    return {pk for pk, _ in rows}


def _taken_as_one(model: type[Fact], ids: Collection[int]) -> set[int]:
    """Those that stand for others, or others for them."""
    found: set[int] = set()

    def read(rows: Iterator[Any]) -> None:
        found.update(pk for pk, first, stands in rows if first is not None or stands)

    bulk.select(model, ("id", "duplicate_of", "has_duplicates"), ("id",), [(pk,) for pk in ids], ("bigint",), read)
    return found


def settle_reports(model: type[Fact], ids: Iterable[int]) -> Settled:
    """Decide anew who stands for whom among these reports and all that share a name with them."""
    reports = _related(model, set(ids))
    if len(reports) < 2 and not model._default_manager.filter(pk__in=reports).filter(_linked()).exists():
        return Settled(set(), set())
    together, apart = _by_hand(model, reports)
    standing = standing_for(reports.values(), overlapping=model is Incident, together=together, apart=apart)
    return Settled(_write(model, standing), set(standing))


def _write(model: type[Fact], standing: dict[int, int]) -> set[int]:
    stands = {first for pk, first in standing.items() if pk != first}
    services: set[int] = set()
    for row in model._default_manager.filter(pk__in=standing).order_by("pk"):
        first = standing[row.pk]
        wanted = (None if first == row.pk else first, row.pk in stands)
        if (row.duplicate_of_id, row.has_duplicates) != wanted:
            row.duplicate_of_id, row.has_duplicates = wanted
            row.updated_at = timezone.now()
            row.save(update_fields=["duplicate_of", "has_duplicates", "updated_at"])
            services.add(row.service_id)
        elif row.pk in stands:
            services.add(row.service_id)  # what it stands for may say something else than before
    return services


def _related(model: type[Fact], wanted: set[int]) -> dict[int, Report]:
    """The reports ``wanted``, those that share a name with them at overlapping times, and so on; with those that they
    stood for or by whom they were stood for."""
    field, found = _field(model), dict[int, Report]()
    locked: set[str] = set()
    while wanted:
        keys = FactKey.objects.filter(**{f"{field}__in": wanted}).values_list(field, "key")
        names: dict[int, set[str]] = defaultdict(set)
        for pk, key in keys:
            names[pk].add(key)
        fresh = {name for own in names.values() for name in own} - locked
        if fresh:
            lock_names(fresh)
        locked |= fresh
        reports = [_report(row, names[row.pk]) for row in model._default_manager.filter(pk__in=wanted)]
        found |= {report.id: report for report in reports}
        wanted = (
            _sharing(model, fresh, reports) | _linked_to(model, wanted) | _said_same(model, wanted)
        ) - found.keys()
    return found


def _report(row: Fact, names: Iterable[str]) -> Report:
    if isinstance(row, Incident):
        starts_at, ends_at = row.opened_at or row.resolved_at, row.resolved_at or OPEN
    else:
        starts_at, ends_at = row.started_at or row.finished_at, OPEN
    return Report(row.pk, row.external_id, row.source_id, frozenset(names), starts_at, ends_at)


def _sharing(model: type[Fact], names: Collection[str], reports: Sequence[Report]) -> set[int]:
    """Those under one of the names; of incidents only those whose time can touch that of ``reports``."""
    field = _field(model)
    rows = FactKey.objects.filter(key__in=names, **{f"{field}__isnull": False})
    times = [report.starts_at for report in reports if report.starts_at is not None]
    if model is Incident and times:
        until = max(report.ends_at for report in reports)
        rows = rows.filter(Q(incident__resolved_at=None) | Q(incident__resolved_at__gte=min(times)))
        began = Q(incident__opened_at=None) | Q(incident__opened_at__lte=until)  # not told: begins where it ends
        rows = rows if until == OPEN else rows.filter(began)
    return set(rows.values_list(field, flat=True))


def _linked() -> Q:
    return Q(duplicate_of__isnull=False) | Q(has_duplicates=True)


def _linked_to(model: type[Fact], ids: Collection[int]) -> set[int]:
    """Who stood for these, and whom these stood for."""
    first = model._default_manager.filter(pk__in=ids, duplicate_of__isnull=False).values_list("duplicate_of", flat=True)
    others = model._default_manager.filter(duplicate_of__in=ids).values_list("pk", flat=True)
    return {pk for pk in (*first, *others) if pk is not None}


def _said(model: type[Fact]) -> Any:
    field = _field(model)
    rows = Correction.objects.filter(what=Corrects.DUPLICATE_OF, undone_at=None, **{f"{field}__isnull": False})
    return rows.order_by("at", "pk").values_list(field, "value")


def _said_same(model: type[Fact], ids: Collection[int]) -> set[int]:
    pairs = [(one, other) for one, other in _said(model).filter(_about(model, ids)) if other is not None]
    return {pk for pair in pairs for pk in pair}


def _about(model: type[Fact], ids: Collection[int]) -> Q:
    return Q(**{f"{_field(model)}__in": list(ids)}) | Q(value__in=list(ids))


def _by_hand(model: type[Fact], ids: Collection[int]) -> tuple[list[tuple[int, int]], frozenset[int]]:
    """The pairs that a person said are one, and the reports that a person said stand alone; of each the latest word."""
    latest = dict(_said(model).filter(_about(model, ids)))
    together = [(one, other) for one, other in latest.items() if other is not None]
    return together, frozenset(one for one, other in latest.items() if other is None)


def _field(model: type[Fact]) -> str:
    return "deployment" if model is Deployment else "incident"


# ---------------------------------------------------------------- what the reports of one thing say together


def joined_reports(model: type[Fact], ids: Sequence[int]) -> tuple[dict[int, Joined], dict[int, list[str]]]:
    """What each of these facts says together with its duplicates, by its id; and the external ids of its duplicates.
    Service and environment stay the fact's own.

    A deployment's reports are joined as if one source had sent them all. An incident's: opened and acknowledged by the
    first, resolved by the last and open while one is, the gravest severity; all else by the latest word.
    """
    table = DEPLOYMENTS if model is Deployment else INCIDENTS
    stands, rows = _reports(table, ids)
    joined: dict[int, Joined] = {}
    for first, reports in _grouped(stands, rows).items():
        own = reports[0][1]
        kept = {name: value for name, value in own.values.items() if name in OWN}
        together = own if table is DEPLOYMENTS else _incident([report for _, report in reports])
        if table is DEPLOYMENTS:
            for _, other in reports[1:]:
                together.merge(other)
        together.values |= kept
        joined[first] = together
    names: dict[int, list[str]] = defaultdict(list)
    for pk, first in stands.items():
        if pk != first:
            names[first].append(rows[pk][0])
    return joined, dict(names)


def _reports(table: FactTable, ids: Sequence[int]) -> tuple[dict[int, int], dict[int, tuple[str, Joined]]]:
    """Who stands for whom, and each report's external id and what it says."""
    rows = table.model._default_manager.filter(Q(pk__in=ids) | Q(duplicate_of__in=ids))
    names = ["pk" if name == "id" else _attribute(table, name) for name in table.selected]
    stands, found = {}, {}
    for first, *cells in rows.order_by("pk").values_list(F("duplicate_of"), *names):
        pk, identity, joined = table.read(cells)
        stands[pk] = first or pk
        found[pk] = (str(identity[1]), joined)
    return stands, found


def _attribute(table: FactTable, name: str) -> str:
    return table.model._meta.get_field(name).attname  # type: ignore[union-attr]


def _grouped(stands: dict[int, int], rows: dict[int, tuple[str, Joined]]) -> dict[int, list[tuple[str, Joined]]]:
    """The reports of each fact, its own first, the others in the order of their external ids."""
    groups: dict[int, list[tuple[str, Joined]]] = {first: [rows[first]] for first in sorted(set(stands.values()))}
    for pk, first in sorted(stands.items(), key=lambda pair: (rows[pair[0]][0], pair[0])):
        if pk != first:
            groups[first].append(rows[pk])
    return groups


def _incident(reports: Sequence[Joined]) -> Joined:
    together = Joined(dict(reports[0].values), dict(reports[0].stamps))
    for other in reports[1:]:
        together.merge(other)
    for name, earliest in (("opened_at", True), ("acknowledged_at", True), ("severity", True), ("resolved_at", False)):
        values = _ends(reports) if name == "resolved_at" else [report.values.get(name) for report in reports]
        together.values[name] = _chosen([value for value in values if value], earliest, all(values))
    return together


def _ends(reports: Sequence[Joined]) -> list[datetime | None]:
    """When each report of an incident was over; ``None`` while it is not."""
    told = [report.values for report in reports]
    lives = [
        Report(place, "", 0, frozenset(one.get("same_as") or ()), one.get("opened_at"), one.get("resolved_at") or OPEN)
        for place, one in enumerate(told)
    ]
    return [None if report.ends_at == OPEN else report.ends_at for report in ended(lives)]


def _chosen(values: Sequence[Any], earliest: bool, complete: bool) -> datetime | str | None:
    if not values or not (earliest or complete):
        return None
    chosen: datetime | str = min(values) if earliest else max(values)
    return chosen
