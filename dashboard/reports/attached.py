"""A week as CSV, attached where a subscription asks for it: figures, and the deployments and incidents behind them."""

from collections.abc import Mapping

from django.conf import settings

from dashboard import access
from dashboard.datasets.columns import Column, number, text
from dashboard.datasets.dataset import Dataset
from dashboard.datasets.delivery import DEPLOYMENTS, INCIDENTS
from dashboard.exports import stream, writers
from dashboard.exports.writers import Row
from dashboard.reports.weekly import WEEK, Figure, Report
from ingest.window import midnight

MOST_ROWS = 5_000  # of a file: a mail has a size that servers take
SHARES = ("change_failure_rate", "standards", "adoption")
COLUMNS: tuple[Column, ...] = (
    text("week", "The week."),
    text("scope", "Whose figures they are."),
    text("metric", "The figure."),
    text("label", "What it is called."),
    text("unit", "Of value and before: s, ratio or 1/day."),
    number("value", "The figure; null where there is no data."),
    number("before", "Of the week before."),
    text("target", "What it should be.", nullable=True),
    text("verdict", "Whether it is.", nullable=True),
    text("reason", "Why there is no figure.", nullable=True),
    text("href", "Where it is explained."),
)
BEHIND: Mapping[str, tuple[Dataset, str]] = {
    "deployments": (DEPLOYMENTS, "finished_at"),
    "incidents": (INCIDENTS, "opened_at"),
}


def figures(report: Report) -> dict[str, bytes]:
    """The figures of the report, by the name of the file."""
    rows = (_row(report, one) for one in report.figures)
    return {f"figures-{report.week}.csv": b"".join(writers.csv_pieces(COLUMNS, rows, bom=True))}


def behind(report: Report, team: int | None) -> dict[str, bytes]:
    """What happened within the week to the services that the team owns today, or to all; by the names of the files. Of
    more than ``MOST_ROWS`` the first, which the name says."""
    begin, end = (midnight(day, settings.ORGANISATION_ZONE) for day in (report.monday, report.monday + WEEK))
    found = {}
    for name, (dataset, at) in BEHIND.items():
        rows = dataset.rows()
        if team is not None and dataset.within is not None:
            rows = dataset.within(rows, list(access.owned_by(team).values_list("pk", flat=True)))
        rows = dataset.where(dataset.where(rows, at, begin, "gte"), at, end, "lt").order_by(at, "pk")
        first = f"-first-{MOST_ROWS}" if rows[MOST_ROWS : MOST_ROWS + 1].exists() else ""
        pieces = stream.csv_of(dataset, dataset.columns, rows[:MOST_ROWS], (), bom=True)
        found[f"{name}-{report.week}{first}.csv"] = b"".join(pieces)
    return found


def _row(report: Report, one: Figure) -> Row:
    unit = "ratio" if one.metric in SHARES else "1/day" if one.metric == "deployment_frequency" else "s"
    before = one.course[-2] if len(one.course) > 1 else None
    said = (one.target or None, one.verdict or None, one.reason or None)
    return (report.week, report.scope, one.metric, one.label, unit, one.value, before, *said, one.href)
