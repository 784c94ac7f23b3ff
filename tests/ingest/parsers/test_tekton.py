"""Tekton's CloudEvents of runs."""

from datetime import datetime

import pytest

from ingest.errors import MalformedPayload
from ingest.parsers.observation import DeploymentSeen, Ignored, RepositoryRef
from tests.ingest.parsers.recorded import only, sent

SHA = "731f7eaddfb6af01cb2173e18f0f75b0ba780ef1"


def at(text):
    return datetime.fromisoformat(text)


def run(name="successful", *, params=None, type=None, **metadata):
    """A recorded run, with other parameters or metadata."""
    one = sent("tekton", name)
    found = one.payload["pipelineRun"]
    spec = found["spec"] if params is None else found["spec"] | {"params": params}
    found = found | {"spec": spec, "metadata": found["metadata"] | metadata}
    headers = one.headers | ({"ce-type": type} if type else {})
    return one._replace(payload={"pipelineRun": found}, headers=headers)


def test_it_reads_a_run_that_succeeded():
    assert only(run().told()) == DeploymentSeen(
        at("2026-03-09T10:04:00Z"), "key", "tekton/c7b0f0a9-6f6c-4a8e-9a8f-0d5f6c1b2a33", "pay",
        RepositoryRef("acme/pay"), "production", None,
        {"terminal": "succeeded", "started_at": at("2026-03-09T10:00:00Z"), "sha": SHA, "version": "1.4.2"},
    )  # fmt: skip


def test_it_reads_a_run_that_began():
    for name in ("started", "running"):
        seen = only(run(name).told())
        assert (seen.at, seen.said["progress"]) == (at("2026-03-09T10:00:00Z"), "running")


def test_a_run_that_was_cancelled_has_not_failed():
    assert only(run("cancelled").told()).said["terminal"] == "cancelled"


def test_a_run_that_failed_has_failed():
    one = run("cancelled")
    one.payload["pipelineRun"]["status"]["conditions"][0]["reason"] = "Failed"
    assert only(one.told()).said["terminal"] == "failed"


def test_a_run_that_says_no_environment_counts_where_an_option_names_its_pipeline():
    one = run(params=[{"name": "revision", "value": SHA}])
    found = one.told()
    assert found == Ignored("The run says no environment, and deploy-pay is none of the option pipelines.")
    seen = only(one.told(pipelines=["deploy-*"], environment="live"))
    assert (seen.environment, seen.said["sha"]) == ("live", SHA)


def test_a_revision_that_is_a_branch_is_no_sha():
    params = [{"name": "environment", "value": "production"}, {"name": "revision", "value": "main"}]
    assert "sha" not in only(run(params=params).told()).said


def test_it_reads_annotations_of_pipelines_as_code():
    annotations = {"pipelinesascode.tekton.dev/sha": SHA, "pipelinesascode.tekton.dev/repo-url": "https://h/acme/shop"}
    params = [{"name": "environment", "value": "staging"}]
    seen = only(run(params=params, annotations=annotations, labels={}).told())
    assert (seen.repository, seen.said["sha"], seen.service) == (RepositoryRef("acme/shop"), SHA, None)


def test_a_run_of_nothing_that_is_known_says_so():
    found = run(params=[{"name": "environment", "value": "staging"}], labels={}).told()
    assert isinstance(found, Ignored)
    assert "names neither service nor repository" in found.reason


@pytest.mark.parametrize(
    "type",
    [
        "dev.tekton.event.pipelinerun.unknown.v1",
        "dev.tekton.event.customrun.started.v1",
        "dev.cdevents.pipelinerun.started.0.1.0",
    ],
)
def test_it_says_why_it_keeps_nothing_of_another_event(type):
    assert run(type=type).told() == Ignored(f"Nothing is kept of the event {type}.")


def test_a_task_counts_only_where_an_option_names_it():
    one = run(type="dev.tekton.event.taskrun.successful.v1")
    task = one.payload["pipelineRun"]
    task["spec"] = {"taskRef": {"name": "deploy"}, "params": task["spec"]["params"]}
    one = one._replace(payload={"taskRun": task})
    assert one.told() == Ignored("The task deploy is none that deploys (option tasks).")
    assert only(one.told(tasks=["deploy"])).said["terminal"] == "succeeded"


def test_it_needs_the_events_type():
    with pytest.raises(MalformedPayload, match="Ce-Type"):
        run()._replace(headers={}).told()


def test_a_structured_event_says_the_same():
    one = run()
    structured = {"specversion": "1.0", "type": one.headers["ce-type"], "id": "b1", "source": "/x", "data": one.payload}
    assert one._replace(headers={}).told(structured) == one.told()
