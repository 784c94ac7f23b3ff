"""Ingested streams against figures that were counted by other programs."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Service, Team
from ingest.window import Window
from scorecards.models import DayRollup, JudgedDeployment
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.read import ORGANISATION, Scope, series, summary
from scorecards.rollups.summary import Known, Summary, summarise
from tests.native_events import ingest_file

pytestmark = pytest.mark.django_db

ORG = Path(__file__).parent / "data" / "org"
SHARED = Path(os.environ.get("PLUMBLINE_DATA") or Path(__file__).resolve().parents[2] / "shared")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HISTORIES = ("podinfo", "tecken", "govuk-specialist-publisher")


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} of the larger data is not here")
    return path


def run(tool: str, *arguments: str) -> None:
    subprocess.run([sys.executable, str(shared(tool)), *arguments], check=True, capture_output=True, timeout=300)


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        yield from map(json.loads, lines)


class Truth:
    """Compares truth rows with what the rollups say; collects differences, so that one run tells all."""

    def __init__(self) -> None:
        self.teams = dict(Team.objects.values_list("slug", "pk"))
        self.services = dict(Service.objects.values_list("slug", "pk"))
        self.days = {
            (row.scope, row.day): Bucket.unpack(row.bucket)
            for row in DayRollup.objects.filter(tier="", environment_class="production")
        }
        self.rows = 0
        self.differences: list[str] = []

    def compare(self, row: dict[str, Any]) -> None:
        self.rows += 1
        day = "day" in row
        found = self.of_day(row) if day else self.of_period(row)
        failed = row["failed_deployments"] + row["failed_attempts"]
        finished = row["deployments"] + row["failed_attempts"]
        lead_time = found.lead_time
        tolerance = 0.01 if row["scope"] == "org" else 1e-9
        self.equal(row, "deployments", found.deployments or 0, row["deployments"])
        self.equal(row, "finished", found.finished_deployments or 0, finished)
        self.equal(row, "failed", found.failed_deployments or 0, failed)
        self.near(row, "change failure rate", found.change_failure_rate, failed / finished if finished else None, 1e-9)
        self.equal(row, "rework", found.rework_deployments or 0, row["rollbacks"] + row["hotfixes"])
        self.equal(row, "incidents", found.incidents_opened, row["incidents"])
        self.equal(row, "changes", lead_time.count if lead_time else 0, row["changes"])
        self.near(row, "median", lead_time.median if lead_time else None, row["lead_time_median_s"], tolerance)
        # The truth rounds its p90 to a thousandth.
        self.near(row, "p90", lead_time.p90 if lead_time else None, row["lead_time_p90_s"], max(tolerance, 1e-6))
        total = lead_time.mean * lead_time.count if lead_time else 0.0
        self.near(row, "sum", total, row["lead_time_sum_s"], 1e-9)
        if not day:
            self.near(row, "per day", found.deployments_per_day or 0.0, row["per_day"], 1e-5)
            self.restored(row)

    def of_day(self, row: dict[str, Any]) -> Summary:
        day = date.fromisoformat(row["day"])
        bucket = self.days.get((self.scope(row).key, day), Bucket())
        return summarise(bucket, Window(day, day + timedelta(days=1)), NOW.date(), Known({}, Bucket(), True, True))

    def of_period(self, row: dict[str, Any]) -> Summary:
        window = Window(date.fromisoformat(row["from"]), date.fromisoformat(row["to"]) + timedelta(days=1))
        return summary(self.scope(row), "production", window, NOW.date())

    def scope(self, row: dict[str, Any]) -> Scope:
        match row["scope"].removesuffix("-day"):
            case "org":
                return ORGANISATION
            case "team":
                return Scope("team", self.teams[row["team"]])
            case _:
                return Scope("service", self.services[row["service"]])

    def restored(self, row: dict[str, Any]) -> None:
        """The truth leaves failed attempts out of its times to restore."""
        rows = JudgedDeployment.objects.filter(
            environment_class="production", failed=True, status="succeeded", restored_at__isnull=False
        )
        if "service" in row:
            rows = rows.filter(service=self.services[row["service"]])
        elif "team" in row:
            rows = rows.filter(service__ownerships__team=self.teams[row["team"]])
        spans = sorted((found.restored_at - found.finished_at).total_seconds() for found in rows)
        self.equal(row, "restored", len(spans), row["restored"])
        self.near(row, "restore sum", sum(spans), row["restore_sum_s"], 1e-9)

    def equal(self, row: dict[str, Any], figure: str, found: int, wanted: int) -> None:
        if found != wanted:
            self.tell(row, figure, found, wanted)

    def near(self, row: dict[str, Any], figure: str, found: float | None, wanted: float | None, share: float) -> None:
        if found is None or wanted is None:
            if found is not wanted:
                self.tell(row, figure, found, wanted)
        elif abs(found - wanted) > share * abs(wanted) + 1e-6:
            self.tell(row, figure, found, wanted)

    def tell(self, row: dict[str, Any], figure: str, found: object, wanted: object) -> None:
        place = [row[name] for name in ("scope", "team", "service", "day") if name in row]
        self.differences.append(f"{' '.join(place)}: {figure} is {found}, not {wanted}")


def compare_all(facts: Path, truth_path: Path) -> Truth:
    totals = ingest_file(facts, NOW)
    assert (totals.quarantined, totals.duplicates, totals.ignored) == (0, 0, 0)
    assert totals.processed == totals.received > 0
    truth = Truth()
    for row in rows_of(truth_path):
        truth.compare(row)
    return truth


def test_it_counts_a_small_organisation_as_its_maker_did():
    truth = compare_all(ORG / "facts.ndjson.gz", ORG / "truth.ndjson.gz")
    assert truth.differences == []
    assert truth.rows > 100


@pytest.mark.shared
@pytest.mark.slow
def test_it_counts_a_larger_organisation_as_its_maker_did(tmp_path):
    facts, truth_path = tmp_path / "facts.ndjson.gz", tmp_path / "truth.ndjson.gz"
    size = ("--teams", "6", "--services", "5", "--days", "90", "--seed", "3")
    run("tools/make_org.py", *size, "--out", str(facts), "--truth", str(truth_path))
    truth = compare_all(facts, truth_path)
    assert truth.differences == []
    assert truth.rows > 1_000


@pytest.fixture
def history(request, tmp_path):
    """A real delivery history, ingested; its truth and its scope."""
    truth_path = shared(f"data/histories/{request.param}/truth.json")
    tool = shared("tools/history_to_events.py")
    facts = tmp_path / "facts.ndjson"
    with facts.open("wb") as out:
        subprocess.run([sys.executable, str(tool), request.param], check=True, stdout=out, timeout=300)
    totals = ingest_file(facts, NOW)
    assert (totals.processed, totals.quarantined) == (totals.received, 0)
    return json.loads(truth_path.read_text()), Scope("service", Service.objects.get().pk)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("history", HISTORIES, indirect=True)
def test_it_reads_a_real_history_as_its_truth_does(history):
    truth, scope = history
    frequency = truth["frequency"]
    window = Window(
        date.fromisoformat(frequency["first_day"]), date.fromisoformat(frequency["last_day"]) + timedelta(days=1)
    )
    weeks = series(scope, "production", window, NOW.date(), "week")
    assert all(week.start.weekday() == 0 for week in weeks[1:])
    assert {_week(week.start): week.deployments for week in weeks} == frequency["by_week"]
    months = series(scope, "production", window, NOW.date(), "month")
    assert {f"{month.start:%Y-%m}": month.deployments for month in months if month.deployments} == frequency["by_month"]
    # A month whose changes all have a negative lead time has none to tell of.
    told = {name: spread for name, spread in truth["lead_time_by_month_s"].items() if spread["n"] + spread["negative"]}
    found = {f"{month.start:%Y-%m}": month for month in months}
    assert {name for name, month in found.items() if month.lead_time} <= told.keys()
    for name, spread in told.items():
        _compare_spread(found[name], spread)
    _compare_spread(summary(scope, "production", window, NOW.date()), truth["lead_time_s"])


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _compare_spread(found: Summary, wanted: dict[str, Any]) -> None:
    negative = sum(left.count for left in found.left_out["lead_time"] if left.reason == "negative_lead_time")
    assert negative == wanted["negative"]
    if not wanted["n"]:
        assert found.lead_time is None
        return
    assert found.lead_time is not None
    assert found.lead_time.count == wanted["n"]
    assert found.lead_time.median == pytest.approx(wanted["median"], abs=0.001)
    assert found.lead_time.mean == pytest.approx(wanted["mean"], abs=0.001)
    assert found.lead_time.p90 == pytest.approx(wanted["p90"], abs=0.001)
