"""What pages ask of the standard: standings by day, verdicts by section and control."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from ingest.models import Service, Team
from scorecards.models import ComplianceDay, ControlVerdict
from scorecards.scans.daily import lowest, standing_on
from scorecards.scans.tally import added, score_of
from scorecards.standards.score import Score, total
from scorecards.standards.verdict import Verdict

RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a scope was on a day: the headline's counts, and the score. Shares are 0 to 1."""

    day: date
    services: int
    unscanned: int
    met: int
    open: int
    judged: int
    score: Score
    phase: str
    possible_phase: str
    version: str
    tally: Mapping[str, Any]

    @property
    def proven(self) -> float | None:
        """The share of services that meet all applicable REQUIRED controls; ``None`` where none has any."""
        return self.met / self.judged if self.judged else None

    @property
    def possible(self) -> float | None:
        """The same, with those that might."""
        return (self.met + self.open) / self.judged if self.judged else None


def standing(standard: str, day: date, *, team: Team | None = None, service: Service | None = None) -> Standing | None:
    """The standing of a service, a team or the organisation on a day; ``None`` before the first scan."""
    row = _rows(standard, team, service).filter(day__lte=day).order_by("-day").first()
    return _standing(row, day) if row is not None else None


def course(
    standard: str, days: Sequence[date], *, team: Team | None = None, service: Service | None = None
) -> list[Standing | None]:
    """The standing on each of the days, which are in order; ``None`` before the first scan. Two queries."""
    if not days:
        return []
    rows = _rows(standard, team, service)
    before = rows.filter(day__lt=days[0]).order_by("-day").first()
    within = list(rows.filter(day__gte=days[0], day__lte=days[-1]).order_by("day"))
    found: list[Standing | None] = []
    newest, at = before, 0
    for day in days:
        while at < len(within) and within[at].day <= day:
            newest, at = within[at], at + 1
        found.append(_standing(newest, day) if newest is not None else None)
    return found


def _rows(standard: str, team: Team | None, service: Service | None) -> QuerySet[ComplianceDay]:
    return ComplianceDay.objects.filter(standard=standard, team=team, service=service)


def _standing(row: ComplianceDay, day: date) -> Standing:
    return Standing(
        day=day,
        services=row.services,
        unscanned=row.unscanned,
        met=row.met,
        open=row.open,
        judged=row.judged,
        score=score_of(row.tally.get("all", {}), row.services),
        phase=row.phase,
        possible_phase=row.possible_phase,
        version=row.version,
        tally=row.tally,
    )


def standings(standard: str, services: QuerySet[Service], day: date) -> dict[int, Standing]:
    """The standing of each service that has one, by its id. One query."""
    rows = standing_on(services, standard, day)
    return {row.service_id: _standing(row, day) for row in rows if row.service_id is not None}


def team_standings(standard: str, teams: QuerySet[Team], day: date) -> dict[int, Standing]:
    """The standing of each team that has one, by its id. One query."""
    newest = ComplianceDay.objects.filter(team=OuterRef("pk"), standard=standard, day__lte=day).order_by("-day")
    ids = teams.annotate(newest=Subquery(newest.values("pk")[:1])).filter(newest__isnull=False)
    rows = ComplianceDay.objects.filter(pk__in=ids.values("newest"))
    return {row.team_id: _standing(row, day) for row in rows if row.team_id is not None}


def summed(found: Iterable[Standing], service_count: int, day: date) -> Standing | None:
    """The standing of services together, ``service_count`` of them; ``None`` where none was scanned."""
    scanned = [one for one in found if one.services]
    if not scanned:
        return None
    return Standing(
        day=day,
        services=len(scanned),
        unscanned=service_count - len(scanned),
        met=sum(one.met for one in scanned),
        open=sum(one.open for one in scanned),
        judged=sum(one.judged for one in scanned),
        score=total(one.score for one in scanned),
        phase=lowest(one.phase for one in scanned),
        possible_phase=lowest(one.possible_phase for one in scanned),
        version=scanned[0].version,
        tally=added(one.tally for one in scanned),
    )


def steps(first: date, last: date, count: int = 26) -> list[date]:
    """Days from ``first`` to ``last``, both included, evenly apart: at most ``count``."""
    span = (last - first).days
    apart = max(1, -(-span // max(1, count - 1)))
    days = [last - timedelta(days=apart * number) for number in range(span // apart + 1)]
    return days[::-1]


# ---------------------------------------------------------------- verdicts


@dataclass(frozen=True, slots=True)
class Cell:
    """The verdicts of a service in a section: the worst, and how many controls came to which."""

    worst: Verdict
    counts: Mapping[Verdict, int]


def matrix(
    standard: str, service_ids: Sequence[int], *, level: str = "", controls: Iterable[str] | None = None
) -> dict[tuple[int, str], Cell]:
    """The cell of each service and section. ``level`` and ``controls`` leave others out. One query."""
    rows = ControlVerdict.objects.filter(standard=standard, service__in=service_ids)
    rows = rows.filter(level=level) if level else rows
    rows = rows.filter(control__in=list(controls)) if controls is not None else rows
    counts: dict[tuple[int, str], Counter[Verdict]] = defaultdict(Counter)
    for service_id, section, verdict, count in rows.values_list("service", "section", "verdict").annotate(Count("pk")):
        counts[service_id, section][Verdict(verdict)] += count
    return {key: Cell(min(told, key=RANK.__getitem__), told) for key, told in counts.items()}


def by_control(standard: str, services: QuerySet[Service]) -> dict[str, Counter[Verdict]]:
    """How many services came to which verdict, by control. One query."""
    rows = ControlVerdict.objects.filter(standard=standard, service__in=services)
    counts: dict[str, Counter[Verdict]] = defaultdict(Counter)
    for control, verdict, count in rows.values_list("control", "verdict").annotate(Count("pk")).order_by():
        counts[control][Verdict(verdict)] += count
    return counts


def by_service(standard: str, service_ids: Sequence[int]) -> dict[int, Counter[Verdict]]:
    """How many controls came to which verdict, by service. One query."""
    rows = ControlVerdict.objects.filter(standard=standard, service__in=service_ids)
    counts: dict[int, Counter[Verdict]] = defaultdict(Counter)
    for service_id, verdict, count in rows.values_list("service", "verdict").annotate(Count("pk")).order_by():
        counts[service_id][Verdict(verdict)] += count
    return counts
