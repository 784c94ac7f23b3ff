"""(pure) Figures that were mailed and are others since: events came late, or somebody corrected what was recorded."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dashboard import formats
from dashboard.reports.weekly import NO_DATA, WEEK, Line, Report, Restated, week_text

WEEKS = 4  # mailed ones that are looked back at
TWENTIETH = 20
SHARES = frozenset({"standards", "adoption"})


@dataclass(frozen=True, slots=True)
class Mailed:
    """What the report of a week said. ``figures``: its own, by metric; ``restated``: those of weeks before it."""

    monday: date
    figures: Mapping[str, float | None]
    restated: Sequence[Restated] = ()


def restated(report: Report, mailed: Iterable[Mailed]) -> list[Restated]:
    """The figures of the last ``WEEKS`` weeks that were mailed before the report's, as far as they are others now than
    was said of them last. ``mailed``: in any order; weeks from the report's on are passed over."""
    before = sorted((one for one in mailed if one.monday < report.monday), key=lambda one: one.monday)
    said = {(one.monday, metric): value for one in before for metric, value in one.figures.items()}
    said |= {(each.monday, each.metric): each.now for one in before for each in one.restated}
    found = []
    for one in reversed(before[-WEEKS:]):
        for figure in report.figures:
            key = one.monday, figure.metric
            number = (report.monday - one.monday) // WEEK
            if key not in said or 0 < len(figure.course) <= number:
                continue
            now = figure.course[-1 - number] if figure.course else None
            if is_other(figure.metric, said[key], now):
                found.append(Restated(figure.metric, one.monday, said[key], now))
    return found


def is_other(metric: str, mailed: float | None, now: float | None) -> bool:
    """By more than a twentieth, so that a reader sees it; or there is data where none was, or the reverse."""
    if mailed is None or now is None:
        return mailed is not now
    return TWENTIETH * abs(now - mailed) > abs(mailed) and value_text(metric, mailed) != value_text(metric, now)


def told(report: Report, found: Iterable[Restated], href: Callable[[Restated], str]) -> Report:
    """The report with a sentence for each: the figure, its week, what was mailed, what it is. ``href``: where that is
    explained."""
    labels = {figure.metric: figure.label for figure in report.figures}

    def line(one: Restated) -> Line:
        text = f"was mailed as {value_text(one.metric, one.mailed)}, is {value_text(one.metric, one.now)}"
        return Line(f"{labels[one.metric]}, {week_text(one.monday)}", text, href(one))

    return replace(report, restated=[replace(one, line=line(one)) for one in found if one.metric in labels])


def value_text(metric: str, value: float | None) -> str:
    if value is None:
        return NO_DATA
    return str(formats.percent(value) if metric in SHARES else formats.amount(metric, value))


def kept(found: Iterable[Restated]) -> list[dict[str, Any]]:
    """As JSON keeps them."""
    return [{"metric": one.metric, "week": str(one.monday), "mailed": one.mailed, "now": one.now} for one in found]


def read(rows: Iterable[Mapping[str, Any]]) -> list[Restated]:
    """What ``kept`` wrote."""
    return [Restated(row["metric"], date.fromisoformat(row["week"]), row["mailed"], row["now"]) for row in rows]
