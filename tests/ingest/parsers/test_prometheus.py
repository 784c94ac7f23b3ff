"""What a reading of a counter says, as it is kept."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import DeploymentSeen
from ingest.parsers.prometheus import parse
from tests.ingest.parsers.mutations import JUNK, paths_of, replaced

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
GROWN = {"service": "pay", "status": "succeeded", "series": "ab12", "at": int(AT.timestamp() * 1_000), "count": 2}


def body(**changes: Any) -> dict[str, Any]:
    return {"signal": "deployments", "environment": "production", "increases": [GROWN | changes]}


def test_each_that_was_counted_is_a_deployment_at_the_moment_it_was_seen():
    seen = parse(body(), NOW, "k")
    assert seen == [
        DeploymentSeen(AT, "k", f"ab12/{GROWN['at']}/{n}", "pay", None, "production", None, {"terminal": "succeeded"})
        for n in (0, 1)
    ]


def test_a_series_may_tell_of_another_environment():
    assert parse(body(environment="staging", count=1), NOW, "k")[0].environment == "staging"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": "cancelled"}, "succeeded or failed"),
        ({"count": 10_001}, "whole number"),
        ({"count": -1}, "whole number"),
        ({"service": " "}, "text of 1 to 200"),
        ({"at": None}, "milliseconds"),
        ({"at": int(NOW.timestamp() * 1_000) + 900_000}, "at most 10 minutes after"),
    ],
)
def test_it_refuses_what_no_reading_says(changes, message):
    with pytest.raises(MalformedPayload, match=message):
        parse(body(**changes), NOW, "k")


def test_it_raises_nothing_but_malformed_payload():
    for odd in (None, 1, [], {}, {"environment": "p", "increases": [1]}, {"environment": "p", "increases": {}}):
        with pytest.raises(MalformedPayload):
            parse(odd, NOW, "k")


@pytest.mark.parametrize("path", paths_of(body()), ids=str)
def test_whatever_stands_there_it_raises_nothing_else(path):
    for junk in JUNK:
        with suppress(MalformedPayload):
            parse(replaced(body(), path, junk), NOW, "k")
