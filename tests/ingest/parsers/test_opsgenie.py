"""Opsgenie's webhooks, which Jira Service Management sends too: what each action says of its alert."""

from datetime import datetime

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import Ignored, IncidentSeen
from tests.ingest.parsers.recorded import only, sent


def at(text):
    return datetime.fromisoformat(text)


def alert(name="create", **fields):
    one = sent("opsgenie", name)
    one.payload["alert"] |= fields
    return one


def test_it_reads_an_alert_with_its_milliseconds_and_nanoseconds():
    assert only(alert().told()) == IncidentSeen(
        at("2026-03-09T10:00:35.106002Z"), "key", "opsgenie/052652ac-5d1c-464a-812a-7dd18bbfba8c", "pay", None,
        "production", None,
        {"title": "Checkout fails", "severity": "sev2", "opened_at": at("2026-03-09T10:00:35.104Z")},
    )  # fmt: skip


@pytest.mark.parametrize("value", [1773050435, 1773050435000, 1773050435000000, 1773050435000000000])
def test_it_tells_the_unit_of_a_time_by_its_size(value):
    assert only(alert(updatedAt=value, createdAt=1773050400000).told()).at == at("2026-03-09T10:00:35Z")


def test_an_action_without_a_time_of_its_own_has_the_alerts():
    assert only(alert(updatedAt=None).told()).at == at("2026-03-09T10:00:35.104Z")


@pytest.mark.parametrize("value", [-1, 1.5, "x", True, 10**19, 4 * 10**18, 99999999999])
def test_it_refuses_what_is_no_time_or_lies_ahead(value):
    with pytest.raises(MalformedPayload, match="createdAt"):
        alert(createdAt=value).told()


@pytest.mark.parametrize("name", ["acknowledge", "close", "unacknowledge", "update-priority"])
def test_it_says_what_happened_then(name):
    found = only(sent("opsgenie", name).told())
    wanted = {"acknowledge": {"acknowledged_at": found.at}, "close": {"resolved_at": found.at}}.get(name, {})
    assert {key: found.said[key] for key in ("acknowledged_at", "resolved_at") if key in found.said} == wanted


@pytest.mark.parametrize(
    ("fields", "service", "environment"),
    [
        ({"tags": ["service:pay", "env:staging"]}, "pay", "staging"),
        ({"tags": ["Service = pay"], "entity": "shop"}, "pay", "production"),
        ({"tags": ["app:a", "service:s"]}, "s", "production"),
        ({"tags": ["b", "service:"], "entity": " shop "}, "shop", "production"),
    ],
)
def test_it_finds_service_and_environment_in_tags_and_entity(fields, service, environment):
    seen = only(alert(**fields).told())
    assert (seen.service, seen.environment) == (service, environment)


def test_details_name_no_service_as_later_actions_do_not_carry_them():
    assert alert(tags=[], details={"service": "pay"}).told() == Ignored(
        "The alert names no service. Give it a tag such as service:NAME or an entity, or set the option services."
    )


def test_options_name_the_service_by_message_or_integration():
    assert only(alert(tags=[]).told(services={"checkout*": "pay"})).service == "pay"
    assert only(alert(tags=[]).told(services={"plumb*": "pay"})).service == "pay"


def test_an_alias_that_is_alertmanagers_is_shared():
    digest = "558b79073d7341d427c63af07b90f482a501267929ebae0c3c90273093254c92"
    assert only(alert(alias=digest).told()).said["same_as"] == [f"alertgroup/{digest}"]
    assert "same_as" not in only(alert(alias="checkout").told()).said


def test_priorities_are_severities_and_can_be_told_otherwise():
    assert only(alert(priority="P5").told()).said["severity"] == "sev4"
    assert only(alert(priority="P5").told(severities={"P5": "sev3"})).said["severity"] == "sev3"
    assert "severity" not in only(alert(priority=None).told()).said


def test_it_says_which_action_it_passes_over():
    assert sent("opsgenie", "add-note").told() == Ignored("Nothing is kept of the action AddNote.")
