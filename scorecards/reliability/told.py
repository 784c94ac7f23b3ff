"""Objectives as somebody told them become rows: new, changed, ended, back again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ingest.models import Slo, SloDay
from scorecards.models import SloStanding
from scorecards.reliability.indicator import Measure

MAX_KEY = 400
_MEASURED = (
    "server_id", "indicator", "bad_query", "good_query", "total_query", "bad_selector", "good_selector",
    "total_selector", "problem_code",
)  # fmt: skip
_TOLD = (
    *_MEASURED, "service_id", "service_name", "name", "description", "aim", "objective", "window_seconds", "problem",
    "path", "line",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToldSlo:
    """One objective; members as ``ingest.models.Slo``'s. ``objective``: above 0, at most 1."""

    key: str
    service_id: int | None
    service_name: str
    name: str
    objective: float
    window_seconds: int
    measure: Measure
    origin: str
    description: str = ""
    aim: str = ""
    server_id: int | None = None
    repository_id: int | None = None
    path: str = ""
    line: int = 0

    def row(self) -> Slo:
        return Slo(
            key=key_of(self.key), service_id=self.service_id, service_name=self.service_name[:200],
            server_id=self.server_id, name=self.name[:200], description=self.description, aim=self.aim,
            objective=self.objective, window_seconds=self.window_seconds, origin=self.origin,
            repository_id=self.repository_id, path=self.path[:500], line=self.line, **self.measure._asdict(),
        )  # fmt: skip


def key_of(text: str) -> str:
    """A key of at most 400 characters."""
    return text if len(text) <= MAX_KEY else f"{text[:360]}-{blake2b(text.encode(), digest_size=16).hexdigest()}"


@transaction.atomic
def keep(told: Iterable[ToldSlo], held: "QuerySet[Slo]", now: datetime, *, complete: bool = True) -> int:
    """The rows ``held`` become those that are told; what is told no more ends, unless more may be told (not
    ``complete``). How many rows were made or changed: none where nothing is new."""
    rows = {row.key: row for row in held.select_for_update().order_by("pk")}
    new: list[Slo] = []
    changed = 0
    for one in told:
        wanted = one.row()
        row = rows.pop(wanted.key, None)
        if row is None:
            new.append(wanted)
        else:
            changed += _take_over(row, wanted)
    Slo.objects.bulk_create(new, batch_size=200)
    gone = [row.pk for row in rows.values() if row.ended_at is None] if complete else []
    end(gone, now)
    return len(new) + changed + len(gone)


def end(pks: Iterable[int], now: datetime) -> None:
    """They hold no more. What they measured stays, how they stand does not."""
    pks = list(pks)
    Slo.objects.filter(pk__in=pks).update(ended_at=now, updated_at=timezone.now())
    SloStanding.objects.filter(slo__in=pks).delete()


def _take_over(row: Slo, wanted: Slo) -> bool:
    """Whether the row had to be changed."""
    differing = [name for name in _TOLD if getattr(row, name) != getattr(wanted, name)]
    if not differing and row.ended_at is None:
        return False
    longer = wanted.window_seconds > row.window_seconds
    for name in differing:
        setattr(row, name, getattr(wanted, name))
    row.ended_at = None
    if any(name in _MEASURED for name in differing):
        read_anew(row)
    elif longer:
        read_back(row)
    row.save()
    return True


def read_anew(row: Slo) -> None:
    """Forget what was read, as it was of something else: the window is read back again."""
    SloDay.objects.filter(slo=row).delete()
    read_back(row)
    row.error, row.failing_since = "", None


def read_back(row: Slo) -> None:
    """The window is read back again; what was counted stays where Prometheus has dropped it."""
    row.state, row.read_to, row.answered_at = {}, None, None
