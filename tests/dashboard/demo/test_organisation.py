"""The stream of the demo: its form, order and size, and that it depends on nothing but its arguments."""

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from dashboard.demo import organisation
from dashboard.demo.organisation import events
from ingest.parsers.native import parse_line
from tests.dashboard.demo.conftest import NOW, Events

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
SHA = re.compile(r"[0-9a-f]{40}")
NAME = re.compile(r"[a-z0-9][a-z0-9-]*")

HEAD = {"event", "type", "at"}
PLACE = {"service", "repository"}
PULL = HEAD | PLACE | {"number"}
DEPLOYED = HEAD | PLACE | {"deployment", "environment", "sha", "kind", "started_at", "by"}
INCIDENT = HEAD | PLACE | {"incident", "severity", "environment", "title"}
DEPLOYED_MORE = {"team", "version", "changes", "rollback_of", "fixes"}
# type -> keys that must be there, keys that may be
KEYS = {
    "team.declared": (HEAD | {"team", "name"}, set()),
    "service.declared": (HEAD | PLACE | {"tier"}, {"team"}),
    "commit.pushed": (
        HEAD | PLACE | {"sha", "author", "bot", "title", "authored_at", "committed_at"},
        {"team", "pull_request", "parents", "merge"},
    ),
    "pull_request.opened": (PULL | {"author", "bot", "title", "first_authored_at", "head_sha", "draft"}, {"team"}),
    "pull_request.reviewed": (PULL | {"reviewer", "state"}, {"team"}),
    "pull_request.merged": (
        PULL | {"author", "bot", "title", "first_authored_at", "opened_at", "merge_sha", "commits", "how"},
        {"team"},
    ),
    "pull_request.closed": (PULL | {"author", "bot", "title", "opened_at"}, {"team"}),
    "deployment.started": (DEPLOYED, DEPLOYED_MORE),
    "deployment.finished": (DEPLOYED | {"status"}, DEPLOYED_MORE),
    "incident.opened": (INCIDENT, {"team", "caused_by"}),
    "incident.acknowledged": (INCIDENT | {"by"}, {"team", "caused_by"}),
    "incident.resolved": (INCIDENT | {"opened_at"}, {"team", "caused_by"}),
}
CLOSED_SETS = {
    "status": {"success", "failure", "cancelled"},
    "kind": {"release", "rollback", "hotfix"},
    "how": {"merge", "squash", "rebase"},
    "severity": {"sev1", "sev2", "sev3", "sev4"},
    "tier": {"critical", "standard", "low"},
    "state": {"approved", "changes_requested"},
    "environment": {"staging", "production"},
}


def test_it_is_the_same_for_the_same_seed_and_moment(year: Events) -> None:
    assert list(events(1, NOW)) == year
    assert list(events(2, NOW)) != year


def test_it_leaves_a_service_as_it_is_when_another_one_is_added(year: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organisation, "SERVICES", [s for s in organisation.SERVICES if s.slug != "cart"])
    assert list(events(1, NOW)) == [event for event in year if event.get("service") != "cart"]


def test_it_has_a_size_that_loads_at_once_and_still_shows_a_year(year: Events) -> None:
    production = [e for e in year if e["type"] == "deployment.started"]
    assert 25_000 <= len(year) <= 35_000
    assert 2_300 <= len(production) <= 3_300


def test_it_is_in_order_of_time(year: Events) -> None:
    times = [event["at"] for event in year]
    assert times == sorted(times)


def test_it_uses_no_key_twice(year: Events) -> None:
    assert len({event["event"] for event in year}) == len(year)


def test_it_uses_the_keys_and_values_of_native_events_alone(year: Events) -> None:
    for event in year:
        needed, allowed = KEYS[event["type"]]
        assert needed <= event.keys() <= needed | allowed, event
        for name, values in CLOSED_SETS.items():
            assert event.get(name, next(iter(values))) in values, event


def test_it_writes_times_names_and_shas_as_the_definition_has_them(year: Events) -> None:
    for event in year:
        for name, value in event.items():
            if name == "at" or name.endswith("_at"):
                assert TIME.fullmatch(value), event
            if name in ("sha", "head_sha", "merge_sha"):
                assert SHA.fullmatch(value), event
            if name in ("team", "service", "deployment", "incident", "rollback_of", "fixes"):
                assert NAME.fullmatch(value), event
            if name in ("commits", "parents"):
                assert value and all(SHA.fullmatch(sha) for sha in value), event


def test_it_is_taken_in_by_the_parser_line_by_line(year: Events) -> None:
    for event in year:
        parse_line(orjson.dumps(event), NOW)


def test_it_keeps_the_steps_of_a_pull_request_in_order(year: Events) -> None:
    steps: dict[tuple[str, int], list[str]] = defaultdict(list)
    for event in year:
        if event["type"].startswith("pull_request."):
            steps[event["service"], event["number"]].append(event["type"])
            assert event.get("first_authored_at", "") <= event.get("opened_at", event["at"]) <= event["at"]
    for told in steps.values():
        assert told[0] == "pull_request.opened"
        assert "pull_request.merged" not in told[:-1]


def test_it_lists_pull_requests_that_were_merged_before_the_deployment(year: Events) -> None:
    merged = {(e["service"], e["number"]): e["at"] for e in year if e["type"] == "pull_request.merged"}
    listing = [event for event in year if event.get("changes")]
    assert listing
    for event in listing:
        assert all(merged[event["service"], number] <= event["started_at"] for number in event["changes"])


def test_it_names_earlier_deployments_of_the_same_service(year: Events) -> None:
    finished = {e["deployment"]: e for e in year if e["type"] == "deployment.finished"}
    for event in year:
        for name in ("rollback_of", "fixes", "caused_by"):
            if event.get(name):
                named = finished[event[name]]
                assert named["service"] == event["service"]
                assert named["at"] <= event["at"]


@pytest.mark.parametrize(
    "now",
    [
        datetime(2027, 1, 1, 3, 0, tzinfo=UTC),
        datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC),  # a Sunday
        datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
    ],
)
def test_it_is_whole_at_any_moment(now: datetime) -> None:
    found = list(events(3, now))
    latest = now + timedelta(minutes=1)
    assert 24_000 <= len(found) <= 36_000
    assert all(event["at"] <= f"{now:%Y-%m-%dT%H:%M:%SZ}" for event in found)
    for event in found:
        parse_line(orjson.dumps(event), latest)
