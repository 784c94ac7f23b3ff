"""What a window comes to: a scope's figures, each with target, coverage, and the reason where it is null."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from ingest.window import DAY, Window
from scorecards.metrics import deployment_frequency as frequency
from scorecards.metrics.levels import Verdict, frequency_verdict, level, target_verdict
from scorecards.metrics.spread import Spread
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.durations import Durations

Metric = Literal[
    "deployment_frequency",
    "lead_time",
    "change_failure_rate",
    "mttr",
    "failed_deployment_recovery_time",
    "rework_rate",
    "response",
]
METRICS: tuple[Metric, ...] = (
    "deployment_frequency",
    "lead_time",
    "change_failure_rate",
    "mttr",
    "failed_deployment_recovery_time",
    "rework_rate",
    "response",
)

Reason = Literal[
    "no_source_connected",
    "no_deployment_in_window",
    "no_change_mapped",
    "only_counters",
    "no_failed_deployment",
    "nothing_restored",
    "no_incident_in_window",
    "nothing_acknowledged",
    "no_limit_to_judge",
    "incidents_not_connected",
    "no_pull_request_with_all_stages",
    "no_critical_service",
    "no_active_service",
    "no_working_day",
    "window_not_begun",
]


@dataclass(frozen=True, slots=True)
class Stages:
    """Where lead time goes: mean seconds over ``count`` pull requests that have all four stages."""

    coding: float
    pickup: float
    review: float
    release: float
    count: int


@dataclass(frozen=True, slots=True)
class Response:
    """Response to incidents opened in the window: mean seconds to acknowledge; share (0 to 1) within the limit of the
    severity, over ``judged`` incidents."""

    mean_time_to_acknowledge: float | None
    within_limit: float | None
    judged: int


@dataclass(frozen=True, slots=True)
class Left:
    """What was left out of a figure, and why (a code), with how many."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one scope, environment class and window. ``None`` is no data, with its code in ``reasons``.

    Durations are seconds, ratios 0 to 1. ``start`` and ``end`` are a half-open range of days.
    ``targets``: met, missed, or ``None`` for no verdict. ``coverage``: ratio per metric. ``left_out``: per metric.
    ``linked``: incidents opened, by how they were linked. ``one_time_changes``: delivered ones of which a source told
    one time only, bots' among them.
    ``frequency_met``: active services that deployed at least daily; the team's target is met when it is all of them.
    """

    start: date
    end: date
    deployments: int | None
    deployments_per_day: float | None
    deployment_frequency: float | None
    active_services: int
    frequency_met: int
    working_days: int
    lead_time: Spread | None
    bot_changes: int
    stages: Stages | None
    finished_deployments: int | None
    failed_deployments: int | None
    change_failure_rate: float | None
    failed_by: dict[str, int]
    mttr: float | None
    restored_count: int
    critical_mttr: float | None
    open_count: int
    failed_deployment_recovery_time: float | None
    recovered_count: int
    rework_rate: float | None
    rework_deployments: int | None
    response: Response
    incidents_opened: int
    incidents_connected: bool
    linked: dict[str, int] = field(default_factory=dict)
    one_time_changes: int = 0
    targets: dict[Metric, Verdict | None] = field(default_factory=dict)
    coverage: dict[Metric, float | None] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    left_out: dict[Metric, tuple[Left, ...]] = field(default_factory=dict)
    corrected_deployments: int = 0
    corrected_incidents: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What a summary needs beside its bucket.

    ``deployments_by_service``: of each service that is active in the window, its deployments in it. ``critical``: the
    bucket of the scope's critical services, for the target of MTTR. ``ever_deployed``: whether the scope had a
    deployment of the class, succeeded or failed, at any time. ``sources_connected``: whether anything was ever
    received. ``holidays``: the scope's own; ``working_days_by_service`` of services that have others.
    """

    deployments_by_service: Mapping[int, int]
    critical: Bucket
    ever_deployed: bool
    incidents_connected: bool
    sources_connected: bool = True
    holidays: frozenset[date] = frozenset()
    working_days_by_service: Mapping[int, int] = field(default_factory=dict)


