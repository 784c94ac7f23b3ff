"""Who meets a control or uses a capability, and who does not, with their figures of the last 90 days."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from ingest.models import Service
from ingest.window import Window
from scorecards.adoption.read import states_on
from scorecards.models import ControlVerdict
from scorecards.outcome.compare import Compared, compare
from scorecards.outcome.figures import DAYS, FIGURES, Figure, Figures
from scorecards.rollups.read import Scope, summaries
from scorecards.rollups.summary import Summary
from scorecards.scans.daily import active_on
from scorecards.standards.verdict import Verdict

PRODUCTION = "production"
SIDES = {Verdict.PASS: True, Verdict.FAIL: False, Verdict.PARTIAL: False}
NOT_JUDGED, INACTIVE, UNKNOWN = "not_judged", "inactive", "unknown"


@dataclass(frozen=True, slots=True)
class Groups:
    """Ids of the services that do and of those that don't. ``left``: how many are in neither, by why."""

    those: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()
    left: Mapping[str, int] = field(default_factory=dict)


def of_control(standard: str, control: str, services: QuerySet[Service], today: date) -> Groups:
    """Passes, beside fails and in part. Waived is neither: it is accepted, not met."""
    active = set(services.filter(pk__in=active_on(today).values("pk")).values_list("pk", flat=True))
    rows = ControlVerdict.objects.filter(standard=standard, control=control).values_list("service_id", "verdict")
    verdict_of = {pk: verdict for pk, verdict in rows if pk in active}
    sides = {pk: SIDES.get(Verdict(verdict)) for pk, verdict in verdict_of.items()}
    left = Counter(verdict for pk, verdict in verdict_of.items() if sides[pk] is None)
    left[NOT_JUDGED] = len(active) - len(verdict_of)
    return _groups(sides, left)


def of_capabilities(services: QuerySet[Service], today: date) -> dict[str, Groups]:
    """By capability: used, beside not used. Only active services do either."""
    ids = set(services.filter(pk__in=active_on(today).values("pk")).values_list("pk", flat=True))
    told = {pk: day for pk, day in states_on(today).items() if pk in ids and day.is_active}
    names = dict.fromkeys(name for day in told.values() for name in day.states)
    found = {}
    for name in names:
        states = {pk: day.states.get(name, UNKNOWN) for pk, day in told.items()}
        sides = {pk: None if state == UNKNOWN else state == "used" for pk, state in states.items()}
        left = Counter({UNKNOWN: sum(side is None for side in sides.values()), INACTIVE: len(ids) - len(told)})
        found[name] = _groups(sides, left)
    return found


def _groups(sides: Mapping[int, bool | None], left: Mapping[str, int]) -> Groups:
    return Groups(
        frozenset(pk for pk, side in sides.items() if side),
        frozenset(pk for pk, side in sides.items() if side is False),
        {reason: count for reason, count in sorted(left.items()) if count},
    )


def side_by_side(groups: Groups, today: date) -> list[Compared]:
    """The figures of both groups over the last 90 days."""
    found = figures_of([*groups.those, *groups.others], today)
    return compare((found[pk] for pk in groups.those), (found[pk] for pk in groups.others))


def figures_of(services: Collection[int], today: date) -> dict[int, Figures]:
    """The delivery figures of each service over the last 90 days, as its page tells them. They are stored."""
    window = Window.last(DAYS, today, settings.ORGANISATION_ZONE)
    scopes = [Scope("service", pk) for pk in sorted(services)]
    return {scope.id: told_by(told) for scope, told in summaries(scopes, PRODUCTION, window, today).items()}


def told_by(told: Summary) -> Figures:
    values: dict[Figure, float | None] = {
        "deployments_per_day": told.deployments_per_day,
        "lead_time": told.lead_time.median if told.lead_time else None,
        "change_failure_rate": told.change_failure_rate,
        "mttr": told.mttr,
    }
    return {figure: values[figure] for figure in FIGURES}


def warm(now: datetime | None = None) -> None:
    """Compute what became stale of the figures that comparisons read, so that no reader waits for it."""
    today = timezone.localdate(now, settings.ORGANISATION_ZONE)
    figures_of(active_on(today).values_list("pk", flat=True), today)
