"""(pure) Which reports are of one deployment or incident, and which of them stands for the others."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

OPEN = datetime.max.replace(tzinfo=UTC)  # the end of what has not ended
ONE_LIFE = "alert/"  # begins the names of what is either on or off: when it ends, it has ended in every report


@dataclass(frozen=True, slots=True)
class Report:
    """A row of facts, as one source tells it. ``names``: under which it may be reported elsewhere.

    ``starts_at``: ``None`` where no time is known; such a report is nobody's by a name that asks for a time.
    """

    id: int
    external_id: str
    source_id: int
    names: frozenset[str]
    starts_at: datetime | None = None
    ends_at: datetime = OPEN

    @property
    def rank(self) -> tuple[datetime, str, int]:
        """The least of a group stands for it: its first, whatever the order of arrival."""
        return self.starts_at or OPEN, self.external_id, self.source_id


def standing_for(
    reports: Iterable[Report],
    *,
    overlapping: bool,
    together: Iterable[tuple[int, int]] = (),
    apart: frozenset[int] = frozenset(),
) -> dict[int, int]:
    """By the id of each report that of the one that stands for it, itself where it stands alone or for others.

    Reports that share a name are of one thing, directly or through others. ``overlapping``: only where their times
    overlap or touch, as a name may come back for another incident. ``together``: pairs that a person said are one,
    whatever the names. ``apart``: reports that a person said are no duplicates, whatever the names.
    """
    by_id = {report.id: report for report in ended(list(reports))}
    groups = _Groups(by_id)
    by_name: dict[str, list[Report]] = defaultdict(list)
    for report in by_id.values():
        if report.id not in apart:
            for name in report.names:
                by_name[name].append(report)
    for named in by_name.values():
        for one, other in _overlapping(named) if overlapping else pairwise(named):
            groups.join(one.id, other.id)
    for one_id, other_id in together:
        if one_id in by_id and other_id in by_id:
            groups.join(one_id, other_id)
    return groups.least()


def ended(reports: Sequence[Report]) -> list[Report]:
    """The reports, an open one that bears a name of one life ended at the first end of it after its start.

    An alert begins anew when its rule's server starts anew, without an end: only its last report is ever told as over.
    """
    ends: dict[str, list[datetime]] = defaultdict(list)
    for report in reports:
        for name in report.names if report.ends_at != OPEN else ():
            if name.startswith(ONE_LIFE):
                ends[name].append(report.ends_at)
    for later in ends.values():
        later.sort()
    return [replace(report, ends_at=_first_end(report, ends)) for report in reports]


def _first_end(report: Report, ends: Mapping[str, Sequence[datetime]]) -> datetime:
    if report.ends_at != OPEN or report.starts_at is None:
        return report.ends_at
    found = [later[place] for name in report.names if (later := ends.get(name))
             and (place := bisect_left(later, report.starts_at)) < len(later)]  # fmt: skip
    return min(found, default=OPEN)


def _overlapping(named: Sequence[Report]) -> Iterable[tuple[Report, Report]]:
    """Pairs that make one group of all that overlap, in the order of their starts."""
    timed = sorted((report for report in named if report.starts_at is not None), key=lambda report: report.rank)
    longest: Report | None = None
    for report in timed:
        if longest is not None and report.starts_at is not None and report.starts_at <= longest.ends_at:
            yield longest, report
        if longest is None or report.ends_at > longest.ends_at:
            longest = report


class _Groups:
    """Disjoint sets of reports."""

    def __init__(self, by_id: Mapping[int, Report]) -> None:
        self.by_id = by_id
        self.parent = {pk: pk for pk in by_id}

    def root(self, pk: int) -> int:
        while self.parent[pk] != pk:
            self.parent[pk] = self.parent[self.parent[pk]]
            pk = self.parent[pk]
        return pk

    def join(self, one: int, other: int) -> None:
        first, second = self.root(one), self.root(other)
        if self.by_id[second].rank < self.by_id[first].rank:
            first, second = second, first
        self.parent[second] = first

    def least(self) -> dict[int, int]:
        return {pk: self.root(pk) for pk in self.by_id}
