"""Objectives that a scan found in a repository become rows, each with the service that it is about."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from ingest.models import Repository, Service, Slo
from ingest.models.signals import Origin
from ingest.prometheus.named import known_services
from ingest.repository.globs import glob_pattern
from scorecards.reliability.indicator import Queries, measure_of
from scorecards.reliability.told import ToldSlo, keep
from scorecards.rules.facts import COLLECTIONS, KeptFacts, Row

MAX_SLOS = 2_000  # of one repository
DAY = 86_400
DEFAULT_WINDOW = 30 * DAY
Told = dict[str, Any]


def keep_found(
    repository: Repository, facts: bytes | memoryview | None, services: Sequence[Service], at: datetime
) -> int:
    """Bring the rows of a repository to what its latest scan found; how many were made, changed or ended.

    Where the scan could not read its objectives, or an older one kept them, the rows stay.
    """
    told = KeptFacts.unpacked(bytes(facts)).rows("slos") if facts else None
    if told is None or (told.rows and _values(told.rows[0])["indicator"] is None):
        return 0
    rows = [_values(row) | {"unit": row.unit, "line": row.place.line} for row in told.rows[:MAX_SLOS]]
    held = Slo.objects.filter(repository=repository, origin=Origin.SCAN)
    if not rows and not held.exists():
        return 0
    found = list(_told(repository, rows, services))
    return keep(found, held, at, complete=told.complete and len(told.rows) <= MAX_SLOS)


def link() -> int:
    """Give objectives without a service the one that they name, where it is known by now; how many found theirs."""
    lone = Slo.objects.filter(service=None, ended_at=None).exclude(service_name="")
    names = dict(lone.order_by("pk").values_list("pk", "service_name"))
    ids = known_services(names.values()) if names else {}
    found = [Slo(pk=pk, service_id=ids[name]) for pk, name in names.items() if name in ids]
    Slo.objects.bulk_update(found, ["service"], batch_size=500)
    return len(found)


def _values(row: Row) -> Told:
    return dict(zip((field.name for field in COLLECTIONS["slos"].fields), row.values, strict=True))


def _told(repository: Repository, rows: Sequence[Told], services: Sequence[Service]) -> Iterator[ToldSlo]:
    """Those with an objective; without one there is nothing to hold to, which the check of the standard tells."""
    ids = known_services({name for row in rows for name in (_text(row, "service"), _text(row, "labelled"))})
    turns: Counter[str] = Counter()
    for row in rows:
        percent = row["objective"]
        if not isinstance(percent, int | float) or not 0 < percent <= 100:
            continue
        turns[row["unit"]] += 1
        turn = f"#{turns[row['unit']]}" if turns[row["unit"]] > 1 else ""
        days = row["window"] if isinstance(row["window"], int | float) else None
        name, service_id = _service(row, ids, services)
        yield ToldSlo(
            key=f"scan/{repository.pk}/{row['unit']}{turn}",
            service_id=service_id,
            service_name=name,
            name=_text(row, "name") or _last_word(row["unit"]),
            objective=round(percent / 100, 12),
            window_seconds=_seconds(days),
            measure=measure_of(_queries(row), None if days is None else days * DAY),
            origin=Origin.SCAN,
            description=_text(row, "description"),
            aim=_text(row, "aim")[:12],
            repository_id=repository.pk,
            path=_text(row, "path"),
            line=row["line"],
        )


def _seconds(days: float | None) -> int:
    """A window that the database holds; one that makes no sense is a problem of its own."""
    return int(days * DAY) if days is not None and 0 < days <= 10_000 else DEFAULT_WINDOW


def _text(row: Told, name: str) -> str:
    return row[name] if isinstance(row[name], str) else ""


def _last_word(unit: str) -> str:
    """``checkout`` of ``ServiceLevelObjective shop/checkout``."""
    return unit.rpartition(" ")[2].rpartition("/")[2] or unit


def _queries(row: Told) -> Queries:
    """What its queries say; one that only rendering tells leaves a variable, which is told as such."""
    bad, good, total = (
        "{{ }}" if row[name] is None else row[name] for name in ("bad_query", "good_query", "total_query")
    )
    return Queries(_text(row, "indicator"), bad, good, total, bare=row["tool"] == "pyrra")


def _service(row: Told, ids: dict[str, int], services: Sequence[Service]) -> tuple[str, int | None]:
    """The service that it names, else that a label names; where it names none at all, that in whose part of the
    repository it lies."""
    named = [name for name in (_text(row, "service"), _text(row, "labelled")) if name]
    known = next((name for name in named if name in ids), None)
    if known is not None:
        return known, ids[known]
    if named:
        return named[0], None
    found = _covering(_text(row, "path"), services)
    return (found.name, found.pk) if found is not None else ("", None)


def _covering(path: str, services: Sequence[Service]) -> Service | None:
    """The one service whose globs cover the path, else the one without globs; ``None`` where there are several."""
    claiming = [one for one in services if one.path_globs and _covers(one.path_globs, path)]
    found = claiming or [one for one in services if not one.path_globs]
    return found[0] if len(found) == 1 else None


def _covers(globs: Iterable[str], path: str) -> bool:
    below = tuple(f"{glob}**" if glob.endswith("/") else glob for glob in globs)
    return bool(glob_pattern(below).match(path))