def summarise(bucket: Bucket, window: Window, today: date, known: Known, *, bots: bool = True) -> Summary:
    """The figures of ``window`` from its pooled bucket. ``bots`` false leaves the changes of bots out.

    Definition: metrics.md, "The delivery metrics".
    """
    days = window.days_begun(today)
    working_days = working_days_begun(window, today, known.holidays)
    active = len(known.deployments_by_service)
    met = _daily(known, working_days)
    deployed = bucket.deployments if known.ever_deployed else None
    lead_time = _lead_time(bucket, bots).spread()
    recovery = bucket.recoveries.spread()
    critical_mttr = _ratio(known.critical.restoration_seconds, known.critical.restored)
    summary = Summary(
        start=window.start,
        end=window.end,
        deployments=deployed,
        deployments_per_day=None if deployed is None else frequency.per_day(deployed, window, today),
        deployment_frequency=None
        if deployed is None
        else frequency.deployment_frequency(deployed, active, window, today),
        active_services=active,
        frequency_met=met,
        working_days=working_days,
        lead_time=lead_time,
        bot_changes=bucket.bot_lead_times.count,
        stages=_stages(bucket),
        finished_deployments=bucket.finished if known.ever_deployed else None,
        failed_deployments=bucket.failed if known.ever_deployed else None,
        change_failure_rate=_ratio(bucket.failed, bucket.finished),
        failed_by=dict(sorted(bucket.failed_by.items())),
        mttr=_ratio(bucket.restoration_seconds, bucket.restored),
        restored_count=bucket.restored,
        critical_mttr=critical_mttr,
        open_count=bucket.open_incidents + bucket.open_failures,
        failed_deployment_recovery_time=recovery.median if recovery else None,
        recovered_count=bucket.recovered,
        rework_rate=_ratio(bucket.rework, bucket.deployments),
        rework_deployments=bucket.rework if known.ever_deployed else None,
        response=Response(
            _ratio(bucket.acknowledge_seconds, bucket.acknowledged),
            _ratio(bucket.within_limit, bucket.limited),
            bucket.limited,
        ),
        incidents_opened=bucket.incidents,
        incidents_connected=known.incidents_connected,
        linked=_linked(bucket),
        one_time_changes=bucket.one_time_changes,
        targets={
            "deployment_frequency": ("met" if met == active else "missed") if active and working_days else None,
            "lead_time": target_verdict("lead_time", lead_time.median if lead_time else None),
            "change_failure_rate": target_verdict("change_failure_rate", _ratio(bucket.failed, bucket.finished)),
            "mttr": target_verdict("mttr", critical_mttr),
        },
        coverage={
            "lead_time": _ratio(bucket.mapped, bucket.mappable),
            "change_failure_rate": _ratio(bucket.incidents - bucket.unlinked, bucket.incidents),
            "mttr": _ratio(bucket.restored, bucket.restored + bucket.open_incidents + bucket.open_failures),
        },
        left_out=_left_out(bucket, bots),
        corrected_deployments=bucket.corrected_deployments,
        corrected_incidents=bucket.corrected_incidents,
    )
    summary.reasons.update(_reasons(summary, bucket, known, days))
    return summary


def _daily(known: Known, working_days: int) -> int:
    """How many active services deployed as often as they had working days."""
    others = known.working_days_by_service
    if not others:
        return sum(frequency_verdict(count, working_days) == "met" for count in known.deployments_by_service.values())
    return sum(count >= others.get(pk, working_days) for pk, count in known.deployments_by_service.items())


def working_days_begun(window: Window, today: date, holidays: frozenset[date]) -> int:
    """The working days of the window that have begun: as often a service has to deploy to meet the target."""
    begun = Window(window.start, min(window.end, max(today + DAY, window.start)), window.zone)
    return begun.working_days(holidays)


def _lead_time(bucket: Bucket, bots: bool) -> Durations:
    if not bots:
        return bucket.lead_times
    every = Durations()
    every.merge(bucket.lead_times)
    every.merge(bucket.bot_lead_times)
    return every


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _linked(bucket: Bucket) -> dict[str, int]:
    """How many incidents were linked by name, by rule, by hand, not at all; and how many are known to need no link."""
    return {
        "name": bucket.linked_by_name,
        "rule": bucket.linked_by_rule,
        "hand": bucket.linked_by_hand,
        "unlinked": bucket.unlinked,
        "caused_by_none": bucket.caused_by_none,
    }


def _stages(bucket: Bucket) -> Stages | None:
    count = bucket.staged
    if not count:
        return None
    return Stages(bucket.coding / count, bucket.pickup / count, bucket.review / count, bucket.release / count, count)


