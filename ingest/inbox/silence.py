"""(pure) From when a source was heard before: how often it speaks, and whether it has been silent for too long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

ENOUGH = 10  # gaps, to learn from
NEVER_BEFORE = timedelta(minutes=15)  # no shorter silence is worth a word
DAYS_BEFORE = 90
ENOUGH_DEPLOYMENTS = 5
SHORTEST_STOP = timedelta(days=14)
TIMES_USUAL = 3


@dataclass(frozen=True, slots=True)
class Silence:
    """``usual``: the median time between two deliveries, ``None`` where too few are known. ``since``: how long there
    has been nothing. ``overdue``: longer than it ever was, for which it has to be longer than ``patience``."""

    usual: timedelta | None
    since: timedelta
    overdue: bool
    patience: timedelta | None = None


def silence(heard_at: Sequence[datetime], longest: timedelta, now: datetime) -> Silence | None:
    """How silent a source is. ``None`` for one that was never heard.

    ``heard_at``: when it was heard last, in any order. ``longest``: its longest silence of the last weeks, which knows
    of nights and weekends. Deliveries at one moment are one.
    """
    moments = sorted(set(heard_at))
    if not moments:
        return None
    since = max(now - moments[-1], timedelta(0))
    gaps = [after - before for before, after in pairwise(moments)]
    if len(gaps) < ENOUGH:
        return Silence(None, since, overdue=False)
    usual = percentile(sorted(gaps), 0.5)
    patience = max(longest, *gaps, TIMES_USUAL * usual, NEVER_BEFORE)
    return Silence(usual, since, overdue=since > patience, patience=patience)


def stopped(finished_at: Sequence[datetime], now: datetime) -> timedelta | None:
    """For how long a service that deployed regularly has stopped; ``None`` for one that has not, or never did.

    Regularly: at least five deployments in the 90 days up to its last one. Stopped: silent for longer than 14 days and
    than three times the 90th percentile of its own gaps.
    """
    moments = sorted(finished_at)
    if not moments:
        return None
    last = moments[-1]
    recent = [at for at in moments if at > last - timedelta(days=DAYS_BEFORE)]
    if len(recent) < ENOUGH_DEPLOYMENTS:
        return None
    gaps = sorted(after - before for before, after in pairwise(recent))
    silent = now - last
    return silent if silent > max(SHORTEST_STOP, TIMES_USUAL * percentile(gaps, 0.9)) else None


def percentile(ordered: Sequence[timedelta], share: float) -> timedelta:
    """Of one or more values in order, with linear interpolation between two."""
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
