"""Argo CD and Argo Rollouts, by the templates that their pages tell to paste."""

from datetime import datetime

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import DeploymentSeen, Ignored, RepositoryRef
from tests.ingest.parsers.recorded import only, sent

SHA = "731f7eaddfb6af01cb2173e18f0f75b0ba780ef1"
CD = "argocd/5b1c2d3e-0000-4000-8000-000000000001/2026-03-09T10:00:00+00:00"


def at(text):
    return datetime.fromisoformat(text)


def synced(name="deployed", kind="argocd", **fields):
    """A recorded notification, with other fields."""
    one = sent(kind, name)
    return one._replace(payload=one.payload | fields)


def rollout(name="completed", **fields):
    return synced(name, "argo-rollouts", **fields)


def test_it_reads_a_sync_that_is_healthy():
    assert only(synced().told()) == DeploymentSeen(
        at("2026-03-09T10:02:30Z"), "key", CD, "pay", RepositoryRef("acme/pay"), "production", None,
        {"terminal": "succeeded", "started_at": at("2026-03-09T10:00:00Z"), "version": "1.4.2", "sha": SHA,
         "url": "https://argocd.example/applications/pay"},
    )  # fmt: skip


def test_a_sync_is_one_deployment_from_its_start():
    running = only(synced("running").told())
    assert (running.external_id, running.said["progress"]) == (CD, "running")


def test_a_sync_that_failed_has_failed():
    assert only(synced("failed").told()).said["terminal"] == "failed"


def test_a_sync_of_what_was_healthy_all_along_ends_with_the_sync():
    old = {"status": "Healthy", "lastTransitionTime": "2026-03-01T10:00:00Z"}
    assert only(synced(health=old).told()).at == at("2026-03-09T10:01:00Z")


def test_a_sync_that_is_not_healthy_yet_goes_on():
    assert only(synced(health={"status": "Progressing"}).told()).said["progress"] == "running"
    assert isinstance(synced(health={"status": "Degraded"}).told(), Ignored)


def test_an_app_that_was_never_synced_says_so():
    assert synced(operation=None).told() == Ignored("pay was not synced yet.")
    assert synced(operation={}).told() == Ignored("pay was not synced yet.")


def test_of_several_sources_the_code_counts_and_the_chart_is_the_version():
    seen = only(sent("argocd", "several-sources").told())
    assert (seen.repository, seen.said["sha"], seen.said["version"]) == (RepositoryRef("acme/pay"), SHA, "2.3.4")


def test_a_repository_of_manifests_alone_brings_no_commit_of_the_service():
    seen = only(synced(images=["registry.example/pay:main-3f2a9b1"]).told(config_repositories=["acme/*"]))
    assert (seen.repository, seen.said["sha"], seen.said["version"]) == (None, "3f2a9b1", "main-3f2a9b1")
    assert "sha" not in only(synced().told(config_repositories=["acme/*"])).said


@pytest.mark.parametrize(
    ("images", "version"),
    [
        (["registry.example:5000/pay@sha256:aa"], "sha256:aa"),
        (["registry.example:5000/other:7"], "7"),
        (["a:1", "b:2"], None),
        ([], None),
    ],
)
def test_the_image_that_bears_the_services_name_tells_the_version(images, version):
    assert only(synced(images=images).told()).said.get("version") == version


@pytest.mark.parametrize(
    ("labels", "options", "place"),
    [
        ({"plumbline.io/service": "till", "plumbline.io/environment": "live"}, {}, ("till", "live")),
        ({}, {"environment_from": "project"}, ("pay", "shop")),
        ({}, {"environment_from": "namespace"}, ("pay", "pay")),
        ({}, {"environment_from": "cluster"}, ("pay", "https://kubernetes.default.svc")),
        ({}, {"environments": {"shop": "staging"}, "environment_from": "project"}, ("pay", "staging")),
        ({}, {"services": {"pa*": "till"}}, ("till", "production")),
        ({}, {}, ("pay", "production")),
    ],
)
def test_names_come_from_labels_then_options_then_the_app(labels, options, place):
    seen = only(synced(labels=labels).told(**options))
    assert (seen.service, seen.environment) == place


def test_it_reads_a_rollout_from_its_update_to_its_end():
    updated, paused, completed = (only(rollout(name).told()) for name in ("updated", "paused", "completed"))
    assert updated.external_id == paused.external_id == completed.external_id
    assert completed.external_id == "argo-rollouts/9a1c2d3e-0000-4000-8000-000000000002/7"
    assert updated.said == {"progress": "running", "started_at": updated.at, "version": "1.4.2"}
    assert completed.said == {"terminal": "succeeded", "version": "1.4.2"}
    assert (completed.service, completed.environment) == ("pay", "production")


def test_a_rollout_that_was_aborted_has_failed():
    assert only(rollout("aborted").told()).said["terminal"] == "failed"
    assert only(rollout(event=None, phase="Degraded").told()).said["terminal"] == "failed"


def test_a_rollout_of_an_older_template_is_another_deployment():
    assert only(rollout(revision="9").told()).external_id.endswith("/9")
    assert only(rollout(revision=9).told()).external_id.endswith("/9")


def test_a_rollout_must_tell_its_revision():
    with pytest.raises(MalformedPayload, match="revision"):
        rollout(revision=None).told()


def test_another_event_says_why_it_is_ignored():
    assert rollout(event="scaled").told() == Ignored("The event scaled says nothing of how the rollout went.")
