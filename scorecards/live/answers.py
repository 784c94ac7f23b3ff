"""(pure) What connected data says of a live control of one service, by the catalogue's thresholds.

``None``: no source is connected that could show it. Windows: 30 days for deployments, 90 for all else, up to yesterday.
Figures are those of docs/definitions.md. Definition: docs/standards.md, "Live controls".
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import sqrt
from statistics import median
from typing import NamedTuple

from scorecards.reliability.gamedays import Run, verdict
from scorecards.rollups.summary import Summary
from scorecards.standards.verdict import Verdict

HOUR, DAY = 3_600.0, 86_400.0
TARGET = 1_800.0  # seconds to restore, and to roll back
FEW_DEPLOYMENTS = 20  # with fewer, a rate is told as an interval
FEW_RESTORATIONS = 3
QUARTER = timedelta(days=90)
_CONFIDENT = 1.96  # 95 %


class Answer(NamedTuple):
    """``text``: what decided it, in a sentence."""

    outcome: Verdict
    text: str


def deployed_daily(month: Summary) -> Answer | None:
    """Whether a service deploys each working day."""
    if month.deployments is None:
        return None
    count, days = month.deployments, month.working_days
    if not month.active_services:
        return Answer(Verdict.UNKNOWN, "Nothing was deployed for so long that nobody can tell whether it is in use.")
    if not days:
        return Answer(Verdict.UNKNOWN, "There was no working day.")
    text = f"{_plural(count, 'deployment')} on {_plural(days, 'working day')}."
    return Answer(_band(-count, -days, -days / 5, least=True), text)


def lead_time_under_hour(month: Summary) -> Answer | None:
    """Whether half of the changes take less than an hour."""
    if month.deployments is None:
        return None
    if month.lead_time is None:
        only = month.reasons.get("lead_time") == "only_counters"
        why = "only counters tell of deployments, and these name no change" if only else "no change is known"
        return Answer(Verdict.UNKNOWN, f"There is no lead time: {why}.")
    text = f"The median of {_plural(month.lead_time.count, 'change')} is {_span(month.lead_time.median)}."
    return Answer(_band(month.lead_time.median, HOUR, DAY), text)


def change_failures(month: Summary) -> Answer | None:
    """Whether under 5 % of deployments fail. Of few deployments only where the interval of the rate leaves no doubt."""
    if month.finished_deployments is None:
        return None
    finished, failed = month.finished_deployments, month.failed_deployments or 0
    if not finished:
        return Answer(Verdict.UNKNOWN, "No deployment finished.")
    text = f"{failed} of {_plural(finished, 'deployment')} failed"
    if finished >= FEW_DEPLOYMENTS:
        return Answer(_band(failed / finished, 0.05, 0.15), f"{text}.")
    low, high = interval(failed, finished)
    best, worst = _band(low, 0.05, 0.15), _band(high, 0.05, 0.15)
    between = f"{text}: too few to tell more than {low:.0%} to {high:.0%}."
    return Answer(best if best is worst else Verdict.UNKNOWN, between)


def recovery(quarter: Summary, *, critical: bool) -> Answer | None:
    """Whether a critical service is restored within half an hour, in the mean."""
    if not quarter.incidents_connected:
        return None
    if not critical:
        return Answer(Verdict.NOT_APPLICABLE, "The service is not critical.")
    if quarter.mttr is None:
        return Answer(Verdict.UNKNOWN, "Nothing was restored.")
    text = f"The mean of {_plural(quarter.restored_count, 'restoration')} is {_span(quarter.mttr)}"
    if quarter.restored_count < FEW_RESTORATIONS:
        return Answer(Verdict.UNKNOWN, f"{text}: too few to judge by.")
    return Answer(_band(quarter.mttr, TARGET, 4 * TARGET), f"{text}.")


def incidents_answered(quarter: Summary) -> Answer | None:
    """Only a fail can be seen: no source shows whether incidents were reviewed."""
    response = quarter.response
    if not quarter.incidents_connected or response.within_limit is None or response.within_limit >= 0.8:
        return None
    text = f"{response.within_limit:.0%} of {_plural(response.judged, 'incident')} were acknowledged in time."
    return Answer(Verdict.FAIL, text)


class Rollbacks(NamedTuple):
    """``seconds``: durations within 90 days, where they are told; ``newest``: the last within a year. ``seen_since``:
    since when one would have been seen, ``None`` where nothing could show one."""

    seconds: Sequence[float]
    newest: date | None
    seen_since: date | None


def rolled_back(told: Rollbacks, today: date) -> Answer | None:
    """Whether a rollback or a drill was held within 90 days, and took less than half an hour."""
    if told.newest is not None and told.newest >= today - QUARTER:
        if not told.seconds:
            return Answer(Verdict.UNKNOWN, f"Rolled back on {told.newest}: how long it took is not told.")
        usual = median(told.seconds)
        outcome = Verdict.PASS if usual < TARGET else Verdict.PARTIAL
        return Answer(outcome, f"The median of {_plural(len(told.seconds), 'rollback')} is {_span(usual)}.")
    if told.newest is not None:
        return Answer(Verdict.PARTIAL, f"The last rollback or drill was on {told.newest}.")
    if told.seen_since is None:
        return None
    if told.seen_since > today - QUARTER:
        return Answer(Verdict.UNKNOWN, f"No rollback yet: deployments are known since {told.seen_since}.")
    return Answer(Verdict.FAIL, "Neither a rollback nor a drill was seen.")


def gamedays(runs: Sequence[Run], now: datetime, *, critical: bool, nameless: bool) -> Answer:
    """Of a team's services. ``critical``: the team owns a critical one. ``nameless``: some runs name no service."""
    if not critical:
        return Answer(Verdict.NOT_APPLICABLE, "The team owns no critical service.")
    if not runs and nameless:
        return Answer(Verdict.UNKNOWN, "Gamedays are told without a service, so nobody can tell whose they are.")
    newest = max((run.at for run in runs), default=now)
    match verdict(runs, now):
        case "never":
            return Answer(Verdict.FAIL, "The team's services have had no gameday.")
        case "older":
            return Answer(Verdict.PARTIAL, f"The last gameday was on {newest.date()}.")
    if scenario := _falling(runs):
        return Answer(Verdict.PARTIAL, f"The score of {scenario[:80]} fell twice in a row.")
    return Answer(Verdict.PASS, f"The last gameday was on {newest.date()}.")


