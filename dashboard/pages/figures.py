"""Figures as pages show them: number and unit, or the reason; target, verdict, coverage, change, sparkline."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from dashboard import formats
from dashboard.charts.sparkline import Sparkline, sparkline
from dashboard.filters import Filters
from scorecards.metrics.levels import level
from scorecards.rollups.read import Spark
from scorecards.rollups.summary import Metric, Summary, value_of

ENOUGH_COVERAGE = 0.8

HEADLINES: tuple[Metric, ...] = ("deployment_frequency", "lead_time", "change_failure_rate", "mttr")
BESIDES: tuple[Metric, ...] = ("failed_deployment_recovery_time", "rework_rate", "response")

LABELS: dict[str, str] = {
    "deployment_frequency": "Deployment frequency",
    "lead_time": "Lead time for changes",
    "change_failure_rate": "Change failure rate",
    "mttr": "Mean time to recovery",
    "failed_deployment_recovery_time": "Failed deployment recovery time",
    "rework_rate": "Rework rate",
    "response": "Time to acknowledge",
}
SHORT_LABELS: dict[str, str] = {
    **LABELS,
    "deployment_frequency": "Deploys / day / service",
    "lead_time": "Lead time",
    "change_failure_rate": "Failure rate",
    "mttr": "MTTR",
    "standards": "Standards",
    "adoption": "Adoption",
    "phase": "Phase",
}
TARGETS: dict[str, tuple[float, str]] = {
    "deployment_frequency": (1.0, "1 / working day"),
    "lead_time": (3600.0, "under 1 h"),
    "change_failure_rate": (0.05, "under 5 %"),
    "mttr": (1800.0, "under 30 min"),
}
COVERS = {
    "lead_time": "of deployments have known changes",
    "change_failure_rate": "of incidents have a known cause",
    "mttr": "of incidents and failures are over, the others open",
}
SHORT_COVERS = {"lead_time": "have changes", "change_failure_rate": "of causes known", "mttr": "resolved"}

Kind = Literal["good", "warn", "bad", "none"]


@dataclass(frozen=True, slots=True)
class Status:
    """A verdict by colour and shape (``kind``) and by word."""

    kind: Kind
    word: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure, ready for the tag ``figure``; ``reason`` stands where there is no number."""

    metric: str
    label: str
    number: str = ""
    unit: str = ""
    reason: str = ""
    href: str = ""
    coverage: str = ""
    target: str = ""
    status: Status | None = None
    note: str = ""
    level: str = ""
    change: str = ""
    line: Sparkline | None = None
    value: float | None = None


def explain_href(metric: str, scope: str, filters: Filters) -> str:
    """Where the figure is explained, with the days written out so that the link keeps its meaning."""
    path, query = _explained(metric, filters)
    return f"{path}?{urlencode({'scope': scope})}&{query}"


@lru_cache(maxsize=64)
def _explained(metric: str, filters: Filters) -> tuple[str, str]:
    """A page of 200 teams asks 800 times."""
    return reverse("explain", args=[metric]), urlencode(filters.dated_pairs)


def figure(
    metric: Metric,
    summary: Summary,
    *,
    scope: str,
    filters: Filters,
    before: Summary | None = None,
    spark: Spark | None = None,
    short: bool = False,
) -> Shown:
    """One figure of a scope (``org``, ``team:<slug>``, ``service:<slug>``); ``before`` is the period before."""
    value = value_of(summary, metric)
    amount = formats.amount(metric, value) if value is not None else formats.Amount("", "")
    return Shown(
        metric=metric,
        label=(SHORT_LABELS if short else LABELS)[metric],
        number=amount.number,
        unit=amount.unit if not short or metric != "deployment_frequency" else "",
        reason="" if value is not None else formats.reason_text(summary.reasons.get(metric, "")),
        href=explain_href(metric, scope, filters),
        coverage=_coverage(metric, summary, short=short),
        target=TARGETS[metric][1] if metric in TARGETS else "",
        status=verdict(summary.targets.get(metric)),
        note=_note(metric, summary),
        level=level_text(metric, value),
        change=_change(metric, summary, before, filters),
        line=_line(metric, spark or {}, short=short),
        value=value,
    )


def figures(metrics: Iterable[Metric], summary: Summary, **said: Any) -> list[Shown]:
    """``figure`` for each of ``metrics``."""
    return [figure(metric, summary, **said) for metric in metrics]


def verdict(found: str | None) -> Status:
    """A target's verdict as a status; ``None`` is none."""
    kinds: dict[str | None, Status] = {"met": Status("good", "met"), "missed": Status("bad", "missed")}
    return kinds.get(found, Status("none", "no verdict"))


def level_text(metric: Metric, value: float | None) -> str:
    """Where the figure stands in the chosen edition of DORA's benchmark; nothing where that has no band for it."""
    found = level(settings.DORA_EDITION, metric, value)
    return f"{found} in DORA {settings.DORA_EDITION}" if found else ""


def _coverage(metric: Metric, summary: Summary, *, short: bool) -> str:
    ratio = summary.coverage.get(metric)
    if value_of(summary, metric) is None:
        return ""
    if metric in ("change_failure_rate", "mttr") and not summary.incidents_connected:
        return "no incidents connected" if short else "no source of incidents connected: deployments alone"
    if ratio is None or ratio >= ENOUGH_COVERAGE:
        return ""
    covers = SHORT_COVERS if short else COVERS
    return f"{ratio * 100:.0f}{formats.NO_BREAK}% {covers.get(metric, 'of the data is known')}"


def _note(metric: Metric, summary: Summary) -> str:
    if value_of(summary, metric) is None:
        return ""
    notes: dict[str, Callable[[Summary], str]] = {"deployment_frequency": _daily, "mttr": _critical}
    return notes[metric](summary) if metric in notes else ""


def _daily(summary: Summary) -> str:
    if summary.active_services < 2:
        return ""
    return f"{summary.frequency_met} of {formats.plural(summary.active_services, 'active service')} deploy daily"


def _critical(summary: Summary) -> str:
    if summary.critical_mttr is None:
        return "the target is for critical services, and none has data"
    return f"critical services: {formats.duration(summary.critical_mttr)}"


def _change(metric: Metric, summary: Summary, before: Summary | None, filters: Filters) -> str:
    now = value_of(summary, metric)
    then = value_of(before, metric) if before else None
    if now is None or before is None:
        return ""
    if then is None:
        return f"no data for {filters.before_text}"
    gap = formats.difference(metric, now, then)
    return f"{gap} {'from' if gap == 'unchanged' else 'against'} {filters.before_text}"


def _line(metric: Metric, spark: Spark, *, short: bool) -> Sparkline | None:
    values = spark.get(metric, [])
    width, height = (72, 18) if short else (200, 28)
    return sparkline(values, title=_in_words(metric, values), width=width, height=height)


def _in_words(metric: Metric, values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = formats.amount(metric, min(known)), formats.amount(metric, max(known))
    return f"{LABELS[metric]} over {formats.plural(len(values), 'week')}: {low} to {high}"
