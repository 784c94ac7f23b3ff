"""Rows by their changes, some at a time: a place in that order stays where it is, however many rows are written."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db.models import BooleanField, DateTimeField, F, Func, QuerySet, Value

from dashboard.access import Actor
from dashboard.datasets import incremental
from dashboard.datasets.dataset import Dataset, Rows
from dashboard.datasets.filters import EPOCH
from ingest.models import RemovedRow

ROW, REMOVED = 1, 0  # of one moment removals come first


class BadCursor(ValueError):
    """It is none of ours."""


@dataclass(frozen=True, slots=True)
class Place:
    """Behind a row, or before it (``back``). ``as_of``: of the first page, which holds for all that follow."""

    at: datetime
    kind: int
    pk: int
    as_of: datetime
    back: bool = False

    def text(self) -> str:
        told = [int(self.back), _micros(self.at), self.kind, self.pk, _micros(self.as_of)]
        return base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Raises ``BadCursor``."""
        try:
            told = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
            if not (isinstance(told, list) and len(told) == 5 and all(type(one) is int for one in told)):
                raise ValueError("not five numbers")
            back, at, kind, pk, as_of = told
            if back not in (0, 1) or kind not in (ROW, REMOVED) or not 0 <= pk < 2**63:
                raise ValueError("no place")
            return cls(_moment(at), kind, pk, _moment(as_of), bool(back))
        except (binascii.Error, ValueError, OverflowError, OSError) as error:
            raise BadCursor(text) from error


@dataclass(frozen=True, slots=True)
class Page:
    """``rows``: of the columns asked for, and of what was removed its key, in the order of changes. ``before`` and
    ``after``: the places from which pages beside it go on, ``None`` where there is none."""

    rows: Sequence[dict[str, Any]]
    as_of: datetime
    before: Place | None
    after: Place | None


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: the dataset's ``rows`` that filters left, columns by ``names``, and since when."""

    dataset: Dataset
    actor: Actor
    rows: Rows
    names: Sequence[str]
    size: int
    since: datetime | None = None


class _Compared(Func):
    """(time, primary key) before or behind a place, as the database compares rows: one range of an index."""

    output_field = BooleanField()

    def __init__(self, changed: str, sign: str, at: datetime, pk: int) -> None:
        super().__init__(F(changed), F("pk"), Value(at, output_field=DateTimeField()), Value(pk))
        self.sign = sign

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **more: Any) -> Any:
        parts = [compiler.compile(one) for one in self.source_expressions]
        (a, b, c, d) = (sql for sql, _ in parts)
        return f"({a}, {b}) {self.sign} ({c}, {d})", [one for _, params in parts for one in params]


def page(asked: Request, place: Place | None, as_of: datetime) -> Page:
    """The page behind a place, or the first; ``as_of``: as it was before the rows are read."""
    as_of = place.as_of if place else as_of
    back = place is not None and place.back
    found = _found(asked, place, back)
    more = len(found) > asked.size
    found = found[: asked.size]
    if back:
        found.reverse()
    first = Place(*found[0][:3], as_of, back=True) if found and (place and (more or not back)) else None
    last = Place(*found[-1][:3], as_of) if found and (more or back) else None
    return Page([row for *_, row in found], as_of, first, last)


def _found(asked: Request, place: Place | None, back: bool) -> list[tuple[datetime, int, int, dict[str, Any]]]:
    """One row more than the page holds, in the order of the walk."""
    found = _rows(asked, place, back)
    if asked.since is not None:
        removed = _removed(asked, asked.since, place, back)
        found = sorted((*found, *removed), key=lambda row: row[:3], reverse=back)
    return found[: asked.size + 1]


def _rows(asked: Request, place: Place | None, back: bool) -> list[tuple[datetime, int, int, dict[str, Any]]]:
    dataset, rows = asked.dataset, asked.rows
    if asked.since is not None:
        rows = rows.filter(**{f"{dataset.changed}__gte": asked.since})
    rows = _behind(rows, dataset.changed, ROW, place, back)
    ordered = dataset.ordered(rows)
    ordered = ordered.reverse() if back else ordered
    told = ordered.values_list(dataset.changed, "pk", *(dataset.source(name) for name in asked.names))
    names = asked.names
    return [(at, ROW, pk, dict(zip(names, cells, strict=True))) for at, pk, *cells in told[: asked.size + 1]]


def _removed(
    asked: Request, since: datetime, place: Place | None, back: bool
) -> list[tuple[datetime, int, int, dict[str, Any]]]:
    dataset = asked.dataset
    rows: QuerySet[RemovedRow] = incremental.removed_since(dataset, asked.actor, since)
    rows = _behind(rows, "at", REMOVED, place, back)
    ordered = rows.order_by("-at", "-pk") if back else rows.order_by("at", "pk")
    return [
        (at, REMOVED, pk, {dataset.key: key_of(dataset, key), "deleted": True, "updated_at": at})
        for at, pk, key in ordered.values_list("at", "pk", "key")[: asked.size + 1]
    ]


def key_of(dataset: Dataset, key: str) -> Any:
    """A removed row's key, of the type of its column."""
    return int(key) if dataset.column_by_name[dataset.key].type == "integer" else key


def _behind(rows: Any, changed: str, kind: int, place: Place | None, back: bool) -> Any:
    """The rows of one kind on the far side of a place. Of one moment removals come before rows."""
    if place is None:
        return rows
    if place.kind == kind:
        return rows.filter(_Compared(changed, "<" if back else ">", place.at, place.pk))
    if back:
        return rows.filter(**{f"{changed}__lt" if kind == ROW else f"{changed}__lte": place.at})
    return rows.filter(**{f"{changed}__gte" if kind == ROW else f"{changed}__gt": place.at})


def _micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
