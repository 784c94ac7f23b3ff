"""The phases of services over time, and what stands between each and its next one."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate, zip_longest
from typing import NamedTuple, TypeAlias

from django.db.models import F, OuterRef, Q, Subquery, Window
from django.db.models.functions import Lag

from ingest.models import Team
from scorecards.maturity import may_block
from scorecards.models import ComplianceDay, ControlVerdict
from scorecards.standards.standard import Phase, Standard
from scorecards.standards.verdict import Verdict

_MISSING = (Verdict.FAIL, Verdict.PARTIAL, Verdict.UNKNOWN, Verdict.NOT_CONNECTED)


Span: TypeAlias = tuple[date, date]  # days, the second not included


class Reached(NamedTuple):
    """From ``day`` on: the phase that is proven and the one that is possible, empty for none. ``scanned``: there is
    something to judge by."""

    day: date
    phase: str
    possible: str
    scanned: bool


def courses(standard: str, day: date) -> dict[int, list[Reached]]:
    """By service, its phases up to a day, one entry for each change. One query."""
    rows = ComplianceDay.objects.filter(standard=standard, service__isnull=False, day__lte=day)
    told = rows.annotate(
        **{
            f"{name}_before": Window(Lag(name), partition_by="service", order_by="day")
            for name in ("phase", "possible_phase", "services")
        }
    )
    changed = told.filter(
        Q(phase_before__isnull=True)
        | ~Q(phase_before=F("phase"))
        | ~Q(possible_phase_before=F("possible_phase"))
        | ~Q(services_before=F("services"))
    )
    found: dict[int, list[Reached]] = defaultdict(list)
    names = ("service_id", "day", "phase", "possible_phase", "services")
    for pk, on, phase, possible, scanned in changed.order_by("service", "day").values_list(*names):
        found[pk or 0].append(Reached(on, phase, possible, scanned > 0))
    return found


def since(course: Sequence[Reached]) -> date | None:
    """Since when the last phase is proven, whatever was possible beside it."""
    found = None
    for one in reversed(course):
        if one.phase != course[-1].phase or one.scanned != course[-1].scanned:
            break
        found = one.day
    return found


def by_day(
    found: Mapping[int, Sequence[Reached]], days: Sequence[date], spans: Callable[[int], Iterable[Span]]
) -> list[Counter[str]]:
    """How many scanned services were in each phase on each of the days, which are in order.

    ``spans``: when a service counts. The work grows with the changes, not with the days.
    """
    steps: dict[str, list[int]] = defaultdict(lambda: [0] * (len(days) + 1))
    for pk, course in found.items():
        held = list(spans(pk))
        for one, following in zip_longest(course, course[1:]):
            if one.scanned:
                until = following.day if following else date.max
                for start, end in held:
                    steps[one.phase][bisect_left(days, max(one.day, start))] += 1
                    steps[one.phase][bisect_left(days, max(one.day, start, min(until, end)))] -= 1
    told = [Counter[str]() for _ in days]
    for phase, changes in steps.items():
        for counts, count in zip(told, accumulate(changes), strict=False):
            if count:
                counts[phase] = count
    return told


def following(phase: str) -> Phase | None:
    """The phase after the one that is proven; ``None`` after the last."""
    order = Phase(phase).order if phase else 0
    return list(Phase)[order] if order < len(Phase) else None


def blocking(standard: Standard, phase_by_service: Mapping[int, str]) -> dict[int, list[tuple[str, Verdict]]]:
    """By service, the controls that can keep it from its next phase, by the verdicts that are kept; not those that an
    alternative stands for. Two queries a phase.

    Whether all of them must be mended, a service's own maturity tells.
    """
    by_phase: dict[Phase, list[int]] = defaultdict(list)
    for pk, phase in phase_by_service.items():
        if (after := following(phase)) is not None:
            by_phase[after].append(pk)
    found: dict[int, list[tuple[str, Verdict]]] = defaultdict(list)
    for after, ids in by_phase.items():
        for pk, control, verdict in _missing(standard, after, ids):
            found[pk].append((control, verdict))
    return found


def _missing(standard: Standard, phase: Phase, ids: Sequence[int]) -> Iterable[tuple[int, str, Verdict]]:
    blocks = {
        (one.id, str(verdict)): verdict
        for one in standard.controls
        for verdict in _MISSING
        if may_block(one, verdict, phase)
    }
    held = ControlVerdict.objects.filter(standard=standard.code, service__in=ids)
    alternatives = [one.id for one in standard.controls if one.alternative_to]
    replaced = set(held.filter(control__in=alternatives).exclude(stands_for="").values_list("service_id", "stands_for"))
    rows = held.filter(control__in={control for control, _ in blocks}, verdict__in=_MISSING)
    for pk, control, verdict in rows.order_by("service", "control").values_list("service_id", "control", "verdict"):
        if (control, verdict) in blocks and (pk, control) not in replaced:
            yield pk, control, blocks[control, verdict]


# ---------------------------------------------------------------- teams


class TeamReached(NamedTuple):
    """The phase that every scanned service of a team has reached; ``since`` when that is so."""

    phase: str
    possible: str
    scanned: int
    unscanned: int
    since: date | None = None


def of_teams(standard: str, day: date, teams: Collection[int]) -> dict[int, TeamReached]:
    """Each team that has a standing up to a day, by its id. Two queries."""
    rows = ComplianceDay.objects.filter(standard=standard, team__in=teams, day__lte=day)
    before = Window(Lag("phase"), partition_by="team", order_by="day")
    changed = rows.annotate(before=before).filter(Q(before__isnull=True) | ~Q(before=F("phase")))
    began = dict(changed.order_by("team", "day").values_list("team_id", "day"))
    newest = ComplianceDay.objects.filter(team=OuterRef("pk"), standard=standard, day__lte=day).order_by("-day")
    ids = Team.objects.filter(pk__in=teams).annotate(newest=Subquery(newest.values("pk")[:1])).values("newest")
    names = ("team_id", "phase", "possible_phase", "services", "unscanned")
    return {
        pk: TeamReached(phase, possible, scanned, unscanned, began.get(pk))
        for pk, phase, possible, scanned, unscanned in ComplianceDay.objects.filter(pk__in=ids).values_list(*names)
        if pk is not None
    }
