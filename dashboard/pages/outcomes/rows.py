"""Figures of two groups, or of before and after, as rows of a table: numbers in words, and the interval drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from dashboard import formats
from dashboard.charts.between import Between, between
from scorecards.outcome.before_after import Paired
from scorecards.outcome.compare import Compared, Group
from scorecards.outcome.figures import LEAST, Difference, Figure

LABELS: Mapping[Figure, str] = {
    "deployments_per_day": "Deployments a day",
    "lead_time": "Lead time, median",
    "change_failure_rate": "Change failure rate",
    "mttr": "Mean time to recovery",
}
# Where each is defined on the page of definitions, and how it is written.
METRICS: Mapping[Figure, str] = {
    "deployments_per_day": "deployment_frequency",
    "lead_time": "lead_time",
    "change_failure_rate": "change_failure_rate",
    "mttr": "mttr",
}
LEFT = {
    "unknown": "not known",
    "waived": "waived",
    "not_applicable": "to which it does not apply",
    "not_connected": "without the source that would show it",
    "not_judged": "not judged by it yet",
    "inactive": "not deployed to production in 90 days",
    "uncertain": "of which the state before was not known, or was read in another way",
    "changed_again": "that changed again within 90 days",
    "too_recent": "that changed within the last 90 days",
    "retired": "that retired within 90 days after",
    "too_new": "that had not been deployed for 90 days by then",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A side of a row: its median in words, empty where it is not told; and of how many services."""

    median: str
    count: str


@dataclass(frozen=True, slots=True)
class Row:
    """``verdict``: what the interval says; ``reason`` stands where there is none."""

    label: str
    href: str
    one: Cell
    other: Cell
    difference: str = ""
    interval: str = ""
    verdict: str = ""
    drawn: Between | None = None
    drawn_text: str = ""
    reason: str = ""


def compared_rows(found: Iterable[Compared]) -> list[Row]:
    return [
        _row(one.figure, _cell(one.figure, one.those), _cell(one.figure, one.others), one.difference, _short(one))
        for one in found
    ]


def paired_rows(found: Iterable[Paired]) -> list[Row]:
    rows = []
    for one in found:
        before, after = (_written(one.figure, value) for value in (one.before, one.after))
        short = f"Not shown: {formats.plural(one.count, 'service')} {_has(one.count)} it on both sides"
        rows.append(_row(one.figure, Cell(before, _of(one.count)), Cell(after, _of(one.count)), one.difference, short))
    return rows


def _cell(figure: Figure, group: Group) -> Cell:
    return Cell(_written(figure, group.median), _of(group.count, group.services))


def _of(count: int, services: int | None = None) -> str:
    if services is None or count == services:
        return formats.plural(count, "service")
    return f"{formats.number(count)} of {formats.plural(services, 'service')}"


def _short(one: Compared) -> str:
    few = min(one.those.count, one.others.count)
    return f"Not shown: on one side {formats.plural(few, 'service')} {_has(few)} it"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


def _row(figure: Figure, one: Cell, other: Cell, difference: Difference | None, short: str) -> Row:
    href = f"{reverse('definitions')}#{METRICS[figure]}"
    if difference is None:
        return Row(LABELS[figure], href, one, other, reason=f"{short}, at least {LEAST} are needed")
    low, high = (formats.gap(METRICS[figure], value) for value in (difference.low, difference.high))
    text = formats.gap(METRICS[figure], difference.estimate)
    interval = f"{low} to {high}"
    return Row(
        LABELS[figure],
        href,
        one,
        other,
        difference=text,
        interval=interval,
        verdict=_verdict(difference),
        drawn=between(difference.low, difference.estimate, difference.high),
        drawn_text=f"{text}, and as well {interval}",
    )


def _verdict(difference: Difference) -> str:
    if not difference.is_shown:
        return "no difference shown"
    return "higher" if difference.estimate > 0 else "lower"


def _written(figure: Figure, value: float | None) -> str:
    if value is None:
        return ""
    if figure == "deployments_per_day":
        return formats.rate(value).number
    return str(formats.amount(figure, value))


def left_text(left: Mapping[str, int]) -> str:
    """``Left out: 3 services not known; 2 waived.``; nothing where none is."""
    said = [f"{formats.number(count)} {LEFT.get(reason, reason)}" for reason, count in left.items()]
    if not said:
        return ""
    first = next(iter(left.items()))
    said[0] = f"{formats.plural(first[1], 'service')} {LEFT.get(first[0], first[0])}"
    return f"Left out: {'; '.join(said)}."
