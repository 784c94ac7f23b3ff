"""(pure) What gauges told of gamedays -> runs of a scenario: how it was scored, and how long recovery took."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

TOGETHER = timedelta(hours=1)  # a score and a recovery time that were seen within it are of one run
RECENT = timedelta(days=90)

Verdict = Literal["within_90_days", "older", "never"]


class Told(NamedTuple):
    """A value that a gauge took: a score, or seconds of recovery where ``recovery``. ``service_id``: ``None`` where it
    names none."""

    scenario: str
    service_id: int | None
    at: datetime
    value: float
    recovery: bool


@dataclass(frozen=True, slots=True)
class Run:
    """``at``: when the first of both was seen. ``score`` and ``mttr`` (seconds): ``None`` where nothing was told."""

    scenario: str
    service_id: int | None
    at: datetime
    score: float | None = None
    mttr: float | None = None


def runs(told: Iterable[Told]) -> list[Run]:
    """The runs, newest first; each value is of one run."""
    by_scenario: dict[tuple[str, int | None], list[Told]] = defaultdict(list)
    for one in told:
        by_scenario[one.scenario, one.service_id].append(one)
    found = [run for own in by_scenario.values() for run in _runs(own)]
    return sorted(found, key=lambda run: (run.at, run.scenario, run.service_id or 0), reverse=True)


def _runs(told: Sequence[Told]) -> list[Run]:
    """Of one scenario and service: in order of time each value joins the run before it, if that lacks it still."""
    found: list[Run] = []
    for one in sorted(told, key=lambda one: (one.at, one.recovery, one.value)):
        last = found[-1] if found else None
        lacks = last is not None and (last.mttr if one.recovery else last.score) is None
        if last is not None and lacks and one.at - last.at <= TOGETHER:
            found[-1] = replace(last, mttr=one.value) if one.recovery else replace(last, score=one.value)
        else:
            score, mttr = (None, one.value) if one.recovery else (one.value, None)
            found.append(Run(one.scenario, one.service_id, one.at, score, mttr))
    return found


def verdict(found: Iterable[Run], now: datetime) -> Verdict:
    """Whether the newest of the runs was within the last 90 days."""
    newest = max((run.at for run in found), default=None)
    if newest is None:
        return "never"
    return "within_90_days" if newest > now - RECENT else "older"
