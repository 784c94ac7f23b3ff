"""What each metric is, in a sentence, and its formula with a scope's numbers in it. Definition: metrics.md."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard import formats
from scorecards.rollups.summary import Metric, Summary


@dataclass(frozen=True, slots=True)
class Definition:
    """``sentence`` defines the metric; ``formula`` writes it with numbers; ``aims`` says what the target asks."""

    sentence: str
    formula: Callable[[Summary], str]
    aims: str = ""


def formula(metric: Metric, summary: Summary) -> str:
    """The formula with the numbers of ``summary``; only asked where there is a figure."""
    return DEFINITIONS[metric].formula(summary)


def details(metric: Metric, summary: Summary) -> list[tuple[str, str]]:
    """More numbers of the same metric, as pairs of what and how much."""
    readers: dict[str, Callable[[Summary], list[tuple[str, str]]]] = {
        "deployment_frequency": _frequency_details,
        "lead_time": _lead_time_details,
        "change_failure_rate": _failure_details,
        "mttr": _recovery_details,
        "response": _response_details,
    }
    return readers[metric](summary) if metric in readers else []


def _frequency(summary: Summary) -> str:
    days = round((summary.deployments or 0) / summary.deployments_per_day) if summary.deployments_per_day else 0
    result = formats.rate(summary.deployment_frequency or 0)
    count = formats.plural(summary.deployments or 0, "deployment")
    services = formats.plural(summary.active_services, "active service")
    return f"{count} / {formats.plural(days, 'day')} / {services} = {result}" if days else f"{count} = {result}"


def _lead_time(summary: Summary) -> str:
    if summary.lead_time is None:
        return ""
    count = formats.plural(summary.lead_time.count, "delivered change")
    return f"median of {count} = {formats.duration(summary.lead_time.median)}"


def _failure_rate(summary: Summary) -> str:
    failed, finished = summary.failed_deployments or 0, summary.finished_deployments or 0
    result = formats.percent(summary.change_failure_rate or 0)
    return f"{formats.number(failed)} failed / {formats.number(finished)} finished = {result}"


def _mttr(summary: Summary) -> str:
    return f"mean of {formats.plural(summary.restored_count, 'restoration')} = {formats.duration(summary.mttr or 0)}"


def _recovery(summary: Summary) -> str:
    count = formats.plural(summary.recovered_count, "restored failed deployment")
    return f"median of {count} = {formats.duration(summary.failed_deployment_recovery_time or 0)}"


def _rework(summary: Summary) -> str:
    rework, all_of_them = formats.number(summary.rework_deployments or 0), formats.number(summary.deployments or 0)
    return f"{rework} rollbacks and hotfixes / {all_of_them} succeeded = {formats.percent(summary.rework_rate or 0)}"


def _response(summary: Summary) -> str:
    mean = summary.response.mean_time_to_acknowledge or 0
    return f"mean over acknowledged incidents = {formats.duration(mean)}"


def _frequency_details(summary: Summary) -> list[tuple[str, str]]:
    return [
        ("a day, all services", formats.rate(summary.deployments_per_day or 0).number),
        ("working days in the period", formats.number(summary.working_days)),
        ("services that deploy daily", f"{summary.frequency_met} of {summary.active_services}"),
    ]


def _lead_time_details(summary: Summary) -> list[tuple[str, str]]:
    if summary.lead_time is None:
        return []
    spread = summary.lead_time
    every = spread.count + sum(left.count for left in summary.left_out.get("lead_time", ()) if left.reason == "bot")
    bots = f"{formats.number(summary.bot_changes)} of {formats.number(every)}"
    return [
        ("mean", str(formats.duration(spread.mean))),
        ("75 % are under", str(formats.duration(spread.p75))),
        ("90 % are under", str(formats.duration(spread.p90))),
        ("changes by bots", bots),
        ("changes of which one time only is known", formats.number(summary.one_time_changes)),
    ]


def _failure_details(summary: Summary) -> list[tuple[str, str]]:
    """One deployment may be failed by several rules, so these need not add up; then how incidents were linked."""
    rules = [(formats.rule_text(rule), formats.number(count)) for rule, count in sorted(summary.failed_by.items())]
    links = [(formats.linked_text(how), formats.number(count)) for how, count in summary.linked.items()]
    return rules + links if summary.incidents_opened else rules


def _recovery_details(summary: Summary) -> list[tuple[str, str]]:
    critical = "no data" if summary.critical_mttr is None else str(formats.duration(summary.critical_mttr))
    return [("critical services alone", critical), ("still open, in no mean", formats.number(summary.open_count))]


def _response_details(summary: Summary) -> list[tuple[str, str]]:
    response = summary.response
    within = "no data" if response.within_limit is None else str(formats.percent(response.within_limit))
    return [("within the limit of the severity", within), ("incidents judged", formats.number(response.judged))]


DEFINITIONS: dict[Metric, Definition] = {
    "deployment_frequency": Definition(
        "Succeeded deployments of the period, a day and active service. Rollbacks and hotfixes count; deploying the "
        "same version again does not.",
        _frequency,
        "Every active service deploys at least once for each working day of the period.",
    ),
    "lead_time": Definition(
        "From when a commit was authored to when the deployment that first brought it to the environment finished. The "
        "headline is the median over all changes delivered in the period.",
        _lead_time,
        "The median is under 1 hour.",
    ),
    "change_failure_rate": Definition(
        "Failed deployments of all that finished. A deployment is failed when its own status is, when a later one "
        "rolls it back or fixes it, or when an incident is linked to it; it counts once.",
        _failure_rate,
        "Under 5 % of finished deployments fail.",
    ),
    "mttr": Definition(
        "From when an incident opened to when it was resolved; for a failed deployment without an incident, from its "
        "finish to when it was restored. Of deployments that only a counter tells of the durations of rollbacks stand "
        "for that, where a gauge tells them. The mean over what was restored in the period.",
        _mttr,
        "The mean over services of tier critical is under 30 minutes.",
    ),
    "failed_deployment_recovery_time": Definition(
        "From the finish of a failed deployment to when it was restored: rolled back, fixed, its last incident "
        "resolved, or followed by one that succeeded. The median over those restored in the period.",
        _recovery,
    ),
    "rework_rate": Definition("Rollbacks and hotfixes that succeeded, of all succeeded deployments.", _rework),
    "response": Definition(
        "From when an incident opened to when somebody acknowledged it. Limits: sev1 5 minutes, sev2 15 minutes, sev3 "
        "1 hour; sev4 has none.",
        _response,
    ),
}
