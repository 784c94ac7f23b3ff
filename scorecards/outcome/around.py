"""Services that came to meet a control or to use a capability: their figures before that day, and after it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import QuerySet

from ingest.models import Service
from ingest.window import DAY, Window
from scorecards.adoption.read import changes_of
from scorecards.models import ScopeVersion, VerdictChange
from scorecards.outcome.before_after import Changed, Paired, before_and_after
from scorecards.outcome.changes import REACH, Chosen, Turn, certain
from scorecards.outcome.groups import PRODUCTION, SIDES, told_by
from scorecards.rollups.read import Computation, Scope, Stored
from scorecards.standards.verdict import Verdict

MOST = 200  # the newest changes alone: what was long ago tells little, and each costs
LOOK_BACK = timedelta(days=730)
# What the service itself did: not another reading of the same.
OWN_CAUSES = (VerdictChange.Cause.REPOSITORY, VerdictChange.Cause.DATA)
USES = {"used": True, "not": False}


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """``chosen``: the services that changed, with their days; of more than ``MOST`` the newest."""

    figures: Sequence[Paired]
    chosen: Chosen


def control_turns(standard: str, control: str, services: QuerySet[Service]) -> list[Turn]:
    """When services came to pass, or no longer did, as far as it was their own doing; else it is not certain."""
    rows = VerdictChange.objects.filter(standard=standard, control=control).exclude(before="").order_by("at", "pk")
    ids = set(services.values_list("pk", flat=True))
    return [
        Turn(
            pk,
            at.astimezone(settings.ORGANISATION_ZONE).date(),
            SIDES.get(Verdict(before)) if cause in OWN_CAUSES else None,
            SIDES.get(Verdict(after)),
        )
        for pk, before, after, cause, at in rows.values_list("service_id", "before", "after", "cause", "at")
        if pk in ids
    ]


def capability_turns(capability: str, services: QuerySet[Service], today: date) -> list[Turn]:
    """When services began to use a capability, or ceased to, or could be looked at or no longer."""
    ids = set(services.values_list("pk", flat=True))
    changes = changes_of(capability, today - LOOK_BACK, today + DAY)
    return [
        Turn(one.service_id, one.day, USES.get(one.before), USES.get(one.after))
        for one in changes
        if one.service_id in ids
    ]


def around(turns: Iterable[Turn], today: date) -> BeforeAfter:
    """The figures of services that came to it, over the 90 days before that day and the 90 after it."""
    told = list(turns)
    services = {turn.service_id for turn in told}
    chosen = certain(told, _deployed_since(services), today, retired=_retired(services))
    newest = sorted(chosen.days.items(), key=lambda pair: (pair[1], pair[0]), reverse=True)[:MOST]
    return BeforeAfter(before_and_after(_both(dict(newest), today)), chosen)


def _deployed_since(services: Collection[int]) -> dict[int, date]:
    rows = ScopeVersion.objects.filter(
        scope__in=[f"service:{pk}" for pk in services], tier="", environment_class=PRODUCTION
    )
    told = rows.exclude(first_deployed_on=None).values_list("scope", "first_deployed_on")
    return {int(scope[8:]): day for scope, day in told if day is not None}


def _retired(services: Collection[int]) -> dict[int, date]:
    gone = Service.objects.filter(retired_on__isnull=False).values_list("pk", "retired_on")
    return {pk: day for pk, day in gone if pk in services and day is not None}


def _both(days: Mapping[int, date], today: date) -> list[Changed]:
    if not days:
        return []
    zone = settings.ORGANISATION_ZONE
    scopes = [Scope("service", pk) for pk in days]
    before = {pk: Window(day - REACH, day, zone) for pk, day in days.items()}
    after = {pk: Window(day + DAY, day + DAY + REACH, zone) for pk, day in days.items()}
    whole = Window(min(one.start for one in before.values()), max(one.end for one in after.values()), zone)
    computation = Computation(scopes, PRODUCTION, whole, today, rollups=_Around(before, after))
    return [
        Changed(
            told_by(computation.summary(scope, before[scope.id])),
            told_by(computation.summary(scope, after[scope.id])),
        )
        for scope in scopes
    ]


class _Around(Stored):
    """The rollups of each service within its own 180 days: the window that holds those of all may be years long."""

    def __init__(self, before: Mapping[int, Window], after: Mapping[int, Window]) -> None:
        self._spans = {f"service:{pk}": (before[pk].start, after[pk].end) for pk in before}

    def buckets(
        self, wanted: Mapping[tuple[str, str], Scope], environment_class: str, window: Window
    ) -> Iterator[tuple[str, str, date, bytes]]:
        for key, tier, day, data in super().buckets(wanted, environment_class, window):
            start, end = self._spans[key]
            if start <= day < end:
                yield key, tier, day, data
