"""How figures, durations, times and reasons are written: the only place that rounds."""

import math
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

MINUS = "\u2212"
NO_BREAK = "\u00a0"

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

DURATIONS = frozenset({"lead_time", "mttr", "failed_deployment_recovery_time", "response"})
RATIOS = frozenset({"change_failure_rate", "rework_rate"})

REASONS = {
    "no_source_connected": "No source connected yet",
    "no_deployment_in_window": "No deployment in this period",
    "no_change_mapped": "No change could be matched to a deployment",
    "only_counters": "Only counters tell of these deployments, and these name no change",
    "no_failed_deployment": "No failed deployment in this period",
    "nothing_restored": "Nothing was restored in this period",
    "no_incident_in_window": "No incident in this period",
    "nothing_acknowledged": "No incident of this period was acknowledged",
    "no_limit_to_judge": "No incident of this period has a limit that is over",
    "incidents_not_connected": "No source of incidents connected",
    "no_pull_request_with_all_stages": "No pull request with all four stages",
    "no_critical_service": "No service of tier critical",
    "no_active_service": "No active service",
    "no_working_day": "No working day in this period",
    "window_not_begun": "This period has not begun",
    "not_connected": "Not connected yet",
    "no_attempt": "No deployment to production yet",
    "no_attempt_in_hour": "No deployment in the last hour",
    "no_attempt_in_week": "No deployment in 7 days",
    "no_rollback": "No rollback in 90 days",
}

RULES = {
    "status_failed": "its own status is failed",
    "rolled_back": "a later deployment rolled it back",
    "fixed": "a later deployment says that it fixes it",
    "incident": "an incident is linked to it",
    "hotfix": "the next deployment, within 72 h, was a hotfix",
    "patch": "the next deployment, within 24 h, was its patch version",
    "revert": "one of its changes was reverted within 14 days",
}

LEFT_OUT = {
    "redeploy": ("redeploy of the same version", "redeploys of the same version"),
    "cancelled": ("cancelled deployment", "cancelled deployments"),
    "failed_attempt": ("attempt that failed", "attempts that failed"),
    "negative_lead_time": ("change authored after its deployment, by its author's clock",) * 2,
    "baseline": ("change of a baseline deployment", "changes of a baseline deployment"),
    "not_mapped": ("listed change that is not known", "listed changes that are not known"),
    "bot": ("change by a bot", "changes by bots"),
    "still_open": ("incident or failure still open", "incidents or failures still open"),
    "still_failed": ("failed deployment not restored yet", "failed deployments not restored yet"),
    "negative_duration": ("span that ends before it starts", "spans that end before they start"),
    "within_limit_still": (
        "incident not acknowledged, within its limit",
        "incidents not acknowledged, within the limit",
    ),
    "uncounted_repair": ("rollback or hotfix, by definition", "rollbacks and hotfixes, by definition"),
    "other_source": ("deployment of another source, by definition", "deployments of other sources, by definition"),
    "deployed_by_bot": ("deployment by a bot, by definition", "deployments by bots, by definition"),
    "counted_besides": (
        "deployment of a counter, as events tell of deployments by then",
        "deployments of counters, as events tell of deployments by then",
    ),
    "counter_alone": (
        "deployment that only a counter tells of, which names no change",
        "deployments that only counters tell of, which name no change",
    ),
    "deployment_excluded": ("deployment excluded by hand", "deployments excluded by hand"),
    "incident_excluded": ("incident excluded by hand", "incidents excluded by hand"),
}

CONTENTS = {
    "list": "The source listed what it brings.",
    "empty_list": "The source said that it brings nothing.",
    "ancestry": "Found by walking the history of its commit.",
    "baseline": "First deployment with known content: the baseline. What it brought has no lead time.",
    "merge_time": "No history is known, so the pull requests merged since the deployment before stand in.",
    "counter": "Not known: only a counter tells of it, which names no change.",
    "unknown": "Not known: the source gave neither a list nor a commit that is known.",
    "": "Nothing: it did not succeed, or repeats what was already there.",
}

