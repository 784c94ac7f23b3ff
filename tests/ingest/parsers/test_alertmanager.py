"""Alertmanager's webhook: which alerts are incidents, and what they say."""

from datetime import datetime
from hashlib import sha256

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import Ignored, IncidentSeen
from ingest.parsers.options import InvalidOptions
from tests.ingest.parsers.recorded import only, sent

GROUP = '{}/{severity="critical"}:{alertname="HighErrorRate"}'
NAMES = ["alert/c1d2e3f4a5b6c7d8", f"alertgroup/{sha256(GROUP.encode()).hexdigest()}"]


def at(text):
    return datetime.fromisoformat(text)


def firing(labels=None, annotations=None, **fields):
    """The recorded notification of one firing alert, with other labels, annotations and fields; None takes one away."""
    one = sent("alertmanager", "firing")
    (alert,) = one.payload["alerts"]
    kept = {name: value for name, value in (alert["labels"] | (labels or {})).items() if value is not None}
    alert |= {"labels": kept} | fields | ({} if annotations is None else {"annotations": annotations})
    return one


def test_it_reads_an_alert_that_fires():
    opened = at("2026-03-09T10:00:00.123456Z")
    assert only(firing().told()) == IncidentSeen(
        opened, "key", "alertmanager/c1d2e3f4a5b6c7d8/1773050400123456", "pay", None, "production", None,
        {"opened_at": opened, "same_as": NAMES, "title": "Checkout fails", "severity": "sev1",
         "url": "https://prometheus.example/graph?g0.expr=errors"},
    )  # fmt: skip


def test_it_reads_each_alert_of_a_notification():
    resolved, still = sent("alertmanager", "part-resolved").told()
    assert (resolved.at, resolved.said["resolved_at"]) == (at("2026-03-09T10:20:00Z"),) * 2
    assert (still.service, "resolved_at" in still.said) == ("shop", False)
    assert resolved.external_id == only(firing().told()).external_id


def test_a_repeat_says_the_same():
    assert sent("alertmanager", "repeated").told()[0] == only(firing().told())


def test_it_ends_no_alert_before_it_began():
    seen = only(firing(status="resolved", endsAt="2026-03-09T09:00:00Z").told())
    assert seen.said["resolved_at"] == seen.said["opened_at"]


def test_an_end_that_is_only_expected_is_none():
    assert "resolved_at" not in only(firing(endsAt="2026-03-09T10:04:00Z").told()).said
    assert "resolved_at" not in only(firing(endsAt="9999-12-31T23:59:59Z").told()).said


@pytest.mark.parametrize(
    ("severity", "counts"),
    [("critical", "sev1"), ("page", "sev2"), ("error", "sev2"), ("p1", "sev1"), ("warning", None), ("info", None),
     ("none", None), (None, None)],
)  # fmt: skip
def test_alerts_that_page_are_incidents(severity, counts):
    told = firing({"severity": severity}).told()
    if counts:
        assert only(told).said["severity"] == counts
    else:
        assert told == Ignored(
            "HighErrorRate pages nobody: its severity is not sev1 or sev2 (options alerts, severities)."
        )


def test_its_own_words_for_severity_decide_what_pages():
    assert only(firing({"severity": "wake-up"}).told(severities={"wake-up": "sev1"})).said["severity"] == "sev1"
    assert isinstance(firing().told(severities={"critical": "sev3"}), Ignored)


@pytest.mark.parametrize("alerts", [["High*"], ["service=pa*"], "Service=pay", ["x", "severity=warning"]])
def test_it_can_be_told_which_alerts_are_incidents(alerts):
    assert only(firing({"severity": "warning"}).told(alerts=alerts)).said["severity"] == "sev3"


def test_it_says_why_an_alert_is_none():
    assert firing().told(alerts=["Low*"]) == Ignored("HighErrorRate fits none of the option alerts.")
    watchdog = sent("alertmanager", "watchdog")
    always = Ignored("Watchdog always fires, to show that alerting works: it is no incident.")
    assert watchdog.told() == watchdog.told(alerts=["*"]) == always
    assert isinstance(watchdog.told(alerts=["Watchdog"]), list)
    assert firing({"service": None}).told() == Ignored(
        "The alert HighErrorRate names no service: none of its labels is one of service, app, app_kubernetes_io_name, "
        "application, job (options service_keys, services)."
    )


def test_a_notification_without_alerts_says_nothing():
    one = sent("alertmanager", "firing")
    assert one.told(one.payload | {"alerts": []}) == Ignored("The notification holds no alert.")


def test_it_finds_service_and_environment_in_labels_or_options():
    assert only(firing({"service": None, "job": "pay-api"}).told()).service == "pay-api"
    assert only(firing({"team_service": "x"}).told(service_keys="team_service")).service == "x"
    assert only(firing({"service": None}).told(services={"high*": "edge"})).service == "edge"
    assert only(firing({"environment": None}).told()).environment == "production"
    assert only(firing({"environment": None, "env": "staging"}).told()).environment == "staging"
    assert only(firing({"environment": None, "cluster": "eu-1"}).told()).environment == "production"
    told = firing({"environment": None, "cluster": "eu-1"}).told(environment_keys="cluster", environment="x")
    assert only(told).environment == "eu-1"


def test_an_alert_without_a_summary_bears_its_name():
    assert only(firing(annotations={}).told()).said["title"] == "HighErrorRate"
    assert only(firing(annotations={"title": "Slow"}).told()).said["title"] == "Slow"


def test_alerts_can_be_counted_one_by_one():
    assert only(firing().told(one_incident_per="alert")).said["same_as"] == NAMES[:1]


@pytest.mark.parametrize(
    ("change", "place"),
    [({"version": "3"}, "version 3"), ({"version": None}, "“version”"), ({"groupKey": ""}, "“groupKey”"),
     ({"alerts": "x"}, "“alerts”"), ({"alerts": [{}]}, "“alerts[0].fingerprint” is missing")],
)  # fmt: skip
def test_it_says_what_can_not_be_read(change, place):
    one = sent("alertmanager", "firing")
    with pytest.raises(MalformedPayload, match=place.replace("[", r"\[").replace("]", r"\]")):
        one.told(one.payload | change)


@pytest.mark.parametrize("options", [{"alerts": ["=x"]}, {"alerts": ["x="]}, {"one_incident_per": "week"}, {"x": 1}])
def test_it_refuses_options_that_make_no_sense(options):
    with pytest.raises(InvalidOptions):
        firing().told(**options)
