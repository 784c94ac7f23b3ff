"""The large charts of a team or service: one a metric, week by week, each with its table of the same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from dashboard import formats
from dashboard.charts.stages import Part, stages_bar
from dashboard.charts.trend import Changed, Mark, Measure, Point, scale, trend
from dashboard.pages.figures import HEADLINES, LABELS, TARGETS
from scorecards.rollups.summary import Metric, Summary, value_of

MEASURES: dict[str, Measure] = {
    "deployment_frequency": "rate",
    "lead_time": "duration",
    "change_failure_rate": "ratio",
    "mttr": "duration",
}
WHAT = {
    "deployment_frequency": "Deployments",
    "lead_time": "Lead time, median",
    "change_failure_rate": "Failed deployments",
    "mttr": "Time to recovery, mean",
}
NONE_CHANGED: Mapping[Metric, Sequence[Changed]] = {}
BUNDLE = "vendor/plotly-basic.min.js"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its table; without ``figure`` the ``reason`` stands there."""

    id: str
    title: str
    unit: str
    points: Sequence[Point]
    figure: dict[str, Any] | None
    reason: str
    changed: Sequence[Changed] = ()


@dataclass(frozen=True, slots=True)
class StagesShown:
    """Where lead time goes, over how many pull requests."""

    parts: Sequence[Part]
    text: str


def charts(
    weeks: Sequence[Summary],
    marks: Sequence[Mark] = (),
    *,
    bots: bool = True,
    changed: Mapping[Metric, Sequence[Changed]] = NONE_CHANGED,
) -> list[Chart]:
    """One chart a headline metric; ``marks`` stand on the axis of those that incidents move. ``changed``:
    definitions that changed, by the metric that they move.

    ``bots`` false: ``weeks`` leave the changes of bots out, which the chart of lead times says.
    """
    return [
        _chart(
            metric,
            weeks,
            marks if metric in ("change_failure_rate", "mttr") else (),
            "" if bots or metric != "lead_time" else ", without bots",
            changed.get(metric, ()),
        )
        for metric in HEADLINES
    ]


def stages(summary: Summary) -> StagesShown | None:
    """The stacked bar of a window, or ``None`` without a pull request that has all four stages."""
    if summary.stages is None:
        return None
    over = formats.plural(summary.stages.count, "pull request")
    return StagesShown(stages_bar(summary.stages), f"mean over {over} with all four stages")


def target_of(metric: Metric, weeks: Sequence[Summary]) -> float:
    """The target in the unit of the chart: once a working day is 5 / 7 a day in a week without holidays."""
    begun = [week for week in weeks if week.working_days]
    days = sum((week.end - week.start).days for week in begun)
    if metric == "deployment_frequency" and days:
        return sum(week.working_days for week in begun) / days
    return TARGETS[metric][0]


def plotly_url() -> str:
    """The small bundle where it was fetched, else the one that the plotly package ships."""
    bundle = settings.BASE_DIR / "static" / BUNDLE
    return static(BUNDLE) if bundle.exists() else reverse("plotly")


def _chart(
    metric: Metric, weeks: Sequence[Summary], marks: Sequence[Mark], besides: str, changed: Sequence[Changed]
) -> Chart:
    points = [_point(metric, week) for week in weeks]
    known = any(point.value is not None for point in points)
    target = target_of(metric, weeks)
    _, unit = scale(points, MEASURES[metric], target)
    return Chart(
        id=f"chart-{metric.replace('_', '-')}",
        title=WHAT[metric],
        unit=f"{unit}, by week{besides}",
        points=points,
        figure=trend(points, measure=MEASURES[metric], target=target, marks=marks, changed=changed) if known else None,
        reason="" if known else _reason(metric, weeks),
        changed=changed,
    )


def _point(metric: Metric, week: Summary) -> Point:
    value, days = value_of(week, metric), (week.end - week.start).days
    if value is None:
        return Point(week.start, None, formats.reason_text(week.reasons.get(metric, "")), days)
    return Point(week.start, value, str(formats.amount(metric, value)), days)


def _reason(metric: Metric, weeks: Sequence[Summary]) -> str:
    code = weeks[-1].reasons.get(metric, "") if weeks else ""
    return f"{LABELS[metric]}: {formats.reason_text(code).lower()}."
