"""(pure) Which alerts are told now, and which wait for the end of a quiet period."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that is not told yet. ``subject``: what it is about, such as a service."""

    id: int
    kind: str
    subject: str


def due(
    waiting: Iterable[Waiting],
    told_at: Mapping[tuple[str, str], datetime],
    quiet: Mapping[str, timedelta],
    now: datetime,
) -> list[Waiting]:
    """Those to tell now: all that wait of each kind and subject of which nothing was told within the quiet period.

    The first is told at once; what comes within the period after waits for its end and is told together, which begins
    another. ``told_at``: when something of a kind and subject was told last. A kind without a period is not told.
    """

    def is_due(one: Waiting) -> bool:
        last = told_at.get((one.kind, one.subject))
        return one.kind in quiet and (last is None or now - last >= quiet[one.kind])

    return [one for one in waiting if is_due(one)]