LINKS = {
    "name": "the incident names it",
    "rule": "by rule: the latest deployment of the service, within 24 h before it opened",
    "hand": "linked by hand",
}

LINKED = {
    "name": "incidents linked by name",
    "rule": "incidents linked by rule",
    "hand": "incidents linked by hand",
    "unlinked": "incidents not linked at all",
    "caused_by_none": "incidents that no deployment caused",
}

UNLINKED = {
    "known_to_come_from_none": "Its source says that no deployment caused it.",
    "names_unknown_deployment": "It names a deployment that is not known here.",
    "no_deployment_in_24_h": "No deployment of the service in the 24 h before it opened.",
}


class Amount(NamedTuple):
    """A rounded number and its unit, apart, so that a page can set the unit small."""

    number: str
    unit: str

    def __str__(self) -> str:
        return f"{self.number}{NO_BREAK}{self.unit}" if self.unit else self.number


def reason_text(code: str) -> str:
    """Why there is no figure, in plain words; an unknown code is spelled out."""
    return REASONS.get(code) or (code.replace("_", " ").capitalize() if code else "No data")


def rule_text(code: str) -> str:
    """When the failure rule holds, to follow "failed because"."""
    return "a person said so" if code == "by_hand" else RULES.get(code, code.replace("_", " "))


def linked_text(how: str) -> str:
    """Incidents by how they were linked."""
    return LINKED.get(how, how.replace("_", " "))


def left_out_text(code: str, count: int) -> str:
    """``count`` things that a figure leaves out, and what they are."""
    one, many = LEFT_OUT.get(code, (code.replace("_", " "),) * 2)
    return f"{number(count)} {one if count == 1 else many}"


def number(value: float) -> str:
    """A count with thousands apart: ``10,000``."""
    return f"{value:,.0f}"


def plural(count: int, one: str, many: str = "") -> str:
    """``1 deployment``, ``4 deployments``."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> Amount:
    """Seconds as ``45 s``, ``42 min``, ``3.5 h`` or ``2.1 d``; the sign is kept."""
    size = abs(seconds)
    sign = MINUS if seconds < 0 else ""
    if size < 59.5:
        return Amount(f"{sign}{size:.0f}", "s")
    if size < 59.5 * MINUTE:
        return Amount(f"{sign}{size / MINUTE:.0f}", "min")
    if size < 23.95 * HOUR:
        return Amount(f"{sign}{size / HOUR:.1f}", "h")
    days = size / DAY
    return Amount(f"{sign}{days:.1f}" if days < 99.95 else f"{sign}{days:,.0f}", "d")


def percent(ratio: float) -> Amount:
    """A ratio of 0 to 1 as ``3.1 %``; only zero is written ``0 %``, and only all ``100 %``."""
    value = ratio * 100
    if 0 < value < 0.05:
        return Amount("<\u202f0.1", "%")
    if 99.95 <= value < 100:
        return Amount(">\u202f99.9", "%")
    return Amount(f"{value:.0f}" if value in (0, 100) else f"{value:.1f}", "%")


def interval(low: float, high: float) -> str:
    """Two ratios as ``62-70 %``, or one where they are the same once rounded; only zero is ``0 %``, all ``100 %``."""
    first, last = _whole_percent(low), _whole_percent(high)
    return f"{first}{NO_BREAK}%" if first == last else f"{first}\u2013{last}{NO_BREAK}%"


def _whole_percent(ratio: float) -> str:
    if 0 < ratio < 0.005:
        return "<\u202f1"
    if 0.995 <= ratio < 1:
        return ">\u202f99"
    return f"{ratio * 100:.0f}"


def budget_left(left: float) -> Amount:
    """What is left of an error budget: ``12.3 %``, and ``−4.0 %`` where it is overspent."""
    if left >= 0:
        return percent(left)
    over = percent(-left) if left > -10 else Amount(number(-left * 100), "%")
    return Amount(f"{MINUS}{over.number}", "%")


def objective(share: float) -> str:
    """``99.9 %``, with as many digits as it was told with."""
    return f"{share * 100:.10g}{NO_BREAK}%"


def attainment(share: float, aim: float) -> Amount:
    """The share of good events with two digits more than the objective ``aim`` has: cut, so that it is never shown as
    better than it is."""
    _, _, decimals = f"{aim * 100:.10g}".partition(".")
    places = min(9, len(decimals) + 2)
    cut = math.floor(round(share * 100 * 10**places, 6)) / 10**places
    return Amount(f"{cut:.{places}f}" if share < 1 else "100", "%")


def burn_rate(value: float) -> Amount:
    """How many times as fast as allowed: ``14.4 ×``."""
    if 0 < value < 0.05:
        return Amount("<\u202f0.1", "×")
    return Amount(f"{value:.1f}" if value < 99.95 else number(value), "×") if value else Amount("0", "×")


def whole_span(seconds: float) -> str:
    """A told length of time, not rounded where it is whole: ``30 d``, ``6 h``, ``5 min``."""
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{NO_BREAK}{unit}"
    return str(duration(seconds))


def about(seconds: float) -> str:
    """A guessed length of time, in whole hours or days: ``7 h``, ``20 d``."""
    size, unit = (DAY, "d") if seconds >= 2 * DAY else (HOUR, "h")
    return f"{max(1, round(seconds / size))}{NO_BREAK}{unit}"


def rate(per_day: float) -> Amount:
    """Deployments a day and service: two digits that matter."""
    return Amount(_two_digits(per_day), "/ day / service")


def per_second(value: float) -> Amount:
    """A rate as Prometheus tells it: two digits that matter, however small."""
    return Amount(f"{value:.2g}", "/ s")


def _two_digits(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) < 0.005:
        return "<\u202f0.01"
    return f"{value:.2f}" if abs(value) < 0.995 else f"{value:.1f}" if abs(value) < 99.95 else f"{value:,.0f}"


def amount(metric: str, value: float) -> Amount:
    """A metric's value with its unit: seconds, a ratio, or a rate per day."""
    if metric in DURATIONS:
        return duration(value)
    return percent(value) if metric in RATIOS else rate(value)


