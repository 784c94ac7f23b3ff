"""Saying what counts from a day on, and taking it back: the rules, and which services' figures follow."""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from ingest.catalogue.owners import periods_by_service
from ingest.models import ChangedService, Service, Source, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.definitions.course import in_force
from scorecards.definitions.held import Held
from scorecards.definitions.values import ALL_SOURCES, Values, checked
from scorecards.errors import DefinitionRefused
from scorecards.models import DefinitionChange

MAX_REASON = 2_000


def proposed(team: Team | None, values: Values, since: date) -> dict[str, object]:
    """The values checked, as far as they would change anything on a day from ``since`` on.

    Raises:
        DefinitionRefused: a value makes no sense, or nothing would change.
    """
    found = checked(dict(values))
    _check_sources(found)
    team_id = team.pk if team else None
    own = [one for one in Held.load().stated if one.team_id == team_id]
    days = [since, *(one.since for one in own if one.since > since)]
    held = [in_force(own, team_id, day) for day in days]
    new = {key: value for key, value in found.items() if any(one.get(key) != value for one in held)}
    if not new:
        raise DefinitionRefused({"": "Nothing would change: this is what holds already."})
    return new


@transaction.atomic
def state_definitions(
    team: Team | None, values: Values, *, since: date, reason: str, by: User, at: datetime
) -> DefinitionChange:
    """Say what counts from ``since`` on; all services concerned are judged anew.

    Raises:
        DefinitionRefused: a value makes no sense, nothing would change, or no reason is given.
    """
    if not reason.strip():
        raise DefinitionRefused({"reason": "Say why, for who reads the trend in a year."})
    new = proposed(team, values, since)
    said = DefinitionChange.objects.create(
        team=team, values=new, since=since, reason=reason.strip()[:MAX_REASON], by=by, at=at
    )
    mark_services(concerned(team))
    return said


@transaction.atomic
def withdraw_definitions(change: DefinitionChange, *, by: User, at: datetime) -> None:
    """Take a change back, for all its days. One that was taken back already stays as it is."""
    held = DefinitionChange.objects.filter(pk=change.pk, withdrawn_at=None)
    if held.update(withdrawn_by=by, withdrawn_at=at):
        mark_services(concerned(change.team))


def concerned(team: Team | None) -> list[int]:
    """The services whose figures definitions can move: the team's, now or before; the organisation's are all."""
    every = list(Service.objects.order_by("pk").values_list("pk", flat=True))
    if team is None:
        return every
    owners = periods_by_service()
    return [
        pk
        for pk in every
        if any(period.team_id == team.pk for period in owners.get(pk, ()))
        or (pk not in owners and team.slug == UNASSIGNED)
    ]


def mark_services(ids: Iterable[int]) -> None:
    """Have these services judged anew, and each of their days merged anew."""
    ChangedService.objects.bulk_create([ChangedService(service_id=pk, regroup=True) for pk in ids], batch_size=1_000)


def _check_sources(values: Values) -> None:
    named = values.get("sources")
    if named is None or named == ALL_SOURCES:
        return
    known = set(Source.objects.filter(pk__in=named).values_list("pk", flat=True))
    if unknown := [pk for pk in named if pk not in known]:
        raise DefinitionRefused({"sources": f"There is no source {unknown[0]}."})
