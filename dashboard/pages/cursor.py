"""Pages of a long list by a cursor: what is older than the last row that was shown, never an offset."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet

T = TypeVar("T")

PAGE = 50
BIGINT_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of a row in a list that is ordered by time and id, newest first."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """What ``str`` wrote; ``None`` for anything else, which shows the newest rows."""
        moment, _, row = text.partition("-")
        try:
            at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
            return cls(at, int(row)) if len(row) < BIGINT_DIGITS else None
        except ValueError:
            return None


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows of one page, and the cursor of the next, empty at the end."""

    rows: Sequence[T]
    older: str


def older_than(rows: QuerySet[Any], cursor: Cursor | None, at: str, pk: str) -> QuerySet[Any]:
    """``rows`` newest first by ``at`` and ``pk``, from behind ``cursor``."""
    ordered = rows.order_by(f"-{at}", f"-{pk}")
    if cursor is None:
        return ordered
    behind = Q(**{f"{at}__lt": cursor.at}) | Q(**{at: cursor.at, f"{pk}__lt": cursor.id})
    # The first condition is implied by the second, and lets the database start in the index at the right place.
    return ordered.filter(Q(**{f"{at}__lte": cursor.at}) & behind)


def page(found: Iterable[T], place: Callable[[T], Cursor], size: int = PAGE) -> Page[T]:
    """The first ``size`` of ``found``; one more in it means that there is an older page."""
    rows = list(found)
    return Page(rows[:size], str(place(rows[size - 1])) if len(rows) > size else "")