def difference(metric: str, now: float, before: float) -> str:
    """How far ``now`` lies from ``before``: ``+0.2``, ``−1.1 h``, ``+0.4 pt``, or ``unchanged`` after rounding."""
    text = gap(metric, now - before)
    return "unchanged" if text == "0" else text


def gap(metric: str, value: float) -> str:
    """A difference: ``+0.2``, ``−1.1 h``, ``+0.4 pt``, or ``0`` after rounding."""
    if metric in DURATIONS:
        text = str(duration(abs(value)))
        nothing = abs(value) < 0.5
    elif metric in RATIOS:
        text = f"{abs(value) * 100:.1f}{NO_BREAK}pt"
        nothing = abs(value) < 0.0005
    else:
        text = _two_digits(abs(value))
        nothing = abs(value) < 0.005
    return "0" if nothing else f"{'+' if value > 0 else MINUS}{text}"


def absolute(at: datetime, zone: tzinfo) -> str:
    """An instant in full, in the organisation's zone: ``Wed 25 Nov 2026, 14:02 UTC``."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def relative(at: datetime, now: datetime) -> str:
    """``just now``, ``5 min ago``, ``in 2 d``; days and longer are whole."""
    gap = now - at
    ahead = gap < timedelta(0)
    size = abs(gap).total_seconds()
    if size < 45:
        return "just now"
    text = _whole(size)
    return f"in {text}" if ahead else f"{text} ago"


def _whole(seconds: float) -> str:
    for unit, name in ((365 * DAY, "y"), (DAY, "d"), (HOUR, "h")):
        if seconds >= unit:
            return f"{seconds / unit:.0f}{NO_BREAK}{name}"
    return f"{max(1.0, seconds / MINUTE):.0f}{NO_BREAK}min"


def sha_text(sha: str) -> str:
    """A commit's name, short."""
    return sha[:10]
