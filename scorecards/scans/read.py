"""What pages ask of the standard: standings by day, verdicts by section and control."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from ingest.models import Service, Team
from ingest.window import DAY
from scorecards.models import ComplianceDay, ControlVerdict, VerdictChange
from scorecards.scans.daily import standing_on
from scorecards.scans.tally import score_of
from scorecards.standards.score import Score
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


def changed_since(
    standard: str, service_ids: Sequence[int], since: datetime, *, level: str = ""
) -> dict[tuple[int, str], int]:
    """How many verdicts changed in each service and section; a first verdict is no change. One query."""
    rows = ControlVerdict.objects.filter(standard=standard, service__in=service_ids, since__gte=since)
    rows = rows.filter(level=level) if level else rows
    changed = set(
        VerdictChange.objects.filter(standard=standard, service__in=service_ids, at__gte=since)
        .exclude(before="")
        .values_list("service", "control")
    )
    counts: Counter[tuple[int, str]] = Counter()
    for service_id, section, control in rows.values_list("service", "section", "control"):
        counts[service_id, section] += (service_id, control) in changed
    return {key: count for key, count in counts.items() if count}


def causes(standard: str, services: QuerySet[Service], since: date, until: date) -> dict[str, tuple[int, int]]:
    """(verdicts that became worse, that became better) by cause, on the days [since, until]. One query."""
    rows = VerdictChange.objects.filter(
        standard=standard, service__in=services, at__date__gte=since, at__date__lt=until + DAY
    ).exclude(before="")
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for cause, before, after, count in rows.values_list("cause", "before", "after").annotate(Count("pk")).order_by():
        worse = RANK[Verdict(after)] < RANK[Verdict(before)]
        found[cause][0 if worse else 1] += count
    return {cause: (worse, better) for cause, (worse, better) in found.items()}
