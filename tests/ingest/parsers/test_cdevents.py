"""CDEvents: what each event says, by the specification and its conformance files."""

import json
from datetime import datetime

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.cdevents.purl import Artifact, read_purl
from ingest.parsers.observation import (
    DeploymentSeen,
    Ignored,
    IncidentSeen,
    PullRequestSeen,
    RepositoryRef,
    RepositorySeen,
)
from tests.ingest.parsers.recorded import only, sent
from tests.shared import SHARED

KIND = "cdevents"
SHA = "731f7eaddfb6af01cb2173e18f0f75b0ba780ef1"
FILES = SHARED / "data" / "payloads" / KIND


def at(text):
    return datetime.fromisoformat(text)


def event(name, content=None, subject=None, **context):
    """A recorded event with other content."""
    one = sent(KIND, name)
    told = one.payload["subject"] | (subject or {})
    told = told | {"content": told["content"] | (content or {})}
    return one._replace(payload=one.payload | {"context": one.payload["context"] | context, "subject": told})


def test_a_service_that_was_deployed_has_succeeded():
    assert only(sent(KIND, "service-deployed").told()) == DeploymentSeen(
        at("2026-03-09T10:00:00Z"), "key", "cdevents/cluster/eu/service/pay/271069a8-fc18-44f1-b38f-9d70a1695819",
        "pay", RepositoryRef("acme/pay"), "production", None,
        {"terminal": "succeeded", "version": "1.4.2", "sha": SHA},
    )  # fmt: skip


def test_a_service_that_was_deployed_twice_has_two_deployments():
    first, second = (only(event("service-deployed", id=key).told()) for key in ("a", "b"))
    assert first.external_id != second.external_id


def test_a_rollback_is_told_as_one():
    assert only(sent(KIND, "service-rolledback").told()).said["kind"] == "rollback"


def test_it_takes_a_cloudevent_around_it():
    seen = only(sent(KIND, "structured").told())
    assert (seen.service, seen.environment, seen.said["version"]) == ("shop", "staging", "2")


def test_it_takes_a_cloudevent_in_the_headers():
    one = sent(KIND, "service-deployed")
    binary = one._replace(headers={"ce-type": one.payload["context"]["type"], "ce-id": "1"})
    assert binary.told() == one.told()


def test_a_subject_without_a_name_is_no_service():
    told = event("service-rolledback", subject={"id": "/"}).told()
    assert told == Ignored("The subject's id names no service.")


def test_its_environment_may_be_written_as_its_id_or_left_out():
    assert only(event("service-deployed", {"environment": "staging"}).told()).environment == "staging"
    assert only(event("service-deployed", {"environment": None}).told(environment="live")).environment == "live"


def test_an_incident_opens_when_it_was_detected_whatever_came_first():
    detected, reported = sent(KIND, "incident-detected").told(), sent(KIND, "incident-reported").told()
    assert only(detected).said == {"title": "Slow", "severity": "sev2", "opened_at": at("2026-03-09T10:10:00Z")}
    assert [seen.said.get("opened_at") for seen in reported] == [None, at("2026-03-09T10:15:00Z")]
    assert reported[1].at < only(detected).at
    assert reported[0].said == {"title": "Slow", "url": "https://issues.example/1"}


def test_an_incident_ends_when_it_was_resolved():
    seen = only(sent(KIND, "incident-resolved").told())
    assert (seen.external_id, seen.said) == (
        "cdevents/cluster/eu/incident-1",
        {"resolved_at": at("2026-03-09T10:40:00Z")},
    )


def test_an_event_that_tells_no_environment_leaves_it_as_it_was():
    assert only(event("incident-resolved", {"environment": None}).told()).environment is None
    assert only(event("incident-resolved", {"environment": {"id": "eu/staging"}}).told()).environment == "staging"


def test_severities_are_the_senders_words():
    assert only(sent(KIND, "incident-detected").told(severities={"high": "sev1"})).said["severity"] == "sev1"


def test_an_incident_of_no_service_says_so():
    assert event("incident-detected", {"service": None}).told() == Ignored("The incident names no service.")


def test_a_ticket_is_an_incident_where_it_says_so():
    seen = only(sent(KIND, "ticket-created").told())
    assert isinstance(seen, IncidentSeen)
    assert (seen.service, seen.said["severity"]) == ("pay", "sev1")
    ended = only(event("ticket-created", type="dev.cdevents.ticket.closed.0.2.0").told())
    assert ended.said["resolved_at"] == at("2026-03-09T08:00:00Z")
    found = event("ticket-created", {"ticketType": "task"}).told()
    assert found == Ignored("The ticket bears no label of an incident (incident).")
    found = event("ticket-created", {"labels": []}).told()
    assert found == Ignored("The ticket names no service: give it a label such as “service: pay”.")


def test_a_change_is_a_pull_request_by_the_number_in_its_id():
    seen = only(sent(KIND, "change-merged").told())
    assert isinstance(seen, PullRequestSeen)
    assert (seen.number, seen.repository) == (7, RepositoryRef("acme/pay"))
    assert seen.said == dict.fromkeys(("merged_at", "closed_at"), at("2026-03-08T12:00:00Z"))
    assert only(sent(KIND, "change-reviewed").told()).said == {"first_review_at": at("2026-03-08T11:00:00Z")}