def _left_out(bucket: Bucket, bots: bool) -> dict[Metric, tuple[Left, ...]]:
    """What each figure leaves out, with why; only what there is."""
    by_hand = Left("deployment_excluded", bucket.excluded_deployments)
    chosen = (
        Left("other_source", bucket.uncounted_sources),
        Left("deployed_by_bot", bucket.uncounted_bots),
        Left("counted_besides", bucket.uncounted_counters),
    )
    attempts = (
        Left("redeploy", bucket.redeploys),
        Left("cancelled", bucket.cancelled),
        by_hand,
        Left("uncounted_repair", bucket.uncounted_repairs),
        *chosen,
    )
    no_incident = Left("incident_excluded", bucket.excluded_incidents)
    table: dict[Metric, tuple[Left, ...]] = {
        "deployment_frequency": (Left("failed_attempt", bucket.finished - bucket.deployments), *attempts),
        "lead_time": (
            Left("negative_lead_time", bucket.negative_lead_times),
            Left("baseline", bucket.baseline_changes),
            Left("not_mapped", bucket.unmapped),
            Left("counter_alone", bucket.told_by_counters),
            Left("bot", bucket.uncounted_bot_changes + (0 if bots else bucket.bot_lead_times.count)),
            by_hand,
            *chosen,
        ),
        "change_failure_rate": attempts,
        "mttr": (
            Left("still_open", bucket.open_incidents + bucket.open_failures),
            Left("negative_duration", bucket.negative_restorations),
            by_hand,
            no_incident,
        ),
        "failed_deployment_recovery_time": (
            Left("still_failed", bucket.open_recoveries),
            Left("negative_duration", bucket.negative_recoveries),
            by_hand,
        ),
        "rework_rate": attempts,
        "response": (
            Left("within_limit_still", bucket.pending_acknowledgements),
            Left("negative_duration", bucket.negative_acknowledgements),
            no_incident,
        ),
    }
    return {metric: tuple(left for left in lefts if left.count > 0) for metric, lefts in table.items()}


def _reasons(summary: Summary, bucket: Bucket, known: Known, days: int) -> dict[str, Reason]:
    """Why each null is one; and beside a figure that incidents are part of, that none can be known."""
    nothing: Reason = "no_deployment_in_window"
    if not known.sources_connected:
        nothing = "no_source_connected"
    elif not days:
        nothing = "window_not_begun"
    no_incidents: Reason = "no_incident_in_window" if known.incidents_connected else "incidents_not_connected"
    unanswered: Reason = "nothing_acknowledged" if bucket.incidents else no_incidents
    unjudged: Reason = "no_limit_to_judge" if bucket.incidents else no_incidents
    nothing_restored: Reason = "nothing_restored" if known.incidents_connected else "incidents_not_connected"
    why: dict[str, tuple[Any, Reason]] = {
        "deployments": (summary.deployments, nothing),
        "deployments_per_day": (summary.deployments_per_day, nothing),
        "deployment_frequency": (
            summary.deployment_frequency,
            "no_active_service" if summary.deployments_per_day is not None else nothing,
        ),
        "lead_time": (summary.lead_time, _unmapped(bucket) if bucket.deployments else nothing),
        "stages": (summary.stages, "no_pull_request_with_all_stages" if bucket.deployments else nothing),
        "finished_deployments": (summary.finished_deployments, nothing),
        "failed_deployments": (summary.failed_deployments, nothing),
        "change_failure_rate": (summary.change_failure_rate, nothing),
        "mttr": (summary.mttr, nothing_restored),
        "critical_mttr": (summary.critical_mttr, "no_critical_service"),
        "failed_deployment_recovery_time": (
            summary.failed_deployment_recovery_time,
            "nothing_restored" if bucket.failed else "no_failed_deployment" if bucket.finished else nothing,
        ),
        "rework_rate": (summary.rework_rate, nothing),
        "rework_deployments": (summary.rework_deployments, nothing),
        "response.mean_time_to_acknowledge": (summary.response.mean_time_to_acknowledge, unanswered),
        "response.within_limit": (summary.response.within_limit, unjudged),
    }
    reasons = {figure: reason for figure, (value, reason) in why.items() if value is None}
    for figure in ("response.mean_time_to_acknowledge", "response.within_limit"):
        if figure in reasons:
            reasons.setdefault("response", reasons[figure])
    if not known.incidents_connected:
        for figure in ("change_failure_rate", "mttr"):
            reasons.setdefault(figure, "incidents_not_connected")
    return reasons


def _unmapped(bucket: Bucket) -> Reason:
    """Why deployments brought no change that is known: counters tell of none."""
    return "only_counters" if bucket.told_by_counters == bucket.deployments else "no_change_mapped"


def value_of(summary: Summary, metric: Metric) -> float | None:
    """A metric's headline: seconds, a ratio, or deployments a day and service; ``None`` is no data."""
    match metric:
        case "lead_time":
            return summary.lead_time.median if summary.lead_time else None
        case "response":
            return summary.response.mean_time_to_acknowledge
        case _:
            return getattr(summary, metric)  # type: ignore[no-any-return]


def levels_of(summary: Summary, edition: str) -> dict[Metric, str | None]:
    """DORA's level of each metric in an edition of its benchmark; ``None`` where the edition has none."""
    return {metric: level(edition, metric, value_of(summary, metric)) for metric in METRICS}
