"""What a trial came to: two columns of figures, and the deployments that would be seen otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from dashboard import formats
from dashboard.pages import figures
from scorecards.models import JudgedDeployment, WhatIf
from scorecards.rollups.plain import from_plain
from scorecards.rollups.summary import Metric, Summary, value_of

SIX: tuple[Metric, ...] = (*figures.HEADLINES, "failed_deployment_recovery_time", "rework_rate")
DIFFERENCES = {
    "becomes_failed": ("becomes failed", "deployment becomes failed", "deployments become failed"),
    "no_longer_failed": ("no longer failed", "deployment is no longer failed", "deployments are no longer failed"),
    "no_longer_counts": ("no longer counts", "deployment no longer counts", "deployments no longer count"),
    "counts_newly": ("counts", "deployment counts that did not", "deployments count that did not"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure now and under the change; ``difference`` in words, empty where it is the same."""

    label: str
    now: str
    then: str
    difference: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A deployment that would be seen otherwise."""

    name: str
    service: str
    at: Any
    href: str
    what: str


def of_trial(row: WhatIf) -> Mapping[str, Any]:
    """What the page shows of a trial that is done."""
    result: dict[str, Any] = row.result or {}
    [now, then], _ = from_plain(result["figures"])
    listed = _listed(result["newest"])
    return {
        "figures": [_compared(metric, now, then) for metric in SIX],
        "differences": [_counted(code, count) for code, count in sorted(result["counted"].items())],
        "listed": listed,
        "more": max(0, sum(result["counted"].values()) - len(listed)),
        "nothing": not (now.finished_deployments or then.finished_deployments),
        "start": now.start,
        "end": now.end,
    }


def _compared(metric: Metric, now: Summary, then: Summary) -> Compared:
    before, after = value_of(now, metric), value_of(then, metric)
    difference = ""
    if before is not None and after is not None:
        gap = formats.difference(metric, after, before)
        difference = "" if gap == "unchanged" else gap
    elif (before is None) != (after is None):
        difference = "no figure then" if after is None else "a figure where there was none"
    return Compared(figures.LABELS[metric], _told(metric, now), _told(metric, then), difference)


def _told(metric: Metric, summary: Summary) -> str:
    value = value_of(summary, metric)
    if value is None:
        return formats.reason_text(summary.reasons.get(metric, ""))
    return str(formats.amount(metric, value))


def _counted(code: str, count: int) -> str:
    _, one, many = DIFFERENCES[code]
    return formats.plural(count, one, many)


def _listed(newest: Sequence[Sequence[Any]]) -> list[Listed]:
    ids = [pk for pk, _ in newest]
    rows = JudgedDeployment.objects.select_related("deployment__environment", "service").in_bulk(ids)
    return [
        Listed(
            name=rows[pk].deployment.version
            or formats.sha_text(rows[pk].deployment.sha)
            or rows[pk].deployment.external_id,
            service=rows[pk].service.name,
            at=rows[pk].finished_at,
            href=reverse("deployment", args=[pk]),
            what=DIFFERENCES[code][0],
        )
        for pk, code in newest
        if pk in rows
    ]