@pytest.mark.parametrize("name", ["abc", "7abc", "abc7", "0", "99999999999999999999", "I8473b95934b5732a"])
def test_a_change_without_a_number_is_none(name):
    assert isinstance(event("change-merged", subject={"id": name}).told(), Ignored)


def test_runs_count_where_an_option_names_their_pipeline():
    seen = only(sent(KIND, "run-finished").told())
    assert (seen.external_id, seen.service, seen.said["terminal"]) == (
        "cdevents/cluster/eu/run-9",
        "deploy-pay",
        "failed",
    )
    found = sent(KIND, "run-finished").told(pipelines=[])
    assert found == Ignored("deploy-pay is none that deploys: name it in the option pipelines to count its runs.")
    started = event("run-finished", type="dev.cdevents.pipelinerun.started.0.2.0")
    assert only(started.told()).said["started_at"] == at("2026-03-09T09:00:00Z")


def test_it_refuses_what_is_no_cdevent():
    for payload in ({"context": {}}, {"specversion": "1.0", "type": "x", "data": 3}):
        with pytest.raises(MalformedPayload):
            sent(KIND, "structured").told(payload)


@pytest.mark.parametrize(
    ("purl", "artifact"),
    [
        ("pkg:oci/pay@sha256%3A0b31", Artifact("sha256:0b31", None, None)),
        (f"pkg:github/acme/pay@{SHA}", Artifact(SHA, SHA, RepositoryRef("acme/pay"))),
        ("pkg:github/acme/pay@v1", Artifact("v1", None, RepositoryRef("acme/pay"))),
        ("pkg:golang/mygit.example/myorg/myapp@234fd47e07d1", Artifact("234fd47e07d1", None, None)),
        ("pkg:npm/%40acme/pay@1.0", Artifact("1.0", None, None)),
        (
            f"pkg:oci/pay@1?arch=a&vcs_url=git+https://git.example/acme/pay@{SHA}#x",
            Artifact("1", SHA, RepositoryRef("acme/pay")),
        ),
        ("pkg:oci/pay", Artifact(None, None, None)),
        ("pay@1", Artifact(None, None, None)),
        ("pkg:" + "a@" * 2_000, Artifact(None, None, None)),
    ],
)
def test_it_reads_package_urls(purl, artifact):
    assert read_purl(purl) == artifact


NOT_KEPT = "Nothing is kept of the event {}."
CONFORMANCE = {
    "service_deployed": [DeploymentSeen],
    "service_upgraded": [DeploymentSeen],
    "service_rolledback": [DeploymentSeen],
    "service_removed": "A service that was removed is no deployment.",
    "service_published": "A service that was published is no deployment.",
    "incident_detected": [IncidentSeen],
    "incident_reported": [IncidentSeen, IncidentSeen],
    "incident_resolved": [IncidentSeen],
    **dict.fromkeys(("change_created", "change_reviewed", "change_merged", "change_abandoned"),
                    "The change has no number at the end of its id, so it is no pull request."),
    "change_updated": "Nothing is kept of a change that was updated.",
    "repository_created": [RepositorySeen],
    "repository_modified": [RepositorySeen],
    "repository_deleted": [RepositorySeen],
    "ticket_created": "The ticket bears no label of an incident (incident).",
    "ticket_updated": "The ticket bears no label of an incident (incident).",
    "ticket_closed": "The ticket bears no label of an incident (incident).",
    "pipelinerun_queued": "myPipeline is none that deploys: name it in the option pipelines to count its runs.",
    "pipelinerun_started": "myPipeline is none that deploys: name it in the option pipelines to count its runs.",
    "pipelinerun_finished": "myPipeline is none that deploys: name it in the option pipelines to count its runs.",
    "taskrun_started": "myTask is none that deploys: name it in the option tasks to count its runs.",
    "taskrun_finished": "myTask is none that deploys: name it in the option tasks to count its runs.",
    **dict.fromkeys(("environment_created", "environment_deleted", "environment_modified"),
                    "An environment becomes known by what is deployed to it."),
    **dict.fromkeys(("artifact_packaged", "artifact_published"),
                    "An artifact is no deployment: service.deployed tells when it is live."),
    "branch_created": NOT_KEPT.format("branch.created"),
    "branch_deleted": NOT_KEPT.format("branch.deleted"),
    "build_finished": NOT_KEPT.format("build.finished"),
    "build_queued": NOT_KEPT.format("build.queued"),
    "build_started": NOT_KEPT.format("build.started"),
}  # fmt: skip


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the larger data is not there")
def test_it_reads_every_conformance_file_of_the_specification():
    found = {}
    for path in sorted(FILES.glob("*.json")):
        told = sent(KIND, "service-deployed").told(json.loads(path.read_text()))
        name = path.name.removesuffix(".cdevents.json")
        found[name] = told.reason if isinstance(told, Ignored) else [type(seen) for seen in told]
    assert found == CONFORMANCE


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the larger data is not there")
def test_it_reads_the_fields_of_a_conformance_file():
    told = only(sent(KIND, "structured").told(json.loads((FILES / "service_deployed.cdevents.json").read_text())))
    assert (told.service, told.environment) == ("mySubject123", "test123")
    assert told.said["version"] == "sha256:0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427"
