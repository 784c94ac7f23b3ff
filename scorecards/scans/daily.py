"""Compliance of teams and of the organisation by day: sums over the services that were theirs on that day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import owner_on
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.models import ComplianceDay
from scorecards.scans.tally import added
from scorecards.standards.standard import Phase, Standard

_COUNTS = ("services", "unscanned", "met", "open", "judged")


def active_on(day: date) -> QuerySet[Service]:
    """The services that were not retired on a day."""
    return Service.objects.filter(Q(retired_on__isnull=True) | Q(retired_on__gt=day))


def standing_on(services: QuerySet[Service], standard: str, day: date) -> QuerySet[ComplianceDay]:
    """The newest row of each service up to a day."""
    newest = ComplianceDay.objects.filter(service=OuterRef("pk"), standard=standard, day__lte=day).order_by("-day")
    ids = services.annotate(newest=Subquery(newest.values("pk")[:1])).filter(newest__isnull=False)
    return ComplianceDay.objects.filter(pk__in=ids.values("newest"))


@transaction.atomic
def sum_up(standards: Sequence[Standard], day: date) -> None:
    """Write the day's rows of every team with an active service, and of the organisation."""
    services = active_on(day)
    owner_of = _owners(services, day)
    for standard in standards:
        row_of = {row.service_id: row for row in standing_on(services, standard.code, day)}
        by_team: dict[int | None, list[ComplianceDay | None]] = defaultdict(list)
        for service_id, team_id in owner_of.items():
            if team_id is not None:
                by_team[team_id].append(row_of.get(service_id))
        for team_id in _told_teams(standard, day) - by_team.keys():
            by_team[team_id] = []  # none of its services is left: its last sum is none of today
        _write(standard, day, by_team)
        _write(standard, day, {None: [row_of.get(service_id) for service_id in owner_of]})


def _told_teams(standard: Standard, day: date) -> set[int]:
    rows = ComplianceDay.objects.filter(standard=standard.code, team__isnull=False, day__lte=day)
    return set(rows.order_by().values_list("team_id", flat=True).distinct())


def _owners(services: QuerySet[Service], day: date) -> dict[int, int | None]:
    periods = periods_by_service()
    unassigned = Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first()
    return {pk: owner_on(periods.get(pk, ()), day) or unassigned for pk in services.values_list("pk", flat=True)}


def _write(standard: Standard, day: date, rows_of: dict[Any, list[ComplianceDay | None]]) -> None:
    for team_id, rows in rows_of.items():
        ComplianceDay.objects.update_or_create(
            standard=standard.code, service=None, team_id=team_id, day=day, defaults=_sum(standard, rows)
        )


def _sum(standard: Standard, rows: Sequence[ComplianceDay | None]) -> dict[str, Any]:
    found = [row for row in rows if row is not None]
    missing = sum(row is None for row in rows)
    counts = {name: sum(getattr(row, name) for row in found) for name in _COUNTS}
    counts["unscanned"] += missing
    return {
        "version": standard.version,
        **counts,
        "phase": lowest(row.phase for row in found if row.services),
        "possible_phase": lowest(row.possible_phase for row in found if row.services),
        "tally": added(row.tally for row in found),
    }


def lowest(phases: Iterable[str]) -> str:
    """The phase that every service has reached; empty where one has reached none, or there is none."""
    order = {"": 0} | {str(phase): phase.order for phase in Phase}
    return min(phases, key=lambda phase: order.get(phase, 0), default="")
