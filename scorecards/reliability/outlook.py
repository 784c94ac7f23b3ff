"""(pure) Which step of the policy an error budget comes to next, if errors go on as over the last day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ingest.prometheus.slots import SECONDS, Slots
from scorecards.reliability.burn import HOUR, Days, budget_left
from scorecards.reliability.policy import Policy, Step

RECENT = 24 * HOUR
MOST_STEPS = 720
ENOUGH = 0.5  # of the last day's slots: a rate of less is no rate to go on with


class Outlook(NamedTuple):
    """``step``: the one that comes next; ``None``: above all. ``seconds``: until then; ``None``: the present one holds
    for a whole window. ``improves``: whether the budget comes to it from below, as old errors leave the window."""

    step: Step | None
    seconds: float | None
    improves: bool = False


def outlook(
    slots: Mapping[date, Slots], end: datetime, window: int, objective: float, policy: Policy
) -> Outlook | None:
    """``None`` where too little of the last day is known, or there is no budget.

    New events come as they came over the last day, and old ones leave the window as time goes on.
    """
    days, span = Days.of(slots), min(RECENT, window)
    recent, whole = days.last(span, end), days.last(window, end)
    left = budget_left(whole.bad, whole.total, objective)
    if left is None or recent.measured < ENOUGH * span / SECONDS:
        return None
    present = policy.step(left)
    width = max(HOUR, window // MOST_STEPS // SECONDS * SECONDS)
    start, bad, total = end - timedelta(seconds=window), whole.bad, whole.total
    for passed in range(width, window + 1, width):
        gone = days.over(start + timedelta(seconds=passed - width), start + timedelta(seconds=passed))
        bad += recent.bad * width / span - gone.bad
        total += recent.total * width / span - gone.total
        then = budget_left(max(0.0, bad), total, objective)
        if then is not None and policy.step(then) != present:
            return Outlook(policy.step(then), passed, improves=_height(policy.step(then)) > _height(present))
    return Outlook(present, None)


def _height(step: Step | None) -> float:
    return step.remaining if step is not None else float("inf")
