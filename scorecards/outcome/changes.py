"""(pure) Which changes of services are certain: each side held for 90 days, with nothing else in between."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from scorecards.outcome.figures import DAYS

REACH = timedelta(days=DAYS)
UNCERTAIN, CHANGED_AGAIN, TOO_RECENT, TOO_NEW = "uncertain", "changed_again", "too_recent", "too_new"
RETIRED = "retired"


class Turn(NamedTuple):
    """A service came from one side to the other on a day: it does (true), it doesn't (false), not known (``None``)."""

    service_id: int
    day: date
    before: bool | None
    after: bool | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The day on which each service began. ``left``: how many services are left out, by why."""

    days: Mapping[int, date] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)


def certain(
    turns: Iterable[Turn], began: Mapping[int, date], today: date, *, retired: Mapping[int, date] | None = None
) -> Chosen:
    """The newest certain change of each service to the side that does.

    ``began``: since when each service is deployed: it has to be so for 90 days by then. The 90 days after have to be
    over, and it has to be in use on each of them; ``retired``: from when on it is not.
    """
    gone = retired or {}
    by_service: dict[int, list[Turn]] = defaultdict(list)
    for turn in turns:
        if turn.before is not turn.after:
            by_service[turn.service_id].append(turn)
    days: dict[int, date] = {}
    left: Counter[str] = Counter()
    for pk, told in by_service.items():
        ups = sorted((turn for turn in told if turn.after), key=lambda turn: turn.day, reverse=True)
        reasons = [_reason(turn, told, (began.get(pk), gone.get(pk)), today) for turn in ups]
        found = next((turn.day for turn, reason in zip(ups, reasons, strict=True) if not reason), None)
        if found is not None:
            days[pk] = found
        elif reasons:
            left[reasons[0]] += 1
    return Chosen(days, dict(sorted(left.items())))


def _reason(turn: Turn, told: Sequence[Turn], life: tuple[date | None, date | None], today: date) -> str:
    """Why a change does not count; empty where it does."""
    began, ended = life
    if turn.before is None:
        return UNCERTAIN
    if any(other is not turn and abs(other.day - turn.day) <= REACH for other in told):
        return CHANGED_AGAIN
    if turn.day + REACH >= today:
        return TOO_RECENT
    if ended is not None and ended <= turn.day + REACH:
        return RETIRED
    return TOO_NEW if began is None or began > turn.day - REACH else ""