def _falling(runs: Sequence[Run]) -> str | None:
    """A scenario whose score fell in each of its last two runs."""
    scores: dict[tuple[str, int | None], list[float]] = {}
    for run in sorted(runs, key=lambda run: run.at, reverse=True):
        if run.score is not None:
            scores.setdefault((run.scenario, run.service_id), []).append(run.score)
    return next((name for (name, _), told in scores.items() if len(told) > 2 and told[0] < told[1] < told[2]), None)


class Budget(NamedTuple):
    """``breaches``: deployments while the policy said freeze or halt; ``exempt``: those of them with an exemption."""

    asked: bool
    breaches: int
    exempt: int


def budget_enforced(told: Budget) -> Answer:
    """Whether the deploy job asks the gate, and nothing was deployed that the policy forbade."""
    if told.breaches > told.exempt:
        text = f"{_plural(told.breaches - told.exempt, 'deployment')} while the policy said freeze or halt."
        return Answer(Verdict.FAIL, text)
    if told.breaches:
        return Answer(Verdict.PARTIAL, f"{_plural(told.breaches, 'deployment')} in a freeze, by exemption.")
    if not told.asked:
        return Answer(Verdict.UNKNOWN, "No deployment in a freeze, but nothing asks the gate.")
    return Answer(Verdict.PASS, "The gate is asked, and nothing was deployed in a freeze.")


def teams_on_platform(using: int, possible: int, active: int) -> Answer | None:
    """Whether over 90 % of the teams use the platform: one answer for the whole organisation. ``possible``: that use
    it, or may, of ``active``."""
    if not active:
        return None
    text = f"{using} of {_plural(active, 'team')} with an active service are on the platform"
    proven = _adopted(using / active)
    if proven is _adopted(possible / active):
        return Answer(proven, f"{text}.")
    return Answer(Verdict.UNKNOWN, f"{text}, and up to {possible} as far as one can see.")


def _adopted(share: float) -> Verdict:
    return Verdict.PASS if share > 0.9 else Verdict.PARTIAL if share > 0.6 else Verdict.FAIL


def interval(part: int, whole: int) -> tuple[float, float]:
    """Wilson's interval of a rate, at 95 %."""
    rate, spread = part / whole, _CONFIDENT**2 / whole
    centre = (rate + spread / 2) / (1 + spread)
    reach = _CONFIDENT / (1 + spread) * sqrt(rate * (1 - rate) / whole + spread / (4 * whole))
    return max(0.0, centre - reach), min(1.0, centre + reach)


def _band(value: float, passes: float, partly: float, *, least: bool = False) -> Verdict:
    """Pass under one threshold, partial under another; with ``least`` also at it."""
    if value < passes or (least and value == passes):
        return Verdict.PASS
    return Verdict.PARTIAL if value < partly or (least and value == partly) else Verdict.FAIL


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _span(seconds: float) -> str:
    if seconds < HOUR:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / HOUR:.1f} h" if seconds < 2 * DAY else f"{seconds / DAY:.1f} d"
