"""(pure) Summaries as JSON and back, for the store of computed windows."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson

from scorecards.metrics.spread import Spread
from scorecards.rollups.summary import Left, Metric, Response, Stages, Summary, value_of

SPARKED: tuple[Metric, ...] = ("deployment_frequency", "lead_time", "change_failure_rate", "mttr")


def spark_of(weeks: Sequence[Summary]) -> dict[Metric, list[float | None]]:
    """Each headline metric by week; ``None`` for a week without data."""
    return {metric: [value_of(week, metric) for week in weeks] for metric in SPARKED}


def to_plain(summaries: Sequence[Summary], spark: dict[Metric, list[float | None]]) -> str:
    return orjson.dumps({"results": [asdict(summary) for summary in summaries], "spark": spark}).decode()


def from_plain(text: str) -> tuple[list[Summary], dict[Metric, list[float | None]]]:
    plain = orjson.loads(text)
    return [_summary(row) for row in plain["results"]], plain["spark"]


def _summary(row: dict[str, Any]) -> Summary:
    row["start"], row["end"] = date.fromisoformat(row["start"]), date.fromisoformat(row["end"])
    if row["lead_time"]:
        row["lead_time"] = Spread(**row["lead_time"])
    if row["stages"]:
        row["stages"] = Stages(**row["stages"])
    row["response"] = Response(**row["response"])
    row["left_out"] = {metric: tuple(Left(**left) for left in lefts) for metric, lefts in row["left_out"].items()}
    return Summary(**row)
