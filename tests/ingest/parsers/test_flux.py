"""Flux's events of Kustomizations and HelmReleases."""

from datetime import datetime

import pytest

from ingest.parsers.flux import read_revision
from ingest.parsers.observation import DeploymentSeen, Ignored
from tests.ingest.parsers.recorded import only, sent

SHA = "731f7eaddfb6af01cb2173e18f0f75b0ba780ef1"
UID = "flux/7d0cdc51-ddcf-4743-b223-83ca5c699632"


def at(text):
    return datetime.fromisoformat(text)


def event(name="kustomization-succeeded", metadata=None, about=None, **fields):
    """A recorded event, with other fields."""
    one = sent("flux", name)
    fields["involvedObject"] = one.payload["involvedObject"] | (about or {})
    return one._replace(payload=one.payload | fields | ({} if metadata is None else {"metadata": metadata}))


def test_it_reads_a_reconciliation():
    assert only(event().told()) == DeploymentSeen(
        at("2026-03-09T10:05:00Z"), "key", f"{UID}/main@sha1:{SHA}", "pay", None, "production", None,
        {"terminal": "succeeded", "sha": SHA},
    )  # fmt: skip


def test_a_reconciliation_of_the_same_revision_is_no_new_deployment():
    first, again = only(event().told()), only(event("kustomization-again").told())
    assert first.external_id == again.external_id
    assert first.said == again.said


def test_a_failure_is_an_attempt_of_its_own_however_often_it_is_tried():
    failed, later = only(event("kustomization-failed").told()), only(event("kustomization-failed").told())
    assert failed.said["terminal"] == "failed"
    assert failed.external_id == later.external_id != only(event().told()).external_id


@pytest.mark.parametrize(
    "reason", ["ReconciliationFailed", "BuildFailed", "HealthCheckFailed", "ValidationFailed", "TestFailed"]
)
def test_it_reads_every_reason_of_a_failure(reason):
    assert only(event("kustomization-failed", reason=reason).told()).said["terminal"] == "failed"


@pytest.mark.parametrize(
    "reason", ["Progressing", "DependencyNotReady", "ArtifactFailed", "UninstallSucceeded", "TestSucceeded"]
)
def test_it_says_why_it_passes_over_a_reason(reason):
    assert event(reason=reason).told() == Ignored(f"The reason {reason} says nothing of how a deployment went.")


def test_it_says_why_it_passes_over_an_object():
    found = event(about={"kind": "GitRepository"}).told()
    assert found == Ignored("Nothing is kept of a GitRepository: Kustomizations and HelmReleases deploy.")
    found = event(about={"name": "flux-system"}).told()
    assert isinstance(found, Ignored)
    assert isinstance(event(about={"name": "flux-system"}).told(objects=["flux-*"]), list)
    assert event().told(objects=["web"]) == Ignored("pay fits none of web (option objects).")
    assert isinstance(event().told(objects=["shop/*"]), list)
    assert event(metadata={}).told() == Ignored("The event tells no revision.")
    renewed = event(metadata={"revision": f"main@sha1:{SHA}", "commit_status": "update"}).told()
    assert isinstance(renewed, Ignored)


def test_an_upgrade_of_a_release_is_a_deployment_by_its_number():
    seen = only(event("helm-upgraded").told())
    assert seen.external_id == "flux/0b31b1c0-ff45-4ad9-b7b8-1cbdf8f028bd/6.1.6/v3"
    assert seen.said == {"terminal": "succeeded", "version": "6.1.6+aa11bb22"}


def test_the_same_chart_with_other_values_is_another_version():
    other = only(event("helm-upgraded", {"revision": "6.1.6", "token": "sha256:ff00ff00ff00"}).told())
    assert other.said["version"] == "6.1.6+ff00ff00"
    assert only(event("helm-upgraded", {"revision": "6.1.6"}).told()).said["version"] == "6.1.6"


def test_a_rollback_of_a_release_is_told_as_one():
    seen = only(event("helm-rolled-back").told())
    assert (seen.said["kind"], seen.said["terminal"]) == ("rollback", "succeeded")
    assert only(event("helm-rolled-back", reason="RollbackFailed").told()).said["terminal"] == "failed"


def test_it_takes_names_from_the_alerts_metadata_and_the_options():
    metadata = {"revision": f"main@sha1:{SHA}", "service": "checkout", "environment": "staging", "version": "1.2"}
    seen = only(event(metadata=metadata).told())
    assert (seen.service, seen.environment, seen.said["version"]) == ("checkout", "staging", "1.2")
    seen = only(event(about={"name": "pay-staging"}).told(environment_names="{service}-{environment}"))
    assert (seen.service, seen.environment) == ("pay", "staging")


def test_an_object_without_uid_is_told_apart_by_the_cluster():
    seen = only(event(about={"uid": None}).told(cluster="eu"))
    assert seen.external_id == f"flux/eu/Kustomization/shop/pay/main@sha1:{SHA}"


@pytest.mark.parametrize(
    ("told", "name", "sha"),
    [
        (f"main@sha1:{SHA}", "main", SHA),
        (f"refs/tags/v1@sha1:{SHA}", "v1", SHA),
        (f"main/{SHA}", "main", SHA),
        ("6.1.6", "6.1.6", None),
        ("latest@sha256:" + "a" * 64, "latest", None),
        ("", "", None),
    ],
)
def test_it_reads_every_style_of_revision(told, name, sha):
    found = read_revision(told)
    assert (found.name, found.sha, found.digest) == (name, sha, told)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"revision": f"v1.2.0@sha1:{SHA}"}, {"sha": SHA, "version": "v1.2.0"}),
        ({"revision": "2.0.0@sha256:" + "a" * 64}, {"version": "2.0.0"}),
        ({"revision": "latest@sha256:" + "a" * 64}, {"version": "latest@sha256:" + "a" * 64}),
        ({"revision": "latest@sha256:" + "a" * 64, "originRevision": f"main@sha1:{SHA}"}, {"sha": SHA}),
    ],
)
def test_a_tag_or_a_digest_is_a_version_and_a_branch_is_none(metadata, said):
    assert only(event(metadata=metadata).told()).said == said | {"terminal": "succeeded"}
