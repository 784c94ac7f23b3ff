"""What a window comes to: the figures of a scope, each with its target, its coverage, and the reason where it is null."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from scorecards.metrics.spread import Spread

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
Verdict = Literal["met", "missed"]

Reason = Literal[
    "no_source_connected",
    "no_deployment_in_window",
    "no_change_mapped",
    "no_failed_deployment",
    "nothing_restored",
    "no_incident_in_window",
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
    targets: dict[Metric, Verdict | None] = field(default_factory=dict)
    coverage: dict[Metric, float | None] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    left_out: dict[Metric, tuple[Left, ...]] = field(default_factory=dict)
