"""(pure) How far a campaign is: what each service lacks, the counts, when it is reached, when it would be."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil

from scorecards.standards.verdict import Verdict

PACE_DAYS = timedelta(days=28)
LEAST_DAYS = timedelta(days=7)
FARTHEST = timedelta(days=730)


class Step(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"


class State(StrEnum):
    """Where a service stands in a campaign."""

    DONE = "done"
    LEFT = "left"
    UNKNOWN = "unknown"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Stand:
    """A service's state: what it ``lacks``, and what of the rest is ``unknown`` or ``waived``."""

    state: State
    lacks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """In services. Those whose lacks are all waived are in scope, and neither done nor left."""

    in_scope: int = 0
    done: int = 0
    unknown: int = 0
    waived: int = 0

    @property
    def left(self) -> int:
        return self.in_scope - self.done - self.unknown - self.waived

    @property
    def asked(self) -> int:
        """Of how many it is asked: what is waived is accepted as it is."""
        return self.in_scope - self.waived

    @property
    def share(self) -> float | None:
        return self.done / self.asked if self.asked else None

    def goal(self, target: int) -> int:
        """How many have to be done for ``target`` percent."""
        return ceil(self.asked * target / 100)

    def reaches(self, target: int) -> bool:
        """Whether enough is proven to be done; nobody at all is not enough."""
        return self.asked > 0 and self.done * 100 >= target * self.asked


def step_of(starts_on: date | None, deadline: date, ended_on: date | None, today: date) -> Step:
    """A campaign is over after its deadline also where nobody has ended it yet."""
    if ended_on is not None:
        return Step.ENDED
    if starts_on is None:
        return Step.DRAFT
    if deadline < today:
        return Step.ENDED
    return Step.SCHEDULED if starts_on > today else Step.RUNNING


def by_controls(verdict_of: Mapping[str, str], asked: Sequence[str]) -> Stand | None:
    """A service by the verdicts of the controls asked for; one without a verdict is unknown. ``None``: none applies."""
    sorted_out: dict[str, list[str]] = {"lacks": [], "unknown": [], "waived": [], "met": []}
    for control in asked:
        kind = _KINDS.get(Verdict(verdict_of.get(control, Verdict.UNKNOWN)))
        if kind is not None:
            sorted_out[kind].append(control)
    lacks, unknown, waived = (tuple(sorted_out[kind]) for kind in ("lacks", "unknown", "waived"))
    if lacks:
        return Stand(State.LEFT, lacks, unknown, waived)
    if unknown:
        return Stand(State.UNKNOWN, (), unknown, waived)
    if waived:
        return Stand(State.WAIVED, waived=waived)
    return Stand(State.DONE) if sorted_out["met"] else None


_KINDS = {
    Verdict.PASS: "met",
    Verdict.FAIL: "lacks",
    Verdict.PARTIAL: "lacks",
    Verdict.UNKNOWN: "unknown",
    Verdict.WAIVED: "waived",
}


def by_capability(state: str, capability: str) -> Stand:
    """An active service by its state: ``used``, ``not``, ``unknown``."""
    if state == "used":
        return Stand(State.DONE)
    return Stand(State.LEFT, (capability,)) if state == "not" else Stand(State.UNKNOWN, unknown=(capability,))


def progress(stands: Iterable[Stand]) -> Progress:
    count = Counter(stand.state for stand in stands)
    return Progress(count.total(), count[State.DONE], count[State.UNKNOWN], count[State.WAIVED])


def projected_end(days: Sequence[tuple[date, Progress]], target: int, today: date) -> date | None:
    """When it would be reached, if it goes on as over the last 28 days; ``None`` where that tells nothing: too few
    days, no step ahead, or more than two years.

    ``days`` in their order, today's last.
    """
    recent = [(day, one) for day, one in days if day >= today - PACE_DAYS]
    if len(recent) < 2 or recent[-1][0] - recent[0][0] < LEAST_DAYS:
        return None
    (first, before), (last, now) = recent[0], recent[-1]
    gained, missing = now.done - before.done, now.goal(target) - now.done
    if missing <= 0 or gained <= 0:
        return None
    ahead = timedelta(days=ceil(missing * (last - first).days / gained))
    return today + ahead if ahead <= FARTHEST else None
