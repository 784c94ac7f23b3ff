"""PagerDuty's webhooks: what each event says of its incident."""

from datetime import datetime

import pytest

from ingest.parsers.observation import Ignored, IncidentSeen
from tests.ingest.parsers.recorded import only, sent


def at(text):
    return datetime.fromisoformat(text)


def with_data(name="triggered", **fields):
    one = sent("pagerduty", name)
    one.payload["event"]["data"] |= fields
    return one


def test_it_reads_an_incident():
    assert only(sent("pagerduty", "triggered").told()) == IncidentSeen(
        at("2026-03-09T10:00:35.100Z"), "key", "pagerduty/PGR0VU2", "Pay", None, "production", None,
        {"opened_at": at("2026-03-09T10:00:35Z"), "title": "Checkout fails", "severity": "sev2",
         "url": "https://acme.pagerduty.com/incidents/PGR0VU2"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("acknowledged", {"acknowledged_at": at("2026-03-09T10:03:00Z")}),
        ("resolved", {"resolved_at": at("2026-03-09T10:50:00Z")}),
        ("reopened", {"resolved_at": None}),
        ("unacknowledged", {}),
        ("escalated", {}),
        ("priority-updated", {}),
    ],
)
def test_it_says_what_happened_then(name, said):
    found = only(sent("pagerduty", name).told()).said
    assert {key: found[key] for key in ("acknowledged_at", "resolved_at") if key in found} == said


@pytest.mark.parametrize(
    ("priority", "urgency", "severity"),
    [("P1", "low", "sev1"), ("SEV-3", "high", "sev3"), (None, "high", "sev2"), (None, "low", "sev4"),
     ("Blue", "high", "sev2"), (None, None, None)],
)  # fmt: skip
def test_its_severity_is_its_priority_else_its_urgency(priority, urgency, severity):
    one = with_data(priority={"summary": priority} if priority else None, urgency=urgency)
    assert only(one.told()).said.get("severity") == severity


def test_it_takes_its_own_words_for_severities():
    assert only(with_data(priority={"summary": "Blue"}).told(severities={"Blue": "sev1"})).said["severity"] == "sev1"


def test_a_key_that_is_alertmanagers_is_shared_and_no_other():
    digest = "558b79073d7341d427c63af07b90f482a501267929ebae0c3c90273093254c92"
    assert only(with_data(incident_key=digest).told()).said["same_as"] == [f"alertgroup/{digest}"]
    for own in ("srv01/HTTP", None, digest[:32], digest.upper()):
        assert "same_as" not in only(with_data(incident_key=own).told()).said


def test_it_finds_service_and_environment_in_the_services_name():
    named = with_data(service={"id": "P1", "summary": "pay-staging"})
    seen = only(named.told(environment_names="{service}-{environment}"))
    assert (seen.service, seen.environment) == ("pay", "staging")
    assert only(named.told(services={"pay-*": "pay"})).service == "pay"
    assert only(named.told(environments={"*-staging": "staging"})).environment == "staging"
    assert only(with_data(service={"id": "P1", "summary": None}).told()).service == "P1"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("annotated", "Nothing is kept of the event incident.annotated."),
        ("ping", "Nothing is kept of the event pagey.ping: it is about no incident."),
        ("service-updated-itself", "Nothing is kept of the event service.updated: it is about no incident."),
    ],
)
def test_it_says_why_it_passes_over_an_event(name, reason):
    assert sent("pagerduty", name).told() == Ignored(reason)
